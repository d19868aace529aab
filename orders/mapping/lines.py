"""Shopify `lineItems`: units grouped into lines, each with its price, its own tax and its TikTok line ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from orders.mapping.links import Link
from orders.mapping.money import ZERO, in_cents, money_bag, rate_of, rate_text, spread
from orders.mapping.result import MappedLine
from orders.mapping.units import SALES_TAX, TaxPart, Unit


@dataclass(slots=True)
class Group:
    """Units of equal SKU, price, gift flag and tax rates; `taxes` are summed over the units, by title and rate."""

    units: list[Unit]
    price: Decimal
    taxes: dict[tuple[str, Decimal], Decimal] = field(default_factory=dict)

    @property
    def tax(self) -> Decimal:
        return sum(self.taxes.values(), ZERO)

    @property
    def paid(self) -> Decimal:
        """What the buyer paid for the units before tax, in either price mode."""
        return sum((unit.sale for unit in self.units), ZERO)


def grouped(units: Sequence[Unit], prices: Sequence[Decimal]) -> list[Group]:
    """Units in groups, in the order of their first unit; `prices` runs beside `units`."""
    groups: dict[object, Group] = {}
    for unit, price in zip(units, prices, strict=True):
        rates = tuple((tax.title, tax.rate) for tax in unit.taxes)
        group = groups.get(key := (unit.sku_id or unit.title, unit.variant_title, price, unit.is_gift, rates))
        if group is None:
            group = groups[key] = Group([], price)
        group.units.append(unit)
        for tax in unit.taxes:
            kind = (tax.title, tax.rate)
            group.taxes[kind] = group.taxes.get(kind, ZERO) + tax.amount
    return list(groups.values())


def share_tax(groups: Sequence[Group], cancelled: Sequence[Unit], goods_tax: Decimal) -> Decimal:
    """Make the groups' taxes, with those of `cancelled` units, come to `goods_tax`; gives the cancelled units' part.

    Line taxes that already sum to whole cents stay exactly TikTok's. Otherwise the tax is spread in proportion
    to the line taxes, or to what the buyer paid where lines show no tax: first between kept and cancelled units,
    then among the lines (see `money.spread` for the cents), so that it does not depend on the price mode.
    """
    cancelled_tax = sum((unit.tax for unit in cancelled), ZERO)
    taxes = [group.tax for group in groups]
    if sum(taxes, cancelled_tax) == goods_tax and in_cents(cancelled_tax):
        if all(in_cents(amount) for group in groups for amount in group.taxes.values()):
            return cancelled_tax
    elif not any([*taxes, cancelled_tax]):
        taxes = [group.paid for group in groups]
        cancelled_tax = sum((unit.sale for unit in cancelled), ZERO)
    kept_share, cancelled_share = goods_tax, ZERO
    if cancelled:
        kept_share, cancelled_share = spread(goods_tax, [sum(taxes, ZERO), cancelled_tax])
    for group, share in zip(groups, spread(kept_share, taxes), strict=True):
        kinds = list(group.taxes) or [(SALES_TAX, ZERO)]
        parts = spread(share, [group.taxes.get(kind, ZERO) for kind in kinds])
        group.taxes = dict(zip(kinds, parts, strict=True))
    return cancelled_share


def tax_lines(taxes: Sequence[TaxPart], base: Decimal, currency: str) -> list[dict[str, object]]:
    """Shopify taxLines: TikTok's amount and rate; TikTok remits them, hence `channelLiable`.

    A rate that TikTok leaves out, or writes as anything but a fraction, is amount / base.
    """
    return [
        {
            "title": tax.title,
            "rate": rate_text(tax.rate if 0 < tax.rate < 1 else rate_of(tax.amount, base)),
            "priceSet": money_bag(tax.amount, currency),
            "channelLiable": True,
        }
        for tax in taxes
        if tax.amount
    ]


def line_items(
    groups: Sequence[Group], links: Mapping[str, Link], currency: str, *, ships: bool
) -> list[dict[str, object]]:
    """OrderCreateLineItemInput for every group.

    A linked line takes title and SKU from its variant, as the seller knows the product; sending no title also
    makes Shopify refuse a variant that is gone instead of quietly keeping an unlinked line.
    """
    return [_line_item(group, links.get(group.units[0].sku_id), currency, ships=ships) for group in groups]


def _line_item(group: Group, link: Link | None, currency: str, *, ships: bool) -> dict[str, object]:
    unit = group.units[0]
    item: dict[str, object]
    if link is not None and link.usable:
        item = {"variantId": link.variant_gid}
    else:
        item = {"title": unit.title}
        if unit.variant_title:
            item["variantTitle"] = unit.variant_title
        if unit.seller_sku:
            item["sku"] = unit.seller_sku
    item["quantity"] = len(group.units)
    item["priceSet"] = money_bag(group.price, currency)
    item["requiresShipping"] = ships
    taxes = [TaxPart(title, rate, amount) for (title, rate), amount in group.taxes.items()]
    if charged := tax_lines(taxes, group.paid or group.price * len(group.units), currency):
        item["taxLines"] = charged
    return item


def mapped_lines(groups: Sequence[Group], links: Mapping[str, Link]) -> tuple[MappedLine, ...]:
    """The same lines for people and for delivery, in the order of `lineItems`."""
    lines = []
    for group in groups:
        unit = group.units[0]
        link = links.get(unit.sku_id)
        linked = link if link is not None and link.usable else None
        lines.append(
            MappedLine(
                title=unit.title,
                variant_title=unit.variant_title,
                sku_id=unit.sku_id,
                sku=linked.sku if linked else unit.seller_sku,
                quantity=len(group.units),
                unit_price=group.price,
                tax=group.tax,
                tiktok_line_ids=tuple(each.line_id for each in group.units),
                sub_item_ids=tuple(each.sub_item_id for each in group.units),
                variant_gid=linked.variant_gid if linked else None,
                is_gift=unit.is_gift,
            )
        )
    return tuple(lines)
