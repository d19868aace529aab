"""The sandbox market as its endpoints see it: the app's settings, the shops, their orders, who is told of changes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.order_parcels import seconds_of
from connectors.sandbox.store import Document, Store
from connectors.sandbox.tiktok_hooks import Hooks

Order = dict[str, Any]
DAY = 86400


@dataclass
class App:
    """The one app registered with this market. Lives are seconds; calls_per_second 0 sets no rate limit."""

    app_key: str = "sandbox-app-key"
    app_secret: str = "sandbox-app-secret"  # the sandbox's own default
    service_id: str = ""
    redirect: str = "http://127.0.0.1:8000/connect/tiktok/callback/"
    access_token_life: int = 7 * DAY
    refresh_token_life: int = 365 * DAY
    calls_per_second: float = 0.0


@dataclass
class Market:
    """Everything behind one running sandbox. The caller holds `store.lock` around reads and changes."""

    store: Store
    app: App
    hooks: Hooks
    calls: Counter[str] = field(default_factory=Counter)

    def shops(self) -> dict[str, Document]:
        return self.store.table("shops")

    def orders(self, shop_id: str) -> dict[str, Document]:
        """Order documents of a shop by order id: {"raw": TikTok's order, "due": Unix second of its next change}."""
        return self.store.table(f"orders {shop_id}")

    def raw_orders(self, shop_id: str) -> Iterator[Order]:
        return (document["raw"] for document in self.orders(shop_id).values())

    def find_order(self, order_id: str) -> tuple[str, Order] | None:
        """(shop id, order) of an order of any shop."""
        for shop_id in self.shops():
            document = self.orders(shop_id).get(order_id)
            if document is not None:
                return shop_id, document["raw"]
        return None

    def keep_order(self, shop_id: str, raw: Order, due: float | None = None) -> None:
        """Store the order as it now is and tell the registered webhooks what changed."""
        before = self.orders(shop_id).get(str(raw["id"]))
        self.store.put(f"orders {shop_id}", str(raw["id"]), {"raw": raw, "due": due})
        self._tell(shop_id, None if before is None else before["raw"], raw)

    def _tell(self, shop_id: str, before: Order | None, after: Order) -> None:
        subscribed = self.store.table(f"webhooks {shop_id}")
        if not subscribed:
            return
        before = before or {}
        seconds = seconds_of(after, "update_time") or int(time.time())
        about = {"order_id": str(after["id"]), "update_time": seconds}
        if before.get("status") != after.get("status"):
            on_hold = {"order_status": after.get("status"), "is_on_hold_order": bool(after.get("is_on_hold_order"))}
            self._post(shop_id, "ORDER_STATUS_CHANGE", 1, about | on_hold)
        if before and before.get("recipient_address") != after.get("recipient_address"):
            self._post(shop_id, "RECIPIENT_ADDRESS_UPDATE", 3, about)
        wants_out = bool(after.get("is_buyer_request_cancel"))
        if wants_out and not before.get("is_buyer_request_cancel"):
            self._post(shop_id, "CANCELLATION_STATUS_CHANGE", 11, _cancellation(after, "CANCELLATION_REQUEST_PENDING"))
        elif after.get("status") == "CANCELLED" and before.get("status") != "CANCELLED":
            self._post(shop_id, "CANCELLATION_STATUS_CHANGE", 11, _cancellation(after, "CANCELLATION_REQUEST_COMPLETE"))

    def _post(self, shop_id: str, event: str, number: int, data: Order) -> None:
        row = self.store.get(f"webhooks {shop_id}", event)
        if row is not None:
            self.hooks.send(row["address"], number, shop_id, data, self.app.app_key, self.app.app_secret)

    def say_deauthorized(self, shop_id: str) -> None:
        """Webhook 6: the seller withdrew the authorization."""
        message = f"Shop_id {shop_id} is deauthorized from your APP by merchant."
        self._post(shop_id, "SELLER_DEAUTHORIZATION", 6, {"message": message})


def cancel_id(order: Order) -> str:
    return f"40{str(order['id'])[2:]}"


def _cancellation(order: Order, status: str) -> Order:
    return {
        "order_id": str(order["id"]),
        "cancellations_role": order.get("cancellation_initiator", "BUYER"),
        "cancel_status": status,
        "cancel_id": cancel_id(order),
        "create_time": seconds_of(order, "update_time") or int(time.time()),
    }
