"""Shopify `shippingLines`: the delivery option first, then each fee by its name with its own tax."""

from __future__ import annotations

from decimal import Decimal

from connectors.tiktok.payloads import Order
from connectors.tiktok.statuses import ShippingType
from orders.mapping.lines import tax_lines
from orders.mapping.money import ZERO, cents, money_bag
from orders.mapping.reading import Reading
from orders.mapping.text import one_line
from orders.mapping.units import SALES_TAX, TaxPart

ADJUSTMENT = "TikTok adjustment"
RETAIL_DELIVERY_FEE = "Retail delivery fee"
ITEM_INSURANCE = "Item insurance"
_UNNAMED = "TikTok Shop delivery"


def is_digital(order: Order) -> bool:
    """Nothing has to be shipped."""
    return order.shipping_type is ShippingType.TIKTOK_DIGITAL or order.order_type.upper() == "VIRTUAL_ORDER"


def shipping_price(order: Order, reading: Reading, *, revenue: bool) -> Decimal:
    """What delivery costs before tax: the buyer's part, in seller revenue with TikTok's part added back."""
    if reading.free:
        return ZERO
    price = cents(order.payment.shipping_fee)
    return price + platform_part(order, reading) if revenue else price


def platform_part(order: Order, reading: Reading) -> Decimal:
    """The shipping discount that TikTok pays to the seller."""
    return ZERO if reading.free else max(cents(order.payment.shipping_fee_platform_discount), ZERO)


def shipping_lines(order: Order, reading: Reading, price: Decimal, currency: str) -> list[dict[str, object]]:
    """OrderCreateShippingLineInput rows. The delivery line is there also at 0, unless nothing is delivered."""
    name = one_line(order.delivery_option_name)
    lines = []
    if name or price or reading.shipping_tax or not is_digital(order):
        paid = cents(order.payment.shipping_fee)
        lines.append(line(name or _UNNAMED, price, reading.shipping_tax, currency, taxed=paid if paid > 0 else price))
    if reading.retail_fee:
        lines.append(line(RETAIL_DELIVERY_FEE, reading.retail_fee, ZERO, currency))
    if reading.insurance_fee or reading.insurance_tax:
        lines.append(line(ITEM_INSURANCE, reading.insurance_fee, reading.insurance_tax, currency))
    lines.extend(line(title, amount, ZERO, currency) for title, amount in reading.other_fees)
    return lines


def line(title: str, price: Decimal, tax: Decimal, currency: str, *, taxed: Decimal | None = None) -> dict[str, object]:
    """One shipping line. TikTok names no rate for shipping and fees: it is `tax` / `taxed`, the price unless given."""
    row: dict[str, object] = {"title": title, "priceSet": money_bag(max(price, ZERO), currency)}
    if charged := tax_lines([TaxPart(SALES_TAX, ZERO, tax)], price if taxed is None else taxed, currency):
        row["taxLines"] = charged
    return row
