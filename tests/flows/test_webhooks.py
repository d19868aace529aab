"""Webhooks are hints: forged ones change nothing, repeated ones nothing more, lost ones are made up for by polls."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import statistics
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db import connection
from django.test import Client
from django.utils import timezone

from orders import inbox, keeping, subscribing
from orders.models import DeliveryWork, Order, OrderPayload, ProductLink, WebhookEvent, WebhookRefusals
from orders.states import SyncStatus
from settings_app.models import Connection, ShopifyStore, TikTokShop
from tests.celery_processes import CeleryProcess
from tests.factories import LinkFactory, OrderFactory, ShopFactory, raw_order
from tests.flows.conftest import Road
from tests.waiting import wait_for

Status = WebhookEvent.Status
ORDER = "576461413038785752"


def tiktok_body(kind: int, shop: TikTokShop, data: dict[str, Any], number: str = "1") -> bytes:
    about = {"type": kind, "tts_notification_id": number, "shop_id": shop.shop_id, "timestamp": int(time.time())}
    return json.dumps({**about, "data": data}).encode()


def tiktok_signature(body: bytes) -> str:
    return hmac.new(b"test-app-secret", b"test-key" + body, hashlib.sha256).hexdigest()


def from_tiktok(body: bytes, signature: str | None = None) -> Any:
    given = tiktok_signature(body) if signature is None else signature
    return Client().post("/webhooks/tiktok/", body, content_type="application/json", headers={"Authorization": given})


def from_shopify(
    store: ShopifyStore, topic: str, data: dict[str, Any], number: str = "1", secret: str = "test-client-secret"
) -> Any:
    body = json.dumps(data).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "X-Shopify-Hmac-Sha256": signature,
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": store.domain,
        "X-Shopify-Webhook-Id": number,
        "X-Shopify-Event-Id": f"event-{number}",
    }
    return Client().post("/webhooks/shopify/", body, content_type="application/json", headers=headers)


def work(side: TikTokShop | ShopifyStore) -> inbox.Worked:
    if isinstance(side, TikTokShop):
        return inbox.work("tiktok", side.shop_id)
    return inbox.work("shopify", side.domain)


def at_tiktok(road: Road, *raws: dict[str, Any]) -> None:
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": list(raws)})


def order_calls(road: Road) -> int:
    return int(road.tiktok.state()["calls"].get("GET /order/202507/orders", 0))


# --- arriving ---


def test_a_forged_webhook_is_counted_and_nothing_else(road: Road) -> None:
    body = tiktok_body(1, road.shop, {"order_id": ORDER})
    for signature in ("", "0" * 64, tiktok_signature(body + b" ")):
        answer = from_tiktok(body, signature)
        assert (answer.status_code, answer.content) == (401, b"")
    assert not WebhookEvent.objects.exists()
    assert WebhookRefusals.objects.get(source="tiktok").count == 3


def test_a_webhook_of_another_apps_secret_is_forged(road: Road) -> None:
    assert from_shopify(road.shop.store, "app/uninstalled", {"id": 1}, secret="other").status_code == 401
    assert not WebhookEvent.objects.exists()
    assert WebhookRefusals.objects.get(source="shopify").count == 1


def test_the_same_webhook_twice_is_one_row(road: Road) -> None:
    body = tiktok_body(1, road.shop, {"order_id": ORDER})
    assert [from_tiktok(body).status_code for _ in range(3)] == [200, 200, 200]
    assert WebhookEvent.objects.count() == 1


def test_a_replay_after_its_work_changes_nothing(road: Road) -> None:
    at_tiktok(road, raw_order(ORDER))
    body = tiktok_body(1, road.shop, {"order_id": ORDER})
    from_tiktok(body)
    work(road.shop)
    Order.objects.update(sync_status=SyncStatus.IGNORED)
    from_tiktok(body)
    assert work(road.shop).events == 0
    assert Order.objects.get().sync_status == SyncStatus.IGNORED


@pytest.mark.parametrize("address", ["/webhooks/tiktok/", "/webhooks/shopify/"])
def test_a_huge_body_is_refused_before_it_is_read(db: None, address: str) -> None:
    answer = Client().post(address, b"x" * (1024 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413
    assert not WebhookRefusals.objects.exists()


@pytest.mark.parametrize("address", ["/webhooks/tiktok/", "/webhooks/shopify/"])
def test_only_a_post_is_a_webhook(db: None, address: str) -> None:
    assert Client().get(address).status_code == 405


def test_signed_nonsense_is_refused_and_kept_nowhere(road: Road) -> None:
    assert from_tiktok(b"[]").status_code == 400
    assert not WebhookEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_answer_does_not_wait_for_a_silent_redis(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr("orders.tasks.publish", lambda *_, **__: let_go.wait(20))
    from_tiktok(b"first")  # loads the addresses
    try:
        for number in range(5):
            started = time.monotonic()
            assert from_tiktok(tiktok_body(1, road.shop, {"order_id": ORDER}, str(number))).status_code == 200
            assert time.monotonic() - started < 1
    finally:
        let_go.set()


# --- TikTok's events ---


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (1, {"order_id": ORDER, "order_status": "AWAITING_SHIPMENT"}),
        (1, {"order_id": ORDER, "order_status": "CANCEL"}),
        (1, {"order_id": ORDER, "order_status": "CANCELLED"}),
        (3, {"order_id": ORDER}),
        (4, {"package_list": [{"package_id": "1", "order_id_list": [ORDER]}]}),
        (11, {"order_id": ORDER, "cancel_status": "CANCELLATION_REQUEST_PENDING"}),
        (12, {"order_id": ORDER, "return_status": "RETURN_OR_REFUND_REQUEST_PENDING"}),
    ],
)
def test_every_event_about_an_order_reads_the_order_again(road: Road, kind: int, data: dict[str, Any]) -> None:
    at_tiktok(road, raw_order(ORDER))
    from_tiktok(tiktok_body(kind, road.shop, data))
    assert work(road.shop).changed
    assert Order.objects.get().tiktok_order_id == ORDER
    assert WebhookEvent.objects.get().status == Status.DONE


def test_the_event_itself_is_never_believed(road: Road) -> None:
    """It says cancelled, TikTok says it awaits shipment: TikTok's answer counts."""
    at_tiktok(road, raw_order(ORDER))
    from_tiktok(tiktok_body(1, road.shop, {"order_id": ORDER, "order_status": "CANCELLED"}))
    work(road.shop)
    assert Order.objects.get().sync_status == SyncStatus.NOT_SYNCED


def test_an_order_of_another_shop_is_not_taken_in(road: Road) -> None:
    from_tiktok(tiktok_body(1, road.shop, {"order_id": "576461413038700000"}))
    assert not work(road.shop).changed
    assert not Order.objects.exists()


def test_a_hundred_events_are_two_calls(road: Road) -> None:
    at_tiktok(road, *[raw_order(str(int(ORDER) + n)) for n in range(60)])
    for number in range(100):
        from_tiktok(tiktok_body(1, road.shop, {"order_id": str(int(ORDER) + number % 60)}, str(number)))
    assert work(road.shop).events == 100
    assert Order.objects.count() == 60
    assert order_calls(road) == 2


def test_while_tiktok_is_away_the_events_wait(road: Road) -> None:
    at_tiktok(road, raw_order(ORDER))
    road.tiktok.faults({"operation": "/order/", "do": "http", "status": 500})
    from_tiktok(tiktok_body(1, road.shop, {"order_id": ORDER}))
    work(road.shop)
    event = WebhookEvent.objects.get()
    assert event.status == Status.WAITING
    assert event.next_try_at is not None
    road.tiktok.faults()
    WebhookEvent.objects.update(next_try_at=timezone.now())
    assert inbox.senders_with_work() == [("tiktok", road.shop.shop_id)]
    assert work(road.shop).changed


def test_an_event_whose_worker_died_is_worked_again(road: Road) -> None:
    at_tiktok(road, raw_order(ORDER))
    from_tiktok(tiktok_body(1, road.shop, {"order_id": ORDER}))
    WebhookEvent.objects.update(claim_until=timezone.now() + timedelta(seconds=60), tries=1)
    assert work(road.shop).events == 0
    WebhookEvent.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    assert work(road.shop).changed


def test_a_paused_shop_is_left_alone(road: Road) -> None:
    at_tiktok(road, raw_order(ORDER))
    TikTokShop.objects.update(paused=True)
    from_tiktok(tiktok_body(1, road.shop, {"order_id": ORDER}))
    work(road.shop)
    assert WebhookEvent.objects.get().status == Status.IGNORED
    assert not Order.objects.exists()


def test_an_unknown_shop_is_ignored(road: Road) -> None:
    from_tiktok(tiktok_body(1, ShopFactory.build(shop_id="1"), {"order_id": ORDER}))
    inbox.work("tiktok", "1")
    assert WebhookEvent.objects.get().status == Status.IGNORED


def test_a_revocation_stops_the_shop_with_a_sentence(road: Road) -> None:
    other = ShopFactory.create()
    road.tiktok.post("/_sandbox/revoke", {"shop_id": road.shop.shop_id})
    from_tiktok(tiktok_body(6, road.shop, {"message": "deauthorized"}))
    work(road.shop)
    road.shop.refresh_from_db()
    assert road.shop.connection == Connection.BROKEN
    assert "Reconnect" in road.shop.connection_error
    assert TikTokShop.objects.get(pk=other.pk).connection == Connection.CONNECTED


def test_an_old_revocation_does_not_stop_a_shop_that_was_reconnected(road: Road) -> None:
    from_tiktok(tiktok_body(6, road.shop, {"message": "deauthorized"}))
    work(road.shop)
    road.shop.refresh_from_db()
    assert road.shop.connection == Connection.CONNECTED


def test_the_end_of_the_consent_is_noted(road: Road) -> None:
    from_tiktok(tiktok_body(7, road.shop, {"message": "expiring", "expiration_time": "1795341600"}))
    work(road.shop)
    road.shop.refresh_from_db()
    assert road.shop.refresh_token_expires_at is not None
    assert int(road.shop.refresh_token_expires_at.timestamp()) == 1795341600


# --- Shopify's events ---


def synced(road: Road) -> Order:
    """A row that names an order which Shopify does not have."""
    order: Order = OrderFactory.create(
        shop=road.shop,
        store=road.shop.store,
        sync_status=SyncStatus.SYNCED,
        shopify_order_id="gid://shopify/Order/424242",
        shopify_order_name="#1001",
    )
    OrderPayload.objects.create(order=order, raw=raw_order(), digest="x", received_at=timezone.now())
    return order


def test_an_uninstalled_app_stops_its_store_and_frees_it_when_back(road: Road) -> None:
    store = road.shop.store
    from_shopify(store, "app/uninstalled", {"id": 1})
    work(store)
    assert ShopifyStore.objects.get(pk=store.pk).connection == Connection.CONNECTED, "it still answers: old news"
    ShopifyStore.objects.filter(pk=store.pk).update(access_token="expired")
    from_shopify(store, "app/uninstalled", {"id": 1}, "2")
    work(store)
    store.refresh_from_db()
    assert store.connection == Connection.BROKEN
    assert "uninstalled" in store.connection_error


def test_a_deleted_shopify_order_needs_a_look(road: Road) -> None:
    order = synced(road)
    from_shopify(road.shop.store, "orders/delete", {"id": 424242})
    work(road.shop.store)
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.NEEDS_REVIEW, "shopify_order_gone")


def test_somebody_elses_order_is_ignored(road: Road) -> None:
    from_shopify(road.shop.store, "orders/delete", {"id": 5})
    work(road.shop.store)
    assert WebhookEvent.objects.get().note == "No order of ours."


def test_the_merchants_fulfilment_wakes_the_delivery_and_our_own_does_not(road: Road) -> None:
    order = synced(road)
    DeliveryWork.objects.create(order=order, status="done")
    order.attempts.create(
        effect="fulfil:1:2", number=1, token="0" * 32, started_at=timezone.now(), request={}, request_digest="",
        result="done", shopify_gid="gid://shopify/Fulfillment/7",
    )
    from_shopify(road.shop.store, "fulfillments/create", {"id": 7, "order_id": 424242})
    work(road.shop.store)
    assert DeliveryWork.objects.get().status == "done"
    from_shopify(road.shop.store, "fulfillments/create", {"id": 8, "order_id": 424242}, "2")
    work(road.shop.store)
    assert DeliveryWork.objects.get().status == "due"


def test_a_changed_sku_is_no_longer_trusted_and_an_equal_one_is(road: Road) -> None:
    kept = LinkFactory.create(shop=road.shop, variant_gid="gid://shopify/ProductVariant/1", shopify_sku="SOAP")
    stale = LinkFactory.create(shop=road.shop, variant_gid="gid://shopify/ProductVariant/2", shopify_sku="CANDLE")
    variants = [{"id": 1, "sku": "SOAP"}, {"id": 2, "sku": "CANDLE-OLD"}]
    from_shopify(road.shop.store, "products/update", {"id": 9, "variants": variants})
    work(road.shop.store)
    assert ProductLink.objects.get(pk=kept.pk).checked_at is not None
    assert ProductLink.objects.get(pk=stale.pk).checked_at is None


def test_a_deleted_product_makes_every_link_be_checked(road: Road) -> None:
    link = LinkFactory.create(shop=road.shop)
    from_shopify(road.shop.store, "products/delete", {"id": 9})
    work(road.shop.store)
    assert ProductLink.objects.get(pk=link.pk).checked_at is None


def test_a_customers_erasure_is_done(road: Road) -> None:
    order = synced(road)
    body = {"shop_domain": road.shop.store.domain, "customer": {"id": 1}, "orders_to_redact": [424242]}
    from_shopify(road.shop.store, "customers/redact", body)
    work(road.shop.store)
    assert "Jane" not in json.dumps(OrderPayload.objects.get(order=order).raw)


def test_an_erasure_for_another_store_erases_nothing(road: Road) -> None:
    """The header that names the store is not signed."""
    order = synced(road)
    body = {"shop_domain": "other.myshopify.com", "orders_to_redact": [424242]}
    from_shopify(road.shop.store, "customers/redact", body)
    work(road.shop.store)
    assert "Jane" in json.dumps(OrderPayload.objects.get(order=order).raw)


def test_a_request_for_data_waits_for_a_person(road: Road) -> None:
    order = synced(road)
    body = {"shop_domain": road.shop.store.domain, "orders_requested": [424242]}
    from_shopify(road.shop.store, "customers/data_request", body)
    work(road.shop.store)
    event = WebhookEvent.objects.get()
    assert event.status == Status.FOR_STAFF
    assert order.tiktok_order_id in event.note


# --- subscriptions ---


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


def test_without_a_public_address_it_is_said_that_polls_serve(road: Road) -> None:
    assert "public https address" in subscribing.subscribe_store(road.shop.store)
    road.shop.store.refresh_from_db()
    assert road.shop.store.connection == Connection.CONNECTED
    assert road.shop.store.webhooks_problem


def test_lost_subscriptions_are_made_again_a_day_later(road: Road) -> None:
    assert keeping.check_webhooks() == 2
    assert keeping.check_webhooks() == 0
    client = {"operation": "/event/", "do": "http", "status": 500}
    TikTokShop.objects.update(webhooks_checked_at=timezone.now() - timedelta(days=1, seconds=1))
    road.tiktok.faults(client)
    assert keeping.check_webhooks() == 1
    road.shop.refresh_from_db()
    assert road.shop.webhooks_problem
    assert road.shop.connection == Connection.CONNECTED


# --- the whole way, with real processes ---


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
