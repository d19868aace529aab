"""The arithmetic of a US TikTok order: prices before tax, tax on top, every amount to the cent, Decimal only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from connectors.sandbox.catalogue import Item
from connectors.sandbox.us_buyers import Place

CENT = Decimal("0.01")
ZERO = Decimal(0)
COLORADO_FEE = Decimal("0.28")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def money(amount: Decimal) -> str:
    """TikTok's text of an amount: two decimals, and a bare "0" for nothing."""
    return f"{amount:.2f}" if amount else "0"


def share_out(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` in parts by weight that sum to it exactly; left-over cents go to the first parts."""
    whole = sum(weights, ZERO)
    if not whole:
        return [amount, *([ZERO] * (len(weights) - 1))]
    parts = [(amount * weight / whole).quantize(CENT, ROUND_DOWN) for weight in weights]
    left = int((amount - sum(parts, ZERO)) / CENT)
    return [part + (CENT if index < left else ZERO) for index, part in enumerate(parts)]


@dataclass(frozen=True)
class Unit:
    """One unit sold: TikTok lists each on a line of its own."""

    item: Item
    original_price: Decimal
    seller_discount: Decimal = ZERO
    platform_discount: Decimal = ZERO
    tax_rate: Decimal = ZERO
    gift_retail_price: Decimal = ZERO
    is_gift: bool = False
    cancelled: bool = False

    @property
    def sale_price(self) -> Decimal:
        return self.original_price - self.seller_discount - self.platform_discount

    @property
    def tax(self) -> Decimal:
        return cents(self.sale_price * self.tax_rate)


@dataclass(frozen=True)
class Shipping:
    """The fee before and the three discounts on it; the tax is on what is left."""

    original: Decimal = ZERO
    seller_discount: Decimal = ZERO
    cofunded_discount: Decimal = ZERO
    platform_discount: Decimal = ZERO

    @property
    def fee(self) -> Decimal:
        return self.original - self.seller_discount - self.cofunded_discount - self.platform_discount


@dataclass(frozen=True)
class Extras:
    """What comes beside goods and shipping. insurance_in_total says whether total_amount holds fee and tax of it."""

    retail_delivery_fee: Decimal = ZERO
    insurance_fee: Decimal = ZERO
    insurance_tax: Decimal = ZERO
    insurance_in_total: bool = True


def payment(units: Sequence[Unit], shipping: Shipping, extras: Extras, place: Place) -> dict[str, str]:
    """The payment object of an order with these units."""
    sub_total = sum((unit.sale_price for unit in units), ZERO)
    product_tax = sum((unit.tax for unit in units), ZERO)
    shipping_tax = cents(shipping.fee * place.tax_rate) if place.shipping_taxed else ZERO
    total = sub_total + shipping.fee + product_tax + shipping_tax + extras.retail_delivery_fee
    if extras.insurance_in_total:
        total += extras.insurance_fee + extras.insurance_tax
    amounts = {
        "original_total_product_price": sum((unit.original_price for unit in units), ZERO),
        "seller_discount": sum((unit.seller_discount for unit in units), ZERO),
        "platform_discount": sum((unit.platform_discount for unit in units), ZERO),
        "sub_total": sub_total,
        "original_shipping_fee": shipping.original,
        "shipping_fee_seller_discount": shipping.seller_discount,
        "shipping_fee_cofunded_discount": shipping.cofunded_discount,
        "shipping_fee_platform_discount": shipping.platform_discount,
        "shipping_fee": shipping.fee,
        "product_tax": product_tax,
        "shipping_fee_tax": shipping_tax,
        "tax": product_tax + shipping_tax,
        "total_amount": total,
    }
    # Fees that a buyer did not pay are absent rather than zero.
    if extras.retail_delivery_fee:
        amounts["retail_delivery_fee"] = extras.retail_delivery_fee
    if extras.insurance_fee:
        amounts["item_insurance_fee"] = extras.insurance_fee
        amounts["item_insurance_tax"] = extras.insurance_tax
    return {"currency": "USD", **{name: money(amount) for name, amount in amounts.items()}}
