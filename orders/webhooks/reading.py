"""A signed body as an event: its ids, its kind, and of its content only what the work needs. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.careless_json import storable

MOST_IDS = 500


class Unreadable(ValueError):
    """The body is no message of the vendor's form."""


@dataclass(frozen=True)
class Read:
    event_id: str
    other_id: str
    kind: str
    sender: str
    data: dict[str, Any]
    happened_at: datetime | None


def tiktok(raw: bytes) -> Read:
    """Partner Center's envelope. Without tts_notification_id (type 3, older bodies) the content is the id."""
    body = _object(raw)
    kind, shop_id = str(body.get("type") or ""), str(body.get("shop_id") or "")
    if not kind or not shop_id:
        raise Unreadable("a TikTok webhook names its type and its shop")
    data = body.get("data") if isinstance(body.get("data"), Mapping) else {}
    assert isinstance(data, Mapping)
    grouped = [
        order_id for entry in _objects(data.get("package_list")) for order_id in _texts(entry.get("order_id_list"))
    ]
    kept = {
        "order_ids": list(dict.fromkeys([*_texts([data.get("order_id")]), *grouped]))[:MOST_IDS],
        **{
            name: str(data[name])[:80]
            for name in ("order_status", "update_time", "expiration_time", "cancel_status", "return_status", "sc_type")
            if data.get(name) is not None
        },
    }
    given_id = str(body.get("tts_notification_id") or "")
    content = json.dumps([kind, shop_id, body.get("timestamp"), data], sort_keys=True, default=str)
    event_id = given_id or hashlib.sha256(content.encode()).hexdigest()
    return Read(event_id[:128], "", kind[:64], shop_id[:255], kept, _seconds(body.get("timestamp")))


def shopify(raw: bytes, headers: Mapping[str, str]) -> Read:
    """Topic, store and ids stand in headers, which Shopify does not sign: they are hints, and what erases data is
    read from the signed body."""
    body = _object(raw)
    topic = headers.get("X-Shopify-Topic", "").lower()
    domain = (headers.get("X-Shopify-Shop-Domain") or str(body.get("shop_domain") or "")).lower()
    if not topic or not domain:
        raise Unreadable("a Shopify webhook names its topic and its store")
    event_id = headers.get("X-Shopify-Webhook-Id") or hashlib.sha256(topic.encode() + raw).hexdigest()
    return Read(
        event_id[:128],
        headers.get("X-Shopify-Event-Id", "")[:128],
        topic[:64],
        domain[:255],
        _of_topic(topic, body),
        _moment(headers.get("X-Shopify-Triggered-At", "")),
    )


def _of_topic(topic: str, body: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if topic in ("customers/redact", "customers/data_request", "shop/redact"):
        kept["shop_domain"] = str(body.get("shop_domain") or "").lower()[:255]
        orders = body.get("orders_to_redact") if topic == "customers/redact" else body.get("orders_requested")
        kept["order_ids"] = _texts(orders)[:MOST_IDS]
    else:
        kept["id"] = str(body.get("id") or "")[:80]
    if topic == "fulfillments/create":
        kept["order_id"] = str(body.get("order_id") or "")[:80]
    if topic.startswith("fulfillment_orders/"):
        named = [body.get(f"{which}fulfillment_order") for which in ("", "original_", "moved_")]
        kept["fulfillment_orders"] = [str(entry.get("id"))[:80] for entry in _objects(named)]
    if topic == "products/update":
        variants = _objects(body.get("variants"))
        kept["variants"] = {str(entry.get("id"))[:80]: str(entry.get("sku") or "")[:255] for entry in variants}
    return kept


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None
    if not isinstance(body, Mapping):
        raise Unreadable("the body is not a JSON object")
    return storable(body)  # type: ignore[no-any-return]  # a mapping stays one


def _objects(values: object) -> list[Mapping[str, Any]]:
    """The objects of a list; a value of another form has none."""
    return [entry for entry in values if isinstance(entry, Mapping)] if isinstance(values, list) else []


def _texts(values: object) -> list[str]:
    """Ids as text, whether they came as text or as numbers."""
    given = values if isinstance(values, Sequence) and not isinstance(values, str) else []
    return [str(value)[:64] for value in given if isinstance(value, str | int) and str(value).strip()]


def _seconds(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
