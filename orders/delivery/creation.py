"""The two effects of a delivery, each written ahead, called once and recorded: a fulfilment, and an event on it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from connectors.errors import ConnectorError, NotSent, Refused, Throttled, Unauthorized, UnknownOutcome
from connectors.shopify import fulfillments
from connectors.shopify.client import ShopifyClient
from connectors.shopify.fulfillments import Made, Tracking
from orders import attempts, connections
from orders.crash_points import crash_point
from orders.delivery import claims as delivery_claims
from orders.delivery import records as delivery_records
from orders.delivery.claims import Claim
from orders.delivery.plan import Create
from orders.delivery.states import RANK, STATES, WorkStatus
from orders.mapping import carriers
from orders.models import Order, Package, SyncAttempt
from orders.outcomes import settle_window
from orders.states import AttemptResult
from orders.timing import LOOKS_AT
from orders.wording import INTERRUPTED

log = logging.getLogger(__name__)

REFUSED_LOOK = timedelta(seconds=2)
REFUSED_MEANWHILE = timedelta(minutes=10)


class PutDown(Exception):
    """The work was put down on the way, and its row says how it stands."""


def number_of(gid: str) -> str:
    return gid.rsplit("/", 1)[-1]


def fulfil(client: ShopifyClient, held: Claim, order: Order, package: Package, wish: Create) -> str:
    """Make one fulfilment and record it; returns its gid. Raises PutDown unless it is certainly there."""
    tracking = tracking_of(package)
    request = {
        "package": package.package_id,
        "fulfillment_order": wish.fulfilment_order_gid,
        "lines": [list(line) for line in wish.lines],
        "units": dict(wish.units),
        "tracking": {"number": tracking.number, "company": tracking.company, "url": tracking.url},
    }
    effect = f"fulfil:{package.package_id}:{number_of(wish.fulfilment_order_gid)}"
    attempt, gid = _once(
        held,
        order,
        effect,
        request,
        lambda: fulfillments.create_fulfillment(client, wish.fulfilment_order_gid, wish.lines, tracking),
        crash="delivery",
    )
    delivery_records.fulfilled(attempt, package, wish.fulfilment_order_gid, gid, wish.units, tracking.number)
    crash_point("delivery.recorded")
    return gid


def tell(client: ShopifyClient, held: Claim, order: Order, gid: str, status: str, at: datetime | None) -> None:
    """Add one event to a fulfilment and record it. Raises PutDown unless it is certainly there."""
    effect = f"event:{number_of(gid)}:{status.lower()}"
    if _landed_late(client, order, effect, gid, status):
        return
    request = {"fulfillment": gid, "status": status, "happened_at": at.isoformat() if at else None}
    attempt, event_gid = _once(
        held,
        order,
        effect,
        request,
        lambda: fulfillments.create_event(client, gid, status, at),
        crash="event",
    )
    delivery_records.event_sent(attempt, order, gid, status, event_gid)


def _landed_late(client: ShopifyClient, order: Order, effect: str, gid: str, status: str) -> bool:
    """An event that was sent before and proven absent: looked for once more in the moment before it is sent again.

    Shopify has no mark for events and takes the same one twice, so each second between look and call counts.
    """
    if not SyncAttempt.objects.filter(order=order, effect=effect, result=AttemptResult.ABSENT).exists():
        return False
    now = fulfillments.read_fulfillment(client, gid)
    if now is None or RANK[delivery_records.shown_by(now)] < RANK[STATES[status]]:
        return False
    delivery_records.show(rows_of=gid, order=order, state=delivery_records.shown_by(now))
    return True


def tracking_of(package: Package) -> Tracking:
    carrier = carriers.carrier(package.carrier_name)
    page = carriers.tracking_page(package.carrier_name, package.tracking_number)
    return Tracking(package.tracking_number, carrier.company, page)


def _once(
    held: Claim, order: Order, effect: str, request: Mapping[str, Any], call: Callable[[], Made], *, crash: str
) -> tuple[SyncAttempt, str]:
    if not held.has_time():
        delivery_claims.put_back(held)
        raise PutDown
    attempt = attempts.write_ahead(order, held.token, request, effect=effect)
    if attempt is None:
        must_be_verified(held)
        raise PutDown
    crash_point(f"{crash}.written")
    try:
        made = call()
    except Refused as refusal:
        attempts.close_failed(attempt, AttemptResult.REFUSED, refusal)
        connections.worked(order.store)
        _refused(held, attempt, refusal)
        raise PutDown from None
    except (NotSent, Throttled, Unauthorized) as error:
        sent = isinstance(error, Unauthorized)
        attempts.close_failed(attempt, AttemptResult.REFUSED if sent else AttemptResult.NOT_SENT, error)
        not_now(held, order, error)
        raise PutDown from None
    except UnknownOutcome as error:
        attempts.leave_unknown(attempt, error)
        connections.failed(order.store, error)
        must_be_verified(held, progress=True)
        raise PutDown from None
    except BaseException as cut:  # a soft time limit, a bug: bytes may have left
        attempts.leave_unknown(attempt, None, sentence=INTERRUPTED)
        must_be_verified(held)
        if not isinstance(cut, Exception):
            raise
        log.exception("%s of %s was cut short", effect, order.tiktok_order_id)
        raise PutDown from cut
    crash_point(f"{crash}.answered")
    connections.worked(order.store)
    attempt.request_id = made.request_id
    return attempt, made.gid


def _refused(held: Claim, attempt: SyncAttempt, refusal: Refused) -> None:
    """Once, somebody may just have changed the order in Shopify: look at it again. Twice is Shopify's opinion."""
    recent = SyncAttempt.objects.filter(
        order=attempt.order_id,
        effect=attempt.effect,
        result=AttemptResult.REFUSED,
        started_at__gt=timezone.now() - REFUSED_MEANWHILE,
    )
    if recent.count() > 1:
        delivery_claims.stand_still(held, "fulfilment_refused", refusal.sentence)
    else:
        delivery_claims.put_back(held, refusal.sentence, after=REFUSED_LOOK)


def not_now(held: Claim, order: Order, error: ConnectorError) -> None:
    """Certainly not done: the order waits with its whole store. A missing scope holds up deliveries only."""
    if is_missing_scope(error):
        delivery_claims.stand_still(held, "delivery_not_allowed", error.sentence)
        return
    rest = connections.failed(order.store, error)
    delivery_claims.put_back(held, error.sentence, after=rest)


def is_missing_scope(error: ConnectorError) -> bool:
    return isinstance(error, Unauthorized) and error.code == "ACCESS_DENIED"


def open_attempts(order_pk: int) -> list[SyncAttempt]:
    """Attempts at fulfilments and events whose outcome is not known; while there is one, nothing else is tried."""
    rows = SyncAttempt.objects.filter(order=order_pk, result__in=[AttemptResult.STARTED, AttemptResult.UNKNOWN])
    return list(rows.exclude(effect=attempts.CREATE).order_by("started_at", "id"))


def must_be_verified(held: Claim, *, progress: bool = False) -> None:
    """An outcome is not known. Attempts of earlier claims: those have ended, so the settle window starts now."""
    for attempt in open_attempts(held.order_id):
        if attempt.unknown_since is None:
            attempts.leave_unknown(attempt, None, sentence=INTERRUPTED)
    delivery_claims.finish(
        held,
        WorkStatus.VERIFYING,
        progress=progress,
        next_attempt_at=timezone.now() + settle_window() * LOOKS_AT[0],
        message="It was sent to Shopify without a clear answer; looking whether it is there.",
    )
