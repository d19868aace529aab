"""An app that may not see or do everything: what is missing is named, and nothing but this delivery waits for it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.sandbox.shopify import SCOPES
from orders import connections
from orders.delivery import verification as delivery_verification
from orders.models import DeliveryWork, Order, SyncAttempt
from tests.flows.conftest import Road
from tests.flows.delivery_road import an_order, due_now, events, moved, numbers, settled, stored, synced, told
from tests.flows.store_deeds import deed, looked_at_again, shipped, staff, stands

pytestmark = pytest.mark.django_db

TWO = ("SOAP-LAV", "SOAP-OAT")
BOTH = ("1", [1, 2], "IN_TRANSIT")


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
