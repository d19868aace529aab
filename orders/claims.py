"""Moves of an order from one status to the next, each a conditional UPDATE whose row count is the answer."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from orders.models import BulkSync, Order
from orders.reasons import REASONS
from orders.states import CAN_BE_ASKED, PRIORITY, AskedBy, SyncStatus
from orders.timing import CLAIM, LOOK_CLAIM, NUDGE
from settings_app.models import TikTokShop

CLEARED: dict[str, Any] = {"claim_token": None, "claim_until": None, "nudged_until": None}
"""What every order that stops being worked on loses."""

NOT_BY_HAND = tuple(code for code, reason in REASONS.items() if not reason.manual)


def rows_of(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The same orders, without joins: a filter that reaches another table (a search, a list's filter) would move the
    whole condition of an UPDATE into a subquery, which PostgreSQL does not look at again after waiting for a row.

    Where nothing is joined the orders stay as they are: a needless subquery over twenty thousand rows that came a
    moment ago, of which the planner knows nothing yet, may be run once for each of them.
    """
    if len(orders.query.alias_map) <= 1 and not orders.query.distinct and not orders.query.is_sliced:
        return orders.order_by()
    return Order.objects.filter(pk__in=orders.order_by().values("pk"))


def can_be_asked(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those of `orders` that *Sync* can queue now."""
    return orders.filter(sync_status__in=CAN_BE_ASKED).exclude(reason__in=NOT_BY_HAND)


def ask(orders: QuerySet[Order], asked_by: AskedBy, bulk_sync: BulkSync | None = None) -> int:
    """Queue those of `orders` that can be synced; returns how many. A stronger ask on a queued order moves it up."""
    orders = rows_of(orders)
    queued = orders.filter(sync_status=SyncStatus.QUEUED, priority__gt=PRIORITY[asked_by])
    queued.update(asked_by=asked_by, priority=PRIORITY[asked_by], bulk_sync=bulk_sync)
    return can_be_asked(orders).update(**just_asked(asked_by, bulk_sync))


def just_asked(asked_by: AskedBy, bulk_sync: BulkSync | None) -> dict[str, Any]:
    """The columns of an order that somebody asked for this moment."""
    now = timezone.now()
    return {
        "sync_status": SyncStatus.QUEUED,
        "reason": "",
        "message": "",
        "asked_by": asked_by,
        "priority": PRIORITY[asked_by],
        "asked_at": now,
        "bulk_sync": bulk_sync,
        "next_attempt_at": None,
        "claims_without_progress": 0,
        "changed_at": now,
        **CLEARED,
    }


def release(orders: QuerySet[Order]) -> int:
    """What stood in the way is gone: orders that somebody asked for are queued again, the others wait for an ask."""
    return (
        rows_of(orders)
        .filter(sync_status__in=[SyncStatus.BLOCKED, SyncStatus.FAILED])
        .update(
            sync_status=Case(
                When(asked_by=AskedBy.NOBODY, then=Value(str(SyncStatus.NOT_SYNCED))),
                default=Value(str(SyncStatus.QUEUED)),
                output_field=CharField(),
            ),
            reason="",
            message="",
            next_attempt_at=None,
            claims_without_progress=0,
            changed_at=timezone.now(),
            **CLEARED,
        )
    )


def give_back(orders: QuerySet[Order]) -> int:
    """Queued orders that nobody wants sent any more are *Not synced* again, of no bulk sync; returns how many.

    The bulk sync that was stopped before they went is kept, so that *Sync the rest* finds them, also where Automatic
    sync had taken them in between.
    """
    return orders.filter(sync_status=SyncStatus.QUEUED).update(
        sync_status=SyncStatus.NOT_SYNCED,
        reason="",
        message="",
        asked_by=AskedBy.NOBODY,
        priority=PRIORITY[AskedBy.NOBODY],
        asked_at=None,
        bulk_sync=None,
        left_by=Coalesce(F("bulk_sync"), F("left_by")),
        next_attempt_at=None,
        changed_at=timezone.now(),
        **CLEARED,
    )


def nudge(order_id: int, now: datetime, lasts: timedelta = NUDGE) -> bool:
    """Mark an order as having a message under way; False when it already has a live one."""
    quiet = Q(nudged_until__isnull=True) | Q(nudged_until__lt=now)
    return bool(Order.objects.filter(quiet, pk=order_id).update(nudged_until=now + lasts))


def claim_queued(order_id: int) -> uuid.UUID | None:
    """Take a queued, due order for syncing; None when somebody else has it, or it is not to go now.

    Its message may have been on the way when its bulk sync or its shop was paused. Both are asked for by their own
    keys, not by a join: see `rows_of`.
    """
    now = timezone.now()
    token = uuid.uuid4()
    held = BulkSync.objects.filter(Q(paused_at__isnull=False) | Q(stopped_at__isnull=False))
    taken = Order.objects.filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now),
        Q(bulk_sync__isnull=True) | ~Q(bulk_sync__in=held) | ~Q(asked_by=AskedBy.BULK),
        ~Q(shop__in=TikTokShop.objects.filter(paused=True)),
        pk=order_id,
        sync_status=SyncStatus.QUEUED,
    ).update(
        sync_status=SyncStatus.SYNCING,
        claim_token=token,
        claim_until=now + CLAIM,
        claims_without_progress=F("claims_without_progress") + 1,
        nudged_until=None,
    )
    return token if taken else None


def claim_verifying(order_id: int) -> uuid.UUID | None:
    """Take an order whose outcome is unknown for one round of look-ups; its status stays."""
    now = timezone.now()
    token = uuid.uuid4()
    taken = Order.objects.filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now),
        Q(claim_until__isnull=True) | Q(claim_until__lt=now),
        pk=order_id,
        sync_status=SyncStatus.VERIFYING,
    ).update(claim_token=token, claim_until=now + LOOK_CLAIM, nudged_until=None)
    return token if taken else None


def held_until(order_id: int, token: uuid.UUID) -> datetime | None:
    """When this claim ends, None when it is lost. Call within a transaction: until its end nobody else ends it."""
    held = Order.objects.select_for_update().filter(pk=order_id, claim_token=token)
    return held.values_list("claim_until", flat=True).first()


def finish(order_id: int, token: uuid.UUID, status: SyncStatus, **changes: Any) -> bool:
    """Leave a claim for `status`. False when the claim was lost: then nothing is changed."""
    values: dict[str, Any] = {"reason": "", "message": "", "claims_without_progress": 0, **changes, **CLEARED}
    return bool(
        Order.objects.filter(
            pk=order_id, claim_token=token, sync_status__in=[SyncStatus.SYNCING, SyncStatus.VERIFYING]
        ).update(sync_status=status, changed_at=timezone.now(), **values)
    )


def keep_counting(order_id: int, token: uuid.UUID, status: SyncStatus, **changes: Any) -> bool:
    """`finish` where nothing was achieved yet: claims that were cut off before still count towards the eight."""
    return finish(order_id, token, status, **{"claims_without_progress": F("claims_without_progress"), **changes})


def stand_still(order_id: int, token: uuid.UUID, status: SyncStatus, reason: str, message: str) -> bool:
    """Leave a claim because something stands in the way that this system cannot mend by itself."""
    return finish(order_id, token, status, reason=reason, message=message, next_attempt_at=None)


NOT_UNDER_WAY = (SyncStatus.NOT_SYNCED, SyncStatus.QUEUED, SyncStatus.FAILED, SyncStatus.BLOCKED)
NOTHING_SENT = ("gone_from_shopify", "total_mismatch")
"""Reasons for a review of an order that has nothing in Shopify."""

IGNORABLE = Q(sync_status__in=NOT_UNDER_WAY) | Q(
    sync_status=SyncStatus.NEEDS_REVIEW, reason__in=NOTHING_SENT, shopify_order_id__isnull=True
)


def can_be_ignored(order: Order) -> bool:
    """`IGNORABLE` for one order."""
    unsent = order.reason in NOTHING_SENT and order.shopify_order_id is None
    return order.sync_status in NOT_UNDER_WAY or (order.sync_status == SyncStatus.NEEDS_REVIEW and unsent)


def ignore(orders: QuerySet[Order]) -> int:
    """Staff decided against syncing; only what is not under way can be ignored."""
    return (
        rows_of(orders)
        .filter(IGNORABLE)
        .update(
            sync_status=SyncStatus.IGNORED,
            reason="",
            message="",
            asked_by=AskedBy.NOBODY,
            priority=PRIORITY[AskedBy.NOBODY],
            changed_at=timezone.now(),
            **CLEARED,
        )
    )


def stop_ignoring(orders: QuerySet[Order]) -> int:
    return (
        rows_of(orders)
        .filter(sync_status=SyncStatus.IGNORED)
        .update(sync_status=SyncStatus.NOT_SYNCED, changed_at=timezone.now())
    )
