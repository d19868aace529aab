"""Who asked, who waits and who is held back: an ask must never take an order out of a worker's hands."""

from __future__ import annotations

import pytest

from orders import bulk, claims
from orders.models import Order, OrderItem
from orders.states import AskedBy, SyncStatus
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db


def test_an_order_under_way_is_not_asked_for_again_through_a_search() -> None:
    order = OrderFactory.create(sync_status=SyncStatus.SYNCING)
    OrderItem.objects.create(order=order, line_id="1", seller_sku="SOAP-LAV")
    found_by_sku = Order.objects.filter(items__seller_sku="SOAP-LAV").distinct()
    assert claims.ask(found_by_sku, AskedBy.MANUAL) == 0
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.SYNCING


def test_a_searched_condition_stays_in_the_update_itself() -> None:
    """Inside a subquery PostgreSQL would not look at the status again after waiting for another worker's row."""
    found_by_sku = Order.objects.filter(items__seller_sku="SOAP-LAV").distinct()
    rows = claims.rows_of(found_by_sku).filter(sync_status=SyncStatus.BLOCKED)
    assert list(rows.query.alias_map) in ([], ["orders_order"])


def test_pause_holds_back_even_what_was_already_on_its_way_to_a_worker() -> None:
    order = OrderFactory.create()
    started = bulk.start(Order.objects.filter(pk=order.pk), None, "sync")
    assert bulk.pause(started.pk)
    assert claims.claim_queued(order.pk) is None
    assert bulk.resume(started.pk)
    assert claims.claim_queued(order.pk) is not None


def test_an_order_asked_for_by_hand_leaves_its_paused_bulk() -> None:
    order = OrderFactory.create()
    started = bulk.start(Order.objects.filter(pk=order.pk), None, "sync")
    bulk.pause(started.pk)
    claims.ask(Order.objects.filter(pk=order.pk), AskedBy.MANUAL)
    assert claims.claim_queued(order.pk) is not None


def test_a_paused_shop_sends_nothing_more() -> None:
    order = OrderFactory.create(queued=True)
    order.shop.paused = True
    order.shop.save()
    assert claims.claim_queued(order.pk) is None
