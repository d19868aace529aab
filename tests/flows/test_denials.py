"""Every address of this installation and whom it lets in: one complete table, so that no new page is open unseen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import RequestFactory
from django.urls import reverse

from orders.models import BulkSync, Order, ProductLink, WebhookEvent
from settings_app.models import ShopifyStore, SyncSettings, TikTokShop
from tests.flows.every_address import Who, addresses, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick")]


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
    "orders_bulksync_stop": Rule(OPERATOR, NEVER),
    **of_model("orders_reconciliation", VIEWER, Rule(VIEWER, NOBODY)),
    "orders_reconciliation_compare": DEED_OPERATOR,
    **of_model("orders_productlink", VIEWER, Rule(VIEWER, OPERATOR)),
    "orders_productlink_auto_link": DEED_OPERATOR,
    "orders_productlink_auto_link_confirm": DEED_OPERATOR,
    "orders_productlink_variants": Rule(OPERATOR, NEVER),
    "orders_productlink_unlink": DEED_OPERATOR,
    **of_model("orders_order", VIEWER),
    "orders_order_preview": page(OPERATOR),
    "orders_order_states": Rule(VIEWER, NEVER),
    "orders_order_export": Rule(VIEWER, NEVER),
    "orders_order_fetch": DEED_OPERATOR,
    "orders_order_fetch_period": page(OPERATOR),
    "orders_order_pause": DEED_MANAGER,
    "orders_order_resume": DEED_MANAGER,
    "orders_order_do": DEED_OPERATOR,
    "orders_order_choose": page(OPERATOR),
    "orders_order_reveal": DEED_OPERATOR,
}

SELECTION_ACTIONS = OPERATOR
"""What the order list offers for a selection; no other list offers anything."""


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
