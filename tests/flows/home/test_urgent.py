"""Orders that must ship: a seller who is not told in time ships late, one who is told for nothing stops reading."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from orders import bulk
from orders.admin.need import Need
from orders.models import Order
from orders.states import SyncStatus
from tests.factories import OrderFactory
from tests.flows.home.page import HOME, text

pytestmark = pytest.mark.django_db


def test_late_orders_and_those_that_must_ship_tomorrow_are_urgent_each_by_itself(manager: Client, shop: Any) -> None:
    soon = timezone.now() + timedelta(hours=5)
    OrderFactory.create_batch(2, shop=shop, ship_by=soon)
    OrderFactory.create(shop=shop, ship_by=timezone.now() - timedelta(hours=1))
    OrderFactory.create(shop=shop, ship_by=soon, tiktok_status="IN_TRANSIT")
    OrderFactory.create(
        shop=shop, ship_by=soon, sync_status=SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1"
    )
    OrderFactory.create(shop=shop, ship_by=soon, sync_status=SyncStatus.IGNORED)
    needs = {need.title: need for need in manager.get(HOME).context["needs"] if need.urgent}
    for title, count in (("1 order should have shipped already", 1), ("2 orders must ship within 24 hours", 2)):
        assert manager.get(needs[title].url).context["cl"].result_count == count


def test_nobody_is_offered_sync_where_that_cannot_help(manager: Client, shop: Any) -> None:
    order = OrderFactory.create(shop=shop, ship_by=timezone.now() + timedelta(hours=5))
    assert _urgent(manager).button == "Sync it …"
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_order"))
    browser = Client()
    browser.force_login(viewer)
    assert _urgent(browser).button == "Show it"
    Order.objects.filter(pk=order.pk).update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    assert (_urgent(manager).mend, _urgent(manager).button) == ("1 is held up; see why.", "Show it")


def _urgent(browser: Client) -> Need:
    need: Need
    [need] = [need for need in browser.get(HOME).context["needs"] if need.urgent]
    return need


def test_the_most_urgent_order_is_the_first_of_the_list_that_home_links_to(manager: Client, shop: Any) -> None:
    now = timezone.now()
    for hours in (9, 2, 5):
        OrderFactory.create(shop=shop, ship_by=now + timedelta(hours=hours), placed_at=now - timedelta(hours=hours))
    [link] = [need.url for need in manager.get(HOME).context["needs"] if "must ship" in need.title]
    listed = [order.ship_by for order in manager.get(link).context["cl"].result_list]
    assert listed == sorted(listed)


def test_orders_on_their_way_are_not_urgent_unless_something_holds_them(manager: Client, shop: Any) -> None:
    soon = timezone.now() + timedelta(hours=5)
    OrderFactory.create_batch(2, shop=shop, ship_by=soon)
    made = bulk.start(Order.objects.all(), None, "Sync selected")
    said = text(manager)
    assert "They are on their way to Shopify right now." in said
    assert "Urgent" not in said
    OrderFactory.create(shop=shop, ship_by=soon)
    said = text(manager)
    assert "2 of them are on their way." in said
    assert "Urgent 3 orders must ship" in said
    Order.objects.filter(bulk_sync=None).delete()
    bulk.pause(made.pk)
    assert "Urgent 2 orders must ship" in text(manager)
