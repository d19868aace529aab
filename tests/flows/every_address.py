"""Every address of this installation with objects that exist, and browsers of people of every role."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from connectors import http
from orders import tasks
from orders.admin.row_actions import ACTIONS
from orders.models import BulkSync, Order, Reconciliation, WebhookEvent
from settings_app.models import SyncSettings
from tests.factories import LinkFactory, OrderFactory, ShopFactory, attempt_of

DEEDS = {"orders_order_do": list(ACTIONS), "orders_bulksync_do": ["pause", "resume", "stop", "rest"]}
"""Words at the end of an address, each of which is another button."""


class Who(IntEnum):
    ANYONE = 0
    STAFF = 1
    """Logged in, without a role."""
    VIEWER = 2
    OPERATOR = 3
    MANAGER = 4
    OWNER = 5
    NOBODY = 6


def addresses() -> dict[str, str]:
    """Every pattern by its name, or by its route where it has none. Django's bare `<id>/` only leads to change/."""

    def walk(patterns: Any, before: str) -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, route)
            elif not route.endswith("<path:object_id>/") or pattern.name:
                yield pattern.name or route, route

    return dict(walk(get_resolver().url_patterns, ""))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who is let in is answered before any vendor or broker: neither is there, and nobody waits for them."""
    monkeypatch.setattr(http, "_pause", lambda seconds: None)
    monkeypatch.setattr(tasks, "publish", lambda *_, **__: False)
    logging.disable(logging.CRITICAL)  # hundreds of refusals, each with its traceback
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def places() -> dict[str, list[str]]:
    """Addresses to call by name, each with an object that exists."""
    shop = ShopFactory.create(last_polled_at=timezone.now())
    settings = SyncSettings.objects.create(shop=shop)
    order = OrderFactory.create(shop=shop)
    user = User.objects.create(username="owner of all", is_staff=True, is_superuser=True)
    event = WebhookEvent.objects.create(
        source="shopify", event_id="1", kind="x", sender="x", data={}, status="for_staff"
    )
    comparison = Reconciliation.objects.create(shop=shop, day=timezone.now().date(), checked_at=timezone.now())
    objects: dict[str, Any] = {
        "auth_user": user,
        "auth_group": Group.objects.get(name="Viewer"),
        "settings_app_tiktokshop": shop,
        "settings_app_shopifystore": shop.store,
        "settings_app_syncsettings": settings,
        "orders_syncattempt": attempt_of(order),
        "orders_bulksync": BulkSync.objects.create(),
        "orders_reconciliation": comparison,
        "orders_productlink": LinkFactory.create(shop=shop),
        "orders_order": order,
    }
    found: dict[str, list[str]] = {}
    for name, route in addresses().items():
        row = next((row for start, row in objects.items() if name.startswith(start)), None)
        given = {
            "object_id": getattr(row, "pk", ""),
            "id": user.pk,
            "pk": event.pk,
            "shop_pk": shop.pk,
            "app_label": "orders",
            "content_type_id": ContentType.objects.get_for_model(Order).pk,
        }
        if name == "view_on_site":
            given["object_id"] = order.pk
        words = {"orders_order_do": list(ACTIONS), "orders_bulksync_do": ["pause", "resume", "stop", "rest"]}.get(
            name, [""]
        )
        found[name] = [_address(name, route, {**given, "what": word}) for word in words]
    return found


def _address(name: str, route: str, given: dict[str, Any]) -> str:
    if name == route:
        return "/admin/no/such/page/" if "(?P<url>" in route else f"/{route}"
    wanted = {key: value for key, value in given.items() if f":{key}>" in route or f"<{key}>" in route}
    try:
        return reverse(name, kwargs=wanted)
    except NoReverseMatch:  # the admin's names are in a namespace
        return reverse(f"admin:{name}", kwargs=wanted)


def person(who: Who, *, strict: bool = False) -> Client:
    """A new browser, logged in as somebody of this role; nobody has a password, which takes a while to make."""
    client = Client(enforce_csrf_checks=strict)
    if who is Who.ANYONE:
        return client
    user, new = User.objects.get_or_create(username=who.name.lower(), is_staff=True, is_superuser=who is Who.OWNER)
    if new and who not in (Who.STAFF, Who.OWNER):
        user.groups.add(Group.objects.get(name=who.name.title()))
    client.force_login(user)
    return client
