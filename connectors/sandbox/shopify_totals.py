"""What an order adds up to by Shopify's own rule.

total = Σ unit price × quantity − discount + shipping + line tax + shipping tax. Shopify never recomputes the tax it is
sent, and a line's tax amount is for the whole line. With taxesIncluded the tax is inside the prices already.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


def shop_amount(money_bag: dict[str, Any] | None) -> Decimal:
    """The shopMoney amount of a coerced MoneyBagInput; zero when it is absent."""
    return ZERO if not money_bag else Decimal(str(money_bag["shopMoney"]["amount"]))


def text(amount: Decimal) -> str:
    """Amounts come back normalised: 42.50 → "42.5", 40 → "40.0"."""
    plain = format(amount.normalize(), "f")
    return plain if "." in plain else f"{plain}.0"


def tax_of(line: dict[str, Any]) -> Decimal:
    return sum((shop_amount(tax.get("priceSet")) for tax in line.get("taxLines") or ()), ZERO)


def discount_of(code: dict[str, Any] | None, subtotal: Decimal, shipping: Decimal) -> Decimal:
    """What an OrderCreateDiscountCodeInput takes off; never more than there is."""
    if not code:
        return ZERO
    if fixed := code.get("itemFixedDiscountCode"):
        return min(shop_amount(fixed.get("amountSet")), subtotal)
    if percentage := code.get("itemPercentageDiscountCode"):
        share = Decimal(str(percentage.get("percentage") or 0)) / 100
        return (subtotal * share).quantize(Decimal("0.01"))
    return shipping if code.get("freeShippingDiscountCode") else ZERO


def totals(order: dict[str, Any]) -> dict[str, str]:
    """`order` is a coerced OrderCreateOrderInput. Amounts are text, normalised."""
    lines, shipping_lines = order.get("lineItems") or [], order.get("shippingLines") or []
    goods = sum((shop_amount(line.get("priceSet")) * line["quantity"] for line in lines), ZERO)
    shipping = sum((shop_amount(line["priceSet"]) for line in shipping_lines), ZERO)
    tax = sum((tax_of(line) for line in [*lines, *shipping_lines]), ZERO) + tax_of(order)
    discount = discount_of(order.get("discountCode"), goods, shipping)
    off_goods = ZERO if (order.get("discountCode") or {}).get("freeShippingDiscountCode") else discount
    total = goods - discount + shipping + (ZERO if order.get("taxesIncluded") else tax)
    return {
        "goods": text(goods),
        "subtotal": text(goods - off_goods),
        "discounts": text(discount),
        "shipping": text(shipping),
        "tax": text(tax),
        "total": text(total),
    }


def financial_status(order: dict[str, Any], total: Decimal) -> str | None:
    """The status given, else what the transactions say; None when there is neither, as on the real API."""
    if given := order.get("financialStatus"):
        return str(given)
    done = [entry for entry in order.get("transactions") or () if entry.get("status", "SUCCESS") == "SUCCESS"]
    paid = sum((shop_amount(entry["amountSet"]) for entry in done if entry["kind"] in ("SALE", "CAPTURE")), ZERO)
    if any(entry["kind"] in ("SALE", "CAPTURE") for entry in done):
        return "PAID" if paid >= total else "PARTIALLY_PAID"
    if any(entry["kind"] == "AUTHORIZATION" for entry in done):
        return "AUTHORIZED"
    return "PENDING" if order.get("transactions") else None


def received(order: dict[str, Any]) -> Decimal:
    """Money that came in, as the stored transactions say."""
    return sum(
        (
            Decimal(entry["amount"])
            for entry in order["transactions"]
            if entry["status"] == "SUCCESS" and entry["kind"] in ("SALE", "CAPTURE")
        ),
        ZERO,
    )
