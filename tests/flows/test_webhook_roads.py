"""Webhooks with real processes: where they are sent, how many at once, and how soon an order is in Shopify."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db import connection
from django.utils import timezone

from orders import keeping, tasks
from orders.models import Order, WebhookEvent
from orders.webhooks import subscribing
from settings_app.models import Connection, ShopifyStore, TikTokShop
from settings_app.signals import connected
from tests.celery_processes import CeleryProcess
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.webhook_senders import (
    ORDER,
    at_tiktok,
    order_calls,
    tiktok_body,
    tiktok_signature,
    work,
)
from tests.waiting import wait_for

Status = WebhookEvent.Status


def test_tiktok_is_told_where_to_send_its_events(road: Road, settings: Any) -> None:
    assert subscribing.subscribe_shop(road.shop) == ""
    registered = road.tiktok.state()["webhooks"][road.shop.shop_id]
    assert {row["address"] for row in registered} == {f"{settings.PUBLIC_URL}/webhooks/tiktok/"}
    assert len(registered) == 7


def test_shopify_is_told_once(road: Road, settings: Any) -> None:
    settings.PUBLIC_URL = "https://bridge.example"
    store = road.shop.store
    for _ in range(2):
        assert subscribing.subscribe_store(store) == ""
    hooks = road.shopify.state()["stores"][store.domain]["webhooks"]
    assert sorted(hook["topic"] for hook in hooks) == sorted(subscribing.subscriptions.TOPICS)
    assert all(hook["includeFields"] for hook in hooks)


def test_without_a_public_address_it_is_said_that_polls_serve(road: Road, settings: Any) -> None:
    settings.SHOPIFY_API_URL = "https://{domain}"
    assert "public https address" in subscribing.subscribe_store(road.shop.store)
    road.shop.store.refresh_from_db()
    assert road.shop.store.connection == Connection.CONNECTED
    assert road.shop.store.webhooks_problem


def test_lost_subscriptions_are_made_again_a_day_later(road: Road) -> None:
    assert keeping.subscriptions_due() == []
    a_day_later = timezone.now() - timedelta(seconds=1)
    for model in (TikTokShop, ShopifyStore):
        model.objects.update(webhooks_due_at=a_day_later)
    shop, store = keeping.subscriptions_due()
    assert keeping.register(*shop)
    assert keeping.register(*store)
    assert keeping.subscriptions_due() == []
    assert len(road.tiktok.state()["webhooks"][road.shop.shop_id]) == 7


def test_a_registration_that_failed_is_tried_again_in_minutes_and_breaks_nothing(road: Road) -> None:
    TikTokShop.objects.update(webhooks_due_at=None)
    road.tiktok.faults({"operation": "/event/", "do": "http", "status": 500})
    assert keeping.register("shop", road.shop.pk)
    road.shop.refresh_from_db()
    assert road.shop.webhooks_problem
    assert road.shop.connection == Connection.CONNECTED
    assert road.shop.webhooks_due_at is not None
    assert timedelta(0) < road.shop.webhooks_due_at - timezone.now() <= timedelta(minutes=5)


def test_two_nudges_register_once(road: Road) -> None:
    TikTokShop.objects.update(webhooks_due_at=None)
    assert [keeping.register("shop", road.shop.pk) for _ in range(2)] == [True, False]


def test_a_reconnection_while_a_registration_is_under_way_is_registered_too(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    TikTokShop.objects.update(webhooks_due_at=None)

    def somebody_reconnects(shop: TikTokShop) -> None:
        TikTokShop.objects.update(webhooks_due_at=None)

    monkeypatch.setattr(subscribing, "_subscribe_shop", somebody_reconnects)
    keeping.register("shop", road.shop.pk)
    assert keeping.subscriptions_due() == [("shop", road.shop.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_whose_nudge_was_lost_is_registered_within_seconds(
    road: Road,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    celery_worker: Callable[..., CeleryProcess],
    celery_beat: Callable[..., CeleryProcess],
) -> None:
    monkeypatch.setattr(tasks, "publish", lambda *_, **__: False)
    connected.send(TikTokShop, side=road.shop)
    assert not road.tiktok.state()["webhooks"][road.shop.shop_id]
    celery_worker(concurrency=1)
    celery_beat(FETCH_INTERVAL_SECONDS="600")
    started = time.monotonic()
    wait_for(lambda: len(road.tiktok.state()["webhooks"][road.shop.shop_id]) == 7, 15, "the registration")
    print(f"registered {time.monotonic() - started:.1f} s after beat started")


@pytest.mark.django_db(transaction=True)
def test_five_hundred_webhooks_in_five_seconds_hurt_nobody(road: Road, live_server: Any, redis_url: str) -> None:
    """Every answer within a second, every event kept once, and one look at TikTok per fifty orders."""
    at_tiktok(road, *[raw_order(str(int(ORDER) + n)) for n in range(100)])
    bodies = [tiktok_body(1, road.shop, {"order_id": str(int(ORDER) + n % 100)}, str(n)) for n in range(500)]
    taken: list[tuple[int, float]] = []

    def send(part: list[bytes]) -> None:
        with requests.Session() as session:
            for body in part:
                started = time.monotonic()
                headers = {"Authorization": tiktok_signature(body), "Content-Type": "application/json"}
                answer = session.post(f"{live_server.url}/webhooks/tiktok/", body, headers=headers, timeout=10)
                taken.append((answer.status_code, time.monotonic() - started))

    threads = [threading.Thread(target=send, args=(bodies[number::8],)) for number in range(8)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"500 webhooks in {time.monotonic() - started:.1f} s, slowest {max(took for _, took in taken):.2f} s")
    assert {status for status, _ in taken} == {200}
    assert max(took for _, took in taken) < 1
    while work(road.shop).events:
        pass
    assert Order.objects.count() == 100
    assert WebhookEvent.objects.filter(status=Status.DONE).count() == 500
    assert order_calls(road) <= 10
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_an_event_brings_its_order_into_shopify_within_two_seconds(
    road: Road,
    live_server: Any,
    settings: Any,
    celery_worker: Callable[..., CeleryProcess],
    celery_beat: Callable[..., CeleryProcess],
) -> None:
    """Polls are ten minutes apart here, so it is the webhook that brings it."""
    settings.PUBLIC_URL = live_server.url
    road.shop.sync_settings.automatic_sync = True
    road.shop.sync_settings.save()
    road.link()
    assert subscribing.subscribe_shop(road.shop) == ""
    celery_worker(concurrency=2)
    celery_beat(FETCH_INTERVAL_SECONDS="600", DISPATCH_INTERVAL_SECONDS="5")
    took = []
    for number in range(7):
        order_id = str(int(ORDER) + number)
        started = time.monotonic()
        now = int(time.time())
        at_tiktok(road, raw_order(order_id, create_time=now, paid_time=now, update_time=now))
        wait_for(lambda it=order_id: it in {row["sourceIdentifier"] for row in road.shopify_orders()}, 15, "the order")
        took.append(time.monotonic() - started)
    print(f"event to Shopify: median {statistics.median(took):.2f} s, slowest {max(took):.2f} s")
    assert statistics.median(took) < 2
    assert road.shopify.state()["duplicates"] == {}
