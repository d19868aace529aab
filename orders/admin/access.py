"""Who may do what on the pages of orders; every changing view asks here itself."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

SEE = "orders.view_order"
SYNC = "orders.sync_order"
IGNORE = "orders.ignore_order"
REVIEW = "orders.review_order"
PERSONAL = "orders.view_personal_data"
SHOPS = "settings_app.change_tiktokshop"


def may(request: HttpRequest, permission: str) -> bool:
    user: User | AnonymousUser = request.user
    return user.has_perm(permission)


def require(request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied (403)."""
    if not may(request, permission):
        raise PermissionDenied
