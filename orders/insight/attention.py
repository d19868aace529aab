"""What waits for a person, and where every order stands: counted in the database, whatever their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from connectors.tiktok.statuses import OrderStatus
from orders.models import BulkSync, Order
from orders.reasons import REASONS, Mender, Reason
from orders.states import MOVING, DeliveryStatus, SyncStatus
from settings_app.models import Connection, ShopifyStore, TikTokShop

STANDING = (SyncStatus.BLOCKED, SyncStatus.FAILED, SyncStatus.NEEDS_REVIEW)

CHOSEN = "sample_excluded"
"""The one reason that is a seller's own choice: such orders stand still as they should."""

RESTING = tuple(code for code, reason in REASONS.items() if reason.mender is not Mender.YOU or code == CHOSEN)
"""Reasons of blocked orders that nobody here has to do anything about."""

STILL = Q(sync_status__in=[SyncStatus.FAILED, SyncStatus.NEEDS_REVIEW]) | (
    Q(sync_status=SyncStatus.BLOCKED) & ~Q(reason__in=RESTING)
)
"""Orders that stand still until a person here does something: the same on Home and above the list."""

DEADLINE_CLOSE = timedelta(hours=24)
"""A day before TikTok's ship-by time an order that is not in Shopify is urgent."""

LATE, SOON = "late", "soon"

NOT_YET_SHIPPED = (str(OrderStatus.AWAITING_SHIPMENT), str(OrderStatus.PARTIALLY_SHIPPING))


@dataclass(frozen=True)
class Held:
    """Orders that stand still for one reason."""

    status: SyncStatus
    reason: Reason
    count: int

    @property
    def needs_you(self) -> bool:
        """A rule that the seller chose is no trouble, although only the seller can change it."""
        return stands_for_you(self.status, self.reason.code)


def stands_for_you(status: str, reason: str) -> bool:
    """`STILL` for one order."""
    return status in STANDING and (status != SyncStatus.BLOCKED or reason not in RESTING)


def held_up() -> list[Held]:
    """Blocked, failed and needs review by reason: what a person can mend first, then by number."""
    rows = (
        Order.objects.filter(sync_status__in=STANDING)
        .order_by()
        .values_list("sync_status", "reason")
        .annotate(count=Count("id"))
    )
    held = [Held(SyncStatus(status), _reason(code), count) for status, code, count in rows]
    return sorted(held, key=lambda one: (not one.needs_you, -one.count))


def _reason(code: str) -> Reason:
    known = REASONS.get(code)
    return known or Reason(code, "The order is held up.", Mender.YOU, "Open it to see what happened.")


def paused_bulks() -> QuerySet[BulkSync, Any]:
    """Bulk syncs that somebody paused and whose orders wait, the oldest first, with `waiting` counted for each."""
    waiting = Count("orders", filter=Q(orders__sync_status=SyncStatus.QUEUED))
    paused = BulkSync.objects.filter(paused_at__isnull=False, stopped_at__isnull=True)
    return paused.annotate(waiting=waiting).filter(waiting__gt=0).order_by("paused_at")


def urgent(deadline: str) -> Q:
    """Orders that should have shipped (LATE) or must within a day (SOON), and are not in Shopify although nobody
    gave them up."""
    now = timezone.now()
    when = Q(ship_by__lt=now) if deadline == LATE else Q(ship_by__gte=now, ship_by__lt=now + DEADLINE_CLOSE)
    given_up = Q(sync_status=SyncStatus.IGNORED) | Q(reason=CHOSEN)
    return when & Q(tiktok_status__in=NOT_YET_SHIPPED, shopify_order_id__isnull=True) & ~given_up


def on_the_way() -> Q:
    """Orders that go to Shopify right now; those that a paused shop or bulk sync, or a broken store, holds do not."""
    held_bulks = BulkSync.objects.filter(paused_at__isnull=False)
    return (
        Q(sync_status__in=MOVING)
        & ~Q(shop__in=TikTokShop.objects.filter(paused=True))
        & ~Q(store__in=ShopifyStore.objects.filter(connection=Connection.BROKEN))
        & (Q(bulk_sync__isnull=True) | ~Q(bulk_sync__in=held_bulks) | ~Q(sync_status=SyncStatus.QUEUED))
    )


@dataclass(frozen=True)
class Bucket:
    """One part of all orders; the parts exclude each other and sum to the total. `filters` finds it in the list."""

    key: str
    label: str
    filters: str
    count: int = 0


BUCKETS = (
    Bucket("not_synced", "Not synced", "sync_status__exact=not_synced"),
    Bucket("on_the_way", "On their way to Shopify", "sync_status__in=queued,syncing,verifying"),
    Bucket("synced", "Synced, not shipped yet", "sync_status__exact=synced&delivery_status__exact=none"),
    Bucket("in_transit", "In transit", "sync_status__exact=synced&delivery_status__exact=in_transit"),
    Bucket("delivered", "Delivered", "sync_status__exact=synced&delivery_status__exact=delivered"),
    Bucket("standing", "Need you to go on", "tab=attention&sync_status__in=blocked,failed,needs_review"),
    Bucket("resting", "Held back, nothing for you to do", f"sync_status__exact=blocked&reason__in={','.join(RESTING)}"),
    Bucket("ignored", "Ignored", "sync_status__exact=ignored"),
)


def flow(orders: QuerySet[Order]) -> list[Bucket]:
    """Where these orders are now."""
    rows = orders.order_by().values_list("sync_status", "delivery_status", "reason").annotate(count=Count("id"))
    counts: Counter[str] = Counter()
    for status, delivery, reason, count in rows:
        counts[bucket_of(status, delivery, reason)] += count
    return [replace(bucket, count=counts[bucket.key]) for bucket in BUCKETS]


def bucket_of(status: str, delivery: str, reason: str) -> str:
    if status == SyncStatus.SYNCED:
        return {DeliveryStatus.IN_TRANSIT: "in_transit", DeliveryStatus.DELIVERED: "delivered"}.get(
            DeliveryStatus(delivery), "synced"
        )
    if status in MOVING:
        return "on_the_way"
    if status in STANDING:
        return "standing" if stands_for_you(status, reason) else "resting"
    return "ignored" if status == SyncStatus.IGNORED else "not_synced"


def total(buckets: Iterable[Bucket]) -> int:
    return sum(bucket.count for bucket in buckets)
