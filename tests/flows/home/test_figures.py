"""What Home counts: each order in one place, as many behind a link as it says, in the reader's own time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.insight import attention, figures
from orders.models import Order
from orders.states import AskedBy, SyncStatus
from tests.factories import OrderFactory, attempt_of
from tests.flows.home.page import HOME, text

pytestmark = pytest.mark.django_db


def test_every_filter_that_home_links_to_finds_as_many_orders_as_home_says(manager: Client, shop: Any) -> None:
    OrderFactory.create_batch(2, shop=shop)
    OrderFactory.create(shop=shop, queued=True)
    OrderFactory.create(shop=shop, sync_status=SyncStatus.FAILED, reason="refused")
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="cancelled_before_sync")
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    for flow in manager.get(HOME).context["flows"]:
        for bucket in flow["buckets"]:
            answer = manager.get(f"/admin/orders/order/?{bucket.filters}&{flow['filters']}")
            assert answer.context["cl"].result_count == bucket.count, (flow["title"], bucket.label)


def test_home_and_the_tab_agree_on_how_many_orders_stand_still_for_a_person(manager: Client, shop: Any) -> None:
    for reason in ("unlinked_item", "cancelled_before_sync", "no_longer_eligible", "sample_excluded", ""):
        OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason=reason)
    OrderFactory.create(shop=shop, sync_status=SyncStatus.FAILED, reason="cannot_map")
    page = manager.get(HOME)
    buckets = {bucket.key: bucket.count for bucket in page.context["flows"][1]["buckets"]}
    assert buckets["standing"] == page.context["needing"] == 3
    assert manager.get(page.context["needing_url"]).context["cl"].result_count == 3
    assert buckets["resting"] == 3


def test_every_order_is_in_exactly_one_bucket_so_that_the_buckets_sum_to_the_total(shop: Any) -> None:
    for number, status in enumerate(SyncStatus):
        gid = f"gid://shopify/Order/{number}" if status is SyncStatus.SYNCED else None
        OrderFactory.create(shop=shop, sync_status=status, shopify_order_id=gid)
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="cancelled_before_sync")
    OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id="gid://a", delivery_status="in_transit")
    OrderFactory.create(shop=shop, sync_status="synced", shopify_order_id="gid://b", delivery_status="delivered")
    buckets = {bucket.key: bucket.count for bucket in attention.flow(Order.objects.all())}
    assert buckets == {
        "not_synced": 1,
        "on_the_way": 3,
        "synced": 1,
        "in_transit": 1,
        "delivered": 1,
        "standing": 3,
        "resting": 1,
        "ignored": 1,
    }
    assert sum(buckets.values()) == Order.objects.count()


def test_the_charts_count_how_long_orders_took_and_which_tries_failed(shop: Any) -> None:
    now = timezone.now()
    for number, seconds in enumerate((20, 300, 1800, 9000)):
        OrderFactory.create(
            shop=shop,
            sync_status="synced",
            shopify_order_id=f"gid://{number}",
            asked_by=AskedBy.MANUAL,
            asked_at=now - timedelta(seconds=seconds),
            synced_at=now,
        )
    order = Order.objects.order_by("pk").first()
    assert order
    for number, result in enumerate(("done", "refused", "not_sent", "absent"), start=1):
        attempt_of(order, number=number, result=result)
    attempt_of(order, number=5, result="not_sent", code="THROTTLED")  # Shopify was busy for a moment: no trouble
    today, tries = figures.speed()[-1], figures.attempts()[-1]
    assert (today.minute, today.ten_minutes, today.hour, today.longer) == (1, 1, 1, 1)
    assert (tries.done, tries.refused, tries.not_sent, tries.unknown) == (1, 1, 1, 1)
    assert len(figures.speed()) == len(figures.attempts()) == figures.DAYS


def test_home_asks_the_database_as_often_for_a_thousand_orders_as_for_one(manager: Client, shop: Any) -> None:
    OrderFactory.create(shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    manager.get(HOME)
    with CaptureQueriesContext(
        connection,
    ) as few:
        manager.get(HOME)
    OrderFactory.create_batch(40, shop=shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item")
    with CaptureQueriesContext(connection) as many:
        manager.get(HOME)
    assert len(many) == len(few)


def test_times_are_shown_in_the_zone_that_the_browser_told_and_nonsense_is_ignored(manager: Client, shop: Any) -> None:
    manager.cookies["orderbridge_timezone"] = "America/New_York"
    assert "those of America/New_York" in text(manager)
    manager.cookies["orderbridge_timezone"] = "../../etc/passwd"
    assert "those of UTC" in text(manager)
