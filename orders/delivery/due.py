"""Which deliveries are worked on now, and what of them goes on without any message."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from orders import connections
from orders.delivery import claims as delivery_claims
from orders.delivery import creation as delivery_creation
from orders.delivery.states import WorkStatus
from orders.models import DeliveryWork, SyncAttempt
from orders.states import OPEN_RESULTS, AttemptResult
from orders.timing import (
    DELIVERIES_IN_FLIGHT_PER_STORE,
    LOOKS_PER_STORE,
    LOOKS_WHILE_FAILING,
    MOST_CLAIMS,
    ODD_FAILURES,
)
from orders.wording import INTERRUPTED
from settings_app.models import Connection, ShopifyStore

BATCH = 500
LONGEST_WAIT_AT_A_PROMPT = 30.0


def due_work(now: datetime) -> QuerySet[DeliveryWork]:
    """Work that may be taken now, of shops that want it; nudges are not looked at."""
    return DeliveryWork.objects.filter(
        delivery_claims.ready(now), delivery_claims.IN_SHOPIFY, order__shop__paused=False
    ).exclude(order__shop__sync_settings__sync_delivery_status=False)


def stores_with_due() -> list[int]:
    """Stores that something is to be told to and that may be called now."""
    now = timezone.now()
    waiting = due_work(now).filter(_quiet(now)).values("order__store").distinct()
    stores = ShopifyStore.objects.filter(connections.may_be_called(now), pk__in=waiting)
    return list(stores.values_list("pk", flat=True))


def due(store_pk: int) -> list[int]:
    """Mark and return the orders of a store whose delivery is to be nudged now, the longest waiting first."""
    now = timezone.now()
    free = _room(store_pk, now)
    if free <= 0:
        return []
    waiting = due_work(now).filter(_quiet(now), order__store=store_pk).order_by("changed_at", "order_id")
    return [pk for pk in waiting.values_list("pk", flat=True)[:free] if delivery_claims.nudge(pk, now)]


def due_now(*, without: Collection[int], limit: int) -> list[int]:
    """Due work of every store that answers, nudged or not, for a round in this process."""
    waiting = due_work(timezone.now()).exclude(order__store__connection=Connection.BROKEN)
    return list(waiting.exclude(pk__in=without).order_by("changed_at").values_list("pk", flat=True)[:limit])


def rest_of(order_pk: int) -> float | None:
    """Seconds until work that was just put back may go again; None when it is done, stands, or rests for long."""
    work = DeliveryWork.objects.filter(pk=order_pk, status=WorkStatus.DUE).first()
    if work is None:
        return None
    seconds = (work.next_attempt_at - timezone.now()).total_seconds() if work.next_attempt_at else 0.0
    return max(0.0, seconds) if seconds <= LONGEST_WAIT_AT_A_PROMPT else None


def wants_more(store_pk: int) -> bool:
    """Whether the store has room and something waits; cheap, asked after every delivery."""
    now = timezone.now()
    if _room(store_pk, now) < DELIVERIES_IN_FLIGHT_PER_STORE // 2:
        return False
    return due_work(now).filter(_quiet(now), order__store=store_pk).exists()


def _room(store_pk: int, now: datetime) -> int:
    """How many more may be under way; after failures a single one finds out whether the store answers."""
    store = ShopifyStore.objects.get(pk=store_pk)
    if store.connection == Connection.BROKEN or (store.backoff_until and store.backoff_until > now):
        return 0
    busy = Q(status=WorkStatus.CLAIMED) | Q(status=WorkStatus.DUE, nudged_until__gte=now)
    window = 1 if store.backoff_step >= ODD_FAILURES else DELIVERIES_IN_FLIGHT_PER_STORE
    return window - DeliveryWork.objects.filter(busy, order__store=store_pk).count()


def _quiet(now: datetime) -> Q:
    return Q(nudged_until__isnull=True) | Q(nudged_until__lt=now)


def due_for_verification() -> list[int]:
    """Mark and return orders with a fulfilment or event of unknown outcome that is to be looked for now, some for each
    store: of one that failed again and again only a few find out whether it answers."""
    now = timezone.now()
    waiting = _unknown(now).filter(_quiet(now))
    picked: list[int] = []
    for store in ShopifyStore.objects.filter(connections.may_be_called(now), pk__in=waiting.values("order__store")):
        room = LOOKS_WHILE_FAILING if store.backoff_step > ODD_FAILURES else LOOKS_PER_STORE
        mine = waiting.filter(order__store=store).order_by("next_attempt_at")
        picked += mine.values_list("pk", flat=True)[:room]
    return [pk for pk in picked if delivery_claims.nudge(pk, now)]


def unknown_now(limit: int) -> list[int]:
    """The same for a round in this process, nudged or not."""
    now = timezone.now()
    answering = _unknown(now).filter(connections.may_be_called(now, "order__store"))
    return list(answering.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def _unknown(now: datetime) -> QuerySet[DeliveryWork]:
    return DeliveryWork.objects.filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now),
        Q(claim_until__isnull=True) | Q(claim_until__lt=now),
        status=WorkStatus.VERIFYING,
    )


def expired_claims() -> int:
    """Deliveries whose worker is gone: with an open attempt they are verified, otherwise they go again."""
    now = timezone.now()
    ended = list(DeliveryWork.objects.filter(status=WorkStatus.CLAIMED, claim_until__lt=now)[:BATCH])
    for work in ended:
        _after_expiry(work)
    return len(ended)


def _after_expiry(work: DeliveryWork) -> None:
    """The settle window counts from the claim's end: from then on nobody can still be sending."""
    open_ones = delivery_creation.open_attempts(work.order_id)
    SyncAttempt.objects.filter(
        pk__in=[attempt.pk for attempt in open_ones], result__in=OPEN_RESULTS, unknown_since__isnull=True
    ).update(
        result=AttemptResult.UNKNOWN,
        unknown_since=work.claim_until,
        sentence=INTERRUPTED,
    )
    status, reason = (WorkStatus.VERIFYING if open_ones else WorkStatus.DUE), ""
    if not open_ones and work.claims_without_progress >= MOST_CLAIMS:
        status, reason = WorkStatus.STANDING_STILL, "no_delivery_outcome"
    DeliveryWork.objects.filter(pk=work.pk, status=WorkStatus.CLAIMED, claim_token=work.claim_token).update(
        status=status,
        reason=reason,
        message="Orderbridge was interrupted while it sent it." if open_ones or reason else "",
        claims_without_progress=0 if reason else F("claims_without_progress"),  # its next news is a new start
        next_attempt_at=None,
        changed_at=timezone.now(),
        **delivery_claims.CLEARED,
    )


def counts() -> dict[str, int]:
    """Deliveries by status, for pages and commands."""
    found = dict(DeliveryWork.objects.order_by().values_list("status").annotate(Count("pk")))
    return {str(status): found.get(str(status), 0) for status in WorkStatus}
