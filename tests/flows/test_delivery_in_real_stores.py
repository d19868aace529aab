"""Stores with several locations, holds, other services, staff and too little access: nothing is shipped twice, and
what stands still says why and goes on by itself."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connectors.sandbox.shopify import SCOPES
from connectors.shopify import fulfillments
from orders import connections
from orders.delivery import verification as delivery_verification
from orders.models import DeliveryWork, Fulfilment, Order, Package, SyncAttempt
from orders.reasons import REASONS, Mender
from tests.flows.conftest import Road
from tests.flows.delivery_road import an_order, due_now, events, moved, numbers, parcels, settled, stored, synced, told

pytestmark = pytest.mark.django_db

TWO = ("SOAP-LAV", "SOAP-OAT")
BOTH = ("1", [1, 2], "IN_TRANSIT")


def deed(road: Road, name: str, **wish: Any) -> Any:
    return road.shopify.post(f"/_sandbox/{name}", {"store": road.shop.store.domain, **wish})


def staff(road: Road, name: str, order: Order, **wish: Any) -> Any:
    return deed(road, name, order=order.shopify_order_id, **wish)


def shipped(road: Road) -> list[tuple[str, int]]:
    """(place, units) of every fulfilment that counts."""
    return sorted((made["location"]["name"], sum(part["quantity"] for part in made["lines"])) for made in parcels(road))


def stands(work: DeliveryWork, reason: str) -> bool:
    """It says why and who mends it how, and is looked at again without anybody asking."""
    assert (work.status, work.reason) == ("standing_still", reason), work.message
    assert REASONS[reason].mend
    assert work.next_attempt_at is not None
    assert timezone.now() < work.next_attempt_at < timezone.now() + timedelta(minutes=11)
    return True


def ours(road: Road) -> list[str]:
    """The events that we sent, oldest first."""
    return [row["status"] for made in parcels(road) for row in made["events"] if row.get("by") != "carrier"]


def looked_at_again(order: Order) -> DeliveryWork:
    """The look that was planned."""
    due_now(order)
    return told(order)


def test_a_package_over_two_locations_is_one_fulfilment_at_each_under_one_number(road: Road) -> None:
    deed(road, "locations", skus={"SOAP-OAT": "Outlet"})
    raw = an_order(skus=TWO)
    order = synced(road, raw)
    stored(road, moved(raw, "IN_TRANSIT", BOTH))
    assert told(order).status == "done"
    assert shipped(road) == [("Main warehouse", 1), ("Outlet", 1)]
    assert numbers(road) == ["94001", "94001"]
    stored(road, moved(raw, "DELIVERED", ("1", [1, 2], "DELIVERED")))
    assert told(order).status == "done"
    assert events(road) == Counter({"IN_TRANSIT": 2, "DELIVERED": 2})
    assert [len(made["events"]) for made in parcels(road)] == [2, 2]


def test_two_packages_of_units_that_lie_at_two_locations_ship_each_unit_once(road: Road) -> None:
    deed(road, "locations", skus={"SOAP-LAV": ["Main warehouse", "Outlet"]})
    raw = an_order(skus=("SOAP-LAV", "SOAP-LAV", "SOAP-LAV", "SOAP-OAT"))
    order = synced(road, raw)
    packages = ("1", [1, 4], "IN_TRANSIT"), ("2", [2, 3], "IN_TRANSIT")
    stored(road, moved(raw, "IN_TRANSIT", *packages))
    assert told(order).status == "done"
    assert sum(units for _, units in shipped(road)) == 4
    assert {number: numbers(road).count(number) for number in numbers(road)} == {"94001": 1, "94002": 2}
    [shown] = road.shopify_orders()
    assert shown["fulfillmentStatus"] == "FULFILLED"
    assert all(line["fulfilled"] == line["quantity"] for line in shown["lines"])


def test_an_answer_lost_at_the_second_location_is_not_taken_for_the_first(road: Road) -> None:
    """Both fulfilments carry one unit of one line under one number: only the order of making tells them apart."""
    deed(road, "locations", skus={"SOAP-LAV": ["Main warehouse", "Outlet"]})
    raw = an_order(skus=("SOAP-LAV", "SOAP-LAV"))
    order = synced(road, moved(raw, "IN_TRANSIT", BOTH))
    road.shopify.faults({"operation": "FulfillmentCreate", "when": "after", "do": "cut", "times": 2})
    assert told(order).status == "verifying"
    assert settled(order).status == "done"
    assert shipped(road) == [("Main warehouse", 1), ("Outlet", 1)]
    assert Fulfilment.objects.count() == 2
    assert events(road) == Counter({"IN_TRANSIT": 2})


def test_a_hold_is_told_with_its_reason_and_the_delivery_goes_on_when_it_is_released(road: Road) -> None:
    raw = an_order(skus=TWO)
    order = synced(road, raw)
    staff(road, "hold", order, sku="SOAP-OAT", reason="HIGH_RISK_OF_FRAUD")
    stored(road, moved(raw, "DELIVERED", ("1", [1, 2], "DELIVERED")))
    work = told(order)
    assert stands(work, "fulfilment_on_hold")
    assert work.message == "1 unit is not fulfilled yet; the hold says “High risk of fraud”."
    assert shipped(road) == [("Main warehouse", 1)], "what is not held is shipped"
    assert looked_at_again(order).reason == "fulfilment_on_hold"
    staff(road, "release", order)
    assert looked_at_again(order).status == "done"
    assert shipped(road) == [("Main warehouse", 1), ("Main warehouse", 1)]
    assert events(road) == Counter({"IN_TRANSIT": 2, "DELIVERED": 2})


def test_the_orders_page_says_what_stands_in_the_way_who_mends_it_and_how(road: Road, manager: Client) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    staff(road, "hold", order, reason="INCORRECT_ADDRESS")
    told(order)
    page = manager.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    for sentence in (
        "The fulfilment is on hold in Shopify.",
        "Release the hold on the Shopify order; it goes on by itself.",
        "the hold says “Incorrect address”.",
    ):
        assert sentence in page


def test_goods_of_another_service_wait_for_it_and_its_fulfilment_is_used(road: Road) -> None:
    deed(road, "settings", scopes=[*SCOPES.split(","), "read_third_party_fulfillment_orders"])
    deed(road, "locations", skus={"SOAP-LAV": "ShipBob"}, services=["ShipBob"])
    raw = an_order()
    order = synced(road, raw)
    stored(road, moved(raw, "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    work = told(order)
    assert stands(work, "fulfilment_elsewhere")
    assert work.message == "1 unit is not fulfilled yet; assigned to ShipBob."
    staff(road, "fulfillment-order", order, status="IN_PROGRESS", request="ACCEPTED")
    assert looked_at_again(order).reason == "fulfilment_elsewhere"
    staff(road, "fulfil", order, number="SB77", company="UPS", by="ShipBob")
    assert looked_at_again(order).status == "done"
    assert numbers(road) == ["SB77"]
    assert events(road) == Counter({"IN_TRANSIT": 1})


def test_goods_that_a_service_gave_up_go_on_when_staff_move_them_home(road: Road) -> None:
    deed(road, "settings", scopes=[*SCOPES.split(","), "read_third_party_fulfillment_orders"])
    deed(road, "locations", skus={"SOAP-LAV": "ShipBob"}, services=["ShipBob"])
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    staff(road, "fulfillment-order", order, status="INCOMPLETE", request="CLOSED")
    assert stands(told(order), "fulfilment_elsewhere")
    staff(road, "fulfillment-order", order, status="OPEN")
    staff(road, "move", order, location="Main warehouse")
    assert looked_at_again(order).status == "done"
    assert shipped(road) == [("Main warehouse", 1)]


def test_a_service_that_shopify_hides_from_this_app_is_not_taken_for_nothing_to_do(road: Road) -> None:
    deed(road, "locations", skus={"SOAP-OAT": "ShipBob"}, services=["ShipBob"])
    order = synced(road, moved(an_order(skus=TWO), "IN_TRANSIT", BOTH))
    assert stands(told(order), "fulfilment_hidden")
    assert shipped(road) == [("Main warehouse", 1)]
    staff(road, "move", order, location="Main warehouse")
    assert looked_at_again(order).status == "done"
    assert shipped(road) == [("Main warehouse", 1), ("Main warehouse", 1)]


def test_an_order_wholly_at_a_hidden_service_is_told_once_routing_cannot_be_the_cause(road: Road) -> None:
    deed(road, "locations", skus={"SOAP-LAV": "ShipBob"}, services=["ShipBob"])
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    assert stands(told(order), "not_routed_yet")
    Order.objects.update(synced_at=timezone.now() - timedelta(minutes=20))
    assert stands(looked_at_again(order), "fulfilment_hidden")


def test_an_order_that_shopify_routes_later_is_fulfilled_then(road: Road) -> None:
    deed(road, "settings", routing_delay=3600)
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    work = told(order)
    assert stands(work, "not_routed_yet")
    assert REASONS[work.reason].mender is Mender.SYSTEM
    assert work.next_attempt_at is not None
    assert work.next_attempt_at < timezone.now() + timedelta(seconds=11), "routing is a matter of seconds"
    deed(road, "settings", routing_delay=0)
    assert looked_at_again(order).status == "done"
    assert numbers(road) == ["94001"]


def test_what_staff_moved_to_another_location_is_fulfilled_there(road: Road) -> None:
    raw = an_order(skus=TWO)
    order = synced(road, raw)
    stored(road, moved(raw, "PARTIALLY_SHIPPING", ("1", [1], "IN_TRANSIT")))
    told(order)
    staff(road, "move", order, location="Outlet")
    stored(road, moved(raw, "IN_TRANSIT", ("1", [1], "IN_TRANSIT"), ("2", [2], "IN_TRANSIT")))
    assert told(order).status == "done"
    assert shipped(road) == [("Main warehouse", 1), ("Outlet", 1)]


def test_a_move_between_our_look_and_our_call_costs_one_more_look(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    really = fulfillments.create_fulfillment

    def after_a_move(*given: Any) -> str:
        monkeypatch.setattr(fulfillments, "create_fulfillment", really)
        staff(road, "move", order, location="Outlet")
        return really(*given)

    monkeypatch.setattr(fulfillments, "create_fulfillment", after_a_move)
    work = told(order)
    assert (work.status, "unfulfillable" in work.message) == ("due", True)
    assert looked_at_again(order).status == "done"
    assert shipped(road) == [("Outlet", 1)]


@pytest.mark.parametrize("status", ["CLOSED", "CANCELLED"])
def test_a_fulfilment_order_closed_without_shipping_stands_still_until_it_is_open_again(
    road: Road, status: str
) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    staff(road, "fulfillment-order", order, status=status)
    assert stands(told(order), "nothing_left_to_fulfil")
    staff(road, "fulfillment-order", order, status="OPEN")
    assert looked_at_again(order).status == "done"
    assert numbers(road) == ["94001"]


def test_a_scheduled_fulfilment_goes_on_when_its_day_comes(road: Road) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    staff(road, "fulfillment-order", order, status="SCHEDULED")
    assert stands(told(order), "fulfilment_scheduled")
    staff(road, "fulfillment-order", order, status="OPEN")
    assert looked_at_again(order).status == "done"


@pytest.mark.parametrize("number", ["94001", ""])
def test_what_staff_shipped_in_part_is_used_and_only_the_rest_is_made(road: Road, number: str) -> None:
    raw = an_order(skus=("SOAP-LAV", "SOAP-LAV", "SOAP-OAT"))
    order = synced(road, raw)
    staff(road, "fulfil", order, skus={"SOAP-LAV": 1}, number=number)
    stored(road, moved(raw, "DELIVERED", ("1", [1, 2, 3], "DELIVERED")))
    assert told(order).status == "done"
    assert shipped(road) == [("Main warehouse", 1), ("Main warehouse", 2)]
    assert events(road) == Counter({"IN_TRANSIT": 2, "DELIVERED": 2})


def test_staff_who_fulfil_while_ours_is_on_its_way_do_not_get_a_second_parcel(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    really = fulfillments.create_fulfillment

    def after_staff(*given: Any) -> str:
        staff(road, "fulfil", order, number="HAND1")
        return really(*given)

    monkeypatch.setattr(fulfillments, "create_fulfillment", after_staff)
    assert told(order).status == "due"
    assert looked_at_again(order).status == "done"
    assert numbers(road) == ["HAND1"]
    assert events(road) == Counter({"IN_TRANSIT": 1})


WITHOUT = {
    "read": ("read_merchant_managed_fulfillment_orders", "write_merchant_managed_fulfillment_orders"),
    "write": ("write_merchant_managed_fulfillment_orders",),
    "event": ("write_fulfillments",),
}


@pytest.mark.parametrize("lacks", WITHOUT)
def test_a_missing_scope_stops_deliveries_only_and_names_what_is_missing(road: Road, lacks: str) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    deed(road, "settings", scopes=[scope for scope in SCOPES.split(",") if scope not in WITHOUT[lacks]])
    work = told(order)
    assert stands(work, "delivery_not_allowed")
    assert WITHOUT[lacks][0] in work.message
    road.shop.store.refresh_from_db()
    assert road.shop.store.connection == "connected", "orders are still synced"
    deed(road, "settings", scopes=SCOPES.split(","))
    connections.mended(road.shop.store)
    assert told(order).status == "done", "reconnecting makes it due at once"
    assert numbers(road) == ["94001"]
    assert events(road) == Counter({"IN_TRANSIT": 1})


def test_a_scope_lost_while_an_outcome_is_open_does_not_cut_the_store_off(road: Road) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    road.shopify.faults({"operation": "FulfillmentCreate", "when": "after", "do": "cut", "times": 1})
    assert told(order).status == "verifying"
    deed(road, "settings", scopes=["read_orders", "write_orders", "write_fulfillments"])
    due_now(order)
    delivery_verification.verify(order.pk)
    work = DeliveryWork.objects.get()
    assert (work.status, "Access denied" in work.message) == ("verifying", True)
    road.shop.store.refresh_from_db()
    assert road.shop.store.connection == "connected"
    assert SyncAttempt.objects.get(effect__startswith="fulfil:").negatives == 0
    deed(road, "settings", scopes=SCOPES.split(","))
    assert settled(order).status == "done"
    assert numbers(road) == ["94001"]


def test_a_number_that_shopify_refuses_stands_still_and_holds_up_no_other_order(road: Road) -> None:
    raw = moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT"))
    order = synced(road, raw)
    told(order)
    later = moved(raw, "IN_TRANSIT", ("1", [1], "IN_TRANSIT"))
    later["line_items"][0]["tracking_number"] = "94009999"
    stored(road, later)
    road.shopify.faults({"operation": "FulfillmentTrackingUpdate", "do": "http", "status": 422, "times": 1})
    assert stands(told(order), "fulfilment_refused")
    road.shop.store.refresh_from_db()
    assert road.shop.store.backoff_step == 0
    assert looked_at_again(order).status == "done"
    assert numbers(road) == ["94009999"]


@pytest.mark.parametrize("event", [False, True])
def test_a_parcel_that_shopify_follows_itself_gets_only_what_is_missing(road: Road, event: bool) -> None:
    raw = an_order()
    order = synced(road, raw)
    staff(road, "fulfil", order, number="94001", company="USPS")
    staff(road, "carrier", order, status="OUT_FOR_DELIVERY", event=event)
    raw = moved(raw, "IN_TRANSIT", ("1", [1], "IN_TRANSIT"))
    stored(road, raw)
    assert told(order).status == "done"
    assert ours(road) == []
    stored(road, moved(raw, "DELIVERED", ("1", [1], "DELIVERED")))
    assert told(order).status == "done"
    assert ours(road) == ["DELIVERED"]


@pytest.mark.parametrize("event", [False, True])
def test_a_delivery_that_shopify_knew_before_tiktok_said_so_is_not_told_again(road: Road, event: bool) -> None:
    raw = moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT"))
    order = synced(road, raw)
    told(order)
    staff(road, "carrier", order, status="DELIVERED", event=event)
    stored(road, moved(raw, "DELIVERED", ("1", [1], "DELIVERED")))
    assert told(order).status == "done"
    assert ours(road) == ["IN_TRANSIT"]
    assert Package.objects.get().shown == "delivered"


def test_a_parcel_that_was_only_picked_up_is_still_told_to_be_in_transit(road: Road) -> None:
    order = synced(road, moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    staff(road, "fulfil", order, number="94001")
    staff(road, "carrier", order, status="CARRIER_PICKED_UP")
    assert told(order).status == "done"
    assert ours(road) == ["IN_TRANSIT"]
