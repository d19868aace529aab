"""Booking what TikTok's figures do not explain, under its own name, so that both totals agree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orders.mapping.money import ZERO, money_bag
from orders.mapping.shipping import ADJUSTMENT, line


def book(order: dict[str, Any], residual: Decimal, currency: str) -> Decimal:
    """Add `residual` to an OrderCreateOrderInput and give back what could be booked.

    Positive: a further shipping line. Negative: a fixed discount code, up to what the goods cost; what the goods
    cannot bear is taken off the shipping lines, first line first. No price goes below 0.
    """
    if residual > 0:
        order["shippingLines"].append(line(ADJUSTMENT, residual, ZERO, currency))
        return residual
    goods = sum((_price(item) * item["quantity"] for item in order["lineItems"]), ZERO)
    left = -residual
    discount = min(goods, left)
    if discount:
        code = {"code": ADJUSTMENT, "amountSet": money_bag(discount, currency)}
        order["discountCode"] = {"itemFixedDiscountCode": code}
        left -= discount
    for row in order["shippingLines"]:
        taken = min(_price(row), left)
        if taken:
            row["priceSet"] = money_bag(_price(row) - taken, currency)
            left -= taken
    return residual + left


def _price(row: dict[str, Any]) -> Decimal:
    return Decimal(row["priceSet"]["shopMoney"]["amount"])
