"""The items of an order with name and SKU of both sides: as TikTok calls each, and the Shopify product it became."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.tiktok import payloads
from orders.admin import marks
from orders.mapping.links import skus_of
from orders.mapping.result import MappedLine
from orders.models import ProductLink
from settings_app.models import TikTokShop


@dataclass(frozen=True)
class Item:
    """`title` and `sku` are TikTok's; the Shopify names are "" where nobody knows them any more."""

    title: str
    sku: str
    shopify_title: str
    shopify_sku: str
    quantity: int
    unit_price: str
    tax: str
    linked: bool
    is_gift: bool


def items(shop: TikTokShop, facts: payloads.Order, lines: Sequence[MappedLine], currency: str) -> tuple[Item, ...]:
    """One for each Shopify line."""
    skus = {sku.sku_id: sku.seller_sku for sku in skus_of(facts)}
    gids = [line.variant_gid for line in lines if line.variant_gid]
    links = {link.variant_gid: link for link in ProductLink.objects.filter(shop=shop, variant_gid__in=gids)}
    return tuple(_item(line, skus.get(line.sku_id), links.get(line.variant_gid or ""), currency) for line in lines)


def _item(line: MappedLine, sku: str | None, link: ProductLink | None, currency: str) -> Item:
    """A line as it was sent names no TikTok lines, and calls a linked item as Shopify does."""
    given = " – ".join(text for text in (line.title, line.variant_title) if text)
    linked, as_shopify_calls_it = bool(line.variant_gid), bool(line.variant_gid) and not line.tiktok_line_ids
    title, shopify_title = ("", given) if as_shopify_calls_it else (given, "")
    if link:
        title, shopify_title = title or link.title, link.shopify_title
        sku = link.seller_sku if sku is None else sku
    return Item(
        title=title,
        sku=sku or ("" if linked else line.sku),
        shopify_title=shopify_title,
        shopify_sku=link.shopify_sku if link else line.sku,
        quantity=line.quantity,
        unit_price=marks.money(line.unit_price, currency),
        tax=marks.money(line.tax, currency),
        linked=linked,
        is_gift=line.is_gift,
    )
