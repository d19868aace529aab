"""Whose message it is, told from its raw bytes; and what is kept of it."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from connectors.tiktok import webhooks
from orders.webhooks import reading as webhook_reading

# Partner Center publishes key, secret, body and digest of this one.
OFFICIAL_BODY = (
    b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,'
    b'"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}'
)
OFFICIAL = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"


def test_the_published_signature_is_good() -> None:
    assert webhooks.is_signed("abcdef", "123", OFFICIAL_BODY, OFFICIAL)


@pytest.mark.parametrize(
    "header", ["", OFFICIAL.upper(), f"Bearer {OFFICIAL}", OFFICIAL[:-1], OFFICIAL + "0", "\udcff", "é", "0" * 64]
)
def test_any_other_header_is_not(header: str) -> None:
    assert not webhooks.is_signed("abcdef", "123", OFFICIAL_BODY, header)


@pytest.mark.parametrize("body", [OFFICIAL_BODY + b" ", OFFICIAL_BODY.replace(b"true", b"false"), b"", b"{}"])
def test_another_body_under_the_same_signature_is_refused(body: bytes) -> None:
    assert not webhooks.is_signed("abcdef", "123", body, OFFICIAL)


def test_without_an_app_secret_nothing_is_signed() -> None:
    """Anybody could sign with an empty secret."""
    signature = hmac.new(b"", b"key" + b"{}", hashlib.sha256).hexdigest()
    assert not webhooks.is_signed("key", "", b"{}", signature)


def test_the_official_message_is_read() -> None:
    read = webhook_reading.tiktok(OFFICIAL_BODY)
    assert (read.kind, read.sender, read.event_id) == ("1", "7495540735365777507", "7380066284010030890")
    assert read.data["order_ids"] == ["576653688135258178"]


def test_a_message_without_an_id_is_told_by_its_content() -> None:
    """Type 3 carries none; the same one again must be the same row, another one must not."""
    body = {"type": 3, "shop_id": "7494", "timestamp": 1644412885, "data": {"order_id": "5", "update_time": 1}}
    again = json.dumps(body, indent=1).encode()
    other = json.dumps({**body, "data": {"order_id": "5", "update_time": 2}}).encode()
    first = webhook_reading.tiktok(json.dumps(body).encode())
    assert first.event_id == webhook_reading.tiktok(again).event_id
    assert first.event_id != webhook_reading.tiktok(other).event_id


def test_packages_name_all_their_orders() -> None:
    data = {"package_list": [{"package_id": "1", "order_id_list": ["152523", 532123]}, {"order_id_list": ["152523"]}]}
    read = webhook_reading.tiktok(json.dumps({"type": 4, "shop_id": "7494", "data": data}).encode())
    assert read.data["order_ids"] == ["152523", "532123"]


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"type": 1}', b'{"shop_id": "1"}', b"[" * 100_000, b"1" * 5000]
)
def test_signed_nonsense_is_unreadable_and_no_crash(raw: bytes) -> None:
    with pytest.raises(webhook_reading.Unreadable):
        webhook_reading.tiktok(raw)


@pytest.mark.parametrize("data", [None, [], "text", {"order_id": None}, {"package_list": "no"}, {"package_list": [1]}])
def test_odd_data_is_no_order(data: object) -> None:
    assert (
        webhook_reading.tiktok(json.dumps({"type": 1, "shop_id": "1", "data": data}).encode()).data["order_ids"] == []
    )


def test_a_signed_nul_byte_does_not_stop_the_database() -> None:
    body = json.dumps({"type": 1, "shop_id": "7\u0000", "data": {"order_id": "5\u0000", "order_status": "\ud800"}})
    read = webhook_reading.tiktok(body.encode())
    assert "\x00" not in read.sender + str(read.data)
    str(read.data).encode()


def test_no_buyer_is_kept_of_a_shopify_order() -> None:
    body = {"id": 5, "email": "jane@example.com", "customer": {"first_name": "Jane"}, "note": "ring twice"}
    headers = {"X-Shopify-Topic": "orders/cancelled", "X-Shopify-Shop-Domain": "Soap.myshopify.com"}
    read = webhook_reading.shopify(json.dumps(body).encode(), headers)
    assert read.data == {"id": "5"}
    assert read.sender == "soap.myshopify.com"


def test_shopifys_two_ids_are_kept() -> None:
    headers = {
        "X-Shopify-Topic": "orders/delete",
        "X-Shopify-Shop-Domain": "soap.myshopify.com",
        "X-Shopify-Webhook-Id": "delivery",
        "X-Shopify-Event-Id": "event",
    }
    read = webhook_reading.shopify(b'{"id": 5}', headers)
    assert (read.event_id, read.other_id) == ("delivery", "event")
