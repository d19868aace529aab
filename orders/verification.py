"""An unknown create is looked for until it is found, or proven not to be there; only then may it be tried again."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from connectors.errors import ConnectorError
from connectors.shopify import orders as shopify_orders
from connectors.shopify.client import ShopifyClient
from connectors.shopify.marks import TAG
from connectors.shopify.orders import Found
from orders import adoption, attempts, claims, connections, outcomes
from orders.crash_points import crash_point
from orders.models import Order, SyncAttempt
from orders.states import OPEN_RESULTS, AttemptResult, SyncStatus
from orders.timing import CLOCKS_DIFFER, LOOKS_AT, MOST_CLAIMS, NEGATIVES_NEEDED
from orders.wording import INTERRUPTED
from settings_app import clients


def verify(order_pk: int) -> None:
    """One round of look-ups for an order whose create has no known outcome."""
    token = claims.claim_verifying(order_pk)
    if token is None:
        return
    crash_point("verify.claimed")
    order = Order.objects.select_related("store").get(pk=order_pk)
    attempt = attempts.open_attempt(order.pk)
    if attempt is None:
        claims.keep_counting(order.pk, token, SyncStatus.QUEUED, looked_up_at=None)  # looked for anew, then created
        return
    if attempt.unknown_since is None:
        attempts.leave_unknown(attempt, None, sentence=INTERRUPTED)
        attempt.refresh_from_db()
    try:
        found = _look(clients.shopify(order.store), order, attempt)
    except ConnectorError as error:
        _no_answer(order, token, error)
        return
    crash_point("verify.looked")
    connections.answered_a_look(order.store)
    _conclude(order, token, attempt, found)


def _look(client: ShopifyClient, order: Order, attempt: SyncAttempt) -> list[Found]:
    """By custom id (immediate), by source identifier and by tag (both behind an index that lags).

    The tag look reads every order since: it is made once, when its "not there" would settle the matter.
    """
    by_id = shopify_orders.find_by_custom_id(client, order.tiktok_order_id)
    if by_id is not None:
        return [by_id]
    found = list(shopify_orders.find_by_source_identifier(client, order.tiktok_order_id))
    if not found and is_proven_absent(attempt, timezone.now(), outcomes.settle_window(), one_more=True):
        found = list(shopify_orders.find_tagged_since(client, TAG, attempt.started_at - CLOCKS_DIFFER))
    ours, _ = adoption.split(order.tiktok_order_id, found)
    return ours


def _conclude(order: Order, token: uuid.UUID, attempt: SyncAttempt, found: list[Found]) -> None:
    if len(found) == 1:
        outcomes.created(order, attempt, found[0].gid, found[0].name, found[0].total)
    elif found:
        message = f"Found: {adoption.names(found)}."
        with transaction.atomic():  # cut in between, the order would look as if nothing had been sent
            attempts.close(attempt, AttemptResult.DONE, gid=found[0].gid, sentence=message)
            outcomes.for_review(order, message)
    else:
        _not_there(order, token, attempt)


def _not_there(order: Order, token: uuid.UUID, attempt: SyncAttempt) -> None:
    """A negative answer is evidence only after the settle window, and only with two others spread over it."""
    now = timezone.now()
    _count_negative(attempt, now)
    attempt.refresh_from_db()
    if is_proven_absent(attempt, now, outcomes.settle_window()):
        _absent(order, token, attempt)
        return
    claims.keep_counting(
        order.pk,
        token,
        SyncStatus.VERIFYING,
        next_attempt_at=next_look(attempt, now, outcomes.settle_window()),
        message=order.message,
    )


def _absent(order: Order, token: uuid.UUID, attempt: SyncAttempt) -> None:
    """The order may be sent again, unless it is this very order that Shopify never answers about."""
    sentence = "Looked for three ways over the whole settle window: it is not in Shopify."
    attempts.close(attempt, AttemptResult.ABSENT, sentence=sentence)
    if attempt.code == outcomes.MARK_TAKEN:
        message = "Shopify says that an order with this TikTok order id exists, but does not show it."
        claims.stand_still(order.pk, token, SyncStatus.NEEDS_REVIEW, "no_outcome", message)
    elif _only_this_order_fails(order):
        message = "Shopify gave no clear answer to eight tries, while other orders went through."
        claims.stand_still(order.pk, token, SyncStatus.NEEDS_REVIEW, "no_outcome", message)
    else:
        claims.keep_counting(order.pk, token, SyncStatus.QUEUED, next_attempt_at=None)


def _only_this_order_fails(order: Order) -> bool:
    """Eight absent attempts in a row are an outage, and waited out, as long as no other order gets through either."""
    mine = SyncAttempt.objects.filter(order=order, effect=attempts.CREATE).order_by("-number")[:MOST_CLAIMS]
    last = list(mine)
    if len(last) < MOST_CLAIMS or any(one.result != AttemptResult.ABSENT for one in last):
        return False
    others = Order.objects.filter(store=order.store, synced_at__gt=last[-1].started_at)
    return others.exclude(pk=order.pk).exists()


def _count_negative(attempt: SyncAttempt, now: datetime) -> None:
    rows = SyncAttempt.objects.filter(pk=attempt.pk, result__in=OPEN_RESULTS)
    rows.filter(first_negative_at__isnull=True).update(first_negative_at=now)
    rows.update(negatives=F("negatives") + 1, last_negative_at=now)


def is_proven_absent(attempt: SyncAttempt, now: datetime, settle: timedelta, *, one_more: bool = False) -> bool:
    """The window is over since nobody could still be sending, and three looks spread over it found nothing.

    `one_more`: whether that will be so if the look that is under way finds nothing either.
    """
    if attempt.unknown_since is None or attempt.first_negative_at is None:
        return False
    waited = now - attempt.unknown_since >= settle
    spread = now - attempt.first_negative_at >= settle / 2
    return waited and spread and attempt.negatives + one_more >= NEGATIVES_NEEDED


def next_look(attempt: SyncAttempt, now: datetime, settle: timedelta) -> datetime:
    """The next of the planned looks; after the last of them a sixth of the window later."""
    since = attempt.unknown_since or now
    planned = [since + settle * part for part in LOOKS_AT]
    return next((look for look in planned if look > now), now + settle / 6)


def _no_answer(order: Order, token: uuid.UUID, error: ConnectorError) -> None:
    """A look-up that failed says nothing: the attempt stays open, the order stays *Verifying*."""
    rest = connections.failed(order.store, error)
    claims.keep_counting(
        order.pk,
        token,
        SyncStatus.VERIFYING,
        next_attempt_at=timezone.now() + rest,
        message=f"Looking in Shopify failed, it is tried again: {error.sentence}",
    )
