"""Signed messages as the two vendors send them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from django.test import Client

from orders.webhooks import inbox
from settings_app.models import ShopifyStore, TikTokShop
from tests.flows.conftest import Road

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
