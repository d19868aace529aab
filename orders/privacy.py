"""Buyers' personal data: cleared some time after an order is closed, and erased when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from connectors.tiktok.statuses import OrderStatus
from orders import claims
from orders.models import Order, OrderPayload, SyncAttempt, WebhookEvent
from orders.states import MOVING, OPEN_RESULTS, SyncStatus
from orders.without_person import without_person
from settings_app.models import ConsentRequest, PendingAuthorization, TikTokShop

CLOSED = (str(OrderStatus.COMPLETED), str(OrderStatus.CANCELLED), str(OrderStatus.DELIVERED))

FORGOTTEN_AFTER = timedelta(days=365)
"""An order that TikTok never closed and that nobody touched for so long is treated as closed."""

EVENTS_KEPT = timedelta(days=30)
CONSENTS_KEPT = timedelta(days=1)
BATCH = 200


@dataclass(frozen=True)
class Erased:
    """`under_way`: orders that a worker holds right now; they must be asked for again."""

    orders: int = 0
    under_way: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cleared:
    orders: int = 0
    webhooks: int = 0
    consents: int = 0
    sessions: int = 0


def erase(orders: QuerySet[Order]) -> Erased:
    """Clear the buyer from these orders, whatever their status; those not in Shopify yet are given up with it."""
    held = set(_held(orders).values_list("pk", "tiktok_order_id"))
    free = orders.exclude(pk__in=[pk for pk, _ in held])
    claims.ignore(free.filter(shopify_order_id__isnull=True))
    return Erased(_clear(free.values_list("pk", flat=True)), tuple(sorted(order_id for _, order_id in held)))


def orders_of_buyer(*, user_id: str = "", email: str = "") -> QuerySet[Order]:
    """Every order of one buyer, by TikTok's number for them or by the relay e-mail."""
    if user_id:
        return Order.objects.filter(Q(payload__raw__user_id=user_id) | Q(payload__raw__buyer_user_id=user_id))
    return Order.objects.filter(payload__raw__buyer_email=email)


def buyer_of(order: Order) -> str:
    """TikTok's number for the buyer of an order, or "" when it is not known (any more)."""
    raw = OrderPayload.objects.filter(order=order).values_list("raw", flat=True).first()
    given = raw.get("user_id") or raw.get("buyer_user_id") if isinstance(raw, dict) else ""
    return str(given or "")


def clear_old() -> Cleared:
    """What is no longer needed: buyers of closed orders, worked webhooks, used consents, ended sessions."""
    now = timezone.now()
    orders = 0
    for shop in TikTokShop.objects.all():
        ripe = now - timedelta(days=shop.keep_buyer_data_days)
        closed = Q(tiktok_status__in=CLOSED, tiktok_updated_at__lt=ripe) | Q(changed_at__lt=now - FORGOTTEN_AFTER)
        unfinished = _held(Order.objects.filter(shop=shop))
        old = Order.objects.filter(closed, shop=shop, payload__erased_at__isnull=True, payload__isnull=False)
        orders += _clear(old.exclude(pk__in=unfinished.values("pk")).values_list("pk", flat=True))
    done = WebhookEvent.objects.exclude(status__in=[WebhookEvent.Status.WAITING, WebhookEvent.Status.FOR_STAFF])
    webhooks, _ = done.filter(received_at__lt=now - EVENTS_KEPT).delete()
    old_consents = ConsentRequest.objects.filter(created_at__lt=now - CONSENTS_KEPT)
    consents, _ = old_consents.delete()
    pending, _ = PendingAuthorization.objects.filter(created_at__lt=now - CONSENTS_KEPT).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    return Cleared(orders, webhooks, consents + pending, sessions)


def _held(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders that something is being sent for: their data is needed until the outcome is known."""
    under_way = SyncAttempt.objects.filter(order=OuterRef("pk"), result__in=OPEN_RESULTS)
    return orders.filter(
        Q(sync_status__in=[status for status in MOVING if status != SyncStatus.QUEUED]) | Exists(under_way)
    )


def _clear(order_pks: Iterable[int]) -> int:
    """In small transactions: a clearing that is cut short has done what it counted."""
    pks = list(order_pks)
    cleared = 0
    for start in range(0, len(pks), BATCH):
        with transaction.atomic():
            payloads = OrderPayload.objects.select_for_update(of=("self",)).filter(order__in=pks[start : start + BATCH])
            for payload in payloads:
                payload.raw = without_person(payload.raw)
                payload.erased_at = payload.erased_at or timezone.now()
                payload.address_sent = None
                payload.save(update_fields=["raw", "erased_at", "address_sent"])
                cleared += 1
            Order.objects.filter(pk__in=pks[start : start + BATCH]).update(buyer="")
    return cleared
