"""Bulk syncs: many orders sent off together, watched, paused, resumed and stopped. Rows say how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, When
from django.utils import timezone

from orders import claims
from orders.models import BulkSync, Order
from orders.reasons import REASONS
from orders.states import MOVING, PRIORITY, AskedBy, SyncStatus
from orders.wording import plain
from settings_app.models import TikTokShop

RATE_OVER = timedelta(seconds=60)
RATE_AFTER = timedelta(seconds=10)
"""Sooner, a handful of orders would be told as hundreds a minute."""

STUCK = (SyncStatus.FAILED, SyncStatus.BLOCKED, SyncStatus.NEEDS_REVIEW)
NO_OUTCOME = (*MOVING, SyncStatus.NOT_SYNCED)


@dataclass(frozen=True)
class Group:
    """Some orders of a selection that share a fate; `sentence` says which, `reason` is its code or ""."""

    count: int
    sentence: str
    reason: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a bulk sync is: `counts` are its orders by status, `elsewhere` those asked for that are its no more.

    `total` is the sum of `counts`, or of a stopped one all that was asked for; `rate` is orders a minute, None where
    none can be told (it just began, has ended or was stopped); `left` None if unknown.
    """

    counts: Mapping[str, int]
    total: int
    finished: int
    waiting: int
    rate: float | None
    left: timedelta | None
    failures: tuple[Group, ...]
    elsewhere: int

    @property
    def percent(self) -> int:
        return 100 * self.finished // self.total if self.total else 100

    @property
    def done(self) -> bool:
        return not self.waiting


def start(orders: QuerySet[Order], user: AbstractBaseUser | None, action: str, *, left_out: int = 0) -> BulkSync:
    """Queue `orders` as one bulk sync, in one UPDATE however many they are; `left_out` is kept for its page."""
    with transaction.atomic():
        bulk = BulkSync.objects.create(started_by_id=user.pk if user else None, action=action, left_out=left_out)
        claims.ask(orders, AskedBy.BULK, bulk)
        bulk.asked = bulk.orders.count()  # with those that only moved up from Automatic sync
        bulk.save(update_fields=["asked"])
    return bulk


def pause(bulk_pk: int) -> bool:
    """Nothing more of it goes out until it is resumed; what is on its way ends as it would have."""
    running = BulkSync.objects.filter(pk=bulk_pk, paused_at__isnull=True, stopped_at__isnull=True)
    return bool(running.update(paused_at=timezone.now()))


def resume(bulk_pk: int) -> bool:
    Order.objects.filter(bulk_sync=bulk_pk, sync_status=SyncStatus.QUEUED).update(nudged_until=None)
    return bool(BulkSync.objects.filter(pk=bulk_pk, paused_at__isnull=False).update(paused_at=None))


def stop(bulk_pk: int) -> int | None:
    """What was not sent yet is *Not synced* again and no longer its own; returns how many orders that are.

    None when it had ended, or was stopped, already: then nothing is changed.
    """
    now = timezone.now()
    with transaction.atomic():
        under_way = Order.objects.filter(bulk_sync=OuterRef("pk"), sync_status__in=MOVING)
        running = BulkSync.objects.filter(Exists(under_way), pk=bulk_pk, stopped_at__isnull=True)
        if not running.update(stopped_at=now, paused_at=None):
            return None
        held = Order.objects.filter(bulk_sync=bulk_pk, sync_status__in=[SyncStatus.BLOCKED, SyncStatus.FAILED])
        held.update(asked_by=AskedBy.NOBODY, priority=PRIORITY[AskedBy.NOBODY])  # mended later, they wait for an ask
        return claims.give_back(Order.objects.filter(bulk_sync=bulk_pk))


def rest(bulk: BulkSync) -> QuerySet[Order]:
    """What a stopped bulk sync had left, nobody has asked for since, and Automatic sync does not take."""
    return Order.objects.filter(left_by=bulk, sync_status=SyncStatus.NOT_SYNCED).exclude(shop__in=_automatic_shops())


def gone_on(bulk: BulkSync) -> QuerySet[Order]:
    """What a stopped bulk sync had left and Automatic sync took, or takes with its next round."""
    next_round = Q(sync_status=SyncStatus.NOT_SYNCED, shop__in=_automatic_shops())
    return Order.objects.filter(next_round | Q(asked_by=AskedBy.AUTOMATIC), left_by=bulk)


def sent_anyway(bulk: BulkSync) -> list[tuple[TikTokShop, int]]:
    """Shops whose Automatic sync would send what *Stop* gives back, and how many orders each; by name."""
    queued = Q(orders__bulk_sync=bulk, orders__sync_status=SyncStatus.QUEUED)
    shops = _automatic_shops().annotate(given_back=Count("orders", filter=queued)).filter(given_back__gt=0)
    return [(shop, shop.given_back) for shop in shops.order_by("name", "pk")]


def _automatic_shops() -> QuerySet[TikTokShop]:
    return TikTokShop.objects.filter(sync_settings__automatic_sync=True)


def settle_stopped() -> int:
    """Orders that were on their way when their bulk sync was stopped, and came back to the queue since."""
    stopped = BulkSync.objects.filter(stopped_at__isnull=False)
    return claims.give_back(Order.objects.filter(asked_by=AskedBy.BULK, bulk_sync__in=stopped))


def progress(bulk: BulkSync) -> Progress:
    """Two grouped counts over the bulk's own rows; the same cost whoever watches."""
    rows = Order.objects.filter(bulk_sync=bulk).order_by()
    counts = dict(rows.values_list("sync_status").annotate(Count("pk")))
    its_own = sum(counts.values())
    waiting = sum(counts.get(status, 0) for status in MOVING)
    rate = _rate(bulk, rows) if waiting and not bulk.stopped_at else None
    return Progress(
        counts=counts,
        total=bulk.asked if bulk.stopped_at else its_own,
        finished=its_own - sum(counts.get(status, 0) for status in NO_OUTCOME),
        waiting=waiting,
        rate=rate,
        left=timedelta(minutes=waiting / rate) if rate and not bulk.paused_at else None,
        failures=groups(rows.filter(sync_status__in=STUCK)),
        elsewhere=max(0, bulk.asked - its_own),
    )


def _rate(bulk: BulkSync, rows: QuerySet[Order]) -> float | None:
    """Orders a minute over the last minute, or since the start when that is shorter."""
    now = timezone.now()
    span = min(RATE_OVER, now - bulk.started_at)
    if span < RATE_AFTER:
        return None
    # News from TikTok changes a synced order too: only the time of its sync says when it ended.
    synced = Q(sync_status=SyncStatus.SYNCED, synced_at__gte=now - span)
    stuck = Q(sync_status__in=STUCK, changed_at__gte=now - span)
    return rows.filter(synced | stuck).count() * 60 / span.total_seconds()


def groups(orders: QuerySet[Order]) -> tuple[Group, ...]:
    """Orders that stand still, counted by what stands in their way, the largest group first."""
    counted = orders.order_by().values_list("sync_status", "reason").annotate(n=Count("pk", distinct=True))
    found: dict[tuple[str, str], int] = {}
    for status, reason, count in counted:
        fate = (_standing(status, reason), reason)
        found[fate] = found.get(fate, 0) + count
    largest_first = sorted(found.items(), key=lambda pair: -pair[1])
    return tuple(Group(count, sentence, reason) for (sentence, reason), count in largest_first)


def _standing(status: str, reason: str) -> str:
    known = REASONS.get(reason)
    if known:
        return plain(f"{known.sentence} {known.mend}")
    return {
        SyncStatus.NOT_SYNCED: "Nobody asked for them yet.",
        SyncStatus.QUEUED: "They are queued already.",
        SyncStatus.SYNCING: "They are being sent right now.",
        SyncStatus.VERIFYING: "They were sent; looking whether they arrived in Shopify.",
        SyncStatus.SYNCED: "They are in Shopify already.",
        SyncStatus.IGNORED: "They are ignored; stop ignoring them first.",
        SyncStatus.NEEDS_REVIEW: "They need a decision first.",
        SyncStatus.FAILED: "They failed; look at their attempts.",
        SyncStatus.BLOCKED: "They are blocked.",
    }[SyncStatus(status)]


def watched(bulks: QuerySet[BulkSync]) -> QuerySet[BulkSync]:
    """With `total`, `finished`, `waiting`, `in_shopify` and `stuck` counted as `progress` does, in one query."""
    return bulks.annotate(
        total=Case(When(stopped_at__isnull=False, then=F("asked")), default=Count("orders")),
        finished=Count("orders", filter=~Q(orders__sync_status__in=NO_OUTCOME)),
        waiting=Count("orders", filter=Q(orders__sync_status__in=MOVING)),
        in_shopify=Count("orders", filter=Q(orders__sync_status=SyncStatus.SYNCED)),
        stuck=Count("orders", filter=Q(orders__sync_status__in=STUCK)),
    )


def running() -> QuerySet[BulkSync]:
    """As `watched`, those of which orders are on their way now, neither paused nor stopped; the oldest first."""
    under_way = Order.objects.filter(sync_status__in=MOVING, bulk_sync__isnull=False)
    going = BulkSync.objects.filter(
        pk__in=under_way.order_by().values("bulk_sync"), paused_at__isnull=True, stopped_at__isnull=True
    )
    return watched(going).order_by("started_at")
