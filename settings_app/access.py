"""Who may connect what; every page of a connection asks here itself."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

SHOPS = "settings_app.change_tiktokshop"
STORES = "settings_app.change_shopifystore"


def person(request: HttpRequest, permission: str) -> User:
    """The logged-in person. Raises PermissionDenied (403) without the permission."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(permission):
        raise PermissionDenied
    return user
