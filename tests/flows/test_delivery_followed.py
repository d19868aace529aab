"""Parcels that Shopify follows by itself: no state that it shows is told again."""

from __future__ import annotations

import pytest

from orders.models import Package
from tests.flows.conftest import Road
from tests.flows.delivery_road import an_order, moved, stored, synced, told
from tests.flows.store_deeds import ours, staff

pytestmark = pytest.mark.django_db


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
