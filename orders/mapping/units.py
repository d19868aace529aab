"""The units of an order: one per TikTok line, or one per component of a combined listing.

Source of the unit rule: order API overview (a line has no quantity) and `sub_item_info` (one entry per unit).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.tiktok.payloads import BundlePart, Line, Order, SubItem, Tax
from connectors.tiktok.statuses import LineStatus
from orders.mapping.links import Link, is_usable
from orders.mapping.money import ZERO, cents, spread
from orders.mapping.text import one_line, variant_title_of

# A component count beyond this is a slip of the wire, not a bundle.
_MOST_PARTS = 100


@dataclass(frozen=True, slots=True)
class TaxPart:
    """A tax on one unit: its title, TikTok's rate (0 when it names none) and its exact amount."""

    title: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing to deliver. `sale` is what the buyer paid before tax, `platform` what TikTok paid towards it."""

    line_id: str
    sub_item_id: str
    sku_id: str
    seller_sku: str
    title: str
    variant_title: str
    sale: Decimal
    platform: Decimal
    taxes: tuple[TaxPart, ...]
    is_gift: bool
    is_cancelled: bool

    @property
    def tax(self) -> Decimal:
        return sum((part.amount for part in self.taxes), ZERO)


def units_of(order: Order, links: Mapping[str, Link]) -> list[Unit]:
    """Every unit of the order in TikTok's order, cancelled ones included."""
    units: list[Unit] = []
    for line in order.line_items:
        if line.sub_item_info or line.combined_listing_skus:
            units.extend(_units_of_bundle(line, links))
        else:
            units.append(_whole(line))
    return units


def _whole(line: Line) -> Unit:
    return Unit(
        line_id=line.id,
        sub_item_id="",
        sku_id=line.sku_id,
        seller_sku=line.seller_sku,
        title=title_of(line.product_name, line.sku_id),
        variant_title=variant_title_of(line.sku_name),
        sale=_price(line.sale_price),
        platform=_price(line.platform_discount),
        taxes=_taxes(line.item_tax),
        is_gift=line.is_gift,
        is_cancelled=line.display_status is LineStatus.CANCELLED,
    )


def _units_of_bundle(line: Line, links: Mapping[str, Link]) -> list[Unit]:
    """The components of a combined listing, prices and taxes divided so that they sum to the line's to the cent.

    A listing that is linked as a whole while its components are not stays whole: the seller keeps it as one product.
    """
    skus = [part.sku_id for part in line.sub_item_info or line.combined_listing_skus]
    if is_usable(links, line.sku_id) and not all(is_usable(links, sku_id) for sku_id in skus):
        return [_whole(line)]
    if line.sub_item_info:
        return _from_sub_items(line, line.sub_item_info)
    return _from_components(line, line.combined_listing_skus, links)


def _from_sub_items(line: Line, subs: Sequence[SubItem]) -> list[Unit]:
    weights = [sub.sale_price for sub in subs]
    if not any(weights):
        weights = [sub.original_price for sub in subs]
    own_prices = [sub.sale_price for sub in subs]
    stated = line.sale_price or line.original_price or line.is_gift
    sales = _divided(line.sale_price if stated else sum(own_prices, ZERO), own_prices, weights)
    platforms = _divided(line.platform_discount, [sub.platform_discount for sub in subs], weights)
    taxes = _divided_taxes(line, [_taxes(sub.item_tax) for sub in subs], weights)
    return [
        Unit(
            line_id=line.id,
            sub_item_id=sub.id,
            sku_id=sub.sku_id,
            seller_sku=sub.seller_sku,
            title=title_of(sub.product_name or line.product_name, sub.sku_id),
            variant_title=variant_title_of(sub.sku_name),
            sale=sales[place],
            platform=platforms[place],
            taxes=taxes[place],
            is_gift=line.is_gift,
            is_cancelled=LineStatus.CANCELLED in (line.display_status, sub.display_status),
        )
        for place, sub in enumerate(subs)
    ]


def _from_components(line: Line, parts: Sequence[BundlePart], links: Mapping[str, Link]) -> list[Unit]:
    """Without prices on TikTok the linked variants' prices say how to divide; if one is not known, equally."""
    each = [part for part in parts for _ in range(min(max(part.sku_count, 1), _MOST_PARTS))]
    prices = [links[part.sku_id].price if part.sku_id in links else None for part in each]
    weights = [price for price in prices if price is not None]
    if len(weights) < len(each):
        weights = [ZERO] * len(each)
    sales = spread(_price(line.sale_price), weights)
    platforms = spread(_price(line.platform_discount), weights)
    taxes = _divided_taxes(line, [() for _ in each], weights)
    return [
        Unit(
            line_id=line.id,
            sub_item_id="",
            sku_id=part.sku_id,
            seller_sku=part.seller_sku,
            title=title_of(line.product_name, part.sku_id),
            variant_title=one_line(part.seller_sku),
            sale=sales[place],
            platform=platforms[place],
            taxes=taxes[place],
            is_gift=line.is_gift,
            is_cancelled=line.display_status is LineStatus.CANCELLED,
        )
        for place, part in enumerate(each)
    ]


def _divided(whole: Decimal, own: Sequence[Decimal], weights: Sequence[Decimal]) -> list[Decimal]:
    """The components' own amounts where they sum to the line's, else the line's divided by `weights`."""
    shares = [_price(amount) for amount in own]
    return shares if sum(shares, ZERO) == _price(whole) else spread(_price(whole), weights)


def _divided_taxes(
    line: Line, own: Sequence[tuple[TaxPart, ...]], weights: Sequence[Decimal]
) -> Sequence[tuple[TaxPart, ...]]:
    of_line = _taxes(line.item_tax)
    total = sum((tax.amount for tax in of_line), ZERO)
    if not total or sum((tax.amount for taxes in own for tax in taxes), ZERO) == total:
        return own
    shares = [spread(cents(tax.amount), weights) for tax in of_line]
    return [
        tuple(TaxPart(tax.title, tax.rate, shares[number][place]) for number, tax in enumerate(of_line))
        for place in range(len(weights))
    ]


def _taxes(taxes: Sequence[Tax]) -> tuple[TaxPart, ...]:
    return tuple(TaxPart(_tax_title(tax.tax_type), tax.tax_rate, max(tax.tax_amount, ZERO)) for tax in taxes)


def _tax_title(tax_type: str) -> str:
    """SALES_TAX → "Sales tax"."""
    return one_line(tax_type.replace("_", " ").capitalize()) or SALES_TAX


SALES_TAX = "Sales tax"


def _price(amount: Decimal) -> Decimal:
    # Shopify takes no negative price; the missing part is then seen as a residual.
    return max(cents(amount), ZERO)


def title_of(product_name: str, sku_id: str) -> str:
    return one_line(product_name) or f"TikTok SKU {sku_id}"
