"""A store that fails or is cut off rests as one: its deliveries wait, other work goes on, and nothing is given up."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders import sweeps, tasks
from orders.delivery import delivering
from orders.delivery import due as delivery_due
from orders.models import DeliveryWork, Order, ProductLink, SyncAttempt
from orders.states import SyncStatus
from orders.timing import MOST_CLAIMS
from settings_app.models import Connection, ShopifyStore
from tests.flows.conftest import Road
from tests.flows.delivery_road import an_order, due_now, moved, numbers, synced, told

pytestmark = pytest.mark.django_db


def parcel(road: Road, number: int = 0) -> Order:
    return synced(road, moved(an_order(f"5764614130387857{number:02d}"), "IN_TRANSIT", ("1", [1], "IN_TRANSIT")))


def work_of(order: Order) -> DeliveryWork:
    return DeliveryWork.objects.get(order=order)


@pytest.mark.parametrize("trouble", ["broken", "resting"])
def test_lost_answers_are_not_looked_for_in_a_store_that_does_not_answer(road: Road, trouble: str) -> None:
    order = parcel(road)
    road.shopify.faults({"operation": "FulfillmentCreate", "do": "cut", "when": "after", "times": 1})
    assert told(order).status == "verifying"
    due_now(order)
    if trouble == "broken":
        ShopifyStore.objects.update(connection=Connection.BROKEN)
    else:
        ShopifyStore.objects.update(backoff_until=timezone.now() + timedelta(minutes=5))
    assert delivery_due.due_for_verification() == []
    assert delivery_due.unknown_now(10) == []
    ShopifyStore.objects.update(connection=Connection.CONNECTED, backoff_until=None)
    assert delivery_due.due_for_verification() == [order.pk]


def test_a_store_that_answers_no_fulfilment_rests_before_its_whole_backlog_went_out(road: Road) -> None:
    orders = [parcel(road, number) for number in range(5)]
    road.shopify.faults({"operation": "FulfillmentCreate", "do": "http", "status": 503, "times": 99})
    for order in orders:
        told(order)
    assert SyncAttempt.objects.filter(effect__startswith="fulfil:").count() == 3
    waiting = DeliveryWork.objects.filter(status="due")
    assert [work.claims_without_progress for work in waiting] == [0, 0]
    assert all(work.next_attempt_at is not None for work in waiting)


def test_the_first_news_after_eight_cut_tries_is_told(road: Road) -> None:
    order = parcel(road)
    ended = timezone.now() - timedelta(seconds=1)
    DeliveryWork.objects.update(status="claimed", claim_until=ended, claims_without_progress=MOST_CLAIMS)
    delivery_due.expired_claims()
    assert work_of(order).status == "standing_still"
    DeliveryWork.objects.update(status="due", reason="", next_attempt_at=None)  # TikTok has news
    delivering.deliver(order.pk)
    assert (work_of(order).status, numbers(road)) == ("done", ["94001"])


def test_a_vendor_that_hangs_keeps_no_ended_claim_waiting(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    order = parcel(road)
    ProductLink.objects.update(kind=ProductLink.Kind.NONE, checked_at=None, variant_gid="", reason="unlinked_item")
    Order.objects.update(sync_status=SyncStatus.SYNCING, shopify_order_id=None, claim_until=timezone.now())
    road.shopify.faults({"operation": "VariantsBySku", "do": "hang", "seconds": 20, "times": 9})
    published: list[Any] = []
    monkeypatch.setattr(tasks, "publish", lambda task, *args, **options: published.append(task))
    began = time.monotonic()
    tasks.sweep()
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.QUEUED
    assert time.monotonic() - began < 5
    assert tasks.search_links_again in published


def test_links_are_not_searched_for_in_a_store_at_rest(road: Road) -> None:
    parcel(road)
    ProductLink.objects.update(kind=ProductLink.Kind.NONE, checked_at=None, variant_gid="", reason="unlinked_item")
    ShopifyStore.objects.update(backoff_until=timezone.now() + timedelta(minutes=5))
    assert sweeps.search_links_again() == 0
