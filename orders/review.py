"""Decisions that only a person can take about orders in *Needs review*, as conditional UPDATEs."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.shopify import orders as shopify_orders
from connectors.shopify.orders import Found
from orders import adoption, attempts, claims
from orders.models import BulkSync, Order
from orders.states import AskedBy, AttemptResult, SyncStatus
from settings_app import clients

DIFFERENCES = ("total_mismatch", "created_total_differs")

CHOOSABLE = Q(sync_status=SyncStatus.NEEDS_REVIEW, reason__in=["several_in_shopify", "no_outcome"]) | Q(
    sync_status=SyncStatus.BLOCKED, reason="already_in_shopify"
)
"""Orders for which somebody may say which Shopify order is theirs."""


@dataclass(frozen=True)
class Accepted:
    """Orders that were queued, and orders that were in Shopify already and are *Synced* now."""

    queued: int
    synced: int


def with_difference(orders: QuerySet[Order]) -> QuerySet[Order]:
    return orders.filter(sync_status=SyncStatus.NEEDS_REVIEW, reason__in=DIFFERENCES)


def to_sync_again(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those without a Shopify order; an open attempt is verified first, so nothing is created twice."""
    return orders.filter(sync_status=SyncStatus.NEEDS_REVIEW, shopify_order_id__isnull=True)


def accept_difference(orders: QuerySet[Order], asked_by: AskedBy, bulk_sync: BulkSync | None = None) -> Accepted:
    """*Accept difference*: unsent orders go out with it booked as *TikTok adjustment*, sent ones are *Synced*."""
    differing = with_difference(claims.rows_of(orders))
    with transaction.atomic():
        synced = differing.filter(shopify_order_id__isnull=False).update(
            sync_status=SyncStatus.SYNCED, reason="", message="", accepts_difference=True, changed_at=timezone.now()
        )
        unsent = differing.filter(shopify_order_id__isnull=True)
        return Accepted(unsent.update(**claims.just_asked(asked_by, bulk_sync), accepts_difference=True), synced)


def sync_again(orders: QuerySet[Order], asked_by: AskedBy, bulk_sync: BulkSync | None = None) -> int:
    """*Sync again*: Shopify is searched once more before anything is created."""
    unsent = to_sync_again(claims.rows_of(orders))
    return unsent.update(**claims.just_asked(asked_by, bulk_sync), looked_up_at=None)


def candidates(order: Order) -> list[Found]:
    """The Shopify orders that carry a mark of this order, asked for now; raises the errors of a failed call."""
    found = adoption.look(order.store, [order.tiktok_order_id])[order.tiktok_order_id]
    ours, foreign = adoption.split(order.tiktok_order_id, found)
    return [*ours, *foreign]


def choose(order: Order, gid: str) -> Found | None:
    """*Choose this order*: make this Shopify order the order's one. None when it carries no mark of it, is another
    order's already, or somebody else has decided in between. Raises the errors of a failed call."""
    found = shopify_orders.read_order(clients.shopify(order.store), gid)
    if found is None or found.marks_of(order.tiktok_order_id) is None:
        return None
    if Order.objects.filter(store=order.store, shopify_order_id=gid).exclude(pk=order.pk).exists():
        return None
    if not adoption.adopt(order, found, Order.objects.filter(CHOOSABLE, pk=order.pk)):
        return None
    attempt = attempts.open_attempt(order.pk)
    if attempt is not None:
        attempts.close(attempt, AttemptResult.DONE, gid=gid, sentence=f"Staff chose {found.name}.")
    return found
