"""One sandbox store: its documents, its numbers, its search index and its bucket of query points."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connectors.sandbox.shopify_cost import Bucket
from connectors.sandbox.shopify_errors import not_found
from connectors.sandbox.shopify_index import LaggingIndex
from connectors.sandbox.store import Document, Store

FIRST_ORDER_NUMBER = 1001
FIRST_ID = 6_800_000_000_001
MAIN_LOCATION = {"id": "90000000001", "name": "Main warehouse"}


def now_text() -> str:
    """The present in Shopify's form: UTC, whole seconds, Z."""
    return time_text(datetime.now(UTC))


def time_text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def gid(kind: str, number: object) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_of(identifier: str, kind: str | None = None) -> str:
    """The number at the end of a gid. Raises Shopify's "invalid id" for anything else, or for another kind."""
    parts = str(identifier).split("/")
    if len(parts) != 5 or parts[:3] != ["gid:", "", "shopify"] or not parts[4] or (kind and parts[3] != kind):
        raise not_found()
    return parts[4].split("?")[0]


@dataclass
class Shop:
    """Everything of one `*.myshopify.com`. Hold `store.lock` while using it."""

    domain: str
    store: Store
    flags: Namespace
    bucket: Bucket = field(init=False)
    index: LaggingIndex = field(init=False)
    created_times: list[float] = field(default_factory=list)
    custom_ids: dict[tuple[str, str, str], str] = field(default_factory=dict)
    saved: Callable[[Document], None] | None = None

    def __post_init__(self) -> None:
        self.bucket = Bucket(self.flags.bucket, self.flags.restore_rate)
        self.index = LaggingIndex(self.flags.search_lag)
        for order in self.orders.values():
            self.remember(order, fresh=False)

    @property
    def orders(self) -> dict[str, Document]:
        """By the number of the order's gid, oldest first."""
        return self.store.table(f"{self.domain} orders")

    @property
    def definitions(self) -> dict[str, Document]:
        """Metafield definitions by "OWNER namespace key"."""
        return self.store.table(f"{self.domain} definitions")

    def table(self, name: str) -> dict[str, Document]:
        return self.store.table(f"{self.domain} {name}")

    def put(self, table: str, key: str, document: Document) -> Document:
        return self.store.put(f"{self.domain} {table}", key, document)

    def save(self, order: Document, happened: str = "") -> None:
        """Keep an order after a change; `happened` is its line in the timeline."""
        order["updatedAt"] = now_text()
        if happened:
            order["timeline"].append({"at": order["updatedAt"], "text": happened})
        self.put("orders", order["number_id"], order)
        self.remember(order)
        if self.saved is not None:
            self.saved(order)

    def remember(self, order: Document, *, fresh: bool = True) -> None:
        self.index.note(order, fresh=fresh)
        for entry in order["metafields"]:
            self.custom_ids.setdefault((entry["namespace"], entry["key"], entry["value"]), order["number_id"])

    def order(self, identifier: str) -> Document | None:
        return self.orders.get(number_of(identifier, "Order"))

    def next_id(self) -> str:
        return str(self.store.next_number("ids", FIRST_ID))

    def next_order_number(self) -> int:
        return self.store.next_number(f"{self.domain} order number", FIRST_ORDER_NUMBER)

    def variants(self) -> list[Document]:
        """This store's variants: those seeded for it and those seeded for every store."""
        return [entry for entry in self.store.table("variants").values() if entry["store"] in ("", self.domain)]

    def variant(self, number: str) -> Document | None:
        found = self.store.get("variants", number)
        return found if found and found["store"] in ("", self.domain) else None

    def stock(self, variant: Document) -> int:
        moved = self.table("stock").get(variant["number_id"])
        return int(variant["inventory"]) + (int(moved["moved"]) if moved else 0)

    def move_stock(self, variant: Document, by: int) -> None:
        moved = self.table("stock").get(variant["number_id"], {"moved": 0})
        self.put("stock", variant["number_id"], {"moved": int(moved["moved"]) + by})

    def too_many_orders(self) -> bool:
        """The limit of development and trial stores: five new orders a minute."""
        if not self.flags.dev_store:
            return False
        now = time.monotonic()
        self.created_times = [at for at in self.created_times if now - at < 60]
        return len(self.created_times) >= 5

    def has_routed(self, order: Document) -> bool:
        """Fulfilment orders appear once Shopify has routed the order to a location."""
        routed = datetime.fromisoformat(order["createdAt"]) + timedelta(seconds=self.flags.routing_delay)
        return not self.flags.routing_delay or datetime.now(UTC) >= routed
