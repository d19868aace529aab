"""Mapping as tests call it, and what they look at."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from graphql import GraphQLError, GraphQLInputType
from graphql.utilities import validate_input_value

from connectors.sandbox.shopify_schema import schema
from connectors.tiktok.payloads import read_order
from orders.mapping import Link, Mapped, ShopFacts, map_order
from orders.mapping.totals import shopify_total
from settings_app.rules import Rules
from tests.payloads.us_order import Raw

SHOP = ShopFacts("Soap & Co", "7494000000000000001")


class EverySku(dict[str, Link]):
    """Links for whatever SKU is asked for, as if the seller had linked everything."""

    def get(self, sku_id: str, default: Any = None) -> Any:
        return self[sku_id]

    def __missing__(self, sku_id: str) -> Link:
        return link(sku_id)

    def __contains__(self, sku_id: object) -> bool:
        return True


def link(sku_id: str, **changes: Any) -> Link:
    return Link(sku_id, f"gid://shopify/ProductVariant/{sku_id}", f"SHOPIFY-{sku_id}", **changes)


def mapped(raw: Raw, links: dict[str, Link] | None = None, *, accept_difference: bool = False, **rules: Any) -> Mapped:
    return map_order(
        read_order(raw),
        Rules(**rules),
        EverySku() if links is None else links,
        SHOP,
        accept_difference=accept_difference,
    )


def order_of(result: Mapped) -> dict[str, Any]:
    """The OrderCreateOrderInput, after what must hold of every order that may be sent was checked."""
    assert result.problem is None, result.problem
    order: dict[str, Any] = result.variables["order"]
    assert shopify_total(order) == result.totals.shopify == result.totals.tiktok
    paid = sum((Decimal(amount(row, "amountSet")) for row in order.get("transactions", ())), Decimal(0))
    assert paid == result.totals.shopify
    return order


def amount(row: dict[str, Any], bag: str = "priceSet") -> str:
    text = row[bag]["shopMoney"]["amount"]
    assert isinstance(text, str), "money must never be a number in JSON"
    return text


def tax(row: dict[str, Any]) -> Decimal:
    return sum((Decimal(amount(entry)) for entry in row.get("taxLines", ())), Decimal(0))


def codes(result: Mapped) -> list[str]:
    return [warning.code for warning in result.warnings]


@cache
def _input(name: str) -> GraphQLInputType:
    found = schema().type_map[name]
    assert isinstance(found, GraphQLInputType)
    return found


def schema_errors(variables: dict[str, Any]) -> list[str]:
    """What Shopify's real schema refuses in these variables."""
    errors: list[str] = []

    def keep(error: GraphQLError, path: list[str | int]) -> None:
        errors.append(f"{'.'.join(map(str, path))}: {error.message}")

    validate_input_value(variables["order"], _input("OrderCreateOrderInput"), keep)
    validate_input_value(variables["options"], _input("OrderCreateOptionsInput"), keep)
    return errors
