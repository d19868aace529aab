"""A fulfilment or event of unknown outcome is looked for until it is found, or proven not to be there."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from connectors.errors import ConnectorError, Refused
from connectors.shopify.fulfillments import Fulfillment, OrderFulfillments
from orders import attempts, connections
from orders.delivery import claims as delivery_claims
from orders.delivery import creation as delivery_creation
from orders.delivery import delivering
from orders.delivery import records as delivery_records
from orders.delivery.claims import Claim
from orders.delivery.plan import has_number
from orders.delivery.states import RANK, STATES, WorkStatus
from orders.models import Fulfilment, Order, Package, SyncAttempt
from orders.outcomes import settle_window
from orders.states import OPEN_RESULTS, AttemptResult
from orders.timing import CLOCKS_DIFFER, STANDING_LOOK
from orders.verification import is_proven_absent, next_look
from orders.wording import INTERRUPTED
from settings_app import clients

ABSENT = "Looked for over the whole settle window: it is not in Shopify."


def verify(order_pk: int) -> None:
    """One look at the order's fulfilments for everything whose outcome is not known; one reading serves them all."""
    held = delivery_claims.claim_verifying(order_pk)
    if held is None:
        return
    order = Order.objects.select_related("store").get(pk=order_pk)
    unknown = delivery_creation.open_attempts(order_pk)
    for attempt in unknown:
        if attempt.unknown_since is None:
            attempts.leave_unknown(attempt, None, sentence=INTERRUPTED)
            attempt.refresh_from_db()
    if not unknown:
        delivery_claims.put_back(held, progress=False)
        return
    try:
        shown = delivering.look(clients.shopify(order.store), order, Package.objects.filter(order=order).count())
    except ConnectorError as error:
        _no_answer(held, order, error)
        return
    connections.answered_a_look(order.store)
    _conclude(held, order, unknown, shown)


def _conclude(held: Claim, order: Order, unknown: list[SyncAttempt], shown: OrderFulfillments | None) -> None:
    now = timezone.now()
    missing = [attempt for attempt in unknown if shown is None or not _found(order, attempt, shown)]
    for attempt in missing:
        _not_there(attempt, now)
    progress = len(missing) < len(unknown)
    left = delivery_creation.open_attempts(order.pk)
    delivery_records.refresh_packages(order)
    if not left:
        delivery_claims.put_back(held, progress=progress)
        return
    looks = [next_look(attempt, now, settle_window()) for attempt in left]
    delivery_claims.finish(
        held,
        WorkStatus.VERIFYING,
        progress=progress,
        next_attempt_at=min(looks),
        message="It was sent to Shopify without a clear answer; looking whether it is there.",
    )


def _found(order: Order, attempt: SyncAttempt, shown: OrderFulfillments) -> bool:
    if attempt.effect.startswith("event:"):
        return _event_found(order, attempt, shown)
    package = Package.objects.filter(order=order, package_id=attempt.request["package"]).first()
    one = _fulfilment_of(order, attempt, shown, package.tracking_number if package else "")
    if one is None:
        return False
    if package is None:
        attempts.close(attempt, AttemptResult.DONE, gid=one.gid, sentence="The package is no longer part of the order.")
        return True
    sent = attempt.request
    delivery_records.fulfilled(
        attempt, package, sent["fulfillment_order"], one.gid, sent["units"], sent["tracking"]["number"]
    )
    return True


def _fulfilment_of(order: Order, attempt: SyncAttempt, shown: OrderFulfillments, number_now: str) -> Fulfillment | None:
    """The fulfilment that the attempt would have made: new since then, the same units, the same number."""
    recorded = set(Fulfilment.objects.filter(order=order).values_list("gid", flat=True))
    units = Counter(attempt.request["units"])
    number = attempt.request["tracking"]["number"]
    for one in shown.fulfillments:
        is_new = one.created_at is None or one.created_at >= attempt.started_at - CLOCKS_DIFFER
        same_number = not number or has_number(one, number) or has_number(one, number_now)
        if one.gid not in recorded and is_new and same_number and Counter(dict(one.lines)) == units:
            return one
    return None


def _event_found(order: Order, attempt: SyncAttempt, shown: OrderFulfillments) -> bool:
    gid, status = attempt.request["fulfillment"], attempt.request["status"]
    one = next((one for one in shown.fulfillments if one.gid == gid), None)
    if one is None or RANK[delivery_records.shown_by(one)] < RANK[STATES[status]]:
        return False
    event = next((event.gid for event in one.events if event.status == status), "")
    delivery_records.event_sent(attempt, order, gid, status, event, "" if event else "Shopify shows it already.")
    return True


def _not_there(attempt: SyncAttempt, now: datetime) -> None:
    """A negative answer is evidence only after the settle window, and only with two others spread over it."""
    rows = SyncAttempt.objects.filter(pk=attempt.pk, result__in=OPEN_RESULTS)
    rows.filter(first_negative_at__isnull=True).update(first_negative_at=now)
    rows.update(negatives=F("negatives") + 1, last_negative_at=now)
    attempt.refresh_from_db()
    if is_proven_absent(attempt, now, settle_window()):
        attempts.close(attempt, AttemptResult.ABSENT, sentence=ABSENT)


def _no_answer(held: Claim, order: Order, error: ConnectorError) -> None:
    """A look that failed says nothing: the attempts stay open. Some failures are this order's, not its store's."""
    own = isinstance(error, Refused) or delivery_creation.is_missing_scope(error)
    rest = STANDING_LOOK if own else connections.failed(order.store, error)
    delivery_claims.finish(
        held,
        WorkStatus.VERIFYING,
        progress=False,
        next_attempt_at=timezone.now() + rest,
        message=f"Looking in Shopify failed, it is tried again: {error.sentence}",
    )
