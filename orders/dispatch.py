"""Which due orders go out now, for one store: manual before bulk before automatic, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from orders import claims, connections
from orders.models import Order
from orders.states import PRIORITY, AskedBy, SyncStatus
from orders.timing import (
    CLAIM,
    IN_FLIGHT_PER_STORE,
    LOOKING_FIRST,
    LOOKS_PER_STORE,
    LOOKS_WHILE_FAILING,
    NUDGE,
    ODD_FAILURES,
    SENDING_LONGEST,
)
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
        bulk_sync=None,
        next_attempt_at=None,
        changed_at=now,
        **claims.CLEARED,
    )


def withdraw_automatic() -> int:
    """*Automatic sync* was turned off: what it asked for and was not sent yet waits until somebody asks."""
    off = TikTokShop.objects.exclude(sync_settings__automatic_sync=True)
    return claims.give_back(Order.objects.filter(shop__in=off, asked_by=AskedBy.AUTOMATIC))


def stores_with_due_orders() -> list[int]:
    """Stores that something is waiting for and that may be called now."""
    now = timezone.now()
    waiting = Order.objects.filter(_due(now)).values("store").distinct()
    return list(
        ShopifyStore.objects.filter(connections.may_be_called(now), pk__in=waiting).values_list("pk", flat=True)
    )


def due(store_pk: int) -> list[int]:
    """Mark and return the orders whose sync is to be nudged now; refilled when half of the window is free.

    The mark is short until the message is published: a worker killed in between must not hold up the store.
    """
    now = timezone.now()
    store = ShopifyStore.objects.get(pk=store_pk)
    if store.connection == Connection.BROKEN or (store.backoff_until and store.backoff_until > now):
        return []
    free = _room(store, now)
    waiting = Order.objects.filter(_due(now), store=store).order_by("priority", "asked_at", "id")
    picked = waiting.values_list("pk", flat=True)[:free]
    return [pk for pk in picked if claims.nudge(pk, now, LOOKING_FIRST)]


def on_their_way(order_pks: Sequence[int]) -> None:
    """The looks before the create are done: from here on a lost message costs the full time of a nudge."""
    rows = Order.objects.filter(pk__in=order_pks, sync_status=SyncStatus.QUEUED)
    rows.update(nudged_until=timezone.now() + NUDGE)


def wants_more(store_pk: int) -> bool:
    """Whether the store's window has room for a refill and something waits; cheap, asked after every sync."""
    now = timezone.now()
    store = ShopifyStore.objects.get(pk=store_pk)
    if store.backoff_until and store.backoff_until > now:
        return False
    return bool(_room(store, now)) and Order.objects.filter(_due(now), store=store).exists()


def withdraw(order_pks: Sequence[int], message: str = "") -> None:
    """The nudges of these orders will not be published now; they are due again as soon as the store rests no more."""
    told = {"message": message} if message else {}
    Order.objects.filter(pk__in=order_pks, sync_status=SyncStatus.QUEUED).update(nudged_until=None, **told)


def forget_nudges() -> int:
    """Redis has lost its data, so no message is under way any more: everything that is due is due now."""
    return Order.objects.filter(nudged_until__isnull=False).update(nudged_until=None)


def _window(store: ShopifyStore) -> int:
    """How many orders may be under way at once; after failures in a row a single one finds out whether it answers."""
    return 1 if store.backoff_step >= ODD_FAILURES else IN_FLIGHT_PER_STORE


def _room(store: ShopifyStore, now: datetime) -> int:
    """How many more orders may be sent on their way; 0 as well while half of the window still waits for a worker.

    Claims of workers that were killed long outlive any work, so only young ones count.
    """
    window = _window(store)
    orders = Order.objects.filter(store=store)
    waiting = orders.filter(sync_status=SyncStatus.QUEUED, nudged_until__gte=now).count()
    if waiting > window // 2:
        return 0
    young = now + CLAIM - SENDING_LONGEST
    return max(0, window - waiting - orders.filter(sync_status=SyncStatus.SYNCING, claim_until__gt=young).count())


def _due(now: datetime) -> Q:
    return (
        Q(sync_status=SyncStatus.QUEUED, shop__paused=False)
        & Q(bulk_sync__paused_at__isnull=True)  # true as well for orders without a bulk sync
        & (Q(bulk_sync__stopped_at__isnull=True) | ~Q(asked_by=AskedBy.BULK))
        & (Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now))
        & (Q(nudged_until__isnull=True) | Q(nudged_until__lt=now))
    )


def due_for_verification() -> list[int]:
    """Mark and return orders with an unknown outcome that are to be looked for now, some for each store.

    A broken store is not asked; of one that failed again and again only a few orders find out whether it answers.
    """
    now = timezone.now()
    waiting = Order.objects.filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now),
        Q(nudged_until__isnull=True) | Q(nudged_until__lt=now),
        Q(claim_until__isnull=True) | Q(claim_until__lt=now),
        sync_status=SyncStatus.VERIFYING,
    ).order_by("next_attempt_at")
    stores = ShopifyStore.objects.filter(connections.may_be_called(now), pk__in=waiting.order_by().values("store"))
    picked: list[int] = []
    for store in stores:
        room = LOOKS_WHILE_FAILING if store.backoff_step > ODD_FAILURES else LOOKS_PER_STORE
        picked += waiting.filter(store=store).values_list("pk", flat=True)[:room]
    return [pk for pk in picked if claims.nudge(pk, now)]
