"""Sends a store's webhooks: signed POSTs to what the app subscribed to, repeated until somebody answers 2xx."""

from __future__ import annotations

import base64
import hashlib
import heapq
import hmac
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.loopback import LOOPBACK
from connectors.sandbox import shopify_hook_bodies as bodies
from connectors.sandbox.shopify_shop import Shop

Document = dict[str, Any]

ANSWER_SECONDS = 5.0
RETRIES = 8
"""After so many the delivery is given up, and a subscription made over the API is deleted with it."""


def is_home(address: str) -> bool:
    """Plain HTTP to this very machine is let through for tests and demos; Shopify itself wants https."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


@dataclass(order=True)
class _Delivery:
    due: float
    place: int
    shop: Shop = field(compare=False)
    subscription: str = field(compare=False)
    address: str = field(compare=False)
    headers: dict[str, str] = field(compare=False)
    body: bytes = field(compare=False)
    tries: int = field(default=0, compare=False)


@dataclass(frozen=True)
class _Facts:
    """What was last known of an order; `states` are the statuses of its fulfilment orders by their number."""

    fulfilled: int = 0
    cancelled: bool = False
    states: dict[str, str] = field(default_factory=dict)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None  # a redirect is a failed delivery


class Hooks:
    """`sent` holds the last tries for tests and people to look at. Hold `store.lock` while calling `tell`."""

    def __init__(self, secret: str, version: str, retry_seconds: float) -> None:
        self.secret, self.version, self.retry_seconds = secret, version, retry_seconds
        self.sent: deque[Document] = deque(maxlen=200)
        self._waiting: list[_Delivery] = []
        self._changed = threading.Condition()
        self._places = itertools.count()
        self._thread: threading.Thread | None = None
        self._known: dict[tuple[str, str], _Facts] = {}
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)

    def watch(self, shop: Shop) -> None:
        """From now on every saved order of the store is looked at for news."""
        for order in shop.orders.values():
            self._known[shop.domain, order["number_id"]] = _facts(order)
        shop.saved = lambda order: self._order_saved(shop, order)

    def forget(self) -> None:
        """After a reset nothing old is delivered."""
        with self._changed:
            self._waiting.clear()
        self._known.clear()
        self.sent.clear()

    def _order_saved(self, shop: Shop, order: Document) -> None:
        """The app's own writes are told like anybody else's."""
        key = (shop.domain, order["number_id"])
        before = self._known.get(key, _Facts())
        self._known[key] = _facts(order)
        for made in order["fulfillments"][before.fulfilled :]:
            self.tell(shop, "FULFILLMENTS_CREATE", bodies.fulfillment(order, made))
        for entry in order["fulfillmentOrders"]:
            self._routing_saved(shop, order, entry, before.states.get(entry["number_id"], ""))
        if order["cancellation"] and not before.cancelled:
            done = datetime.fromisoformat(order["cancellation"]["at"]) - datetime.now(UTC)
            self.tell(shop, "ORDERS_CANCELLED", bodies.order(order), after=max(0.0, done.total_seconds()))

    def _routing_saved(self, shop: Shop, order: Document, entry: Document, before: str) -> None:
        let_go = {
            "ON_HOLD": "FULFILLMENT_ORDERS_HOLD_RELEASED",
            "SCHEDULED": "FULFILLMENT_ORDERS_SCHEDULED_FULFILLMENT_ORDER_READY",
        }
        shown = bodies.fulfillment_order(entry)
        if before in let_go and entry["status"] == "OPEN":
            self.tell(shop, let_go[before], {"fulfillment_order": shown})
        if not before and (number := entry.get("moved_from")):
            left = next(one for one in order["fulfillmentOrders"] if one["number_id"] == number)
            old = bodies.fulfillment_order(left)
            both = {"original_fulfillment_order": old, "moved_fulfillment_order": shown}
            self.tell(shop, "FULFILLMENT_ORDERS_MOVED", both)

    def tell(self, shop: Shop, topic: str, body: Document, *, after: float = 0.0) -> None:
        """Queue the event for every subscription of the topic, each with the fields it asked for."""
        event = str(uuid.uuid4())
        for number, subscription in shop.table("webhooks").items():
            if subscription["topic"] == topic:
                shown = bodies.only(body, subscription["includeFields"])
                self.send(shop, bodies.NAMES[topic], subscription["uri"], shown, event, number, after)

    def send(
        self, shop: Shop, name: str, address: str, body: Document, event: str = "", number: str = "", after: float = 0.0
    ) -> None:
        """One delivery; `number` is the subscription that is deleted when nobody ever answers."""
        raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": name,
            "X-Shopify-Hmac-Sha256": base64.b64encode(
                hmac.new(self.secret.encode(), raw, hashlib.sha256).digest()
            ).decode(),
            "X-Shopify-Shop-Domain": shop.domain,
            "X-Shopify-API-Version": self.version,
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": event or str(uuid.uuid4()),
            "X-Shopify-Triggered-At": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),
        }
        due = time.monotonic() + after
        with self._changed:
            heapq.heappush(self._waiting, _Delivery(due, next(self._places), shop, number, address, headers, raw))
            if self._thread is None:
                self._thread = threading.Thread(target=self._deliver, name="webhooks", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _deliver(self) -> None:
        while True:
            delivery = self._next()
            outcome = self._post(delivery)
            delivery.tries += 1
            self.sent.append(
                {
                    "topic": delivery.headers["X-Shopify-Topic"],
                    "store": delivery.shop.domain,
                    "id": delivery.headers["X-Shopify-Webhook-Id"],
                    "address": delivery.address,
                    "body": json.loads(delivery.body),
                    "try": delivery.tries,
                    "outcome": outcome,
                }
            )
            if not outcome.startswith("HTTP 2"):
                self._again(delivery)

    def _next(self) -> _Delivery:
        with self._changed:
            while True:
                wait = self._waiting[0].due - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._waiting)
                self._changed.wait(wait)

    def _post(self, delivery: _Delivery) -> str:
        call = urllib.request.Request(delivery.address, delivery.body, delivery.headers, method="POST")
        try:
            with self._opener.open(call, timeout=ANSWER_SECONDS) as answer:
                return f"HTTP {answer.status}"
        except urllib.error.HTTPError as refused:
            return f"HTTP {refused.code}"
        except (OSError, ValueError) as problem:
            return str(problem)

    def _again(self, delivery: _Delivery) -> None:
        if delivery.tries <= RETRIES:
            delivery.due = time.monotonic() + self.retry_seconds * 2 ** (delivery.tries - 1)
            with self._changed:
                heapq.heappush(self._waiting, delivery)
            return
        with delivery.shop.store.lock:
            delivery.shop.store.drop(f"{delivery.shop.domain} webhooks", delivery.subscription)
            delivery.shop.store.commit()


def _facts(order: Document) -> _Facts:
    states = {entry["number_id"]: entry["status"] for entry in order["fulfillmentOrders"]}
    return _Facts(len(order["fulfillments"]), bool(order["cancellation"]), states)
