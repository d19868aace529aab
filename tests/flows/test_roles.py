"""Viewer, Operator and Manager: each may do what the name promises, and nothing beyond it."""

from __future__ import annotations

import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import connection

from orders.states import SyncStatus
from settings_app.models import SyncSettings
from tests.factories import LinkFactory, OrderFactory, ShopFactory
from tests.flows.people import client_of, member

pytestmark = pytest.mark.django_db

roles = import_module("orders.migrations.0003_roles")
reveal = import_module("orders.migrations.0045_operators_reveal")
EDITOR = SimpleNamespace(connection=connection)


@pytest.fixture(autouse=True)
def made() -> None:
    """What the migration makes, also where a test database is built without migrations."""
    roles.make(apps, EDITOR)
    reveal.give(apps, EDITOR)


def rights(role: str) -> set[str]:
    return set(Permission.objects.filter(group__name=role).values_list("codename", flat=True))


def test_each_role_can_do_all_that_the_one_below_it_can() -> None:
    assert rights("Viewer") < rights("Operator") < rights("Manager")


def test_only_managers_change_settings_and_connections() -> None:
    decisions = {"change_syncsettings", "change_tiktokshop", "change_shopifystore"}
    assert decisions <= rights("Manager")
    assert not decisions & rights("Operator")
    assert {"sync_order", "ignore_order", "review_order", "change_productlink"} <= rights("Operator")


def test_who_packs_may_reveal_an_address_and_who_only_watches_may_not() -> None:
    order = OrderFactory.create()
    operator = member("Operator")
    assert operator.post(f"/admin/orders/order/{order.pk}/reveal/").status_code == 200
    assert LogEntry.objects.get().change_message == "Looked at personal data."
    assert member("Viewer").post(f"/admin/orders/order/{order.pk}/reveal/").status_code == 403


def test_a_role_that_somebody_tailored_is_not_given_personal_data() -> None:
    operators = Group.objects.get(name="Operator")
    reveal.take(apps, EDITOR)
    assert "view_personal_data" not in rights("Operator")
    operators.permissions.remove(Permission.objects.get(codename="ignore_order"))
    reveal.give(apps, EDITOR)
    assert "view_personal_data" not in rights("Operator")


def test_a_viewer_sees_every_page_and_changes_nothing() -> None:
    shop = ShopFactory.create()
    SyncSettings.objects.create(shop=shop)
    order, link = OrderFactory.create(shop=shop), LinkFactory.create(shop=shop)
    viewer = member("Viewer")
    pages = ("", "orders/order/", "orders/bulksync/", "orders/productlink/", "settings_app/tiktokshop/")
    for page in (*pages, f"settings_app/syncsettings/{shop.pk}/change/", "settings_app/shopifystore/"):
        assert viewer.get(f"/admin/{page}").status_code == 200, page
    OrderFactory.create(shop=shop, sync_status=SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1")
    synced = viewer.get("/admin/orders/order/?tab=synced").content.decode()
    assert re.search(r"disabled[^>]*>Synced<", synced)
    assert not re.search(r"disabled[^>]*>Sync<", synced)
    for page in ("tiktokshop", "shopifystore"):
        assert "Connect a " not in viewer.get(f"/admin/settings_app/{page}/").content.decode()
    for page in (f"orders/productlink/{link.pk}/unlink/", f"settings_app/tiktokshop/{shop.pk}/test/"):
        assert viewer.post(f"/admin/{page}").status_code == 403, page
    viewer.post(f"/admin/orders/order/{order.pk}/do/sync/")
    order.refresh_from_db()
    link.refresh_from_db()
    assert (order.sync_status, link.kind) == (SyncStatus.NOT_SYNCED, "manual")


def test_an_operator_syncs_and_links_and_cannot_turn_on_automatic_sync() -> None:
    shop = ShopFactory.create()
    SyncSettings.objects.create(shop=shop)
    order, link = OrderFactory.create(shop=shop), LinkFactory.create(shop=shop)
    operator = member("Operator")
    operator.post(f"/admin/orders/order/{order.pk}/do/sync/")
    operator.post(f"/admin/orders/productlink/{link.pk}/unlink/")
    refused = operator.post(
        f"/admin/settings_app/syncsettings/{shop.pk}/change/", {"automatic_sync": "on", "_save": "1"}
    )
    order.refresh_from_db()
    link.refresh_from_db()
    assert (order.sync_status, link.kind) == (SyncStatus.QUEUED, "none")
    assert refused.status_code == 403


def test_somebody_without_a_role_is_told_whom_to_ask() -> None:
    user = User.objects.create_user("new", password="x", is_staff=True)
    assert "Your account has no role" in client_of(user).get("/admin/").content.decode()


def test_making_the_roles_again_keeps_what_somebody_added_to_one() -> None:
    extra = Permission.objects.get(codename="view_user")
    Group.objects.get(name="Viewer").permissions.add(extra)
    roles.make(apps, EDITOR)
    assert "view_user" in rights("Viewer")
    assert Group.objects.filter(name__in=roles.ROLES).count() == 3


def test_taking_the_roles_back_keeps_a_role_that_people_have() -> None:
    member("Operator")
    roles.unmake(apps, EDITOR)
    assert set(Group.objects.filter(name__in=roles.ROLES).values_list("name", flat=True)) == {"Operator"}
