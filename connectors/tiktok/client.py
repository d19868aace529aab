"""One TikTok shop's API: signed calls, paced by the budget, every failure sorted into the error family.

Orders, packages and tracking come back as raw JSON (money as Decimal) to be stored as they are and read by `payloads`.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from connectors import careless_json, http
from connectors.budget import Budget
from connectors.errors import BadAnswer, Refused, Throttled
from connectors.tiktok.failures import failure, whole
from connectors.tiktok.payloads import Product, Shop, Unreadable, read_product, read_shop
from connectors.tiktok.signing import sign

log = logging.getLogger(__name__)

CALLS_PER_SECOND = 3.0
"""A starting point from secondary sources: TikTok publishes no figure and changes its limits as it likes."""
CAPACITY = 10.0

LONGEST_LOCAL_WAIT = 2.0
"""A longer wait for our own budget belongs in the database, not in a worker."""

ORDERS_AT_ONCE = 50
PAGE_SIZE = 100
SKUS_AT_ONCE = 10
NOT_OUR_ORDER = "21008111"

_pause = time.sleep  # named, so that tests can count pauses instead of taking them


@dataclass(frozen=True)
class OrderPage:
    """One page of raw orders; `next_page_token` is "" on the last page. `left_out` entries were no orders at all."""

    orders: tuple[dict[str, Any], ...]
    next_page_token: str
    total_count: int
    left_out: int = 0


@dataclass(frozen=True)
class ProductPage:
    products: tuple[Product, ...]
    next_page_token: str
    total_count: int


@dataclass(frozen=True)
class Webhook:
    """Where TikTok sends one kind of event for this shop."""

    event_type: str
    address: str


@dataclass(frozen=True)
class TikTokClient:
    """`api_url` is the API's root, `shop_key` names the shop in budgets; `cipher` may be "" for `authorized_shops`.

    Every method raises the family of `connectors.errors`; `Unauthorized.expired` asks for one refresh and one more try.
    """

    api_url: str
    app_key: str
    app_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    cipher: str = field(repr=False)
    budget: Budget = field(repr=False)
    shop_key: str

    def search_orders(
        self, update_from: datetime, update_until: datetime, page_token: str = "", page_size: int = PAGE_SIZE
    ) -> OrderPage:
        """Orders whose update_time lies in [from, until), oldest change first; whole seconds, rounded down."""
        query = {"page_size": str(page_size), "sort_field": "update_time", "sort_order": "ASC"}
        if page_token:
            query["page_token"] = page_token
        window = {"update_time_ge": _seconds(update_from), "update_time_lt": _seconds(update_until)}
        data = self._call("POST", "/order/202309/orders/search", "orders", query, window)
        orders, left_out = _orders(data)
        return OrderPage(tuple(orders), _token(data), _count(data), left_out)

    def count_orders(self, update_from: datetime, update_until: datetime) -> int:
        """How many orders TikTok has in the window, by its own count."""
        return self.search_orders(update_from, update_until, page_size=1).total_count

    def get_orders(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Raw orders by id, at most 50 at once. Ids that are not this shop's are left out of the answer.

        TikTok may refuse a whole call for one foreign id (undocumented): the ids are then asked for in halves.
        """
        if len(ids) > ORDERS_AT_ONCE:
            raise ValueError(f"at most {ORDERS_AT_ONCE} orders at once")
        if not ids:
            return {}
        try:
            data = self._call("GET", "/order/202507/orders", "orders", {"ids": ",".join(ids)})
        except Refused as refused:
            if refused.code != NOT_OUR_ORDER:
                raise
            half = len(ids) // 2
            return {**self.get_orders(ids[:half]), **self.get_orders(ids[half:])} if half else {}
        found = {str(order.get("id")): order for order in _orders(data)[0]}
        return {order_id: found[order_id] for order_id in ids if order_id in found}

    def search_products(
        self, seller_skus: Sequence[str] = (), sku_ids: Sequence[str] = (), page_token: str = ""
    ) -> ProductPage:
        """Products of any status, all of them or those with one of at most 10 seller SKUs or SKU ids."""
        if len(seller_skus) > SKUS_AT_ONCE or len(sku_ids) > SKUS_AT_ONCE:
            raise ValueError(f"at most {SKUS_AT_ONCE} SKUs at once")
        query = {"page_size": str(PAGE_SIZE)} | ({"page_token": page_token} if page_token else {})
        wanted: dict[str, object] = {"status": "ALL"}
        if seller_skus:
            wanted["seller_skus"] = list(seller_skus)
        if sku_ids:
            wanted["sku_ids"] = list(sku_ids)
        data = self._call("POST", "/product/202502/products/search", "products", query, wanted)
        with _reading("products"):
            products = tuple(read_product(raw) for raw in _objects(data, "products"))
        return ProductPage(products, _token(data), _count(data))

    def get_product(self, product_id: str) -> Product:
        """One product with the external SKU ids that the search leaves out."""
        data = self._call("GET", f"/product/202309/products/{_segment(product_id)}", "products")
        with _reading("product"):
            return read_product(data)

    def authorized_shops(self) -> tuple[Shop, ...]:
        """Every shop this token covers, whatever its region."""
        data = self._call("GET", "/authorization/202309/shops", "authorization", for_shop=False)
        with _reading("shops"):
            return tuple(read_shop(raw) for raw in _objects(data, "shops"))

    def package(self, package_id: str) -> dict[str, Any]:
        """Raw package: orders, order_line_item_ids, package_status, tracking_number, shipping_provider_name, …"""
        return self._call("GET", f"/fulfillment/202309/packages/{_segment(package_id)}", "fulfillment")

    def tracking(self, order_id: str) -> dict[str, Any]:
        """Raw `{"tracking": [{description, update_time_millis, action_code}]}` in no promised order."""
        return self._call("GET", f"/fulfillment/202309/orders/{_segment(order_id)}/tracking", "fulfillment")

    def webhooks(self) -> tuple[Webhook, ...]:
        data = self._call("GET", "/event/202309/webhooks", "event")
        rows = _objects(data, "webhooks")
        return tuple(Webhook(str(row.get("event_type") or ""), str(row.get("address") or "")) for row in rows)

    def put_webhook(self, event_type: str, address: str) -> None:
        """Send this kind of event to `address`: HTTPS, a domain name without port, at most 255 characters."""
        wanted = {"event_type": event_type, "address": address}
        self._call("PUT", "/event/202309/webhooks", "event", body=wanted, creates=True)

    def _call(
        self,
        method: str,
        path: str,
        group: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        *,
        for_shop: bool = True,
        creates: bool = False,
    ) -> dict[str, Any]:
        """`data` of a successful answer; a call with an effect goes out exactly once."""
        ends = time.monotonic() + http.DEADLINE_SECONDS
        raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode() if body is not None else b""
        shop = {"shop_cipher": self.cipher} if for_shop else {}
        label = f"TikTok {method} {path}"
        for more_tries in reversed(range(1 if creates else http.SAFE_TRIES)):
            self._take(group)
            answer = self._send(method, path, {**(query or {}), **shop}, raw, creates, label, ends)
            data = _data(answer, effect_only=creates)
            if data is not None:
                return data
            error = failure(
                answer, label=label, creates=creates, secrets=(self.app_secret, self.access_token, self.cipher)
            )
            if isinstance(error, Throttled):
                # A debt as long as the wait: every worker on this shop holds back, not only this one.
                debt = 1 - error.wait * CALLS_PER_SECOND
                self.budget.correct(self._key(group), available=debt, capacity=CAPACITY, rate=CALLS_PER_SECOND)
            failed_inside = isinstance(error, BadAnswer) and answer.status not in http.RETRY_STATUSES
            if not (more_tries and failed_inside and time.monotonic() + 1 < ends):
                raise error
            _pause(0.5)
        raise AssertionError("unreachable: the last try returns or raises")

    def _send(
        self, method: str, path: str, query: dict[str, str], raw: bytes, creates: bool, label: str, ends: float
    ) -> http.Answer:
        query |= {"app_key": self.app_key, "timestamp": str(int(time.time()))}
        query["sign"] = sign(self.app_secret, path, query, raw)
        return http.send(
            method,
            f"{self.api_url.rstrip('/')}{path}?{urlencode(query, quote_via=quote, safe='')}",
            headers={"x-tts-access-token": self.access_token, "Content-Type": "application/json"},
            body=raw or None,
            creates=creates,
            deadline=ends - time.monotonic(),
            label=label,
        )

    def _take(self, group: str) -> None:
        """Wait for the shared budget, or raise Throttled with nothing sent when that would take too long."""
        gives_up = time.monotonic() + LONGEST_LOCAL_WAIT
        while wait := self.budget.take(self._key(group), 1, capacity=CAPACITY, rate=CALLS_PER_SECOND):
            if time.monotonic() + wait > gives_up:
                raise Throttled("TikTok takes no more questions from this shop right now; nothing was sent.", wait=wait)
            _pause(wait)

    def _key(self, group: str) -> str:
        return f"tiktok:{self.shop_key}:{group}"


def _data(answer: http.Answer, *, effect_only: bool) -> dict[str, Any] | None:
    """`data` of a success, None for any other answer. Only calls made for their effect may succeed without data."""
    try:
        envelope = careless_json.read(answer.body)
    except ValueError:
        return None
    if answer.status >= 300 or not isinstance(envelope, dict) or whole(envelope.get("code")) != 0:
        return None
    data = envelope.get("data")
    if data is None and effect_only:
        return {}
    return data if isinstance(data, dict) else None


def _objects(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects under `key`, which TikTok leaves out when there are none."""
    rows = data.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadAnswer(f"TikTok sent {key} in a form that cannot be read; it is asked again later.", code="unreadable")
    return rows


def _orders(data: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """As `_objects`, but entries that are no orders hold nothing up, not even a page of nothing else: how many."""
    rows = data.get("orders")
    if not isinstance(rows, list):
        return _objects(data, "orders"), 0
    orders = [row for row in rows if isinstance(row, dict)]
    left_out = len(rows) - len(orders)
    if left_out:
        log.warning("TikTok sent %s entries that are no orders; they were left out", left_out)
    return orders, left_out


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except Unreadable as unreadable:
        raise BadAnswer(f"TikTok sent {what} that cannot be read: {unreadable}", code="unreadable") from None


def _token(data: Mapping[str, Any]) -> str:
    return str(data.get("next_page_token") or "")


def _count(data: Mapping[str, Any]) -> int:
    return whole(data.get("total_count")) or 0


def _seconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("times need a time zone")
    return int(moment.timestamp())


def _segment(identifier: str) -> str:
    """An id as part of a path, where anything but an id would reach another endpoint."""
    if not re.fullmatch(r"[\w-]+", identifier, re.ASCII):
        raise ValueError(f"not an id: {identifier[:40]!r}")
    return identifier
