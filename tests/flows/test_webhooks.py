"""Webhooks are hints: forged ones change nothing, repeated ones nothing more, lost ones are made up for by polls."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import Order, WebhookEvent, WebhookRefusals
from orders.states import SyncStatus
from orders.webhooks import inbox
from orders.webhooks import standing as webhook_standing
from settings_app.models import Connection, TikTokShop
from tests.factories import ShopFactory, raw_order
from tests.flows.conftest import Road
from tests.flows.webhook_senders import (
    ORDER,
    at_tiktok,
    from_shopify,
    from_tiktok,
    order_calls,
    tiktok_body,
    tiktok_signature,
    work,
)

Status = WebhookEvent.Status


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


@pytest.mark.parametrize(
    "data",
    [
        '{"package_list": 5}',
        '{"package_list": {"a": 1}}',
        '{"package_list": [{"order_id_list": 7}]}',
        '{"order_id": NaN, "update_time": 1e999}',
        '{"order_id": "1", "junk": ' + '{"a":' * 900 + "1" + "}" * 900 + "}",
        '{"order_id": "1", "junk": ' + "[" * 300 + "]" * 300 + "}",
    ],
)
def test_a_signed_oddity_of_tiktok_is_kept_and_not_sent_again_and_again(road: Road, data: str) -> None:
    body = f'{{"type":1,"tts_notification_id":"9","shop_id":"{road.shop.shop_id}","timestamp":1,"data":{data}}}'
    assert from_tiktok(body.encode()).status_code in (200, 400)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("products/update", {"id": 1, "variants": 7}),
        ("products/update", {"id": 1, "variants": {"a": "b"}}),
        ("products/update", {"id": 1, "variants": [{"id": {"a": ["b"]}, "sku": ["c"]}]}),
        ("customers/redact", {"shop_domain": 5, "orders_to_redact": 5}),
        ("orders/cancelled", {"id": [[["deep"] * 3]]}),
    ],
)
def test_a_signed_oddity_of_shopify_is_kept(road: Road, topic: str, body: dict[str, Any]) -> None:
    assert from_shopify(road.shop.store, topic, body).status_code == 200
    work(road.shop.store)
    assert not WebhookEvent.objects.filter(status=Status.WAITING).exists()


def test_an_id_nested_without_end_is_no_crash(road: Road) -> None:
    deep: Any = 1
    for _ in range(800):
        deep = {"id": deep}
    for topic in ("products/update", "orders/cancelled"):
        answer = from_shopify(road.shop.store, topic, {"id": deep, "variants": [deep]}, topic)
        assert answer.status_code in (200, 400)


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


def test_never_arrived_is_told_apart_from_a_wrong_signature(road: Road) -> None:
    assert webhook_standing.of(road.shop).standing == webhook_standing.Standing.NEVER_ARRIVED
    from_tiktok(tiktok_body(1, road.shop, {"order_id": ORDER}), "0" * 64)
    assert webhook_standing.of(road.shop).standing == webhook_standing.Standing.FAIL_SIGNATURE
    assert "TIKTOK_SHOP_APP_SECRET" in webhook_standing.of(road.shop).sentence
    from_tiktok(tiktok_body(1, road.shop, {"order_id": ORDER}))
    assert webhook_standing.of(road.shop).standing == webhook_standing.Standing.ARRIVE
    assert webhook_standing.of(road.shop.store).standing == webhook_standing.Standing.NEVER_ARRIVED


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
