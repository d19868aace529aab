"""Orders in Shopify: creating one, and the store's definition of our custom id. Look-ups are in `lookups`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.errors import BadAnswer, Refused, Unauthorized, UnknownOutcome
from connectors.shopify import costs, reading, user_errors
from connectors.shopify.client import Result, ShopifyClient
from connectors.shopify.lookups import (
    MOST_AT_ONCE,
    find_by_custom_id,
    find_by_source_identifier,
    find_tagged_since,
    look_up,
    pages_by_apps,
    read_order,
    read_orders,
    tagged_pages,
)
from connectors.shopify.marks import KEY, NAMESPACE, Found

__all__ = [
    "MOST_AT_ONCE",
    "Created",
    "CreatedLine",
    "DefinitionState",
    "Found",
    "add_tags",
    "create",
    "ensure_order_id_definition",
    "find_by_custom_id",
    "find_by_source_identifier",
    "find_tagged_since",
    "look_up",
    "pages_by_apps",
    "read_order",
    "read_orders",
    "tagged_pages",
]

_TAKEN = re.compile(r"\b(taken|unique|already (in use|used|assigned|exists?))\b", re.IGNORECASE)
_ABOUT_THE_CUSTOMER = re.compile(r"customer|phone|e-?mail", re.IGNORECASE)


@dataclass(frozen=True)
class CreatedLine:
    """A line of the new order; `variant_gid` is "" for a text line."""

    id: str
    sku: str
    quantity: int
    variant_gid: str


@dataclass(frozen=True)
class Created:
    """A new order. `total` and `tax` are None where Shopify did not tell; `warnings` are its remarks beside it.

    `request_id` is what Shopify's support asks for.
    """

    gid: str
    name: str
    total: Decimal | None
    currency: str
    tax: Decimal | None
    lines: tuple[CreatedLine, ...]
    warnings: tuple[str, ...]
    request_id: str


@dataclass(frozen=True)
class DefinitionState:
    """Whether orders of a store can carry our custom id, and a sentence for staff."""

    ready: bool
    sentence: str


def create(client: ShopifyClient, variables: dict[str, Any]) -> Created:
    """Create one order from orderCreate's `order` and `options`. Sent exactly once, never repeated here.

    Returned: it was created, even if Shopify had errors beside it. UnknownOutcome: look for it; its code "mark_taken"
    says that an order carries our custom id already. Any other error (Refused, Throttled, Unauthorized, NotSent):
    certainly not created.
    """
    lines = max(1, min(costs.PAGE, len((variables.get("order") or {}).get("lineItems") or [])))
    result = client.run("order_create", {**variables, "lines": lines}, creates=True, cost=costs.order_create(lines))
    payload = reading.entry(result.data, "orderCreate")
    taken = [problem for problem in user_errors.read(payload) if _mark_is_taken(problem)]
    if taken and payload.get("order") is None:
        raise UnknownOutcome(
            f"Shopify says that an order with this TikTok order id exists already ({taken[0].sentence})",
            code="mark_taken",
            http_status=200,
            request_id=result.request_id,
        )
    order, warnings = user_errors.made(result, "orderCreate", "order", "order")
    total, currency = reading.shop_money(order.get("totalPriceSet"))
    return Created(
        gid=str(order["id"]),
        name=reading.text(order.get("name")),
        total=total,
        currency=currency,
        tax=reading.shop_money(order.get("totalTaxSet"))[0],
        lines=tuple(_line(raw) for raw in reading.entries(order, "lineItems")),
        warnings=warnings,
        request_id=result.request_id,
    )


def ensure_order_id_definition(client: ShopifyClient) -> DefinitionState:
    """Make the store's definition of our custom id (type `id`: its values are unique), unless it is there.

    Never in `$app`: staff must see the id, and another app must be able to find it. Broken connections, throttling
    and lost answers raise; a refusal is not an error, for orders can be found without the definition.
    """
    definition = {
        "name": "TikTok Shop order ID",
        "namespace": NAMESPACE,
        "key": KEY,
        "type": "id",
        "ownerType": "ORDER",
    }
    try:
        result = client.run("order_id_definition_create", {"definition": definition})
    except (Refused, Unauthorized) as error:
        if isinstance(error, Unauthorized) and error.code != "ACCESS_DENIED":
            raise
        return _not_ready(error.sentence)
    payload = reading.entry(result.data, "metafieldDefinitionCreate")
    problems = user_errors.read(payload)
    if reading.entry(payload, "createdDefinition").get("id"):
        return DefinitionState(True, "Orders in this store carry the TikTok order id as a unique custom id.")
    if any(problem.code == "TAKEN" for problem in problems):
        return _existing(client)
    if not problems:
        raise BadAnswer("Shopify did not say whether it made the definition of the custom id", code="no_outcome")
    return _not_ready("; ".join(problem.sentence for problem in problems))


def add_tags(client: ShopifyClient, gid: str, tags: Sequence[str]) -> None:
    """Add tags to an order; those it has stay. Safe to repeat. Raises Refused when Shopify says no."""
    result: Result = client.run("tags_add", {"id": gid, "tags": list(tags)})
    problems = user_errors.read(result.data.get("tagsAdd"))
    if problems:
        raise user_errors.refusal(problems, "tags", http_status=200, request_id=result.request_id)
    if not result.data.get("tagsAdd"):
        raise BadAnswer("Shopify did not say whether it added the tags", code="no_outcome")


def _mark_is_taken(problem: user_errors.Problem) -> bool:
    """The wording was never seen on a live store, so any "taken" counts that is not about the customer's own data."""
    said = f"{problem.dotted} {problem.message}"
    taken = problem.code == "TAKEN" or _TAKEN.search(problem.message) is not None
    return taken and ("metafield" in said.lower() or KEY in said or not _ABOUT_THE_CUSTOMER.search(said))


def _existing(client: ShopifyClient) -> DefinitionState:
    """A definition of this name exists; one of another type would make Shopify refuse every order."""
    try:
        result = client.run("order_id_definition_read", {})
    except (Refused, BadAnswer, UnknownOutcome):
        kind = ""
    else:
        kind = reading.text(reading.entry(reading.entry(result.data, "metafieldDefinition"), "type").get("name"))
    if kind not in ("", "id"):
        return _not_ready(f"a metafield definition {NAMESPACE}.{KEY} of type {kind} exists already; delete it")
    return DefinitionState(True, "Orders in this store carry the TikTok order id as a unique custom id.")


def _not_ready(reason: str) -> DefinitionState:
    said = reason.rstrip(".")
    return DefinitionState(False, f"No unique custom id in this store, orders are found by their other marks: {said}.")


def _line(raw: dict[str, Any]) -> CreatedLine:
    return CreatedLine(
        id=reading.text(raw.get("id")),
        sku=reading.text(raw.get("sku")),
        quantity=reading.number(raw.get("quantity")),
        variant_gid=reading.text(reading.entry(raw, "variant").get("id")),
    )
