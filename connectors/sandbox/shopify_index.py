"""The orders search index: what searches see of an order, some seconds behind the order itself."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from connectors.sandbox.shopify_search import words

Row = dict[str, Any]


def row_of(order: Row) -> Row:
    """What the index holds of an order."""
    return {
        "id": order["number_id"],
        "name": order["name"],
        "source_identifier": order["sourceIdentifier"] or "",
        "source_name": order["sourceName"] or "",
        "tag": [tag.lower() for tag in order["tags"]],
        "created_at": order["createdAt"],
        "processed_at": order["processedAt"],
        "updated_at": order["updatedAt"],
        "cancelled": bool(order["cancellation"]),
        "closed": bool(order["closedAt"]),
        "financial_status": (order["financialStatus"] or "").lower(),
        "fulfillment_status": order["fulfillmentStatus"].lower(),
        "sku": [line["sku"] or "" for line in order["lines"]],
        "email": order["email"] or "",
        "po_number": order["poNumber"] or "",
        "gateway": [entry["gateway"] or "" for entry in order["transactions"]],
        "discount_code": order["discountCodes"],
        "customer_id": order["customer_id"] or "",
        "test": str(bool(order["test"])).lower(),
        "metafields": {f"{entry['namespace']}.{entry['key']}": entry["value"] for entry in order["metafields"]},
        "text": [order["name"], order["note"] or "", order["email"] or "", *order["tags"], *_goods(order)],
    }


def _goods(order: Row) -> list[str]:
    return [text for line in order["lines"] for text in (line["title"], line["sku"]) if text]


class LaggingIndex:
    """Rows become visible `lag` seconds after the change they show. `holding` spares a search the other rows."""

    def __init__(self, lag: float) -> None:
        self.lag = lag
        self._rows: dict[str, Row] = {}
        self._holding: dict[tuple[str, str], dict[str, None]] = {}
        self._waiting: deque[tuple[float, Row]] = deque()

    def note(self, order: Row, *, fresh: bool = True) -> None:
        """Call after every change. `fresh` False: it was there before this process, so it is indexed already."""
        if fresh and self.lag > 0:
            self._waiting.append((time.monotonic() + self.lag, row_of(order)))
        else:
            self._show(row_of(order))

    def rows(self) -> dict[str, Row]:
        """By order number id, everything visible now."""
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            self._show(self._waiting.popleft()[1])
        return self._rows

    def holding(self, field: str, value: str) -> set[str]:
        """Order number ids whose row has this value in `source_identifier` or `tag`, or this word in "text"."""
        return set(self._holding.get((field, value.lower()), ()))

    def _show(self, row: Row) -> None:
        number = row["id"]
        if old := self._rows.get(number):
            for key in _keys(old):
                self._holding.get(key, {}).pop(number, None)
        self._rows[number] = row
        for key in _keys(row):
            self._holding.setdefault(key, {})[number] = None


def _keys(row: Row) -> set[tuple[str, str]]:
    keys = {("source_identifier", row["source_identifier"].lower())}
    keys |= {("tag", tag) for tag in row["tag"]}
    return keys | {("text", word) for text in row["text"] for word in words(text)}
