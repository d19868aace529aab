"""Is the order of this TikTok order in Shopify already? Values are compared here, whatever a search returned.

A row that carries the mark proves that the order is there, even beside errors. That it is not there is only said
by an answer without a doubt: one under an error, or of a search whose filter Shopify dropped, raises instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.errors import BadAnswer, Refused
from connectors.shopify import costs, failures, reading
from connectors.shopify.client import Result, ShopifyClient, document_text
from connectors.shopify.marks import FOREIGN_TAG, TAG, Found, read_found
from connectors.shopify.search import dropped_terms, order_pages, patiently, quoted

MOST_AT_ONCE = 50
"""Orders in one request: a look_up of them costs 220 of the 1,000 points that one may cost."""


def read_order(client: ShopifyClient, gid: str) -> Found | None:
    """The order now, or None when Shopify has none of this id."""
    result = client.run("order_read", {"id": gid})
    raw = reading.entry(result.data, "order")
    if not raw:
        _no_doubt(result, "order")
        return None
    return read_found(raw)


def read_orders(client: ShopifyClient, gids: Sequence[str]) -> dict[str, Found | None]:
    """Up to 50 orders now, by id; None for those that Shopify has no more. Waits out short throttling."""
    if len(gids) > MOST_AT_ONCE:
        raise ValueError(f"read_orders takes {MOST_AT_ONCE} orders at once, not {len(gids)}")
    found: dict[str, Found | None] = dict.fromkeys(gids)
    if not found:
        return found
    result = patiently(client, "orders_by_ids", {"ids": list(found)}, cost=costs.orders_by_ids(len(found)))
    found |= {
        order.gid: order for order in map(read_found, reading.entries(result.data, "nodes")) if order.gid in found
    }
    if not all(found.values()):
        _no_doubt(result, "nodes")
    return found


def find_by_custom_id(client: ShopifyClient, value: str) -> Found | None:
    """By our unique metafield. None as well when the store has no such definition: then no order can carry it."""
    try:
        result = client.run("order_by_custom_id", {"value": value})
    except Refused as refused:
        if not _no_definition(refused.code, refused.sentence):
            raise
        return None
    found = _by_custom_id(result, "orderByIdentifier", value)
    if found is None:
        _no_doubt(result, "orderByIdentifier")
    return found


def find_by_source_identifier(client: ShopifyClient, tiktok_order_id: str) -> tuple[Found, ...]:
    """Every order with exactly this `sourceIdentifier`, oldest first."""
    found: list[Found] = []
    for result, page in order_pages(client, _source_query([tiktok_order_id])):
        found += [order for order in _orders(page) if order.source_identifier == tiktok_order_id]
        if not found:
            _no_doubt(result, "orders")
        if dropped_terms(result, "orders"):
            break  # unfiltered: these are all orders of the store
    return _sorted(found)


def find_tagged_since(client: ShopifyClient, tag: str, since: datetime) -> tuple[Found, ...]:
    """Every order with this tag created at or after `since` by Shopify's clock, oldest first, from all pages."""
    return _sorted(found for page in tagged_pages(client, tag, since) for found in page)


def tagged_pages(
    client: ShopifyClient, tag: str, since: datetime, until: datetime | None = None
) -> Iterator[tuple[Found, ...]]:
    """Page by page the orders with this tag created in [since, until) by Shopify's clock; whole seconds.

    An order that is made meanwhile may move another from one page to the next: it is then given out twice.
    """
    query = f"tag:{quoted(tag)} AND created_at:>='{_text(since)}'"
    query += f" AND created_at:<'{_text(until)}'" if until else ""
    for result, page in order_pages(client, query):
        _no_doubt(result, "orders", even_if_unfiltered=True)
        orders = list(_orders(page))
        yield tuple(
            order
            for order in orders
            if order.created_at >= since
            and (until is None or order.created_at < until)
            and tag.casefold() in {own.casefold() for own in order.tags}
        )
        if orders and min(order.created_at for order in orders) < since:
            return  # newest first, and the date filter was ignored


def pages_by_apps(client: ShopifyClient, since: datetime, until: datetime | None = None) -> Iterator[tuple[Found, ...]]:
    """Page by page, newest first, what apps made in [since, until], whole seconds by Shopify's clock.

    Apps cannot set the source of Shopify's own channels (Shopify's changelog, 2022-01-21), so what was bought in the
    shop itself is left out; what is tagged as a TikTok order is read whatever its source. A filter that Shopify drops
    only makes the answer larger.
    """
    query = f"created_at:>='{_text(since)}'"
    query += f" AND created_at:<='{_text(until)}'" if until else ""
    query += f" AND (tag:{quoted(TAG)} OR (-source_name:web AND -source_name:pos))"
    for result, page in order_pages(client, query):
        _no_doubt(result, "orders", even_if_unfiltered=True)
        orders = tuple(_orders(page))
        yield orders
        if orders and orders[-1].created_at < since:
            return  # newest first, and the date filter was ignored


def look_up(client: ShopifyClient, tiktok_order_ids: Sequence[str]) -> dict[str, tuple[Found, ...]]:
    """For up to 50 TikTok orders in one request: the Shopify orders that carry a mark of theirs, oldest first.

    Looks by custom id, by `sourceIdentifier` and for the marks of other connectors; `Found.marks_of` tells which.
    """
    ids = list(dict.fromkeys(tiktok_order_ids))
    if len(ids) > MOST_AT_ONCE:
        raise ValueError(f"look_up takes {MOST_AT_ONCE} orders at once, not {len(ids)}")
    if not ids:
        return {}
    try:
        result = _ask_for_all(client, ids, custom_ids=ids)
        by_custom_id = [_by_custom_id(result, f"custom{n}", value) for n, value in enumerate(ids)]
    except Refused as refused:
        if not _no_definition(refused.code, refused.sentence):
            raise
        result = _ask_for_all(client, ids, custom_ids=[])
        by_custom_id = []
    candidates = [order for order in by_custom_id if order is not None]
    for root, query in (("bySource", _source_query(ids)), ("foreign", _foreign_query(ids))):
        page = reading.entry(result.data, root)
        candidates += _orders(page)
        if reading.has_more(result.data, root) and not dropped_terms(result, root):
            after = reading.text(reading.entry(page, "pageInfo").get("endCursor"))
            for further_result, further in order_pages(client, query, after=after):
                _no_doubt(further_result, "orders", even_if_unfiltered=True)
                candidates += _orders(further)
    answer = {value: _sorted(o for o in candidates if o.marks_of(value)) for value in ids}
    if not all(answer.values()):
        _no_doubt(result, "bySource")
        # Best effort by nature: a remark about one of its terms must not stop every order.
        _no_doubt(result, "foreign", even_if_unfiltered=True)
        for number, value in enumerate(ids):
            if not answer[value]:
                _no_doubt(result, f"custom{number}")
    return answer


def look_up_text(custom_ids: int) -> str:
    """The stored document looks for one custom id; this repeats that field (with none: leaves it out)."""
    lines = []
    for line in document_text("orders_look_up").splitlines():
        if "custom0:" in line:
            lines += [re.sub(r"(custom|\$value)0", rf"\g<1>{number}", line) for number in range(custom_ids)]
        else:
            declared = "".join(f", $value{number}: String!" for number in range(custom_ids))
            lines.append(line.replace(", $value0: String!", declared))
    return "\n".join(lines) + "\n"


def _ask_for_all(client: ShopifyClient, ids: Sequence[str], *, custom_ids: Sequence[str]) -> Result:
    variables: dict[str, Any] = {"bySource": _source_query(ids), "foreign": _foreign_query(ids), "first": costs.PAGE}
    variables |= {f"value{number}": value for number, value in enumerate(custom_ids)}
    return client.run(
        "orders_look_up", variables, cost=costs.orders_look_up(len(custom_ids)), text=look_up_text(len(custom_ids))
    )


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _source_query(ids: Sequence[str]) -> str:
    return " OR ".join(f"source_identifier:{quoted(value)}" for value in ids)


def _foreign_query(ids: Sequence[str]) -> str:
    """The official app's tag, and the bare id, which Shopify looks for in several fields of an order."""
    return " OR ".join(f"tag:{quoted(FOREIGN_TAG + value)} OR {quoted(value)}" for value in ids)


def _by_custom_id(result: Result, root: str, value: str) -> Found | None:
    raw = reading.entry(result.data, root)
    if not raw:
        return None
    found = read_found(raw)
    if found.custom_id not in ("", value):
        raise BadAnswer("Shopify answered a look-up by custom id with another order", code="wrong_order")
    return replace(found, custom_id=value)  # the metafield may be hidden from this app, the identifier was matched


def _orders(page: dict[str, Any]) -> Iterable[Found]:
    return [read_found(raw) for raw in reading.entries(page, "nodes")]


def _sorted(found: Iterable[Found]) -> tuple[Found, ...]:
    unique = {order.gid: order for order in found}
    return tuple(sorted(unique.values(), key=lambda order: (order.created_at, order.gid)))


def _no_doubt(result: Result, root: str, *, even_if_unfiltered: bool = False) -> None:
    """Raise unless "not there" is a trustworthy answer under this root field."""
    errors = [error for error in result.errors if not error["path"] or error["path"][0] == root]
    errors = [error for error in errors if not _no_definition(error["code"], error["message"])]
    if errors:
        raise failures.partial(errors, "look for the order", request_id=result.request_id)
    dropped = () if even_if_unfiltered else dropped_terms(result, root)
    if dropped:
        raise BadAnswer(f"Shopify did not search as asked ({'; '.join(dropped)})", code="search_dropped")


def _no_definition(code: str, sentence: str) -> bool:
    """ "Metafield definition of type 'id' is required when using custom ids." """
    return code == "NOT_FOUND" and "definition" in sentence.lower()
