"""What a change under Settings → Order lets go: orders that stood still because of a setting go on."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from orders import claims
from orders.models import Order
from orders.reasons import LINK_REASONS
from orders.states import SyncStatus
from settings_app.models import TikTokShop
from settings_app.rules import Rules

CHANGES_WHAT_IS_SENT = ("price_mode", "adjustment_limit", "unlinked_items", "customer", "extra_tags", "inventory")
"""With one of these changed, what Shopify refused or what could not be mapped may now go through."""


def release(shop: TikTokShop, before: Rules, after: Rules) -> int:
    """Orders that stood still because of a setting that `after` changed go on; returns how many.

    They are queued where somebody had asked for them, otherwise they wait under *Not synced*.
    """
    standing = Order.objects.filter(shop=shop)
    freed = claims.release(standing.filter(_mended(before, after)))
    if before.adjustment_limit != after.adjustment_limit or before.price_mode != after.price_mode:
        freed += _compare_again(standing)
    return freed


def _mended(before: Rules, after: Rules) -> Q:
    reasons: set[str] = set()
    if before.samples != after.samples:
        reasons.add("sample_excluded")
    if before.unlinked_items != after.unlinked_items:
        reasons.update(LINK_REASONS)
    if before.inventory != after.inventory:
        reasons.add("out_of_stock")
    if any(getattr(before, name) != getattr(after, name) for name in CHANGES_WHAT_IS_SENT):
        reasons.update(("refused", "cannot_map"))
    return Q(reason__in=sorted(reasons))


def _compare_again(orders: QuerySet[Order]) -> int:
    """Totals that differed too much were found before anything was sent, so these orders can simply go again."""
    return orders.filter(
        sync_status=SyncStatus.NEEDS_REVIEW, reason="total_mismatch", shopify_order_id__isnull=True
    ).update(
        sync_status=SyncStatus.QUEUED,
        reason="",
        message="",
        next_attempt_at=None,
        claims_without_progress=0,
        changed_at=timezone.now(),
        **claims.CLEARED,
    )


def waiting_for_automatic_sync(shop: TikTokShop) -> int:
    """How many orders go to Shopify as soon as *Automatic sync* is turned on."""
    return Order.objects.filter(shop=shop, sync_status=SyncStatus.NOT_SYNCED).count()
