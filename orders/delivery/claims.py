"""Every move of the work of telling Shopify about a delivery, as a conditional UPDATE whose row count is the answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from orders.delivery.states import WorkStatus
from orders.models import DeliveryWork, Fulfilment, Order
from orders.timing import CLAIM, LATEST_CALL, LONGEST_STANDING_LOOK, NUDGE, ROUTING_LOOK, STANDING_LOOK

CLEARED: dict[str, Any] = {"claim_token": None, "claim_until": None, "nudged_until": None}

IN_SHOPIFY = Q(order__shopify_order_id__isnull=False)


@dataclass(frozen=True)
class Claim:
    """Who holds an order's delivery, until when, and the news known when it was taken."""

    order_id: int
    token: uuid.UUID
    until: datetime
    news: int
    tries: int

    def has_time(self) -> bool:
        """Whether another call may still be started under this claim."""
        return timezone.now() < self.until - CLAIM + LATEST_CALL


def ready(now: datetime) -> Q:
    """Work that may be taken now: due, or standing still for so long that Shopify may have changed."""
    return Q(status=WorkStatus.DUE) & (Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now)) | Q(
        status=WorkStatus.STANDING_STILL, next_attempt_at__lte=now
    )


def claim(order_id: int) -> Claim | None:
    """Take due work; None when somebody else has it, or nothing is due."""
    now = timezone.now()
    rows = DeliveryWork.objects.filter(ready(now), IN_SHOPIFY, order_id=order_id)
    return _take(rows, order_id, now, status=WorkStatus.CLAIMED, tries=1)


def claim_verifying(order_id: int) -> Claim | None:
    """Take work with an unknown outcome for one round of looking; its status stays."""
    now = timezone.now()
    rows = DeliveryWork.objects.filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now),
        Q(claim_until__isnull=True) | Q(claim_until__lt=now),
        order_id=order_id,
        status=WorkStatus.VERIFYING,
    )
    return _take(rows, order_id, now, status=WorkStatus.VERIFYING, tries=0)


def _take(
    rows: QuerySet[DeliveryWork], order_id: int, now: datetime, *, status: WorkStatus, tries: int
) -> Claim | None:
    token = uuid.uuid4()
    taken = rows.update(
        status=status,
        claim_token=token,
        claim_until=now + CLAIM,
        claims_without_progress=F("claims_without_progress") + tries,
        nudged_until=None,
    )
    if not taken:
        return None
    mine = DeliveryWork.objects.filter(order_id=order_id, claim_token=token)
    kept = mine.values_list("news", "claims_without_progress").first()
    return Claim(order_id, token, now + CLAIM, *kept) if kept else None


def finish(held: Claim, status: WorkStatus, *, progress: bool = True, **changes: Any) -> bool:
    """Leave a claim for `status`; news that came meanwhile makes it due again. False when the claim was lost.

    Without `progress` the claim counts as one that ended without an outcome.
    """
    values: dict[str, Any] = {
        "reason": "",
        "message": "",
        **({"claims_without_progress": 0} if progress else {}),
        "stands_since": None,
        "next_attempt_at": None,
        **changes,
        **CLEARED,
    }
    mine = DeliveryWork.objects.filter(order_id=held.order_id, claim_token=held.token)
    values["changed_at"] = timezone.now()
    if status not in (WorkStatus.DONE, WorkStatus.STANDING_STILL):
        return bool(mine.update(status=status, **values))
    if mine.filter(news=held.news).update(status=status, **values):
        return True
    return bool(mine.update(**values | {"status": WorkStatus.DUE, "next_attempt_at": None}))


def stand_still(held: Claim, reason: str, message: str = "", *, look_again: bool = True) -> bool:
    """Something stands in the way; it is looked at again after a quarter of the time that it stands."""
    now = timezone.now()
    work = DeliveryWork.objects.select_related("order").get(order_id=held.order_id)
    since = work.stands_since if work.reason == reason and work.stands_since else now
    routing = reason == "not_routed_yet"
    if routing and work.order.synced_at:
        since = min(since, work.order.synced_at)
    rest = max(ROUTING_LOOK if routing else STANDING_LOOK, (now - since) / 4)
    return finish(
        held,
        WorkStatus.STANDING_STILL,
        reason=reason,
        message=message,
        stands_since=since,
        next_attempt_at=now + min(rest, LONGEST_STANDING_LOOK) if look_again else None,
    )


def put_back(held: Claim, message: str = "", *, after: timedelta | None = None, progress: bool = True) -> bool:
    """Not now: the work is due again, at once or after a rest."""
    until = timezone.now() + after if after else None
    return finish(held, WorkStatus.DUE, progress=progress, message=message, next_attempt_at=until)


def nudge(order_id: int, now: datetime) -> bool:
    """Mark work as having a message under way; False when it already has a live one."""
    quiet = Q(nudged_until__isnull=True) | Q(nudged_until__lt=now)
    return bool(DeliveryWork.objects.filter(quiet, order_id=order_id).update(nudged_until=now + NUDGE))


def withdraw(order_ids: Iterable[int]) -> None:
    """The messages for these were not published; they are due again at once."""
    DeliveryWork.objects.filter(order_id__in=list(order_ids)).update(nudged_until=None)


def forget_nudges() -> None:
    """The broker lost its messages: whatever was under way is nudged anew."""
    DeliveryWork.objects.filter(nudged_until__isnull=False).update(nudged_until=None)


def note_news(order_ids: Iterable[int]) -> None:
    """TikTok has news for these orders: their work is due, or will be seen to be once the claim on it ends."""
    ids = list(order_ids)
    if not ids:
        return
    DeliveryWork.objects.bulk_create(
        [DeliveryWork(order_id=pk, status=WorkStatus.WAITING) for pk in ids], ignore_conflicts=True
    )
    rows = DeliveryWork.objects.filter(order_id__in=ids)
    rows.update(news=F("news") + 1)
    rows.filter(status__in=[WorkStatus.DONE, WorkStatus.STANDING_STILL, WorkStatus.WAITING]).update(
        status=WorkStatus.WAITING, reason="", message="", next_attempt_at=None, stands_since=None
    )
    order_is_in_shopify(ids)


def order_is_in_shopify(order_ids: Iterable[int]) -> int:
    """What waited for the Shopify order of these orders is due; orders that have none are left alone."""
    there = Order.objects.filter(pk__in=list(order_ids), shopify_order_id__isnull=False)
    return _released(DeliveryWork.objects.filter(order__in=there.values("pk")))


def promote_waiting() -> int:
    """The same for every order, however it came to be in Shopify; returns how many are due now."""
    return _released(DeliveryWork.objects.filter(order__in=Order.objects.filter(shopify_order_id__isnull=False)))


def _released(rows: QuerySet[DeliveryWork]) -> int:
    return rows.filter(status=WorkStatus.WAITING).update(status=WorkStatus.DUE, changed_at=timezone.now())


def resend(order_ids: Iterable[int]) -> int:
    """*Resend delivery status*: look at Shopify again and send what it does not show; returns how many orders.

    Nothing that Shopify shows is sent again; fulfilments that were cancelled there are made anew.
    """
    ids = list(order_ids)
    Fulfilment.objects.filter(order__in=ids, cancelled_at__isnull=False).update(let_go=True)
    resting = [WorkStatus.DONE, WorkStatus.STANDING_STILL, WorkStatus.DUE]
    there = Order.objects.filter(pk__in=ids, shopify_order_id__isnull=False)
    return DeliveryWork.objects.filter(order__in=there.values("pk"), status__in=resting).update(
        status=WorkStatus.DUE,
        reason="",
        message="",
        news=F("news") + 1,
        stands_since=None,
        next_attempt_at=None,
        nudged_until=None,
        claims_without_progress=0,
        changed_at=timezone.now(),
    )
