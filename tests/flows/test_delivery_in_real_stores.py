"""Stores with several locations, holds, other services and staff: nothing is shipped twice, and what stands still says
why and goes on by itself."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connectors.sandbox.shopify import SCOPES
from connectors.shopify import fulfillments
from orders.models import Fulfilment, SyncAttempt
from orders.reasons import REASONS, Mender
from tests.flows.conftest import Road
from tests.flows.delivery_road import T0, an_order, events, moved, numbers, parcels, settled, stored, synced, told
from tests.flows.store_deeds import deed, looked_at_again, shipped, staff, stands

pytestmark = pytest.mark.django_db

TWO = ("SOAP-LAV", "SOAP-OAT")
BOTH = ("1", [1, 2], "IN_TRANSIT")


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


@pytest.mark.parametrize("number", ["HAND1", "94001"])
def test_staff_who_ship_while_our_own_call_has_no_outcome_do_not_get_a_second_parcel(road: Road, number: str) -> None:
    order = synced(road, moved(an_order(), "DELIVERED", ("1", [1], "DELIVERED")))
    road.shopify.faults({"operation": "FulfillmentCreate", "when": "before", "do": "cut", "times": 1})
    assert told(order).status == "verifying"
    staff(road, "fulfil", order, number=number)
    assert settled(order).status == "done"
    assert numbers(road) == [number]
    assert shipped(road) == [("Main warehouse", 1)]
    assert events(road) == Counter({"IN_TRANSIT": 1, "DELIVERED": 1})


@pytest.mark.parametrize("late", [True, False])
def test_a_call_of_ours_that_lands_late_on_another_packages_unit_does_not_keep_its_own_number_there(
    road: Road, late: bool
) -> None:
    """Two units on one Shopify line, each in a package of its own; whose the second fulfilment is decides."""
    raw = an_order(skus=("SOAP-LAV", "SOAP-LAV"))
    one = moved(raw, "PARTIALLY_SHIPPING", ("1", [1], "IN_TRANSIT"))
    order = synced(road, one)
    assert told(order).status == "done"
    if late:
        [sent] = SyncAttempt.objects.filter(order=order, effect__startswith="fulfil:")
        sent.pk, sent.number, sent.result, sent.shopify_gid = None, sent.number + 1, "absent", ""
        sent.save()
    staff(road, "fulfil", order, skus={"SOAP-LAV": 1}, number="94001", company="USPS")
    stored(road, moved(one, "IN_TRANSIT", ("1", [1], "IN_TRANSIT"), ("2", [2], "IN_TRANSIT"), at=T0 + 60))
    assert looked_at_again(order).status == "done"
    assert numbers(road) == (["94001", "94002"] if late else ["94001", "94001"]), "a merchant's number is left alone"
    assert events(road)["IN_TRANSIT"] == 2
