"""What the page of a TikTok shop and that of a Shopify store have in common: state, facts, Test connection."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from settings_app import connection_test
from settings_app.admin import cells
from settings_app.connection_test import Tested
from settings_app.models import ShopifyStore, TikTokShop

Side = ShopifyStore | TikTokShop
TESTED = "Tested the connection. "


def show(
    request: HttpRequest,
    side: Side,
    facts: list[tuple[str, str]],
    state: tuple[str, str, str],
    tested: Tested | None = None,
) -> HttpResponse:
    """The page; `state` is (good|warning|bad, word, sentence)."""
    name = side._meta.model_name
    if not (request.user.has_perm(f"settings_app.view_{name}") or may_change(request, side)):
        raise PermissionDenied
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": str(side),
        "opts": side._meta,
        "side": side,
        "facts": [(name, cells.plain(value)) for name, value in facts],
        "state": (state[0], state[1], cells.plain(state[2])),
        "tested": tested,
        "last_test": _last_test(side) if tested is None else None,
        "may_change": may_change(request, side),
        "test_url": reverse(f"admin:settings_app_{name}_test", args=[side.pk]),
        "history_url": reverse(f"admin:settings_app_{name}_history", args=[side.pk]),
        "keep_url": reverse("admin:settings_app_tiktokshop_keep", args=[side.pk]) if name == "tiktokshop" else "",
        "list_url": reverse(f"admin:settings_app_{name}_changelist"),
        "reconnect_url": _reconnect(side),
    }
    return TemplateResponse(request, "settings_app/connection.html", context)


def run(request: HttpRequest, side: Side) -> Tested:
    """Test, keep what it showed, and write down who tested and with what result."""
    if not may_change(request, side):
        raise PermissionDenied
    tested = connection_test.try_shop(side) if isinstance(side, TikTokShop) else connection_test.try_store(side)
    connection_test.note(side, tested)
    LogEntry.objects.create(
        user=cast(User, request.user),
        content_type=ContentType.objects.get_for_model(side),
        object_id=str(side.pk),
        object_repr=str(side)[:200],
        action_flag=CHANGE,
        change_message=TESTED + tested.summary,
    )
    side.refresh_from_db()
    return tested


def may_change(request: HttpRequest, side: Side) -> bool:
    return request.user.has_perm(f"settings_app.change_{side._meta.model_name}")


def _reconnect(side: Side) -> str:
    if isinstance(side, TikTokShop):
        return f"{reverse('connect_tiktok')}?shop={side.pk}"
    return f"{reverse('connect_shopify')}?store={side.pk}"


def _last_test(side: Side) -> LogEntry | None:
    kind = ContentType.objects.get_for_model(side)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(side.pk), change_message__startswith=TESTED)
    return entries.select_related("user").order_by("-action_time").first()
