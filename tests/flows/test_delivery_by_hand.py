"""What a merchant does in Shopify by hand is used, completed or left alone, never doubled."""

from __future__ import annotations

from collections import Counter

import pytest

from connectors.shopify import fulfillments
from orders.delivery import claims as delivery_claims
from orders.delivery import delivering
from orders.models import Fulfilment, Order, Package
from settings_app import clients
from tests.flows.conftest import Road
from tests.flows.delivery_road import (
    ONCE_EACH,
    TWO,
    an_order,
    events,
    moved,
    numbers,
    parcels,
    stored,
    synced,
    told,
)
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db


def fulfilled_by_hand(road: Road, order: Order, units: int, number: str = "") -> str:
    """A merchant ships so many units of the first fulfilment order in Shopify's own admin."""
    client = clients.shopify(road.shop.store)
    shown = fulfillments.fulfillment_orders(client, str(order.shopify_order_id))
    assert shown is not None
    lines = [(line.gid, 1) for line in shown.fulfillment_orders[0].lines][:units]
    return fulfillments.create_fulfillment(
        client, shown.fulfillment_orders[0].gid, lines, fulfillments.Tracking(number, "USPS")
    ).gid


@pytest.mark.parametrize("number", ["94001152", "9400 1152", ""])
def test_a_fulfilment_made_by_hand_is_used_and_not_doubled(road: Road, number: str) -> None:
    raw = an_order()
    order = synced(road, raw)
    gid = fulfilled_by_hand(road, order, 1, number)
    stored(road, moved(raw, "DELIVERED", ("1152", [1], "DELIVERED")))
    assert told(order).status == "done"
    [made] = parcels(road)
    assert f"gid://shopify/Fulfillment/{made['number_id']}" == gid
    assert events(road) == ONCE_EACH
    assert not Fulfilment.objects.get().made_by_us


def test_what_the_merchant_shipped_in_part_is_completed_and_not_repeated(road: Road) -> None:
    raw = an_order(skus=TWO)
    order = synced(road, raw)
    fulfilled_by_hand(road, order, 1, "94009")
    stored(road, moved(raw, "IN_TRANSIT", ("9", [1, 2], "IN_TRANSIT")))
    assert told(order).status == "done"
    assert numbers(road) == ["94009", "94009"]
    assert sum(part["quantity"] for made in parcels(road) for part in made["lines"]) == 2
    assert events(road) == Counter({"IN_TRANSIT": 2})


def test_no_event_is_sent_for_a_state_that_shopify_shows_already(road: Road) -> None:
    raw = an_order()
    order = synced(road, raw)
    gid = fulfilled_by_hand(road, order, 1, "94001152")
    fulfillments.create_event(clients.shopify(road.shop.store), gid, "DELIVERED")
    stored(road, moved(raw, "DELIVERED", ("1152", [1], "DELIVERED")))
    assert told(order).status == "done"
    assert events(road) == Counter({"DELIVERED": 1})
    assert Package.objects.get().shown == "delivered"


def cancelled_in_shopify(road: Road, gid: str) -> None:
    text = f'mutation C {{ fulfillmentCancel(id: "{gid}") {{ fulfillment {{ id }} }} }}'
    clients.shopify(road.shop.store).run("fulfillment_create", {}, creates=True, text=text)


def test_a_fulfilment_cancelled_in_shopify_is_made_again_only_when_staff_says_so(road: Road) -> None:
    raw = moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT"))
    order = synced(road, raw)
    told(order)
    cancelled_in_shopify(road, Fulfilment.objects.get().gid)
    stored(road, moved(raw, "DELIVERED", ("1152", [1], "DELIVERED")))
    work = told(order)
    assert (work.status, work.reason) == ("standing_still", "fulfilment_cancelled")
    assert parcels(road) == []
    assert delivery_claims.resend([order.pk]) == 1
    assert told(order).status == "done"
    assert numbers(road) == ["94001152"]
    assert events(road) == ONCE_EACH


def test_a_replacement_for_the_cancelled_fulfilment_is_used(road: Road) -> None:
    raw = moved(an_order(), "IN_TRANSIT", ("1152", [1], "IN_TRANSIT"))
    order = synced(road, raw)
    told(order)
    cancelled_in_shopify(road, Fulfilment.objects.get().gid)
    fulfilled_by_hand(road, order, 1, "1Z999")
    stored(road, moved(raw, "DELIVERED", ("1152", [1], "DELIVERED")))
    assert told(order).status == "done"
    assert numbers(road) == ["1Z999"]
    assert events(road) == ONCE_EACH


def test_a_cancelled_shopify_order_stands_still_with_a_reason(road: Road) -> None:
    raw = an_order()
    order = synced(road, raw)
    text = (
        'mutation C { orderCancel(orderId: "%s", reason: OTHER, restock: false, '
        "refundMethod: {originalPaymentMethodsRefund: false}) { job { id } } }"
    )
    client = clients.shopify(road.shop.store)
    client.run("tags_add", {}, text=text % order.shopify_order_id)
    wait_for(lambda: getattr(delivering.look(client, order, 1), "cancelled_at", None), 5, "the order to be cancelled")
    stored(road, moved(raw, "IN_TRANSIT", ("1152", [1], "IN_TRANSIT")))
    work = told(order)
    assert (work.status, work.reason) == ("standing_still", "shopify_order_cancelled")
    assert work.next_attempt_at is not None
