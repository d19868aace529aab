"""Order searches lag, warn instead of failing, and page without gaps."""

from __future__ import annotations

import time
from typing import Any

from tests.conformance.shopify_caller import Caller, search


def names(answer: dict[str, Any]) -> list[str]:
    return sorted(row["name"] for row in answer["data"]["orders"]["nodes"])


def indexed(shopify: Caller, query: str, count: int) -> list[str]:
    ends = time.monotonic() + 10
    while len(found := names(search(shopify, query))) != count and time.monotonic() < ends:
        time.sleep(0.05)
    return found


def test_a_search_lags_behind_the_order_and_then_finds_it_by_every_mark(shopify: Caller) -> None:
    shopify.create(sourceIdentifier="5761", tags=["TikTok Shop", "TikTokOrderID:5761"])
    shopify.create(sourceIdentifier="5762", tags=["TikTok Shop"], note="576-note")
    assert names(search(shopify, "source_identifier:5761")) == []
    assert indexed(shopify, "source_identifier:'5761' OR source_identifier:\"5762\"", 2) == ["#1001", "#1002"]
    assert names(search(shopify, 'tag:"TikTok Shop" AND created_at:>=2020-01-01T00:00:00Z')) == ["#1001", "#1002"]
    assert names(search(shopify, 'tag:"TikTokOrderID:5761"')) == ["#1001"]
    assert names(search(shopify, 'tag:"tiktok shop" -source_identifier:5761')) == ["#1002"]
    assert names(search(shopify, "created_at:<2020-01-01")) == []
    assert names(search(shopify, "name:1002")) == ["#1002"]
    assert names(search(shopify, "'5761'")) == ["#1001"]


def test_an_unknown_search_field_is_dropped_with_a_warning_and_returns_too_much(shopify: Caller) -> None:
    shopify.create(sourceIdentifier="1")
    indexed(shopify, "source_identifier:1", 1)
    answer = search(shopify, "source_identifer:999")
    assert names(answer) == ["#1001"]
    (report,) = answer["extensions"]["search"]
    assert report["warnings"] == [
        {"field": "source_identifer", "message": "Invalid search field for this query.", "code": "invalid_field"}
    ]


def test_pages_of_orders_neither_repeat_nor_skip_one(shopify: Caller) -> None:
    for _ in range(5):
        shopify.create()
    page = """query P($after: String) { orders(first: 2, after: $after, sortKey: ID) {
      nodes { name } pageInfo { hasNextPage endCursor } } }"""
    seen: list[str] = []
    after = None
    while True:
        orders = shopify.data(page, {"after": after})["orders"]
        seen += [row["name"] for row in orders["nodes"]]
        after = orders["pageInfo"]["endCursor"]
        if not orders["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["#1001", "#1002", "#1003", "#1004", "#1005"]
