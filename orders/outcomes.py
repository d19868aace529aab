"""What the end of a create call means for the order's row: done, not now, or not known."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from connectors.errors import ConnectorError, Refused, Unauthorized, UnknownOutcome
from orders import attempts, claims, connections
from orders.models import Order, SyncAttempt
from orders.states import AttemptResult, SyncStatus
from orders.timing import LOOKS_AT
from orders.wording import INTERRUPTED

MARK_TAKEN = "mark_taken"
"""Shopify's word that an order with this custom id exists already (see connectors.shopify.orders.create)."""


def settle_window() -> timedelta:
    return timedelta(seconds=settings.VERIFY_SETTLE_SECONDS)


def created(
    order: Order, attempt: SyncAttempt, gid: str, name: str, total: Decimal | None, *, remarks: str = ""
) -> None:
    """Record the Shopify order, whoever holds the claim by now: an order that exists must never be forgotten.

    `remarks` are what people should know although it worked; they stand on the attempt.
    """
    status, reason, message = SyncStatus.SYNCED, "", ""
    if total is not None and attempt.expected_total is not None and total != attempt.expected_total:
        status, reason = SyncStatus.NEEDS_REVIEW, "created_total_differs"
        message = f"{name} came to {total} in Shopify; {attempt.expected_total} was expected."
    values: dict[str, Any] = {
        "sync_status": status,
        "reason": reason,
        "message": message,
        "shopify_order_id": gid,
        "shopify_order_name": name,
        "synced_at": timezone.now(),
        "next_attempt_at": None,
        "claims_without_progress": 0,
        "changed_at": timezone.now(),
        **claims.CLEARED,
    }
    try:
        with transaction.atomic():
            sentence = " ".join(text for text in (message, remarks) if text)
            attempts.close(attempt, AttemptResult.DONE, gid=gid, sentence=sentence)
            unclaimed = Order.objects.filter(pk=order.pk, shopify_order_id__isnull=True)
            if not unclaimed.update(**values):
                _second(order, gid, name)
    except IntegrityError:
        attempts.close(attempt, AttemptResult.DONE, gid=gid, sentence="That Shopify order belongs to another order.")
        for_review(order, f"{name} is already the Shopify order of another TikTok order.")


def _second(order: Order, gid: str, name: str) -> None:
    known = Order.objects.filter(pk=order.pk).values_list("shopify_order_id", "shopify_order_name").first()
    if known and known[0] != gid:
        for_review(order, f"Both {known[1] or known[0]} and {name or gid} stand in Shopify for it.")


def for_review(order: Order, message: str) -> None:
    """Several Shopify orders carry its mark: a person chooses, whoever holds the claim by now."""
    Order.objects.filter(pk=order.pk).update(
        sync_status=SyncStatus.NEEDS_REVIEW,
        reason="several_in_shopify",
        message=message,
        changed_at=timezone.now(),
        **claims.CLEARED,
    )


def not_now(order: Order, token: uuid.UUID, error: ConnectorError) -> None:
    """Certainly not done, and no fault of the order: it waits with its whole store."""
    rest = connections.failed(order.store, error)
    if isinstance(error, Unauthorized) and connections.is_broken(order.store):
        claims.stand_still(order.pk, token, SyncStatus.BLOCKED, "shopify_connection", error.sentence)
    else:
        claims.finish(order.pk, token, SyncStatus.QUEUED, next_attempt_at=timezone.now() + rest, message=error.sentence)


def unknown(
    order: Order, token: uuid.UUID, attempt: SyncAttempt, error: UnknownOutcome | None, *, sentence: str = ""
) -> None:
    """It may have happened: nothing is sent again until look-ups have found it, or proven that it is not there."""
    attempts.leave_unknown(attempt, error, sentence=sentence)
    if error is not None and error.code != MARK_TAKEN:
        connections.failed(order.store, error)
    _verify_from(order, token, claims_without_progress=0)


def must_be_verified(order: Order, token: uuid.UUID) -> None:
    """An attempt of an earlier claim is still open: the claim that made it has ended, so the window starts now."""
    attempt = attempts.open_attempt(order.pk)
    if attempt is not None and attempt.unknown_since is None:
        attempts.leave_unknown(attempt, None, sentence=INTERRUPTED)
    _verify_from(order, token)


def lost_by_the_database(order: Order, token: uuid.UUID, sent: uuid.UUID) -> None:
    """It was sent under a claim that the database knows no more: the attempt is written again, and looked for."""
    attempt = attempts.write_ahead(order, sent, {})
    if attempt is not None:
        said = "The database lost what it knew of this attempt (a fail-over, or a restored backup)."
        attempts.leave_unknown(attempt, None, sentence=said)
    _verify_from(order, token)


def _verify_from(order: Order, token: uuid.UUID, **further: Any) -> None:
    first_look = timezone.now() + settle_window() * LOOKS_AT[0]
    claims.keep_counting(
        order.pk,
        token,
        SyncStatus.VERIFYING,
        next_attempt_at=first_look,
        message="It was sent to Shopify without a clear answer; looking whether it is there.",
        **further,
    )


def names_the_customer(refusal: Refused) -> bool:
    """Whether a refusal is about who bought, so that the same order without the buyer's names may pass."""
    own = {"order.email", "order.phone"}
    said = (*refusal.fields, refusal.sentence if not refusal.fields or set(refusal.fields) <= {"order"} else "")
    return any("customer" in text.lower() for text in said) or bool(own & set(refusal.fields))


def names_the_order_id_field(refusal: Refused) -> bool:
    """Whether Shopify misses the definition of our metafield, which somebody deleted since it was made."""
    said = " ".join((*refusal.fields, refusal.sentence)).lower()
    return "metafield" in said and "definition" in said


def names_the_lines(refusal: Refused) -> bool:
    return any("lineitems" in field.lower().replace("_", "") for field in refusal.fields)
