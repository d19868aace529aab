"""Items of orders that have no link yet: which they are, how many orders each holds up, and what they match."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from connectors.shopify import products
from connectors.shopify.client import ShopifyClient
from connectors.shopify.products import Variant
from connectors.tiktok import payloads
from connectors.tiktok.client import TikTokClient
from orders import claims, held_up, linking
from orders.held_up import HOLDS, Freed
from orders.mapping.links import SkuOnOrder, skus_of
from orders.models import Order, OrderItem, OrderPayload, ProductLink
from orders.reasons import LINK_REASONS
from orders.states import SyncStatus
from settings_app.models import TikTokShop

MOST_AT_ONCE = 200
"""Items looked for in one go: ten searches of Shopify at most."""

MOST_PRODUCTS = 20
"""TikTok tells the seller's own id one product a call: only so many are asked for while somebody waits."""

STILL_TO_GO = (SyncStatus.NOT_SYNCED, SyncStatus.QUEUED, SyncStatus.BLOCKED, SyncStatus.FAILED)


@dataclass(frozen=True)
class Match:
    """What an item would be linked to; `variant` is None where nothing certain was found, `message` says why.

    `by_hand` is true for an item that somebody unlinked: it is not matched again without being asked.
    """

    row: ProductLink
    variant: Variant | None
    message: str
    held: int
    by_hand: bool = False


def with_counts(links: QuerySet[ProductLink]) -> QuerySet[ProductLink]:
    """Adds `held` (orders that stand still for a link and hold the item) and `waiting` (not asked for yet).

    Counted once over the orders that are still to go: asked for link by link, a good seller's thousands of finished
    orders would be read again for each of its items.
    """
    is_held = Q(order__reason__in=LINK_REASONS, order__sync_status__in=[SyncStatus.BLOCKED, SyncStatus.FAILED])
    is_waiting = Q(order__sync_status__in=[SyncStatus.NOT_SYNCED, SyncStatus.QUEUED])
    counted = (
        OrderItem.objects.filter(order__sync_status__in=STILL_TO_GO)
        .order_by()
        .values("order__shop", "sku_id")
        .annotate(
            held=Count("order", distinct=True, filter=is_held), waiting=Count("order", distinct=True, filter=is_waiting)
        )
    )
    counts = {(row["order__shop"], row["sku_id"]): (row["held"], row["waiting"]) for row in counted}
    held: defaultdict[int, list[int]] = defaultdict(list)
    waiting: defaultdict[int, list[int]] = defaultdict(list)
    for pk, shop, sku_id in links.order_by().values_list("pk", "shop", "sku_id"):
        of_held, of_waiting = counts.get((shop, sku_id), (0, 0))
        held[of_held].append(pk)
        waiting[of_waiting].append(pk)
    return links.annotate(held=_number(held), waiting=_number(waiting))


def count_bundles(links: Sequence[ProductLink]) -> None:
    """Adds to `held` of these rows the orders that hold the item only inside a bundle."""
    missing = [link for link in links if link.kind == ProductLink.Kind.NONE and link.message != held_up.AS_PARTS]
    if not missing:
        return
    held = Counter(
        (shop, sku) for _, shop, skus in held_up.held_bundles({link.shop_id for link in missing}) for sku in skus
    )
    for link in missing:
        link.held = max(getattr(link, "held", 0), held[link.shop_id, link.sku_id])  # type: ignore[attr-defined]


def _number(pks_by_count: Mapping[int, Sequence[int]]) -> Case:
    whens = [When(pk__in=pks, then=Value(count)) for count, pks in pks_by_count.items() if count]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def never_looked_for(shops: Iterable[TikTokShop] | None = None) -> QuerySet[OrderItem]:
    """Items of orders still to go whose SKU has no row among the links."""
    known = ProductLink.objects.filter(shop=OuterRef("order__shop"), sku_id=OuterRef("sku_id"))
    items = OrderItem.objects.filter(
        ~Q(sku_id=""), ~Exists(known), is_cancelled=False, order__sync_status__in=STILL_TO_GO
    )
    return items if shops is None else items.filter(order__shop__in=shops)


def note_new_items(shops: Iterable[TikTokShop] | None = None) -> int:
    """Put those items on the list of links as *not linked*; returns how many are new there."""
    found = (
        never_looked_for(shops)
        .order_by()
        .values("sku_id", shop=F("order__shop"))
        .annotate(last=Max("id"))
        .values_list("last", flat=True)
    )
    rows = [
        ProductLink(
            shop_id=item.order.shop_id,
            sku_id=item.sku_id,
            product_id=item.product_id,
            seller_sku=item.seller_sku,
            title=" – ".join(text for text in (item.title, item.variant_title) if text)[:500],
            kind=ProductLink.Kind.NONE,
            reason="unlinked_item",
            message=held_up.AS_PARTS if _has_parts(item) else "Not looked for in Shopify yet.",
        )
        for item in OrderItem.objects.filter(pk__in=list(found)).select_related("order__payload")
    ]
    ProductLink.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _has_parts(item: OrderItem) -> bool:
    try:
        facts = payloads.read_order(item.order.payload.raw)
    except (payloads.Unreadable, OrderPayload.DoesNotExist):
        return False
    return any(sku.sku_id == item.sku_id and sku.has_parts for sku in skus_of(facts))


def matches(shop: TikTokShop, shopify: ShopifyClient, tiktok: TikTokClient | None) -> list[Match]:
    """What *Auto-link same products* would link: looked up, nothing linked; those that hold up most orders first.

    Why an item has no certain match is kept on its row, for the list. Raises the error family of
    `connectors.errors` when Shopify does not answer; trouble on TikTok's side only leaves out matches by the
    seller's own id.
    """
    unlinked = with_counts(ProductLink.objects.filter(shop=shop, kind=ProductLink.Kind.NONE))
    rows = list(unlinked.order_by(F("held").desc(), F("waiting").desc(), "pk")[:MOST_AT_ONCE])
    items = {row.pk: SkuOnOrder(row.sku_id, row.product_id, row.seller_sku, row.title, "") for row in rows}
    skus = sorted({row.seller_sku for row in rows if row.seller_sku})
    by_sku = products.variants_by_skus(shopify, skus) if skus else {}
    found = {row.pk: linking.match(items[row.pk], by_sku.get(row.seller_sku, ())) for row in rows}
    by_id = _by_own_id([items[pk] for pk, (variant, _, _) in found.items() if variant is None], shopify, tiktok)
    listed = []
    for row in rows:
        variant, reason, message = found[row.pk]
        if variant is None and row.sku_id in by_id:
            variant, message = by_id[row.sku_id], ""
        if variant is None and row.message not in (linking.BY_HAND, held_up.AS_PARTS):
            _keep_why(row, reason, message)
        listed.append(Match(row, variant, message, _count(row), row.message == linking.BY_HAND))
    listed = [match for match in listed if match.variant or match.row.message != held_up.AS_PARTS]
    return sorted(listed, key=lambda match: match.variant is None)


def _keep_why(row: ProductLink, reason: str, message: str) -> None:
    ProductLink.objects.filter(pk=row.pk, kind=ProductLink.Kind.NONE).update(
        reason=reason, message=message, checked_at=timezone.now()
    )


def _by_own_id(items: Sequence[SkuOnOrder], shopify: ShopifyClient, tiktok: TikTokClient | None) -> dict[str, Variant]:
    """TikTok SKU id → the variant whose number an app that lists from Shopify left with TikTok."""
    of_products = sorted({item.product_id for item in items if item.product_id})[:MOST_PRODUCTS]
    if tiktok is None or not of_products:
        return {}
    asked = [item for item in items if item.product_id in of_products]
    gids = linking.external_ids(asked, lambda: tiktok)
    variants = products.variants_by_ids(shopify, sorted(set(gids.values()))) if gids else {}
    return {sku_id: variant for sku_id, gid in gids.items() if (variant := variants.get(gid))}


def _count(row: ProductLink) -> int:
    return int(getattr(row, "held", 0)) + int(getattr(row, "waiting", 0))


def link_matches(shop: TikTokShop, chosen: dict[str, Variant]) -> tuple[int, Freed]:
    """Link these SKU ids as *automatic*; returns how many were linked and what became of their orders.

    An item that somebody linked by hand in the meantime keeps that link.
    """
    linked: list[str] = []
    for sku_id, variant in chosen.items():
        changed = (
            ProductLink.objects.filter(shop=shop, sku_id=sku_id)
            .exclude(kind=ProductLink.Kind.MANUAL)
            .update(
                kind=ProductLink.Kind.AUTOMATIC,
                reason="",
                message="",
                variant_gid=variant.gid,
                shopify_sku=variant.sku[:255],
                shopify_title=linking.title_of(variant)[:500],
                checked_at=timezone.now(),
                changed_at=timezone.now(),
            )
        )
        if changed:
            linked.append(sku_id)
    return len(linked), held_up.freed_by(shop, linked) if linked else Freed()


def holding_up() -> int:
    """How many items without a link are in orders that are still to go: what somebody has to link now."""
    here = OrderItem.objects.filter(
        sku_id=OuterRef("sku_id"), order__shop=OuterRef("shop"), is_cancelled=False, order__sync_status__in=STILL_TO_GO
    ).exclude(order__reason__in=claims.NOT_BY_HAND)
    missing = ProductLink.objects.filter(HOLDS)
    held = missing.filter(Exists(here)).count()
    bundles = ProductLink.objects.filter(message=held_up.AS_PARTS)
    if not bundles.exists():  # asked apart: within one query, PostgreSQL would plan for the worst on every page
        return held
    known = OrderItem.objects.filter(sku_id=OuterRef("sku_id"), order__shop=OuterRef("shop"))
    in_bundles = OrderItem.objects.filter(
        Exists(bundles.filter(shop=OuterRef("order__shop"), sku_id=OuterRef("sku_id"))),
        order__shop=OuterRef("shop"),
        order__sync_status__in=STILL_TO_GO,
        order__reason__in=LINK_REASONS,
    )
    # an item that no order names is in one as part of a bundle
    return held + missing.filter(~Exists(known), Exists(in_bundles)).count()


def with_missing_link(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those of `orders` with an item that was looked for in Shopify in vain, as far as is known without asking."""
    missing = ProductLink.objects.filter(HOLDS, shop=OuterRef("order__shop"), sku_id=OuterRef("sku_id"))
    items = OrderItem.objects.filter(Exists(missing), order=OuterRef("pk"), is_cancelled=False)
    return orders.filter(Exists(items))


def held_by_an_item(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those of them whose shop does not send such items as lines of text: they wait for a link."""
    return with_missing_link(orders).exclude(shop__sync_settings__unlinked_items="text_line")


def holding(link: ProductLink) -> QuerySet[Order]:
    """The orders that this link's item is in and that are still to go."""
    return Order.objects.filter(shop=link.shop_id, sync_status__in=STILL_TO_GO, items__sku_id=link.sku_id).distinct()
