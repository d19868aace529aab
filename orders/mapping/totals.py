"""Shopify's total, by its own rule, from the very variables that will be sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orders.mapping.money import ZERO


def shopify_total(order: dict[str, Any]) -> Decimal:
    """Σ unit price × quantity − fixed discount + shipping + all taxes of an OrderCreateOrderInput.

    Source: recorded answers (facts: orderCreate, behaviour, totals); taxes are not recomputed by Shopify.
    """
    total = ZERO
    for line in order["lineItems"]:
        total += _amount(line["priceSet"]) * line["quantity"] + _taxes(line)
    for line in order["shippingLines"]:
        total += _amount(line["priceSet"]) + _taxes(line)
    discount = order.get("discountCode")
    return total - _amount(discount["itemFixedDiscountCode"]["amountSet"]) if discount else total


def _taxes(line: dict[str, Any]) -> Decimal:
    return sum((_amount(tax["priceSet"]) for tax in line.get("taxLines", ())), ZERO)


def _amount(bag: dict[str, Any]) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"])
