"""What fetching keeps: no order lost, no older news winning, nothing parked for good by one bad entry."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError

from orders import claims
from orders.fetching import storing
from orders.models import Order, OrderItem, OrderPayload
from orders.states import AskedBy, SyncStatus
from settings_app.models import TikTokShop
from settings_app.rules import Rules
from tests.factories import ShopFactory, raw_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> TikTokShop:
    return ShopFactory.create()


def store(shop: TikTokShop, *raws: object, rules: Rules | None = None) -> storing.Stored:
    return storing.store(shop, raws, rules or Rules())  # type: ignore[arg-type]  # raw JSON of any shape


def test_an_eligible_order_stands_as_not_synced_with_its_items(shop: TikTokShop) -> None:
    assert store(shop, raw_order()).new == 1
    order = Order.objects.get()
    assert order.sync_status == SyncStatus.NOT_SYNCED
    assert order.buyer == "J*** D***"
    assert OrderItem.objects.get().seller_sku == "SOAP-LAV"


def test_the_same_page_twice_makes_no_second_order(shop: TikTokShop) -> None:
    store(shop, raw_order())
    again = store(shop, raw_order())
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)
    assert Order.objects.count() == 1


def test_one_page_with_the_same_order_twice_makes_no_second_order(shop: TikTokShop) -> None:
    store(shop, raw_order(), raw_order())
    assert Order.objects.count() == 1


def test_older_news_never_overwrites_newer(shop: TikTokShop) -> None:
    store(shop, raw_order(status="CANCELLED", update_time=1763909999))
    store(shop, raw_order(status="AWAITING_SHIPMENT", update_time=1763903600))
    assert Order.objects.get().reason == "cancelled_before_sync"


def test_an_edit_that_leaves_update_time_alone_is_still_taken(shop: TikTokShop) -> None:
    store(shop, raw_order())
    store(shop, raw_order(buyer_message="Please ring twice"))
    assert OrderPayload.objects.get().raw["buyer_message"] == "Please ring twice"


def test_an_order_cancelled_before_its_sync_is_not_created(shop: TikTokShop) -> None:
    store(shop, raw_order())
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    store(shop, raw_order(status="CANCELLED", update_time=1763909999))
    order = Order.objects.get()
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "cancelled_before_sync")


def test_a_withdrawn_cancellation_goes_on_by_itself_when_it_was_asked_for(shop: TikTokShop) -> None:
    store(shop, raw_order())
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    store(shop, raw_order(is_buyer_request_cancel=True, update_time=1763904000))
    assert Order.objects.get().reason == "buyer_cancellation_pending"
    store(shop, raw_order(is_buyer_request_cancel=False, update_time=1763904001))
    assert Order.objects.get().sync_status == SyncStatus.QUEUED


def test_orders_on_hold_unpaid_or_from_tiktoks_warehouse_are_not_stored(shop: TikTokShop) -> None:
    stored = store(
        shop,
        raw_order("1", status="UNPAID"),
        raw_order("2", status="ON_HOLD"),
        raw_order("3", fulfillment_type="FULFILLMENT_BY_TIKTOK"),
    )
    assert stored.not_ours == 3
    assert not Order.objects.exists()


def test_one_unreadable_order_is_parked_and_the_page_goes_on(shop: TikTokShop) -> None:
    store(shop, raw_order("1"), raw_order("2", line_items="rubbish"), raw_order("3"))
    assert Order.objects.filter(sync_status=SyncStatus.NOT_SYNCED).count() == 2
    parked = Order.objects.get(tiktok_order_id="2")
    assert (parked.sync_status, parked.reason) == (SyncStatus.BLOCKED, "unreadable_order")
    assert "line_items" in parked.message
    assert parked.payload.raw["line_items"] == "rubbish"


def nested(levels: int) -> object:
    deep: object = "the bottom"
    for _ in range(levels):
        deep = {"a": [deep]}
    return deep


def test_an_order_nested_without_end_does_not_stop_the_shop(shop: TikTokShop) -> None:
    assert store(shop, raw_order("1"), raw_order("2", junk=nested(5000)), raw_order("3")).new == 3
    kept = Order.objects.get(tiktok_order_id="2")
    assert kept.sync_status == SyncStatus.NOT_SYNCED  # what was cut is nothing that a sync reads
    assert "…" in str(kept.payload.raw["junk"])


@pytest.mark.parametrize("amount", ["NaN", "Infinity", float("nan")])
def test_an_order_with_an_amount_that_is_no_number_is_parked_alone(shop: TikTokShop, amount: object) -> None:
    spoilt = raw_order("2")
    spoilt["payment"]["total_amount"] = amount
    assert store(shop, raw_order("1"), spoilt).new == 2
    parked = Order.objects.get(tiktok_order_id="2")
    assert (parked.sync_status, parked.reason) == (SyncStatus.BLOCKED, "unreadable_order")
    assert Order.objects.get(tiktok_order_id="1").sync_status == SyncStatus.NOT_SYNCED


def test_an_order_that_the_database_refuses_is_parked_as_it_could_be_read(
    shop: TikTokShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = storing._insert

    def refusing(shop: TikTokShop, readings: list[storing._Reading], now: datetime) -> None:
        if any(reading.order and reading.order_id == "2" for reading in readings):
            raise DatabaseError("numeric field overflow")
        insert(shop, readings, now)

    monkeypatch.setattr(storing, "_insert", refusing)
    store(shop, raw_order("1"), raw_order("2", junk=["nul \x00", float("nan")]))
    parked = Order.objects.get(tiktok_order_id="2")
    assert (parked.reason, parked.payload.raw["junk"]) == ("unreadable_order", ["nul ", "nan"])


def test_a_time_as_large_as_the_memory_is_parked_at_once(shop: TikTokShop) -> None:
    store(shop, raw_order("2", paid_time=Decimal("1e99999999")))
    assert Order.objects.get().reason == "unreadable_order"


def test_a_parked_order_is_decided_again_when_tiktok_mends_it(shop: TikTokShop) -> None:
    store(shop, raw_order(status="AWAITING_DRONE"))
    assert Order.objects.get().reason == "unreadable_order"
    store(shop, raw_order(update_time=1763909999))
    assert Order.objects.get().sync_status == SyncStatus.NOT_SYNCED


def test_an_order_without_id_or_of_no_shape_stops_nothing(shop: TikTokShop) -> None:
    store(shop, {"status": "AWAITING_SHIPMENT"}, "nonsense", None, raw_order())
    assert Order.objects.count() == 1


def test_characters_that_a_database_cannot_hold_lose_no_order(shop: TikTokShop) -> None:
    store(shop, raw_order("1", buyer_message="nul \x00 and half a pair \ud83d"), raw_order("2"))
    assert Order.objects.count() == 2


def test_a_failed_order_is_not_sent_again_only_because_it_shipped(shop: TikTokShop) -> None:
    store(shop, raw_order())
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    Order.objects.update(sync_status=SyncStatus.FAILED, reason="refused", message="no such province")
    store(shop, raw_order(status="IN_TRANSIT", update_time=1763909999))
    assert Order.objects.get().sync_status == SyncStatus.FAILED
    mended = raw_order(status="IN_TRANSIT", update_time=1763909999 + 1)
    mended["recipient_address"]["postal_code"] = "90002"
    store(shop, mended)
    assert Order.objects.get().sync_status == SyncStatus.QUEUED


def test_a_change_never_touches_the_status_of_an_order_under_way(shop: TikTokShop) -> None:
    store(shop, raw_order())
    Order.objects.update(sync_status=SyncStatus.SYNCING)
    store(shop, raw_order(status="CANCELLED", update_time=1763909999))
    order = Order.objects.get()
    assert order.sync_status == SyncStatus.SYNCING
    assert order.tiktok_status == "CANCELLED"


def test_two_shops_may_have_orders_of_the_same_number(shop: TikTokShop) -> None:
    store(shop, raw_order())
    store(ShopFactory.create(), raw_order())
    assert Order.objects.count() == 2


def test_a_page_of_a_hundred_costs_a_constant_number_of_queries(
    shop: TikTokShop, django_assert_max_num_queries: object
) -> None:
    raws = [raw_order(str(number)) for number in range(100)]
    with django_assert_max_num_queries(12):  # type: ignore[operator]  # pytest-django's fixture is untyped
        store(shop, *raws)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        store(shop, *raws)
