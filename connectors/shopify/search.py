"""Shopify's search: quoting, and walking through all pages of orders.

The search index lags behind, ignores unknown terms and matches loosely: rows are candidates, never an answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from connectors.errors import BadAnswer, Throttled
from connectors.shopify import costs, reading
from connectors.shopify.client import Result, ShopifyClient

MOST_PAGES = 100
"""Shopify pages through 25,000 objects at most."""

_OPERATORS = re.compile(r"\W")

LONGEST_PAUSE = 2.0
MOST_PAUSES = 10

_pause = time.sleep


def quoted(value: str) -> str:
    """A phrase: the quotes keep spaces and operators together, backslashes keep quotes inside."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def starts_with(words: str) -> str:
    """Every word as the beginning of one, for what a person types into a search box; "" when there is no word."""
    return " ".join(_OPERATORS.sub(r"\\\g<0>", word) + "*" for word in words.lower().split())


def dropped_terms(result: Result, root: str) -> tuple[str, ...]:
    """The terms of this search that Shopify did not understand, and therefore did not filter by."""
    return tuple(
        f"{warning.get('field') or 'term'}: {warning.get('message') or 'not understood'}"
        for warning in result.search_warnings
        if not warning["path"] or warning["path"][0] == root
    )


def order_pages(
    client: ShopifyClient, query: str, *, after: str | None = None
) -> Iterator[tuple[Result, dict[str, Any]]]:
    """The `orders` connection page by page, newest first, each with the answer it came in."""
    for _ in range(MOST_PAGES):
        variables = {"query": query, "first": costs.PAGE, "after": after}
        result = patiently(client, "orders_search", variables)
        page = reading.entry(result.data, "orders")
        yield result, page
        if not reading.has_more(result.data, "orders"):
            return
        after = reading.text(reading.entry(page, "pageInfo").get("endCursor"))
    raise BadAnswer("Shopify has more matching orders than it lets anyone page through; ask for less", code="too_many")


def patiently(client: ShopifyClient, document: str, variables: dict[str, Any], *, cost: float | None = None) -> Result:
    """Wait out short throttling between pages: giving up half-way would throw all pages before it away."""
    for _ in range(MOST_PAUSES):
        try:
            return client.run(document, variables, cost=cost)
        except Throttled as throttled:
            if throttled.wait > LONGEST_PAUSE:
                raise
            _pause(throttled.wait)
    return client.run(document, variables, cost=cost)
