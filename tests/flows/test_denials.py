"""Every address of this installation and whom it lets in: one complete table, so that no new page is open unseen."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from connectors import http
from orders import tasks
from orders.admin.row_actions import ACTIONS
from orders.models import BulkSync, Order, ProductLink, Reconciliation, WebhookEvent
from settings_app.models import ShopifyStore, SyncSettings, TikTokShop
from tests.factories import LinkFactory, OrderFactory, ShopFactory, attempt_of

pytestmark = pytest.mark.django_db


class Who(IntEnum):
    ANYONE = 0
    STAFF = 1
    """Logged in, without a role."""
    VIEWER = 2
    OPERATOR = 3
    MANAGER = 4
    OWNER = 5
    NOBODY = 6


ANYONE, STAFF, VIEWER, OPERATOR, MANAGER, OWNER, NOBODY = Who
NEVER = None
"""This method is answered 405."""


@dataclass(frozen=True)
class Rule:
    """The least that GET and POST ask for; `exempt` addresses are called by machines, without a CSRF token."""

    get: Who | None
    post: Who | None
    exempt: bool = False


def page(see: Who) -> Rule:
    """A list or page of Django's admin, which treats both methods alike."""
    return Rule(see, see)


DEED_OPERATOR, DEED_MANAGER = Rule(NEVER, OPERATOR), Rule(NEVER, MANAGER)


def of_model(name: str, see: Who, change: Rule | None = None) -> dict[str, Rule]:
    """Django's own addresses of a model that nobody adds to and nobody deletes from by hand."""
    return {
        f"{name}_changelist": page(see),
        f"{name}_add": page(NOBODY),
        f"{name}_delete": page(NOBODY),
        f"{name}_history": page(see),
        f"{name}_change": change or page(see),
    }


RULES: dict[str, Rule] = {
    "healthz": page(ANYONE),
    "readyz": page(ANYONE),
    "metrics": page(ANYONE),
    "favicon.ico": page(ANYONE),
    "": page(ANYONE),
    "webhooks_tiktok": Rule(NEVER, ANYONE, exempt=True),
    "webhooks_shopify": Rule(NEVER, ANYONE, exempt=True),
    "connect_tiktok": page(MANAGER),
    "connect_tiktok_callback": Rule(MANAGER, NEVER),
    "connect_shopify": page(MANAGER),
    "connect_shopify_callback": Rule(MANAGER, NEVER),
    "setup": Rule(MANAGER, NEVER),
    "setup_shops": DEED_MANAGER,
    "setup_fetch": DEED_MANAGER,
    "setup_finish": DEED_MANAGER,
    "staff_events": Rule(VIEWER, NEVER),
    "staff_events_done": DEED_OPERATOR,
    # Django's admin itself
    "index": page(STAFF),
    "search": page(STAFF),
    "login": page(ANYONE),
    "logout": Rule(NEVER, ANYONE),
    "password_change": page(STAFF),
    "password_change_done": Rule(STAFF, NEVER),
    "autocomplete": Rule(NOBODY, NEVER),
    "jsi18n": Rule(STAFF, NEVER),
    "view_on_site": page(STAFF),
    "app_list": page(STAFF),
    "admin/(?P<url>.*)$": page(STAFF),
    # people
    "auth_user_password_change": page(OWNER),
    **of_model("auth_user", OWNER),
    "auth_user_add": page(OWNER),
    **of_model("auth_group", OWNER),
    "auth_group_add": page(OWNER),
    "auth_group_delete": page(OWNER),
    # connections
    **of_model("settings_app_tiktokshop", VIEWER),
    "settings_app_tiktokshop_test": DEED_MANAGER,
    "settings_app_tiktokshop_keep": DEED_MANAGER,
    **of_model("settings_app_shopifystore", VIEWER),
    "settings_app_shopifystore_test": DEED_MANAGER,
    **of_model("settings_app_syncsettings", VIEWER, Rule(VIEWER, MANAGER)),
    # orders
    **of_model("orders_syncattempt", VIEWER),
    **of_model("orders_bulksync", VIEWER),
    "orders_bulksync_state": page(VIEWER),
    "orders_bulksync_do": DEED_OPERATOR,
    **of_model("orders_reconciliation", VIEWER, Rule(VIEWER, NOBODY)),
    "orders_reconciliation_compare": DEED_OPERATOR,
    **of_model("orders_productlink", VIEWER, Rule(VIEWER, OPERATOR)),
    "orders_productlink_auto_link": DEED_OPERATOR,
    "orders_productlink_auto_link_confirm": DEED_OPERATOR,
    "orders_productlink_variants": Rule(OPERATOR, NEVER),
    "orders_productlink_unlink": DEED_OPERATOR,
    **of_model("orders_order", VIEWER),
    "orders_order_preview": page(MANAGER),
    "orders_order_states": Rule(VIEWER, NEVER),
    "orders_order_export": Rule(VIEWER, NEVER),
    "orders_order_fetch": DEED_OPERATOR,
    "orders_order_fetch_period": page(OPERATOR),
    "orders_order_pause": DEED_MANAGER,
    "orders_order_resume": DEED_MANAGER,
    "orders_order_do": DEED_OPERATOR,
    "orders_order_choose": page(OPERATOR),
    "orders_order_reveal": DEED_MANAGER,
}

SELECTION_ACTIONS = OPERATOR
"""What the order list offers for a selection; no other list offers anything."""


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


@pytest.fixture(autouse=True)
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
        words = {"orders_order_do": list(ACTIONS), "orders_bulksync_do": ["stop"]}.get(name, [""])
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
    if who is ANYONE:
        return client
    user, new = User.objects.get_or_create(username=who.name.lower(), is_staff=True, is_superuser=who is OWNER)
    if new and who not in (STAFF, OWNER):
        user.groups.add(Group.objects.get(name=who.name.title()))
    client.force_login(user)
    return client


def verdict(answer: Any) -> str:
    if answer.status_code == 302 and answer["Location"].startswith("/admin/login/"):
        return "login"
    return {403: "denied", 405: "no such method"}.get(answer.status_code, "in")


def expected(who: Who, asked: Who | None) -> str:
    if asked is NEVER:
        return "no such method"
    if who >= asked:
        return "in"
    return "login" if who is ANYONE else "denied"


def test_the_table_names_every_address() -> None:
    """A page that is not in the table has no tested answer to who may open it: add it above, with its roles."""
    assert set(addresses()) == set(RULES)


def boundary(asked: Who | None) -> list[Who]:
    """A stranger, somebody without a role, the highest role that is refused and the lowest that is let in: each role
    has all rights of the one below it (see test_roles)."""
    around = [OWNER] if asked is NEVER else [who for who in (asked - 1, asked) if who <= OWNER]
    return [Who(who) for who in sorted({ANYONE, STAFF, *around}) if who >= ANYONE]


@pytest.mark.parametrize("method", ["get", "post"])
def test_each_address_lets_in_whom_the_table_names(places: dict[str, list[str]], method: str) -> None:
    wrong = []
    browsers = {who: person(who) for who in Who if who is not NOBODY}
    for name, rule in RULES.items():
        asked = rule.get if method == "get" else rule.post
        for who in boundary(asked):
            browser = person(who) if name == "logout" else browsers[who]
            for address in places[name]:
                answer, right = verdict(getattr(browser, method)(address)), expected(who, asked)
                if who is ANYONE and right == "no such method" and (answer == "login" or name == "logout"):
                    continue  # the login comes first, which tells a stranger less
                if answer != right:
                    wrong.append(f"{method} {address} as {who.name}: {answer}, not {right}")
    assert not wrong, "\n".join(wrong)


def test_every_change_asks_for_the_token_of_its_page(places: dict[str, list[str]]) -> None:
    owner = person(OWNER, strict=True)
    for name, rule in RULES.items():
        if rule.post is NEVER or rule.exempt or "<url>" in name:
            continue
        for address in places[name]:
            answer = owner.post(address, {"action": "sync", "_selected_action": "1"})
            assert answer.status_code == 403, address


def test_nothing_that_was_denied_changed_anything(places: dict[str, list[str]]) -> None:
    """Every deed that the Viewer may not do, tried by the Viewer."""
    models = (Order, ProductLink, TikTokShop, ShopifyStore, SyncSettings, WebhookEvent, BulkSync, User, Group)
    viewer = person(VIEWER)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    for name, rule in RULES.items():
        if rule.post is None or (ANYONE < rule.post <= VIEWER):
            continue
        for address in places[name] if rule.post is not ANYONE else ():
            viewer.post(address, {"days": "1", "automatic_sync": "on", "variant": "gid://shopify/ProductVariant/1"})
    assert [list(model.objects.order_by("pk").values()) for model in models] == before


@pytest.mark.parametrize("who", [STAFF, VIEWER, OPERATOR, MANAGER, OWNER])
def test_a_selection_offers_only_what_the_role_may_do(places: dict[str, list[str]], who: Who) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=int(person(who).session["_auth_user_id"]))
    for model, model_admin in admin.site._registry.items():
        offered = set(model_admin.get_actions(request))
        if model is Order and who >= SELECTION_ACTIONS:
            assert offered, "an operator works with selections"
        else:
            assert offered <= {"delete_selected"}, f"{model.__name__} offers {offered} to {who.name}"
            assert "delete_selected" not in offered or who is OWNER


def test_an_action_that_was_not_offered_does_nothing(places: dict[str, list[str]]) -> None:
    """A Viewer who writes the form by hand."""
    order = Order.objects.get()
    request = RequestFactory().get("/")
    request.user = User.objects.get(username="owner of all")
    names = list(admin.site._registry[Order].get_actions(request))
    assert names
    viewer = person(VIEWER)
    before = Order.objects.values().get()
    for name in names:
        viewer.post(reverse("admin:orders_order_changelist"), {"action": name, "_selected_action": [order.pk]})
    assert Order.objects.values().get() == before
    assert BulkSync.objects.count() == 1


def test_an_object_that_is_not_there_is_no_crash(places: dict[str, list[str]]) -> None:
    owner = person(OWNER)
    for name, rule in RULES.items():
        for address in places[name] if rule.get is not NEVER else ():
            gone = "/".join("999999" if part.isdigit() else part for part in address.split("/"))
            assert owner.get(gone).status_code < 500, gone


ODD = ("x", "²", "٣", "0", "9" * 26, "%00", "1' OR 1=1--")


def test_an_address_that_was_mistyped_is_no_crash(places: dict[str, list[str]]) -> None:
    owner = person(OWNER)
    for name, rule in RULES.items():
        for address in places[name] if rule.get is not NEVER else ():
            for odd in ODD if any(part.isdigit() for part in address.split("/")) else ():
                gone = "/".join(odd if part.isdigit() else part for part in address.split("/"))
                assert owner.get(gone).status_code < 500, gone


@pytest.mark.parametrize("name", ["tiktokshop", "shopifystore"])
def test_a_shop_that_is_not_there_is_told_as_everywhere(places: dict[str, list[str]], name: str) -> None:
    answer = person(OWNER).get(f"/admin/settings_app/{name}/x/change/", follow=True)
    assert answer.redirect_chain
    assert "doesn’t exist" in answer.content.decode()
    assert person(STAFF).get(f"/admin/settings_app/{name}/x/change/").status_code == 403


def test_the_open_list_is_not_stopped_by_a_number_that_no_row_has(places: dict[str, list[str]]) -> None:
    order = Order.objects.earliest("pk")
    answer = person(OWNER).get(f"/admin/orders/order/states/?ids=x,²,{'9' * 26},{order.pk}")
    assert list(answer.json()["rows"]) == [str(order.pk)]
