"""The sentences about totals: how they were read, what was booked, and which part differs when nothing explains it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connectors.tiktok.payloads import Order
from orders.mapping.money import ZERO, amount_text, cents
from orders.mapping.reading import Reading
from orders.mapping.result import MappingWarning, Problem
from orders.mapping.units import Unit


def mismatch(order: Order, units: Sequence[Unit], target: Decimal, computed: Decimal, currency: str) -> Problem:
    """`total_mismatch` with both figures and the part of TikTok's figures that disagrees with itself."""
    part, sentence = _part_that_differs(order, units, target - computed, currency)
    if target < 0:
        sentence += " A Shopify order cannot come to less than nothing, so all that is left is to ignore this one."
    return Problem(
        "total_mismatch",
        f"TikTok's total is {_money(target, currency)}, the Shopify order comes to {_money(computed, currency)}, "
        f"which differs by {_money(abs(target - computed), currency)}. {sentence}",
        part=part,
    )


def _part_that_differs(order: Order, units: Sequence[Unit], residual: Decimal, currency: str) -> tuple[str, str]:
    """The part that is off by exactly the residual, else the first that is off at all, else the total."""
    payment = order.payment
    if sum((unit.sale for unit in units), ZERO) != payment.sub_total:
        units = [unit for unit in units if not unit.is_cancelled]
    items = sum((unit.sale for unit in units), ZERO)
    line_tax = sum((unit.tax for unit in units), ZERO)
    tax = payment.product_tax or payment.tax - payment.shipping_fee_tax
    shipping = (
        payment.original_shipping_fee
        - payment.shipping_fee_seller_discount
        - payment.shipping_fee_platform_discount
        - payment.shipping_fee_cofunded_discount
    )
    parts = (
        ("items", "items", items, "subtotal", payment.sub_total),
        ("tax", "item taxes", line_tax, "product tax", tax),
        ("shipping", "shipping fee less its discounts", shipping, "shipping fee", payment.shipping_fee),
    )
    off = [(part, ours, cents(a), theirs, cents(b)) for part, ours, a, theirs, b in parts if cents(a) != cents(b)]
    off.sort(key=lambda row: abs(row[2] - row[4]) != abs(residual))
    if off:
        part, ours, a, theirs, b = off[0]
        said = f"the {ours} come to {_money(a, currency)}, TikTok's {theirs} says {_money(b, currency)}"
        return part, f"The {part} differ: {said}."
    return "total", "TikTok's own items, shipping, taxes and fees do not add up to its total."


def adjusted(amount: Decimal, off_taxes: Decimal, currency: str) -> list[MappingWarning]:
    """A residual that was booked by name, and what of it goods and shipping could not bear."""
    booked = f"{_money(amount, currency)} that TikTok's figures do not explain were booked as “TikTok adjustment”."
    said = [MappingWarning("adjusted", booked)]
    if off_taxes:
        taken = f"{_money(off_taxes, currency)} of it came off the taxes, because goods and shipping cost no more."
        said.append(MappingWarning("tax_adjusted", taken))
    return said


def how_read(
    order: Order, reading: Reading, units: Sequence[Unit], removed: Decimal, *, spread: bool
) -> list[MappingWarning]:
    """What is worth knowing about how TikTok's total came to be; empty for the documented formula."""
    payment = order.payment
    said = []
    if reading.free:
        return (
            [MappingWarning("free_order", "TikTok charges nothing for this order, so every price in it is 0.")]
            if any(unit.sale for unit in units)
            else []
        )
    count = sum(unit.is_cancelled for unit in units)
    if count:
        some = "1 cancelled item was" if count == 1 else f"{count} cancelled items were"
        left = f"{_money(removed, payment.currency)} for {'it' if count == 1 else 'them'}"
        what = f"TikTok's total still contains {left}, which the Shopify order does not"
        said.append(
            MappingWarning(
                "cancelled_left_out",
                f"{some} left out; "
                + (
                    what
                    if reading.cancelled_charged
                    else f"TikTok's total no longer contains {'it' if count == 1 else 'them'}"
                )
                + ".",
            )
        )
    if payment.item_insurance_fee > 0 and not reading.insurance_fee:
        said.append(
            MappingWarning(
                "insurance_outside_total",
                f"Item insurance of {_money(payment.item_insurance_fee, payment.currency)} is not part of TikTok's "
                "total and was not booked.",
            )
        )
    if reading.gifts_charged and any(unit.is_gift and unit.sale for unit in units):
        said.append(MappingWarning("gift_charged", "TikTok's total contains the price of an item marked as a gift."))
    if spread:
        said.append(
            MappingWarning(
                "tax_spread",
                f"TikTok's item taxes do not sum to the tax charged; "
                f"{_money(reading.goods_tax, payment.currency)} was divided "
                "among the items in proportion.",
            )
        )
    return said


def _money(amount: Decimal, currency: str) -> str:
    """ "$64.78", or "64.78 EUR" in another currency."""
    sign = "-" if amount < 0 else ""
    text = amount_text(abs(amount))
    return f"{sign}${text}" if currency.upper() in ("USD", "") else f"{sign}{text} {currency}"
