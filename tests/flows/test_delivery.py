"""In transit and Delivered in Shopify: with TikTok's time and number, once, in whatever order the news arrives."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from django.core.management import call_command

from orders.delivery import claims as delivery_claims
from orders.delivery import delivering
from orders.delivery import due as delivery_due
from orders.fetching import open_orders, storing
from orders.models import DeliveryWork, Order, Package, SyncAttempt
from settings_app.models import SyncSettings
from settings_app.rules import Rules
from tests.flows.conftest import Road
from tests.flows.delivery_road import (
    ONCE_EACH,
    TWO,
    an_order,
    due_now,
    events,
    moved,
    numbers,
    parcels,
    settled,
    stored,
    synced,
    told,
)

pytestmark = pytest.mark.django_db


def test_in_transit_then_delivered_is_one_fulfilment_with_two_events_at_tiktoks_times(road: Road) -> None:
    raw = an_order()
    order = synced(road, raw)
    raw = moved(raw, "IN_TRANSIT", ("1152", [1], "IN_TRANSIT"))
    stored(road, raw)
    work = told(order)
    assert (work.status, work.message) == ("done", "")
    [made] = parcels(road)
    assert made["tracking"] == [{"company": "USPS", "number": "94001152", "url": None}]
    assert [(e["status"], e["happenedAt"]) for e in made["events"]] == [("IN_TRANSIT", "2026-11-18T12:06:40Z")]
    stored(road, moved(raw, "DELIVERED", ("1152", [1], "DELIVERED")))
    assert told(order).status == "done"
    [made] = parcels(road)
    assert [(e["status"], e["happenedAt"]) for e in made["events"]] == [
        ("IN_TRANSIT", "2026-11-18T12:06:40Z"),
        ("DELIVERED", "2026-11-19T12:06:40Z"),
    ]
    order.refresh_from_db()
    assert order.delivery_status == Package.objects.get().shown == "delivered"


def test_an_order_synced_when_it_was_delivered_already_is_fulfilled_and_told_in_one_go(road: Road) -> None:
    order = synced(road, moved(an_order(), "DELIVERED", ("1152", [1], "DELIVERED")))
    assert told(order).status == "done"
    assert numbers(road) == ["94001152"]
    assert events(road) == ONCE_EACH


def test_news_that_comes_before_the_shopify_order_waits_for_it(road: Road) -> None:
    stored(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))
    order = Order.objects.get()
    assert DeliveryWork.objects.get().status == "waiting"
    assert order.delivery_status == "in_transit"
    delivering.deliver(order.pk)
    assert delivery_due.stores_with_due() == []
    synced(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))
    assert delivery_due.stores_with_due() == [road.shop.store.pk]
    assert told(order).status == "done"


def test_the_same_news_again_and_older_news_send_nothing_twice(road: Road) -> None:
    raw = an_order()
    order = synced(road, raw)
    in_transit = moved(raw, "IN_TRANSIT", ("1152", [1], "IN_TRANSIT"))
    delivered = moved(in_transit, "DELIVERED", ("1152", [1], "DELIVERED"))
    for news in (delivered, in_transit, delivered, raw):
        stored(road, news)
        delivery_claims.resend([order.pk])
        assert told(order).status == "done"
    assert len(parcels(road)) == 1
    assert events(road) == ONCE_EACH
    order.refresh_from_db()
    assert order.delivery_status == "delivered"


def test_two_packages_are_two_fulfilments_each_with_its_own_number_and_state(road: Road) -> None:
    raw = an_order(skus=TWO)
    order = synced(road, raw)
    raw = moved(raw, "PARTIALLY_SHIPPING", ("1", [1], "IN_TRANSIT"), ("2", [2], "AWAITING_COLLECTION"))
    stored(road, raw)
    told(order)
    assert numbers(road) == ["94001"]
    order.refresh_from_db()
    assert order.delivery_status == "in_transit"
    raw = moved(raw, "IN_TRANSIT", ("1", [1], "DELIVERED"), ("2", [2], "IN_TRANSIT"))
    stored(road, raw)
    told(order)
    assert numbers(road) == ["94001", "94002"]
    assert events(road) == Counter({"IN_TRANSIT": 2, "DELIVERED": 1})
    order.refresh_from_db()
    assert order.delivery_status == "in_transit"
    stored(road, moved(raw, "DELIVERED", ("1", [1], "DELIVERED"), ("2", [2], "DELIVERED")))
    told(order)
    assert events(road) == Counter({"IN_TRANSIT": 2, "DELIVERED": 2})
    order.refresh_from_db()
    assert order.delivery_status == "delivered"
    [one, other] = parcels(road)
    assert {part["line_id"] for part in one["lines"]} != {part["line_id"] for part in other["lines"]}


def test_two_units_of_one_product_in_two_packages_ship_one_unit_each(road: Road) -> None:
    raw = an_order(skus=("SOAP-LAV", "SOAP-LAV"))
    order = synced(road, raw)
    raw = moved(raw, "PARTIALLY_SHIPPING", ("1", [1], "IN_TRANSIT"))
    stored(road, raw)
    told(order)
    assert [[part["quantity"] for part in made["lines"]] for made in parcels(road)] == [[1]]
    stored(road, moved(raw, "IN_TRANSIT", ("1", [1], "IN_TRANSIT"), ("2", [2], "IN_TRANSIT")))
    told(order)
    assert [[part["quantity"] for part in made["lines"]] for made in parcels(road)] == [[1], [1]]


def test_one_package_with_two_orders_ships_both_under_the_same_number(road: Road) -> None:
    first, second = an_order("576461413038785701"), an_order("576461413038785702")
    orders = [synced(road, raw) for raw in (first, second)]
    for raw in (first, second):
        stored(road, moved(raw, "IN_TRANSIT", ("77", [1], "IN_TRANSIT"), split_or_combine_tag="COMBINED"))
    for order in orders:
        assert told(order).status == "done"
    assert numbers(road) == ["940077", "940077"]


def test_with_the_setting_off_nothing_is_sent_until_it_is_on(road: Road) -> None:
    SyncSettings.objects.update(sync_delivery_status=False)
    order = synced(road, moved(an_order(), "DELIVERED", ("1152", [1], "DELIVERED")))
    call_command("sync_deliveries", "--json")
    assert parcels(road) == []
    assert delivery_due.stores_with_due() == []
    order.refresh_from_db()
    assert order.delivery_status == "delivered"
    SyncSettings.objects.update(sync_delivery_status=True)
    call_command("sync_deliveries", "--json")
    assert numbers(road) == ["94001152"]


def test_a_carrier_that_shopify_does_not_know_comes_with_its_tracking_page(road: Road) -> None:
    raw = moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT"))
    raw["line_items"][0] |= {"shipping_provider_name": "SPEEDX", "tracking_number": "SPX42"}
    told(synced(road, raw))
    [made] = parcels(road)
    assert made["tracking"] == [{"company": "SpeedX", "number": "SPX42", "url": "https://tracking.speedx.io/SPX42"}]


def test_a_number_that_the_order_lacks_is_read_from_the_package(road: Road) -> None:
    raw = moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT"))
    order = synced(road, raw)
    bare = json.loads(json.dumps(raw))
    bare["line_items"][0] |= {"tracking_number": "", "shipping_provider_name": ""}
    Package.objects.update(tracking_number="", carrier_name="")
    storing.store(road.shop, [bare | {"update_time": raw["update_time"] + 5}], Rules())
    assert told(order).status == "done"
    [made] = parcels(road)
    assert made["tracking"][0]["number"] == "94001152"
    assert road.tiktok.state()["calls"]["GET /fulfillment/202309/packages/1152"] == 1


def test_a_number_that_tiktok_changed_is_changed_in_shopify(road: Road) -> None:
    raw = moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT"))
    order = synced(road, raw)
    told(order)
    later = moved(raw, "IN_TRANSIT", ("1152", [1], "IN_TRANSIT"))
    later["line_items"][0]["tracking_number"] = "94007777"
    stored(road, later)
    assert told(order).status == "done"
    assert numbers(road) == ["94007777"]
    assert events(road) == Counter({"IN_TRANSIT": 1})


def test_news_that_comes_while_a_worker_is_at_it_is_not_lost(road: Road) -> None:
    raw = moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT"))
    order = synced(road, raw)
    held = delivery_claims.claim(order.pk)
    assert held is not None
    stored(road, moved(raw, "DELIVERED", ("1152", [1], "DELIVERED")))
    assert DeliveryWork.objects.get().status == "claimed"
    delivering._deliver_claimed(held, Order.objects.select_related("shop", "store", "payload").get())
    assert DeliveryWork.objects.get().status == "due"
    assert told(order).status == "done"
    assert events(road) == ONCE_EACH


def test_a_broken_store_loses_no_delivery(road: Road) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))
    store = road.shop.store
    type(store).objects.update(access_token="bad")
    work = told(order)
    assert work.status == "due"
    assert delivery_due.stores_with_due() == []
    type(store).objects.update(access_token="shpat_sandbox", connection="connected", backoff_until=None)
    due_now(order)
    assert told(order).status == "done"


def test_a_throttled_fulfilment_goes_again_without_an_unknown_outcome(road: Road) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))
    road.shopify.faults({"operation": "FulfillmentCreate", "do": "throttled", "retry_after": 0.5, "times": 1})
    work = told(order)
    assert (work.status, work.next_attempt_at is not None) == ("due", True)
    assert SyncAttempt.objects.get(effect__startswith="fulfil:").result == "not_sent"
    settled(order)
    assert len(parcels(road)) == 1


def test_open_orders_are_read_again_and_what_tiktok_moved_unheard_is_told(road: Road, capsys: Any) -> None:
    raw = an_order()
    order = synced(road, raw)
    unheard = moved(raw, "DELIVERED", ("1152", [1], "DELIVERED"))
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": [unheard]})
    assert open_orders.read_open_orders().orders == 0, "heard of today"
    capsys.readouterr()
    call_command("sync_deliveries", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["read"], said["worked"], said["statuses"]["done"], said["errors"]) == (1, 1, 1, [])
    assert events(road) == ONCE_EACH
    order.refresh_from_db()
    assert order.delivery_status == "delivered"
    assert open_orders.read_open_orders(everything=True).orders == 0, "delivered orders are left alone"


def test_an_order_in_need_of_review_goes_on_with_its_delivery(road: Road) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))
    Order.objects.update(sync_status="needs_review", reason="created_total_differs")
    assert told(order).status == "done"
    assert numbers(road) == ["94001152"]
