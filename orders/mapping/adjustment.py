"""Booking what TikTok's figures do not explain, under its own name, so that both totals agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.mapping.money import ZERO, money_bag
from orders.mapping.shipping import ADJUSTMENT, line


@dataclass(frozen=True, slots=True)
class Booked:
    """`amount` is what could be booked of a residual, with its sign; `off_taxes` what of it was taken off taxes."""

    amount: Decimal
    off_taxes: Decimal = ZERO


def book(order: dict[str, Any], residual: Decimal, currency: str) -> Booked:
    """Add `residual` to an OrderCreateOrderInput.

    Positive: a further shipping line. Negative: a fixed discount code, up to what the goods cost; what the goods
    cannot bear is taken off the shipping lines, first line first, and last off the taxes, which Shopify adds up as
    they are sent (facts: orderCreate, totals). Nothing goes below 0.
    """
    if residual > 0:
        order["shippingLines"].append(line(ADJUSTMENT, residual, ZERO, currency))
        return Booked(residual)
    goods = sum((_price(item) * item["quantity"] for item in order["lineItems"]), ZERO)
    left = -residual
    discount = min(goods, left)
    if discount:
        code = {"code": ADJUSTMENT, "amountSet": money_bag(discount, currency)}
        order["discountCode"] = {"itemFixedDiscountCode": code}
        left -= discount
    left -= _take_off(order["shippingLines"], left, currency)
    off_taxes = ZERO
    for row in (*order["lineItems"], *order["shippingLines"]):
        off_taxes += _take_off(row.get("taxLines", ()), left - off_taxes, currency)
        if "taxLines" in row:
            row["taxLines"] = [tax for tax in row["taxLines"] if _price(tax)]
    return Booked(residual + left - off_taxes, off_taxes)


def _take_off(rows: Sequence[dict[str, Any]], most: Decimal, currency: str) -> Decimal:
    """Lower the prices of `rows` by `most` in all, first row first; gives back what could be taken."""
    left = most
    for row in rows:
        taken = min(_price(row), left)
        if taken:
            row["priceSet"] = money_bag(_price(row) - taken, currency)
            left -= taken
    return most - left


def _price(row: dict[str, Any]) -> Decimal:
    return Decimal(row["priceSet"]["shopMoney"]["amount"])
