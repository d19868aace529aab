"""Links: which Shopify variant each TikTok SKU of an order is, found automatically where that is certain."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from connectors.errors import BadAnswer, ConnectorError, Refused
from connectors.shopify import products
from connectors.shopify.client import ShopifyClient
from connectors.shopify.products import Variant
from connectors.tiktok.client import TikTokClient
from orders.held_up import AS_PARTS, Freed, freed_by
from orders.mapping.links import Link, SkuOnOrder, match_by_sku
from orders.models import ProductLink
from orders.timing import LINK_FRESH
from settings_app.models import TikTokShop

log = logging.getLogger(__name__)

BY_HAND = "Unlinked by hand."
"""Such an item is not matched again by itself."""

NOT_SEEN_YET = "Shopify is asked for it before the next order with it is sent."
"""Of a link that was given while Shopify could not be asked."""

LINKED_ANEW = " It was linked anew by itself, to the product that Shopify has for it now."


def resolve(
    shop: TikTokShop,
    items: Sequence[SkuOnOrder],
    shopify: ShopifyClient,
    tiktok: Callable[[], TikTokClient],
    *,
    searched_since: datetime | None,
) -> None:
    """Bring the links of these SKUs up to date: find missing ones, re-check old ones. At most a few calls.

    What was not found is looked for again only when it was last looked for before `searched_since` (the moment
    the order was asked for): one search serves all orders of a bulk, and pressing *Sync* always searches.
    """
    now = timezone.now()
    rows = {
        row.sku_id: row for row in ProductLink.objects.filter(shop=shop, sku_id__in=[item.sku_id for item in items])
    }
    linked = [row for row in rows.values() if row.kind != ProductLink.Kind.NONE]
    gone = _check_again([row for row in linked if row.checked_at is None or now - row.checked_at > LINK_FRESH], shopify)
    missing = [
        item
        for item in items
        if item.sku_id not in rows or item.sku_id in gone or _worth_another_look(rows[item.sku_id], searched_since)
    ]
    if missing:
        search(shop, missing, shopify, tiktok)


def links_of(shop: TikTokShop, sku_ids: Iterable[str]) -> dict[str, Link]:
    """Links as mapping wants them; a SKU that was looked for in vain carries the reason as its trouble."""
    return {
        row.sku_id: Link(row.sku_id, row.variant_gid, row.shopify_sku, trouble=row.reason)
        for row in ProductLink.objects.filter(shop=shop, sku_id__in=list(sku_ids))
    }


def _worth_another_look(row: ProductLink, since: datetime | None) -> bool:
    if row.kind != ProductLink.Kind.NONE or row.message == BY_HAND:
        return False
    return row.checked_at is None or (since is not None and row.checked_at < since)


def _check_again(rows: Sequence[ProductLink], shopify: ShopifyClient) -> set[str]:
    """One call for up to 250 links: does each variant still exist? Returns the SKU ids whose variant is gone."""
    if not rows:
        return set()
    found = products.variants_by_ids(shopify, [row.variant_gid for row in rows])
    now = timezone.now()
    for row in rows:
        # a person may have linked it to another one while Shopify was asked
        same = ProductLink.objects.filter(pk=row.pk, variant_gid=row.variant_gid)
        if variant := found.get(row.variant_gid):
            same.update(shopify_sku=variant.sku[:255], shopify_title=title_of(variant)[:500], checked_at=now)
        else:
            gone = {"reason": "item_deleted", "message": _gone(row), "checked_at": now}
            same.update(kind=ProductLink.Kind.NONE, variant_gid="", shopify_sku="", shopify_title="", **gone)
    return {row.sku_id for row in rows if found.get(row.variant_gid) is None}


def _gone(row: ProductLink) -> str:
    if row.shopify_title:
        return f"{row.shopify_title} no longer exists in Shopify."
    return f"Shopify has no variant {row.variant_gid}; the item was linked to it while Shopify could not be asked."


def search(
    shop: TikTokShop, items: Sequence[SkuOnOrder], shopify: ShopifyClient, tiktok: Callable[[], TikTokClient]
) -> None:
    """By the seller's own id on TikTok first (set by apps that list from Shopify), then by equal SKU."""
    external = external_ids(items, tiktok)
    by_id = products.variants_by_ids(shopify, sorted(set(external.values()))) if external else {}
    left = [item for item in items if by_id.get(external.get(item.sku_id, "")) is None]
    skus = sorted({item.seller_sku for item in left if item.seller_sku})
    by_sku = products.variants_by_skus(shopify, skus) if skus else {}
    for item in items:
        variant = by_id.get(external.get(item.sku_id, ""))
        reason, message = "", ""
        if variant is None:
            variant, reason, message = match(item, by_sku.get(item.seller_sku, ()))
        if variant is None and item.has_parts:
            message = AS_PARTS
        _save(shop, item, variant, reason, message)


def external_ids(items: Sequence[SkuOnOrder], tiktok: Callable[[], TikTokClient]) -> dict[str, str]:
    """TikTok SKU id → Shopify variant gid, where the product's external id is the number of one.

    Trouble on TikTok's side is no trouble of the order: the SKU may still match, and what stays unlinked is
    looked for again later. Listings of a live session have no product page at all.
    """
    wanted = {item.sku_id for item in items}
    found: dict[str, str] = {}
    try:
        client = tiktok()
        for product_id in sorted({item.product_id for item in items if item.product_id}):
            found |= _external_ids_of(client, product_id, wanted)
    except ConnectorError as error:
        log.info("external ids not read from TikTok: %s", error.sentence)
    return found


def _external_ids_of(client: TikTokClient, product_id: str, wanted: set[str]) -> dict[str, str]:
    try:
        product = client.get_product(product_id)
    except (Refused, BadAnswer):
        return {}
    numbers = {sku.id: sku.external_sku_id.rsplit("/", 1)[-1] for sku in product.skus if sku.id in wanted}
    return {sku: f"gid://shopify/ProductVariant/{number}" for sku, number in numbers.items() if number.isdigit()}


def match(item: SkuOnOrder, hits: Sequence[Variant]) -> tuple[Variant | None, str, str]:
    """The one variant whose SKU equals the item's; otherwise none, and the reason in code and words."""
    variant, reason = match_by_sku(item.seller_sku, hits)
    return variant, reason, "" if variant else _why(item, reason, hits)


def _why(item: SkuOnOrder, reason: str, hits: Sequence[Variant]) -> str:
    name = f"“{item.title or item.sku_id}”"
    if not item.seller_sku:
        return f"{name} has no SKU on TikTok to match by."
    if reason == "sku_ambiguous":
        return f"Several Shopify products have the SKU {item.seller_sku} ({name})."
    if reason == "sku_case_differs":
        near = next(hit.sku for hit in hits if _folded(hit.sku) == _folded(item.seller_sku))
        return f"{name} has the SKU {item.seller_sku} on TikTok and {near} in Shopify."
    return f"No Shopify product has the SKU {item.seller_sku} ({name})."


def _folded(sku: str) -> str:
    return "".join(sku.split()).casefold()


def title_of(variant: Variant) -> str:
    plain = variant.title in ("", "Default Title")
    return variant.product_title if plain else f"{variant.product_title} – {variant.title}"


def _save(shop: TikTokShop, item: SkuOnOrder, variant: Variant | None, reason: str, message: str) -> None:
    values: dict[str, Any] = {
        "product_id": item.product_id[:64],
        "seller_sku": item.seller_sku[:255],
        "title": " – ".join(text for text in (item.title, item.variant_title) if text)[:500],
        "kind": ProductLink.Kind.AUTOMATIC if variant else ProductLink.Kind.NONE,
        "reason": reason,
        "message": message,
        "variant_gid": variant.gid if variant else "",
        "shopify_sku": variant.sku[:255] if variant else "",
        "shopify_title": title_of(variant)[:500] if variant else "",
        "checked_at": timezone.now(),
    }
    row, made = ProductLink.objects.get_or_create(shop=shop, sku_id=item.sku_id[:64], defaults=values)
    if not made:
        # a person may have linked it while we searched: a manual link is never overwritten
        automatic = ProductLink.objects.filter(pk=row.pk).exclude(kind=ProductLink.Kind.MANUAL)
        if not _of_deleted(automatic, item, variant, reason, values):
            automatic.update(**values)
    if variant:
        freed_by(shop, [item.sku_id])


def _of_deleted(
    rows: QuerySet[ProductLink], item: SkuOnOrder, variant: Variant | None, reason: str, values: dict[str, Any]
) -> bool:
    """What a search means for a link whose product was deleted; False when it is no such link, or just as any other."""
    lost = rows.filter(kind=ProductLink.Kind.NONE, reason="item_deleted")
    if variant:
        # certain, or it would not have matched; but nobody chose this product, so it is said
        return bool(lost.update(**{**values, "message": Concat("message", Value(LINKED_ANEW))}))
    if reason == "unlinked_item" and not item.has_parts:
        # "nothing found" would hide why
        return bool(lost.update(checked_at=values["checked_at"]))
    return False


def link_by_hand(shop: TikTokShop, sku_id: str, variant: Variant) -> Freed:
    """A manual link; returns what became of the orders that stood still for it."""
    about = {"shopify_sku": variant.sku[:255], "shopify_title": title_of(variant)[:500]}
    return _by_hand(shop, sku_id, variant.gid, checked_at=timezone.now(), **about)


def link_unchecked(shop: TikTokShop, sku_id: str, variant_gid: str) -> Freed:
    """The same while Shopify cannot be asked: `resolve` asks for the variant before any order uses it."""
    return _by_hand(shop, sku_id, variant_gid, checked_at=None, shopify_sku="", shopify_title="")


def _by_hand(shop: TikTokShop, sku_id: str, variant_gid: str, **about: object) -> Freed:
    made = {"kind": ProductLink.Kind.MANUAL, "reason": "", "message": "", "variant_gid": variant_gid, **about}
    with transaction.atomic():  # a link whose orders stay held up would be half a link
        ProductLink.objects.update_or_create(shop=shop, sku_id=sku_id, defaults=made)
        return freed_by(shop, [sku_id])


def unlink(row: ProductLink) -> None:
    """Back to *not linked*; it is not matched again by itself for a while, so that a wrong match can be replaced."""
    ProductLink.objects.filter(pk=row.pk).update(
        kind=ProductLink.Kind.NONE,
        variant_gid="",
        shopify_sku="",
        shopify_title="",
        reason="unlinked_item",
        message=BY_HAND,
        checked_at=timezone.now(),
        changed_at=timezone.now(),
    )


def distrust(shop: TikTokShop, sku_ids: Iterable[str]) -> int:
    """A create refused these items' variants: ask Shopify again before the next one."""
    rows = ProductLink.objects.filter(shop=shop, sku_id__in=list(sku_ids)).exclude(kind=ProductLink.Kind.NONE)
    return rows.update(checked_at=None)
