"""What a confirmation says will go must be what goes: orders that an item without link holds up are told apart."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from orders.models import OrderItem
from settings_app.models import SyncSettings
from tests.factories import LinkFactory, OrderFactory, ShopFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/"


@pytest.fixture
def shop() -> Any:
    """Three orders wait; the item of one is linked, that of another is not, the third was never looked for."""
    shop = ShopFactory.create(name="Willow Soap")
    SyncSettings.objects.create(shop=shop)
    linked = LinkFactory.create(shop=shop)
    missing = LinkFactory.create(shop=shop, kind="none", variant_gid="")
    for sku_id in (linked.sku_id, missing.sku_id, "never-looked-for"):
        OrderItem.objects.create(order=OrderFactory.create(shop=shop), line_id="1", sku_id=sku_id)
    return shop


def asked(manager: Client, shop: Any) -> Any:
    pks = [str(order.pk) for order in shop.orders.all()]
    return manager.post(LIST, {"action": "sync_selected", "_selected_action": pks})


def test_a_bulk_confirmation_says_which_orders_an_item_without_link_will_hold(manager: Client, shop: Any) -> None:
    page = asked(manager, shop)
    assert (page.context["going"], page.context["free"], page.context["held"]) == (3, 2, 1)
    assert '<dd id="going">2</dd>' in page.content.decode()
    assert "1 has an item that is not linked" in page.content.decode()


def test_a_cancelled_item_without_link_holds_nothing(manager: Client, shop: Any) -> None:
    OrderItem.objects.update(is_cancelled=True)
    assert asked(manager, shop).context["held"] == 0


def test_a_shop_that_sends_such_items_as_text_holds_nothing(manager: Client, shop: Any) -> None:
    SyncSettings.objects.filter(shop=shop).update(unlinked_items="text_line")
    assert asked(manager, shop).context["held"] == 0


def test_turning_on_automatic_sync_promises_only_the_orders_that_can_go(manager: Client, shop: Any) -> None:
    address = f"/admin/settings_app/syncsettings/{shop.pk}/change/"
    form = manager.get(address).context["form"]
    assert "2 would go to Shopify, 1 has an item without link" in manager.get(address).content.decode()
    values = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    asked_first = manager.post(address, {**values, "automatic_sync": "on", "_save": "1"}).content.decode()
    assert "Save and sync 2 orders" in asked_first
    assert "1 more has an item that is not linked" in asked_first
    as_text = {**values, "automatic_sync": "on", "unlinked_items": "text_line", "_save": "1"}
    assert "Save and sync 3 orders" in manager.post(address, as_text).content.decode()
