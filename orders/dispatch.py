"""Which due orders go out now, for one store: manual before bulk before automatic, oldest first."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from orders import claims
from orders.models import Order
from orders.states import PRIORITY, AskedBy, SyncStatus
from orders.timing import IN_FLIGHT_PER_STORE
from settings_app.models import Connection, ShopifyStore, TikTokShop


def queue_automatic() -> int:
    """*Automatic sync*: what nobody asked for yet is asked for by the shop's setting; returns how many."""
    now = timezone.now()
    shops = TikTokShop.objects.filter(sync_settings__automatic_sync=True, paused=False)
    return Order.objects.filter(shop__in=shops, sync_status=SyncStatus.NOT_SYNCED).update(
        sync_status=SyncStatus.QUEUED,
        asked_by=AskedBy.AUTOMATIC,
        priority=PRIORITY[AskedBy.AUTOMATIC],
        asked_at=now,
        next_attempt_at=None,
        changed_at=now,
        **claims.CLEARED,
    )


def stores_with_due_orders() -> list[int]:
    """Stores that something is waiting for and that may be called now."""
    now = timezone.now()
    waiting = Order.objects.filter(_due(now)).values("store").distinct()
    callable_now = Q(backoff_until__isnull=True) | Q(backoff_until__lte=now)
    return list(
        ShopifyStore.objects.filter(callable_now, pk__in=waiting)
        .exclude(connection=Connection.BROKEN)
        .values_list("pk", flat=True)
    )


def due(store_pk: int) -> list[int]:
    """Mark and return the orders whose sync is to be nudged now; refilled when half of the window is free."""
    now = timezone.now()
    store = ShopifyStore.objects.get(pk=store_pk)
    if store.connection == Connection.BROKEN or (store.backoff_until and store.backoff_until > now):
        return []
    free = _window(store) - _in_flight(store, now)
    if free < max(1, _window(store) // 2):
        return []
    waiting = Order.objects.filter(_due(now), store=store).order_by("priority", "asked_at", "id")
    picked = waiting.values_list("pk", flat=True)[:free]
    return [pk for pk in picked if claims.nudge(pk, now)]


def wants_more(store_pk: int) -> bool:
    """Whether the store's window has room for a refill and something waits; cheap, asked after every sync."""
    now = timezone.now()
    store = ShopifyStore.objects.get(pk=store_pk)
    if store.backoff_until and store.backoff_until > now:
        return False
    room = _window(store) - _in_flight(store, now) >= max(1, _window(store) // 2)
    return room and Order.objects.filter(_due(now), store=store).exists()


def withdraw(order_pks: list[int]) -> None:
    """The nudges of these orders will not be published now; they are due again as soon as the store rests no more."""
    Order.objects.filter(pk__in=order_pks, sync_status=SyncStatus.QUEUED).update(nudged_until=None)


def _window(store: ShopifyStore) -> int:
    """How many orders may be under way at once; after failures a single one finds out whether the store answers."""
    return 1 if store.backoff_step else IN_FLIGHT_PER_STORE


def _in_flight(store: ShopifyStore, now: datetime) -> int:
    busy = Q(sync_status=SyncStatus.SYNCING) | Q(sync_status=SyncStatus.QUEUED, nudged_until__gte=now)
    return Order.objects.filter(busy, store=store).count()


def _due(now: datetime) -> Q:
    return (
        Q(sync_status=SyncStatus.QUEUED, shop__paused=False)
        & Q(bulk_sync__paused_at__isnull=True)  # true as well for orders without a bulk sync
        & (Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now))
        & (Q(nudged_until__isnull=True) | Q(nudged_until__lt=now))
    )


def due_for_verification(limit: int = 200) -> list[int]:
    """Mark and return orders with an unknown outcome that are to be looked for now."""
    now = timezone.now()
    waiting = Order.objects.filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now),
        Q(nudged_until__isnull=True) | Q(nudged_until__lt=now),
        Q(claim_until__isnull=True) | Q(claim_until__lt=now),
        sync_status=SyncStatus.VERIFYING,
    ).order_by("next_attempt_at")
    return [pk for pk in waiting.values_list("pk", flat=True)[:limit] if claims.nudge(pk, now)]
