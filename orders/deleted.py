"""A Shopify order that was there and is there no more: a person decides whether it comes anew."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from orders import claims
from orders.delivery.states import WorkStatus
from orders.models import DeliveryWork, Fulfilment, FulfilmentLine, Order, Package
from orders.states import DeliveryStatus, SyncStatus

SHOWN_FOR = timedelta(days=59)
"""Shopify shows apps without `read_all_orders` only the orders of 60 days: an older one that is not shown proves
nothing (Shopify, access scopes)."""


def is_proof(order: Order) -> bool:
    """Whether Shopify's "no such order" means that it was deleted."""
    return order.synced_at is not None and timezone.now() - order.synced_at < SHOWN_FOR


def gone(order: Order, message: str) -> bool:
    """*Needs review*, without its Shopify order and all that was known of its shipping; False when it moved on.

    *Sync again* then creates it anew, *Ignore* leaves it at that; the attempts keep what happened.
    """
    stands = Order.objects.filter(
        pk=order.pk,
        shopify_order_id=order.shopify_order_id,
        sync_status__in=[SyncStatus.SYNCED, SyncStatus.NEEDS_REVIEW],
    )
    with transaction.atomic():
        moved = stands.update(
            sync_status=SyncStatus.NEEDS_REVIEW,
            reason="gone_from_shopify",
            message=message,
            shopify_order_id=None,
            changed_at=timezone.now(),
            **claims.CLEARED,
        )
        if moved:
            _forget_its_shipping(order.pk)
    return bool(moved)


def _forget_its_shipping(order_pk: int) -> None:
    """Lines and fulfilments of an order that is gone would be looked for in the new one."""
    Fulfilment.objects.filter(order=order_pk).delete()
    FulfilmentLine.objects.filter(order=order_pk).delete()
    Package.objects.filter(order=order_pk).update(shown=DeliveryStatus.NONE)
    DeliveryWork.objects.filter(order=order_pk).update(
        status=WorkStatus.WAITING,
        reason="",
        message="",
        stands_since=None,
        next_attempt_at=None,
        claim_token=None,
        claim_until=None,
        nudged_until=None,
    )
