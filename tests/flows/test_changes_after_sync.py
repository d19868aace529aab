"""What TikTok changes on a synced order is tagged in Shopify, listed for staff, and stops what must not ship."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import QuerySet

from orders.delivery import changes_after_sync
from orders.models import Order, OrderChange
from tests.flows.conftest import Road
from tests.flows.delivery_road import an_order, moved, numbers, parcels, stored, synced, told

pytestmark = pytest.mark.django_db

TWO = ("SOAP-LAV", "SOAP-OAT")


def tags(road: Road) -> set[str]:
    return {tag for order in road.shopify_orders() for tag in order["tags"]} - {"TikTok Shop"}


def not_handled() -> QuerySet[OrderChange]:
    return OrderChange.objects.filter(seen_at__isnull=True, order__shopify_order_id__isnull=False)


def tag_all() -> None:
    for pk in changes_after_sync.orders_to_tag():
        changes_after_sync.tag(pk)


def test_a_cancelled_item_is_tagged_and_only_the_other_ships(road: Road) -> None:
    raw = an_order(skus=TWO)
    order = synced(road, raw)
    raw["line_items"][1] |= {"display_status": "CANCELLED", "cancel_reason": "Out of stock"}
    raw["update_time"] += 10
    stored(road, raw)
    tag_all()
    assert tags(road) == {"TikTok Shop Partly Cancelled"}
    [change] = not_handled()
    assert "SOAP-OAT" in change.sentence
    stored(road, moved(raw, "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))
    assert told(order).status == "done"
    assert [part["quantity"] for made in parcels(road) for part in made["lines"]] == [1]


def test_a_cancelled_order_is_tagged_and_nothing_ships(road: Road) -> None:
    raw = moved(an_order(), "AWAITING_COLLECTION", ("1", [1], "AWAITING_COLLECTION"))
    order = synced(road, raw)
    stored(road, raw | {"status": "CANCELLED", "update_time": raw["update_time"] + 9, "cancel_reason": "Buyer"})
    tag_all()
    assert tags(road) == {"TikTok Shop Cancelled"}
    order.refresh_from_db()
    assert (order.sync_status, order.tiktok_status, order.delivery_status) == ("synced", "CANCELLED", "none")
    assert numbers(road) == []


def test_a_buyer_who_wants_out_after_the_sync_is_heard_before_the_parcel_is_packed(road: Road) -> None:
    raw = an_order()
    order = synced(road, raw)
    stored(road, raw := raw | {"is_buyer_request_cancel": True, "update_time": raw["update_time"] + 9})
    tag_all()
    assert tags(road) == {"TikTok Shop Cancel Requested"}
    [change] = not_handled()
    assert (change.kind, change.order) == ("cancel_requested", order)
    stored(road, raw | {"note": "the same wish, told again", "update_time": raw["update_time"] + 9})
    assert OrderChange.objects.count() == 1


@pytest.mark.parametrize(
    ("end", "left"),
    [({"is_buyer_request_cancel": False}, []), ({"status": "CANCELLED"}, ["cancelled"])],
    ids=["taken back", "agreed to"],
)
def test_a_wish_to_cancel_that_is_decided_on_is_no_work_any_more(
    road: Road, end: dict[str, Any], left: list[str]
) -> None:
    raw = an_order()
    synced(road, raw)
    stored(road, raw := raw | {"is_buyer_request_cancel": True, "update_time": raw["update_time"] + 9})
    stored(road, raw | {**end, "update_time": raw["update_time"] + 9})
    assert list(not_handled().values_list("kind", flat=True)) == left


def test_a_cancellation_with_a_long_reason_is_not_lost(road: Road) -> None:
    raw = an_order()
    synced(road, raw)
    stored(road, raw | {"status": "CANCELLED", "update_time": raw["update_time"] + 9, "cancel_reason": "Why " * 200})
    [change] = not_handled()
    assert change.sentence.startswith("Cancelled on TikTok after it was synced: Why")


def test_an_order_cancelled_on_its_way_keeps_its_fulfilment_and_gets_no_delivered(road: Road) -> None:
    raw = moved(an_order(), "IN_TRANSIT", ("1", [1], "IN_TRANSIT"))
    order = synced(road, raw)
    told(order)
    stored(road, raw | {"status": "CANCELLED", "update_time": raw["update_time"] + 9})
    assert told(order).status == "done"
    tag_all()
    assert tags(road) == {"TikTok Shop Cancelled"}
    assert numbers(road) == ["94001"]


def test_a_changed_address_is_tagged_once_and_stays_listed_until_handled(road: Road) -> None:
    raw = an_order()
    synced(road, raw)
    address = raw["recipient_address"] | {"address_line1": "2 Other St"}
    stored(road, raw | {"recipient_address": address, "update_time": raw["update_time"] + 9})
    tag_all()
    tag_all()
    assert tags(road) == {"TikTok Shop Address Changed"}
    assert not_handled().count() == 1
    assert changes_after_sync.handled(OrderChange.objects.all()) == 1
    assert not_handled().count() == 0


def test_masking_an_address_is_no_change(road: Road) -> None:
    raw = an_order()
    synced(road, raw)
    address = raw["recipient_address"] | {"name": "J*** D***", "address_line1": "1 M***", "phone_number": "(+1)***"}
    stored(road, raw | {"recipient_address": address, "update_time": raw["update_time"] + 9})
    assert not OrderChange.objects.exists()


def test_a_change_before_the_sync_is_no_news(road: Road) -> None:
    raw = an_order(skus=TWO)
    stored(road, raw)
    raw["line_items"][1] |= {"display_status": "CANCELLED"}
    raw["payment"] |= {"total_amount": "22.00", "sub_total": "20.00", "tax": "2.00", "product_tax": "2.00"}
    raw["update_time"] += 10
    synced(road, raw)
    assert not OrderChange.objects.exists()


def test_a_tag_that_did_not_get_through_is_added_later(road: Road) -> None:
    raw = an_order()
    synced(road, raw)
    stored(road, raw | {"status": "CANCELLED", "update_time": raw["update_time"] + 9})
    road.shopify.faults({"operation": "TagsAdd", "do": "http", "status": 500, "times": None})
    tag_all()
    assert OrderChange.objects.get().trouble
    road.shopify.faults()
    OrderChange.objects.update(next_attempt_at=None)
    Order.objects.get().store.__class__.objects.update(backoff_until=None)
    tag_all()
    assert tags(road) == {"TikTok Shop Cancelled"}
    assert OrderChange.objects.get().trouble == ""
