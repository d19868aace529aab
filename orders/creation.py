"""One TikTok order into one Shopify order: claim → prepare → write ahead → create → record."""

from __future__ import annotations

import logging
import time
import uuid
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, transaction
from django.utils import timezone

from connectors.errors import ConnectorError, NotSent, Refused, Throttled, Unauthorized, UnknownOutcome
from connectors.shopify import orders as shopify_orders
from connectors.shopify.orders import Created
from orders import adoption, attempts, claims, connections, linking, outcomes, scanning, witness
from orders.crash_points import crash_point
from orders.fetching.intake import rules_of
from orders.mapping.order import without_customer_names
from orders.mapping.result import Mapped
from orders.models import Order, SyncAttempt
from orders.preparation import StandsStill, prepare
from orders.states import AttemptResult, SyncStatus
from orders.timing import LEAST_LEFT_TO_SEND, MOST_CLAIMS, NOT_YET, SCAN_WHILE_SYNCING
from orders.wording import INTERRUPTED, our_fault
from settings_app import clients

log = logging.getLogger(__name__)

STORE_REFUSALS = (404, 406, 430)
"""HTTP statuses that speak of the store's address or of the caller, never of one order."""

RECORD_AGAIN_AFTER = (0.5, 1.0, 2.0, 4.0)
"""Seconds: a database that restarts is back within these; later the verification finds the order."""


def sync(order_pk: int, out_of_time: type[Exception] = TimeoutError) -> None:
    """Work on one queued order; whatever happens, its row says afterwards how it stands.

    `out_of_time` is what the caller's clock raises in here when the time for one order is over.
    """
    token = claims.claim_queued(order_pk)
    if token is None:
        return
    crash_point("create.claimed")
    order = Order.objects.select_related("shop", "store", "payload").get(pk=order_pk)
    if attempts.open_attempt(order.pk):
        outcomes.must_be_verified(order, token)
    elif order.claims_without_progress > MOST_CLAIMS:
        claims.stand_still(order.pk, token, SyncStatus.NEEDS_REVIEW, "no_outcome", "Eight tries were cut short.")
    elif until := connections.resting_until(order.store):
        # its message was on the way when the store began to rest: the store rests as one
        before = order.claims_without_progress - 1
        again = {"next_attempt_at": until, "message": order.message, "claims_without_progress": before}
        claims.finish(order.pk, token, SyncStatus.QUEUED, **again)
    else:
        _sync_claimed(order, token, out_of_time)


def _sync_claimed(order: Order, token: uuid.UUID, out_of_time: type[Exception]) -> None:
    try:
        adoption.ensure_definition(order.store)
        if not adoption.was_looked_for(order) and not _look_first(order, token):
            return
        crash_point("create.looked")
        if sent := witness.lost_attempt(order):
            outcomes.lost_by_the_database(order, token, sent)
            return
        prepared = prepare(order, rules_of(order.shop))
    except Refused as refusal:
        _refused_look(order, token, refusal)
        return
    except ConnectorError as error:
        outcomes.not_now(order, token, error)  # only reads so far: nothing with an effect was sent
        return
    except out_of_time:
        outcomes.not_now(order, token, NotSent("Shopify took too long to answer what must be known beforehand"))
        return
    except DatabaseError:
        raise  # the database's trouble, not the order's: the claim ends and it goes again
    except Exception:
        log.exception("order %s could not be prepared", order.tiktok_order_id)
        said = our_fault("turn it into a Shopify order", timezone.now())
        claims.stand_still(order.pk, token, SyncStatus.FAILED, "cannot_map", said)
        return
    if isinstance(prepared, StandsStill):
        claims.stand_still(order.pk, token, prepared.status, prepared.reason, prepared.message)
        return
    _create(order, token, prepared)


def _refused_look(order: Order, token: uuid.UUID, refusal: Refused) -> None:
    """A read that Shopify refuses for this order's sake must not make the store rest, and all others with it."""
    if refusal.http_status in STORE_REFUSALS:
        outcomes.not_now(order, token, refusal)
    else:
        claims.stand_still(order.pk, token, SyncStatus.FAILED, "refused", refusal.sentence)


def _look_first(order: Order, token: uuid.UUID) -> bool:
    """The look before a create, for orders that came without a fresh one; False when it must not be created."""
    read_at = scanning.read_through(order.store, [order], SCAN_WHILE_SYNCING)
    if read_at is None:
        before = order.claims_without_progress - 1
        again = {"next_attempt_at": timezone.now() + NOT_YET, "claims_without_progress": before}
        claims.finish(order.pk, token, SyncStatus.QUEUED, message=scanning.UNDER_WAY, **again)
        return False
    found = adoption.look(order.store, [order.tiktok_order_id])
    ours, foreign = adoption.split(order.tiktok_order_id, found[order.tiktok_order_id], sent=False)
    if not ours and not foreign:
        adoption.note_absent(order, read_at)
        return True
    if len(ours) == 1:
        adoption.adopt(order, ours[0], Order.objects.filter(pk=order.pk, claim_token=token))
    elif ours:
        message = f"Found: {adoption.names(ours)}."
        claims.stand_still(order.pk, token, SyncStatus.NEEDS_REVIEW, "several_in_shopify", message)
    else:
        message = f"Found: {adoption.names(foreign)}."
        claims.stand_still(order.pk, token, SyncStatus.BLOCKED, "already_in_shopify", message)
    return False


def _create(order: Order, token: uuid.UUID, mapped: Mapped) -> None:
    refused = _attempt(order, token, mapped, mapped.variables)
    if refused is not None and outcomes.names_the_customer(refused):
        said = f"Made with the buyer's e-mail alone, because Shopify refused the customer: {refused.sentence}"
        refused = _attempt(order, token, mapped, without_customer_names(mapped.variables), said=said)
    if refused is not None:
        _refused(order, token, mapped, refused)


def _attempt(
    order: Order, token: uuid.UUID, mapped: Mapped, variables: dict[str, object], *, said: str = ""
) -> Refused | None:
    """One create call, recorded before and after; returns a refusal, everything else is settled here."""
    crash_point("create.prepared")
    client = clients.shopify(order.store)
    with transaction.atomic():  # whoever ends this claim, by whatever clock, does so before the attempt or finds it
        claim_ends = claims.held_until(order.pk, token)
        too_late = claim_ends is None or claim_ends - timezone.now() < LEAST_LEFT_TO_SEND
        total = mapped.totals.shopify
        attempt = None if too_late else attempts.write_ahead(order, token, variables, expected_total=total)
    if claim_ends is None or too_late:
        claims.finish(order.pk, token, SyncStatus.QUEUED)
        return None
    if attempt is None:
        outcomes.must_be_verified(order, token)
        return None
    crash_point("create.written")
    if claim_ends - timezone.now() < LEAST_LEFT_TO_SEND:  # the commit took long, or this machine slept
        attempts.close(attempt, AttemptResult.NOT_SENT, sentence="Getting it ready took too long; it goes on soon.")
        claims.keep_counting(order.pk, token, SyncStatus.QUEUED)
        return None
    witness.sending(order, token)
    try:
        created = shopify_orders.create(client, variables)
    except Refused as refusal:
        attempts.close_failed(attempt, AttemptResult.REFUSED, refusal)
        if refusal.http_status not in STORE_REFUSALS:
            return refusal
        outcomes.not_now(order, token, refusal)
    except (NotSent, Throttled) as error:
        attempts.close_failed(attempt, AttemptResult.NOT_SENT, error)
        outcomes.not_now(order, token, error)
    except Unauthorized as error:
        attempts.close_failed(attempt, AttemptResult.REFUSED, error)
        outcomes.not_now(order, token, error)
    except UnknownOutcome as error:
        outcomes.unknown(order, token, attempt, error)
    except BaseException as cut:  # the caller's clock, a bug: bytes may have left
        outcomes.unknown(order, token, attempt, None, sentence=INTERRUPTED)
        if not isinstance(cut, Exception):
            raise
        log.exception("creating %s was cut short", order.tiktok_order_id)
    else:
        crash_point("create.answered")
        _created(order, attempt, created, said)
    return None


def _created(order: Order, attempt: SyncAttempt, created: Created, said: str) -> None:
    """Written to the log first: should the database be gone, the order in Shopify is still known by name."""
    log.info("Shopify made %s (%s) for TikTok order %s", created.name, created.gid, order.tiktok_order_id)
    remarks = " ".join(text for text in (said, *created.warnings) if text)
    attempt.request_id = created.request_id
    for pause in (*RECORD_AGAIN_AFTER, None):
        try:
            outcomes.created(order, attempt, created.gid, created.name, created.total, remarks=remarks)
            break
        except (OperationalError, InterfaceError):
            log.exception("%s (%s) could not be recorded", created.name, created.gid)
            if pause is None:
                raise
            time.sleep(pause)
            close_old_connections()
    crash_point("create.recorded")
    connections.worked(order.store)


def _refused(order: Order, token: uuid.UUID, mapped: Mapped, refusal: Refused) -> None:
    """A refusal that names the lines may mean a variant that is gone, one that names our metafield that its definition
    is: look again once, then leave it to staff."""
    connections.worked(order.store)
    refusals = SyncAttempt.objects.filter(order=order, effect=attempts.CREATE, result=AttemptResult.REFUSED)
    recent = refusals.filter(started_at__gt=timezone.now() - timedelta(minutes=10)).count()
    if outcomes.names_the_order_id_field(refusal) and recent <= 1:
        adoption.distrust_definition(order.store)
        claims.finish(order.pk, token, SyncStatus.QUEUED)
        return
    if outcomes.names_the_lines(refusal) and recent <= 1:
        linking.distrust(order.shop, [line.sku_id for line in mapped.lines])
        claims.finish(order.pk, token, SyncStatus.QUEUED)
        return
    reason = "out_of_stock" if refusal.code == "INVENTORY_CLAIM_FAILED" else "refused"
    claims.stand_still(order.pk, token, SyncStatus.FAILED, reason, refusal.sentence)
