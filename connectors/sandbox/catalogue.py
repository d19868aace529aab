"""The goods both sandboxes know: what the TikTok shops sell and what the Shopify store holds of it.

Most SKUs are spelled alike on both sides. A few are awkward on purpose, because real catalogues are:
some have no Shopify variant at all, one differs only in case, one SKU text belongs to two variants,
one TikTok SKU has no seller SKU, and one is a bundle of two others.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from connectors.sandbox.catalogue_products import ONLY, PRODUCTS, Product

CASE_SKU = "lav-soap-3pk"
AMBIGUOUS_SKU = "MUG-SPECKLE"
BUNDLE_TITLE = "Bath Night Bundle"


@dataclass(frozen=True)
class Item:
    """One SKU of the TikTok catalogue. Ids are text, prices are US dollars before tax.

    shopify_variant_id is the bare number of the Shopify variant (None: not in the Shopify store), shopify_sku how
    the store spells its SKU, external_sku_id what TikTok keeps as the seller's own id (the variant's number, or "").
    parts lists (sku_id, units) of the components of a bundle.
    """

    product_id: str
    sku_id: str
    seller_sku: str
    title: str
    variant_title: str
    price: Decimal
    shopify_variant_id: str | None
    shopify_sku: str | None = None
    external_sku_id: str = ""
    barcode: str = ""
    digital: bool = False
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def is_linked(self) -> bool:
        """True when equal SKU text (or the external id) leads to exactly one Shopify variant."""
        if self.shopify_variant_id is None or self.seller_sku == AMBIGUOUS_SKU:
            return False
        return bool(self.external_sku_id) or self.seller_sku == self.shopify_sku


def catalogue() -> list[Item]:
    """Every SKU, in a fixed order, the bundle last."""
    return list(_items())


@cache
def _items() -> tuple[Item, ...]:
    items: list[Item] = []
    for number, product in enumerate(PRODUCTS, start=1):
        for variant_number in range(1, len(product.variants) + 1):
            items.append(_item(product, number, variant_number))
    return (*items, _bundle(items))


def _item(product: Product, number: int, variant_number: int) -> Item:
    variant_title, suffix, extra = product.variants[variant_number - 1]
    seller_sku = f"{product.code}-{suffix}" if suffix else product.code
    place = f"{number:03d}{variant_number:02d}"
    variant_id = None if product.only_on_tiktok else f"446810{place}117"
    # Every third product was listed from Shopify, so TikTok remembers the variant's number for it.
    from_shopify = variant_id is not None and number % 3 == 0
    return Item(
        product_id=f"1729{number:03d}883123041{number:03d}",
        sku_id=f"1729{place}664912054{variant_number}",
        seller_sku=seller_sku,
        title=product.title,
        variant_title=variant_title,
        price=Decimal(product.price) + Decimal(extra),
        shopify_variant_id=variant_id,
        shopify_sku=None if variant_id is None else (seller_sku.upper() if seller_sku == CASE_SKU else seller_sku),
        external_sku_id=variant_id or "" if from_shopify else "",
        barcode=f"8500{place}210" if number % 4 == 0 else "",
        digital=product.digital,
    )


def _bundle(items: list[Item]) -> Item:
    soap = next(item for item in items if item.seller_sku == "OAT-SOAP-4OZ")
    salts = next(item for item in items if item.seller_sku == "BATH-SALT-EUC")
    return Item(
        product_id="1729990883123041990",
        sku_id="1729990016649120541",
        seller_sku="BUNDLE-BATHNIGHT",
        title=BUNDLE_TITLE,
        variant_title=ONLY,
        price=Decimal("29.50"),
        shopify_variant_id=None,
        parts=((soap.sku_id, 2), (salts.sku_id, 1)),
    )
