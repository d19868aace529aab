"""What a missing link holds up, and what becomes of those orders when it is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from connectors.tiktok import payloads
from orders import claims
from orders.mapping.links import skus_of
from orders.models import Order, OrderItem, OrderPayload, ProductLink
from orders.reasons import LINK_REASONS
from orders.states import AskedBy, SyncStatus
from settings_app.models import SyncSettings, TikTokShop

AS_PARTS = "A bundle: sent as its parts."
"""A bundle's own SKU without a link holds nothing up; only an order with it looks for it again."""

HOLDS = Q(kind=ProductLink.Kind.NONE) & ~Q(message=AS_PARTS)
"""Links that are missing: a bundle's own SKU is not, it goes as its parts."""


@dataclass(frozen=True)
class Freed:
    """What became of the orders that a new link lets go; those that `wait` hold another item without a link."""

    queued: int = 0
    not_synced: int = 0
    wait: int = 0

    @property
    def all(self) -> int:
        return self.queued + self.not_synced + self.wait


def freed_by(shop: TikTokShop, sku_ids: Sequence[str]) -> Freed:
    """Orders that were held up by these SKUs go on: queued where somebody had asked, otherwise *Not synced*.

    Those with a further item that has no link go on too, for Shopify may have it by now; they are counted apart.
    """
    orders, fates = _held_by(shop, sku_ids)
    claims.release(orders)
    return fates


def would_free(shop: TikTokShop, sku_ids: Sequence[str]) -> Freed:
    """What `freed_by` would let go; nothing is changed."""
    return _held_by(shop, sku_ids)[1]


def _held_by(shop: TikTokShop, sku_ids: Sequence[str]) -> tuple[QuerySet[Order], Freed]:
    held = Order.objects.filter(shop=shop).filter(
        Q(reason__in=LINK_REASONS) | Q(reason="refused"), items__sku_id__in=list(sku_ids)
    )
    bundles = {pk: skus for pk, _, skus in held_bundles([shop.pk]) if skus & set(sku_ids)}
    orders = Order.objects.filter(pk__in={*held.values_list("pk", flat=True), *bundles})
    standing = orders.filter(sync_status__in=[SyncStatus.BLOCKED, SyncStatus.FAILED])
    asked = dict(standing.values_list("pk", "asked_by"))
    waiting = _hold_another_item(shop, asked, bundles, set(sku_ids))
    going = [asked_by for pk, asked_by in asked.items() if pk not in waiting]
    nobody = going.count(AskedBy.NOBODY)
    return orders, Freed(len(going) - nobody, nobody, len(waiting))


def _hold_another_item(
    shop: TikTokShop, pks: Iterable[int], bundles: Mapping[int, set[str]], linked: set[str]
) -> set[int]:
    """Those of the orders that still hold an item that Shopify was searched for in vain."""
    if SyncSettings.objects.filter(shop=shop, unlinked_items=SyncSettings.UnlinkedItems.TEXT_LINE).exists():
        return set()
    missing = set(ProductLink.objects.filter(HOLDS, shop=shop).values_list("sku_id", flat=True)) - linked
    items = OrderItem.objects.filter(order__in=list(pks), sku_id__in=missing, is_cancelled=False)
    return {*items.values_list("order_id", flat=True), *(pk for pk in pks if bundles.get(pk, set()) & missing)}


def held_bundles(shop_pks: Iterable[int], among: Iterable[int] | None = None) -> Iterator[tuple[int, int, set[str]]]:
    """(order, shop, every SKU in it) of orders that wait for a link and hold a bundle: their items name only that.

    `among` are the orders to look at, of these shops; None for all of them.
    """
    bundles = ProductLink.objects.filter(shop=OuterRef("shop"), message=AS_PARTS, sku_id=OuterRef("items__sku_id"))
    held = Order.objects.filter(Exists(bundles), shop__in=list(shop_pks), reason__in=LINK_REASONS)
    held = held if among is None else held.filter(pk__in=list(among))
    rows = OrderPayload.objects.filter(order__in=held.values("pk")).values_list("order", "order__shop__pk", "raw")
    for pk, shop_pk, raw in rows:
        yield pk, shop_pk, _skus_in(raw)


def _skus_in(raw: Mapping[str, object]) -> set[str]:
    try:
        return {sku.sku_id for sku in skus_of(payloads.read_order(raw))}
    except payloads.Unreadable:
        return set()
