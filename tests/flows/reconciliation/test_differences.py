"""Every kind of difference between TikTok, here and Shopify is found, named, and turned into a status."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders import review
from orders.models import Order, SyncAttempt
from orders.states import AskedBy, SyncStatus
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.reconciliation.sides import compare, copy_in_shopify, counts, kinds, placed, recent

pytestmark = pytest.mark.django_db


def test_three_sides_that_agree_have_no_difference(road: Road, synced: Order) -> None:
    report = compare(road)
    assert kinds(report) == []
    assert counts(report) == (1, 1, 1)


def test_an_order_that_was_never_fetched_is_named_and_fetched(road: Road, synced: Order) -> None:
    missed = raw_order("576461413038785799", **recent())
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": [missed]})
    assert kinds(compare(road)) == ["missing_here"]
    assert Order.objects.get(tiktok_order_id="576461413038785799").sync_status == SyncStatus.NOT_SYNCED
    assert kinds(compare(road)) == []


def test_a_deleted_shopify_order_is_shown_to_staff(road: Road, synced: Order) -> None:
    Order.objects.update(shopify_order_id="gid://shopify/Order/404", shopify_order_name="#404")
    assert kinds(compare(road)) == ["missing_in_shopify"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.reason) == (SyncStatus.NEEDS_REVIEW, "gone_from_shopify")
    assert "#404" in synced.message
    assert review.sync_again(Order.objects.all(), AskedBy.MANUAL) == 1


def test_two_shopify_orders_of_one_tiktok_order_are_shown_to_staff(road: Road, synced: Order) -> None:
    copy_in_shopify(road, synced)
    report = compare(road)
    assert kinds(report) == ["two_in_shopify"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.reason) == (SyncStatus.NEEDS_REVIEW, "several_in_shopify")
    assert synced.shopify_order_name in synced.message
    assert synced.shopify_order_id  # its delivery goes on


def test_a_total_that_is_not_the_one_that_was_sent_is_shown_to_staff(road: Road, synced: Order) -> None:
    SyncAttempt.objects.update(expected_total="25.00")
    assert kinds(compare(road)) == ["total_differs"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.reason) == (SyncStatus.NEEDS_REVIEW, "created_total_differs")


def test_a_difference_that_staff_accepted_is_not_brought_up_again(road: Road, synced: Order) -> None:
    SyncAttempt.objects.update(expected_total="25.00")
    Order.objects.update(accepts_difference=True)
    assert kinds(compare(road)) == []


def test_an_order_in_shopify_that_our_row_does_not_know_is_adopted(road: Road, synced: Order) -> None:
    gid = synced.shopify_order_id
    Order.objects.update(sync_status=SyncStatus.NOT_SYNCED, shopify_order_id=None, shopify_order_name="")
    assert kinds(compare(road)) == ["stray_mark"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.shopify_order_id) == (SyncStatus.SYNCED, gid)


def test_a_mark_of_an_order_that_nobody_knows_is_named(road: Road, synced: Order) -> None:
    copy_in_shopify(road, synced, sourceIdentifier="576461413000000000")
    report = compare(road)
    assert kinds(report) == ["stray_mark"]
    assert "no TikTok shop of this store has" in report.differences[0]["sentence"]


def test_an_order_that_another_connector_made_beside_ours_is_named(road: Road, synced: Order) -> None:
    mark = {"key": "TikTok Shop Order ID", "value": synced.tiktok_order_id}
    copy_in_shopify(road, synced, sourceIdentifier=None, customAttributes=[mark])
    report = compare(road)
    assert kinds(report) == ["two_in_shopify"]
    synced.refresh_from_db()
    assert (synced.sync_status, synced.reason) == (SyncStatus.NEEDS_REVIEW, "several_in_shopify")
    assert len(review.candidates(synced)) == 2


def test_orders_that_are_not_ours_to_sync_make_no_day_look_incomplete(road: Road) -> None:
    road.stored(placed(1, 3))
    others = [{"status": "UNPAID"}, {"status": "ON_HOLD"}, {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}]
    road.stored(*(placed(2 + number, 4, **other) for number, other in enumerate(others)))
    report = compare(road, timedelta(days=1))
    assert kinds(report) == []
    assert counts(report) == (1, 1, 0)
