"""Every kind of US order, from the TikTok stand-in to the Shopify stand-in: previewed, sent, and equal to the cent."""

from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from connectors.sandbox import us_orders
from orders import claims, creation
from orders.fetching import intake
from orders.models import Order
from orders.states import AskedBy, SyncStatus
from settings_app.models import SyncSettings
from tests.flows.conftest import Road
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db


def preview(order_id: str) -> dict[str, Any]:
    out = StringIO()
    call_command("preview_order", order_id, "--json", stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


@pytest.mark.parametrize(("price_mode", "first"), [("buyer_paid", 0), ("seller_revenue", 1)])
def test_what_the_preview_says_is_what_shopify_gets_for_every_kind(road: Road, price_mode: str, first: int) -> None:
    """Every second kind in each price mode; tests/unit/mapping maps all of them in both."""
    SyncSettings.objects.update(price_mode=price_mode)
    road.shopify.post("/_sandbox/seed", {"store": road.shop.store.domain})
    for kind in us_orders.kinds()[first::2]:
        wish = {"shop_id": road.shop.shop_id, "count": 1, "kind": kind, "seed": 11}
        road.tiktok.post("/_sandbox/generate", wish)
    intake.fetch(road.shop.pk)
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    queued = list(Order.objects.filter(sync_status=SyncStatus.QUEUED))
    assert len(queued) > 10
    wait_for(lambda: preview(queued[0].tiktok_order_id)["variables"], 10, "the search index")
    said = {order.pk: preview(order.tiktok_order_id) for order in queued}
    for order in queued:
        creation.sync(order.pk)
        order.refresh_from_db()
        previewed = said[order.pk]
        assert previewed["eligible"] == (order.sync_status == SyncStatus.SYNCED), (order.message, previewed["message"])
    made = {order["id"]: order for order in road.shopify_orders()}
    for order in (order for order in queued if order.sync_status == SyncStatus.SYNCED):
        previewed, stands = said[order.pk], made[order.shopify_order_id]
        assert stands["input"] == previewed["variables"]["order"]
        assert Decimal(previewed["totals"]["shopify"]) == Decimal(previewed["totals"]["tiktok"])
        assert Decimal(stands["totals"]["total"]) == Decimal(previewed["totals"]["shopify"]), order.tiktok_order_id
    assert len(made) == sum(order.sync_status == SyncStatus.SYNCED for order in queued) > 10
