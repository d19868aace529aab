"""The write-ahead log: an attempt is committed before the call goes out, and closed once when it is answered."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from connectors.errors import ConnectorError
from connectors.redact import redact, redact_text
from orders.models import Order, SyncAttempt
from orders.states import OPEN_RESULTS, AttemptResult

CREATE = "create"
LONGEST_ANSWER = 4000


def open_attempt(order_id: int, effect: str = CREATE) -> SyncAttempt | None:
    """The attempt whose outcome is not known yet; while there is one, nothing else is tried."""
    return SyncAttempt.objects.filter(order_id=order_id, effect=effect, result__in=OPEN_RESULTS).first()


def write_ahead(
    order: Order,
    token: uuid.UUID,
    request: Mapping[str, Any],
    *,
    effect: str = CREATE,
    expected_total: Decimal | None = None,
) -> SyncAttempt | None:
    """Commit the intention to call; None when another attempt is open (`one_open_attempt` decides, not a look)."""
    sent = json.dumps(request, sort_keys=True, default=str)
    last = SyncAttempt.objects.filter(order=order, effect=effect).order_by("-number").first()
    try:
        with transaction.atomic():
            return SyncAttempt.objects.create(
                order=order,
                effect=effect,
                number=last.number + 1 if last else 1,
                token=token,
                asked_by=order.asked_by,
                started_at=timezone.now(),
                request=redact(request),
                request_digest=hashlib.sha256(sent.encode()).hexdigest(),
                expected_total=expected_total,
            )
    except IntegrityError:
        return None


def close(attempt: SyncAttempt, result: AttemptResult, *, sentence: str = "", gid: str = "") -> bool:
    """Close an open attempt; False when it was closed before (closed rows never change).

    Shopify's id of the request is taken from the attempt itself, where the caller left it.
    """
    told = {"sentence": sentence, "shopify_gid": gid, "request_id": attempt.request_id[:128]}
    return _write(attempt, {"result": result, "finished_at": timezone.now(), **told})


def close_failed(attempt: SyncAttempt, result: AttemptResult, error: ConnectorError) -> bool:
    return _write(attempt, {"result": result, "finished_at": timezone.now(), **_about(error)})


def leave_unknown(attempt: SyncAttempt, error: ConnectorError | None, *, sentence: str = "") -> bool:
    """The outcome is not known: from now on nobody is sending, so the settle window starts."""
    about = _about(error) if error else {"sentence": sentence}
    # looks made while somebody was still sending are no evidence
    from_now = {"unknown_since": timezone.now(), "negatives": 0, "first_negative_at": None, "last_negative_at": None}
    return _write(attempt, {"result": AttemptResult.UNKNOWN, **from_now, **about})


def _write(attempt: SyncAttempt, values: Mapping[str, Any]) -> bool:
    rows = SyncAttempt.objects.filter(pk=attempt.pk, result__in=OPEN_RESULTS)
    return bool(rows.update(**values))


def _about(error: ConnectorError) -> dict[str, Any]:
    return {
        "sentence": error.sentence,
        "code": error.code[:80],
        "http_status": error.http_status,
        "request_id": error.request_id[:128],
        "answer": redact_text(error.answer).replace("\x00", "")[:LONGEST_ANSWER],  # PostgreSQL holds no NUL
    }
