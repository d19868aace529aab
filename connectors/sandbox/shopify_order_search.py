"""`orders(query:)`: which orders a search finds, in which order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from connectors.sandbox.shopify_errors import failure
from connectors.sandbox.shopify_index import LaggingIndex, Row
from connectors.sandbox.shopify_search import Query, Term, compare, has_words, matches, narrowed, parse_query, words
from connectors.sandbox.shopify_shop import Shop

Document = dict[str, Any]

KNOWN = frozenset(
    """cart_token channel channel_id chargeback_status checkout_token confirmation_number created_at credit_card_last4
    current_total_price customer_id default delivery_method discount_code email financial_status
    fraud_protection_level fulfillment_location_id fulfillment_status gateway id location_id name payment_id
    payment_provider_id po_number processed_at reference_location_id return_status risk_level sales_channel sku
    source_identifier source_name status subtotal_line_items_quantity tag tag_not test total_weight
    updated_at""".split()
)
_PLAIN = frozenset(
    """id source_identifier source_name created_at processed_at updated_at financial_status fulfillment_status email
    po_number customer_id test""".split()
)
_LISTS = frozenset({"tag", "sku", "gateway", "discount_code"})

_SORTS: dict[str, Callable[[Document], Any]] = {
    "CREATED_AT": lambda order: (order["createdAt"], int(order["number_id"])),
    "UPDATED_AT": lambda order: (order["updatedAt"], int(order["number_id"])),
    "PROCESSED_AT": lambda order: (order["processedAt"], int(order["number_id"])),
    "ORDER_NUMBER": lambda order: order["number"],
    "TOTAL_PRICE": lambda order: float(order["totals"]["total"]),
}


def search_orders(
    shop: Shop, query: str | None, sort: str | None, reverse: bool, note: Callable[[Query], None]
) -> list[Document]:
    """Without a query every order, at once; with one, what the lagging index shows. `note` gets the parsed query."""
    found = list(shop.orders.values())
    if query and query.strip():
        asked = parse_query(query, KNOWN)
        note(asked)
        found = _found(shop, asked)
    key = _SORTS.get(sort or "PROCESSED_AT", lambda order: int(order["number_id"]))
    return sorted(found, key=key, reverse=reverse)


def _found(shop: Shop, asked: Query) -> list[Document]:
    index = shop.index
    rows = index.rows()
    numbers = narrowed(asked.tree, lambda term: _indexed(index, term))
    candidates = rows.values() if numbers is None else [rows[number] for number in numbers if number in rows]
    hits = [row["id"] for row in candidates if matches(asked.tree, partial(_fits, row))]
    return [shop.orders[number] for number in hits if number in shop.orders]


def _indexed(index: LaggingIndex, term: Term) -> set[str] | None:
    if term.value.endswith("*") or term.sign:
        return None
    if term.field in ("source_identifier", "tag"):
        return index.holding(term.field, term.value)
    if term.field in ("", "default") and (asked := words(term.value)):
        return index.holding("text", asked[0])
    return None


def _fits(row: Row, term: Term) -> bool:
    name = term.field
    if name in _PLAIN:
        return compare(str(row[name]), term)
    if name in _LISTS:
        return any(compare(value, term) for value in row[name])
    if name == "name":
        return compare(row["name"].lstrip("#"), Term(name, term.value.lstrip("#"), term.sign, term.phrase))
    if name == "tag_not":
        return not any(compare(value, term) for value in row["tag"])
    if name == "status":
        shown = "cancelled" if row["cancelled"] else "closed" if row["closed"] else "open"
        return term.value.lower() in ("any", shown)
    if name.startswith("metafields."):
        return compare(row["metafields"].get(name.removeprefix("metafields."), ""), term)
    if name in ("", "default"):
        return any(has_words(text, term) for text in row["text"])
    raise failure(f"This sandbox does not search orders by {name}.", "NOT_IMPLEMENTED")
