"""What the rows of the order list must know beside their own columns, loaded once for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from orders import held_up
from orders.admin import access, tabs
from orders.delivery.states import CHANGE_LABELS, Change
from orders.models import Order, ProductLink
from orders.reasons import LINK_REASONS
from orders.states import SyncStatus
from settings_app.models import TikTokShop

LINKS = "orders.change_productlink"


def tell(request: HttpRequest, rows: Sequence[Any]) -> None:
    """Sets on each row: `viewer_may_sync`, `changed_unseen` (words or ""), `shown_shop`, and `link_to_mend`."""
    may_sync, may_link = access.may(request, access.SYNC), access.may(request, LINKS)
    several = TikTokShop.objects.count() > 1
    shops = dict(TikTokShop.objects.values_list("pk", "name")) if several else {}
    unseen: dict[int, set[str]] = defaultdict(set)
    changes = tabs.NOT_SEEN_TO.filter(order__in=[order.pk for order in rows])
    for pk, kind in changes.order_by().values_list("order", "kind"):
        unseen[pk].add(kind)
    links = unlinked_of([order for order in rows if is_held_by_link(order)]) if may_link else {}
    for order in rows:
        order.viewer_may_sync = may_sync
        order.changed_unseen = _words(unseen[order.pk])
        order.shown_shop = shops.get(order.shop_id, "")
        order.link_to_mend = links.get(order.pk)


def is_held_by_link(order: Order) -> bool:
    return order.reason in LINK_REASONS and order.sync_status in (SyncStatus.BLOCKED, SyncStatus.FAILED)


def unlinked_of(orders: Sequence[Order]) -> dict[int, int]:
    """Order pk → pk of the first missing link of its items, or of the parts of a bundle in it."""
    if not orders:
        return {}
    skus = {
        order.pk: (order.shop_id, [item.sku_id for item in order.items.all() if not item.is_cancelled])
        for order in orders
    }
    found = _missing(skus)
    rest = [order.pk for order in orders if order.pk not in found]
    parts = {pk: (shop, sorted(of)) for pk, shop, of in held_up.held_bundles({shop for shop, _ in skus.values()}, rest)}
    return {**found, **_missing(parts)}


def _missing(skus: Mapping[int, tuple[int, Sequence[str]]]) -> dict[int, int]:
    """Order pk → (shop, SKUs in it) becomes order pk → pk of the first of these links that is missing."""
    wanted = {sku for _, each in skus.values() for sku in each}
    if not wanted:
        return {}
    links = ProductLink.objects.filter(
        kind=ProductLink.Kind.NONE, sku_id__in=wanted, shop__in={shop for shop, _ in skus.values()}
    ).exclude(message=held_up.AS_PARTS)
    by_sku = {(shop, sku): pk for shop, sku, pk in links.values_list("shop_id", "sku_id", "pk")}
    first = {
        pk: next((by_sku[shop, sku] for sku in each if (shop, sku) in by_sku), 0) for pk, (shop, each) in skus.items()
    }
    return {pk: link for pk, link in first.items() if link}


def _words(kinds: set[str]) -> str:
    """Of several changes the one that stops a parcel."""
    loudest = next((kind for kind in (Change.CANCELLED, Change.CANCEL_REQUESTED) if kind in kinds), None)
    return CHANGE_LABELS[loudest] if loudest else "Changed on TikTok" if kinds else ""
