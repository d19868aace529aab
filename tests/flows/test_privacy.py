"""Buyers' data goes when it is time or when somebody asks, and does not come back with TikTok's next word."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from connectors.tiktok import payloads
from orders import claims, creation, privacy
from orders.fetching import storing
from orders.models import Order, OrderPayload, WebhookEvent
from orders.states import AskedBy, SyncStatus
from settings_app.models import ConsentRequest
from settings_app.rules import Rules
from tests.factories import raw_order
from tests.flows.conftest import Road

BUYER = ("Jane", "Doe", "2125550123", "1 Main St", "v4b3y@scs.tiktokw.us", "ring twice", "7021436810468230477")


def raw(order_id: str = "576461413038785752", **changes: Any) -> dict[str, Any]:
    return raw_order(order_id, user_id="7021436810468230477", buyer_message="ring twice", **changes)


def everything_about(order: Order) -> str:
    order.refresh_from_db()
    attempts = list(order.attempts.values("request", "answer", "sentence"))
    payload = OrderPayload.objects.get(order=order).raw
    return json.dumps([order.buyer, order.message, payload, attempts], default=str)


def closed(road: Road, *, days_ago: int, status: str = "COMPLETED", **changes: Any) -> Order:
    at = int((timezone.now() - timedelta(days=days_ago)).timestamp())
    [order] = road.stored(raw(status=status, update_time=at, **changes), linked=False)
    return order


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED", "DELIVERED"])
def test_buyers_of_closed_orders_are_cleared_after_the_shops_days(road: Road, status: str) -> None:
    storing.store(road.shop, [raw(update_time=1)], Rules())
    order = closed(road, days_ago=91, status=status)
    assert privacy.clear_old().orders == 1
    for datum in BUYER:
        assert datum not in everything_about(order), datum
    assert privacy.clear_old().orders == 0, "once is enough"


def test_what_the_books_need_stays(road: Road) -> None:
    storing.store(road.shop, [raw(update_time=1)], Rules())
    order = closed(road, days_ago=91)
    privacy.clear_old()
    kept = payloads.read_order(OrderPayload.objects.get(order=order).raw)
    assert str(kept.payment.total_amount) == "26.99"
    assert kept.line_items[0].seller_sku == "SOAP-LAV"
    assert order.items.get().title == "Lavender soap"


def test_a_shop_may_keep_them_for_longer(road: Road) -> None:
    road.shop.keep_buyer_data_days = 120
    road.shop.save()
    storing.store(road.shop, [raw(update_time=1)], Rules())
    closed(road, days_ago=91)
    assert privacy.clear_old().orders == 0


def test_an_open_order_keeps_its_buyer(road: Road) -> None:
    order = closed(road, days_ago=200, status="AWAITING_SHIPMENT")
    assert privacy.clear_old().orders == 0
    assert "1 Main St" in everything_about(order)


def test_an_order_whose_outcome_is_open_keeps_its_buyer(road: Road) -> None:
    storing.store(road.shop, [raw(update_time=1)], Rules())
    order = closed(road, days_ago=200)
    Order.objects.update(sync_status=SyncStatus.VERIFYING)
    assert privacy.clear_old().orders == 0
    assert privacy.erase(Order.objects.all()).under_way == (order.tiktok_order_id,)


def test_one_buyer_is_erased_on_request_in_all_their_orders(road: Road) -> None:
    first, second = road.stored(raw(), raw("576461413038785753"), linked=False)
    other = raw_order("576461413038785754", user_id="9", buyer_email="x@scs.tiktokw.us")
    storing.store(road.shop, [other], Rules())
    call_command("erase_buyer", "--order", first.tiktok_order_id)
    for order in (first, second):
        for datum in BUYER:
            assert datum not in everything_about(order), datum
    kept = Order.objects.get(tiktok_order_id="576461413038785754")
    assert "1 Main St" in everything_about(kept)


def test_a_buyer_can_be_named_by_number_or_relay_email(road: Road) -> None:
    road.stored(raw(), linked=False)
    call_command("erase_buyer", "--email", "v4b3y@scs.tiktokw.us")
    with pytest.raises(CommandError, match="Nothing of this buyer"):
        call_command("erase_buyer", "--buyer", "7021436810468230477")


def test_an_order_that_was_not_sent_yet_is_given_up_with_its_buyer(road: Road) -> None:
    """A Shopify order for "***" would help nobody."""
    [order] = road.stored(raw())
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    call_command("erase_buyer", "--order", order.tiktok_order_id)
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.IGNORED


def test_an_erased_buyer_does_not_come_back_with_the_next_poll(road: Road) -> None:
    [order] = road.stored(raw(), linked=False)
    call_command("erase_buyer", "--order", order.tiktok_order_id)
    storing.store(road.shop, [raw(status="IN_TRANSIT", update_time=1764000000)], Rules())
    order.refresh_from_db()
    assert order.tiktok_status == "IN_TRANSIT"
    for datum in BUYER:
        assert datum not in everything_about(order), datum


def test_an_erasure_is_no_change_of_address(road: Road, queued: Callable[..., Order]) -> None:
    order = queued(user_id="7021436810468230477")
    creation.sync(order.pk)
    call_command("erase_buyer", "--order", order.tiktok_order_id)
    storing.store(road.shop, [raw_order(order.tiktok_order_id, status="IN_TRANSIT", update_time=1764000000)], Rules())
    assert not order.changes_after_sync.exists()


def test_a_synced_order_leaves_no_buyer_behind_after_its_erasure(road: Road, queued: Callable[..., Order]) -> None:
    order = queued()
    creation.sync(order.pk)
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.SYNCED
    privacy.erase(Order.objects.all())
    for datum in BUYER:
        assert datum not in everything_about(order), datum


def test_old_messages_and_consents_go_too(road: Road, admin_user: Any) -> None:
    for number, status in enumerate(("done", "waiting", "for_staff")):
        WebhookEvent.objects.create(source="tiktok", event_id=number, kind="1", sender="1", data={}, status=status)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=31))
    ConsentRequest.objects.create(state_digest="x", user=admin_user, vendor="tiktok")
    ConsentRequest.objects.update(created_at=timezone.now() - timedelta(days=2))
    cleared = privacy.clear_old()
    assert (cleared.webhooks, cleared.consents) == (1, 1)
    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {"waiting", "for_staff"}


def test_the_command_says_what_it_cleared(road: Road, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("clear_old_data", "--json")
    assert json.loads(capsys.readouterr().out) == {"orders": 0, "webhooks": 0, "consents": 0, "sessions": 0}
