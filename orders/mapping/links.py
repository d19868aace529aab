"""Links from TikTok SKUs to Shopify variants, as mapping sees them, and how one is found by SKU text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from connectors.tiktok.payloads import Line, Order
from connectors.tiktok.statuses import LineStatus
from orders.mapping.text import variant_title_of


@dataclass(frozen=True)
class Link:
    """A TikTok SKU and its Shopify variant.

    `trouble` is a code of `orders.reasons.REASONS` (item_deleted, sku_ambiguous, sku_case_differs) when linking
    looked and found no variant that may be used; `variant_gid` is "" then. `price` is the variant's own price,
    used only to divide a bundle whose parts have no prices on TikTok.
    """

    sku_id: str
    variant_gid: str
    sku: str = ""
    price: Decimal | None = None
    trouble: str = ""

    @property
    def usable(self) -> bool:
        return bool(self.variant_gid) and not self.trouble


@dataclass(frozen=True)
class SkuOnOrder:
    """One TikTok SKU that an order may need a link for, with what may help to find it.

    `has_parts`: a combined listing's own SKU; the order goes with links of the parts alone.
    """

    sku_id: str
    product_id: str
    seller_sku: str
    title: str
    variant_title: str
    has_parts: bool = False


class HasSku(Protocol):
    """A Shopify variant, as far as matching cares."""

    @property
    def sku(self) -> str: ...


V = TypeVar("V", bound=HasSku)


def is_usable(links: Mapping[str, Link], sku_id: str) -> bool:
    link = links.get(sku_id)
    return link is not None and link.usable


def skus_of(order: Order) -> tuple[SkuOnOrder, ...]:
    """Every SKU whose link the order may use, each once: of combined listings the components and the listing."""
    found: dict[str, SkuOnOrder] = {}
    for line in order.line_items:
        if line.display_status is LineStatus.CANCELLED:
            continue
        for sku in _skus_of_line(line):
            found.setdefault(sku.sku_id, sku)
    return tuple(found.values())


def _skus_of_line(line: Line) -> Iterable[SkuOnOrder]:
    for sub in line.sub_item_info:
        yield SkuOnOrder(sub.sku_id, sub.product_id, sub.seller_sku, sub.product_name, variant_title_of(sub.sku_name))
    if not line.sub_item_info:
        for part in line.combined_listing_skus:
            yield SkuOnOrder(part.sku_id, part.product_id, part.seller_sku, line.product_name, "")
    has_parts = bool(line.sub_item_info or line.combined_listing_skus)
    yield SkuOnOrder(
        line.sku_id, line.product_id, line.seller_sku, line.product_name, variant_title_of(line.sku_name), has_parts
    )


def match_by_sku(seller_sku: str, variants: Iterable[V]) -> tuple[V | None, str]:
    """The one variant with exactly this SKU, or None and the reason code: never a guess between two.

    A SKU that differs only in capitals or spaces is `sku_case_differs`: near enough to offer, not to use.
    """
    if not seller_sku.strip():
        return None, "unlinked_item"
    variants = tuple(variants)
    same = [variant for variant in variants if variant.sku == seller_sku]
    if len(same) == 1:
        return same[0], ""
    if same:
        return None, "sku_ambiguous"
    near = [variant for variant in variants if _folded(variant.sku) == _folded(seller_sku)]
    return None, "sku_case_differs" if near else "unlinked_item"


def _folded(sku: str) -> str:
    return "".join(sku.split()).casefold()
