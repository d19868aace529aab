"""TikTok's latest word before a sync: no order goes out on news that is too old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders import claims, creation
from orders.fetching import freshness
from orders.models import Order, OrderPayload
from orders.states import AskedBy, SyncStatus
from settings_app.models import TikTokShop
from tests.flows.conftest import Road
from tests.flows.fetching.selling import fetch, sold

pytestmark = pytest.mark.django_db


def test_36_an_order_cancelled_between_fetch_and_sync_is_not_created(road: Road) -> None:
    [order_id] = sold(road, 1)
    fetch(road)
    road.link()
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    road.tiktok.post("/_sandbox/advance", {"order_id": order_id, "status": "CANCELLED"})
    OrderPayload.objects.update(received_at=timezone.now() - timedelta(hours=1))
    pk = Order.objects.get().pk
    assert freshness.ensure([pk]) == [pk]
    creation.sync(pk)
    order = Order.objects.get()
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "cancelled_before_sync")
    assert road.shopify_orders() == []


def test_while_tiktok_is_silent_an_order_on_old_news_waits_and_says_so(road: Road, settings: Any) -> None:
    sold(road, 1)
    fetch(road)
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    OrderPayload.objects.update(received_at=timezone.now() - timedelta(hours=1))
    TikTokShop.objects.update(last_polled_at=timezone.now() - timedelta(hours=1))
    settings.TIKTOK_SHOP_API_URL = "http://127.0.0.1:9"
    assert freshness.ensure([Order.objects.get().pk]) == []
    order = Order.objects.get()
    assert order.sync_status == SyncStatus.QUEUED
    assert "TikTok" in order.message
