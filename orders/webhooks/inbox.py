"""Verified webhooks: stored once, then worked as hints to look again. Polling would find the same, only later."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from connectors.errors import ConnectorError
from orders.models import WebhookEvent, WebhookRefusals
from orders.webhooks import shopify as inbox_shopify
from orders.webhooks import tiktok as inbox_tiktok
from orders.webhooks.notes import Note
from orders.webhooks.reading import Read

CLAIM = timedelta(seconds=120)
"""Outlives Celery's hard limit, so a claim that ended means nobody is working any more."""

WORK = timedelta(seconds=30)
"""One task works no longer; what is left is nudged again."""

SAME_NUDGE = timedelta(seconds=2)
"""A waiting event this young has a message under way that will find the next one too."""

AT_ONCE = 200
MOST_TRIES = 6
FIRST_REST = timedelta(seconds=10)


@dataclass(frozen=True)
class Worked:
    """One turn at a sender's events: how many, whether orders changed, whether more wait."""

    events: int = 0
    changed: bool = False
    more: bool = False


def count_refusal(source: str) -> None:
    """A message with a wrong signature: one number goes up, and when."""
    now = timezone.now()
    if not WebhookRefusals.objects.filter(pk=source).update(count=F("count") + 1, last_at=now):
        _, made = WebhookRefusals.objects.get_or_create(source=source, defaults={"count": 1, "last_at": now})
        if not made:
            WebhookRefusals.objects.filter(pk=source).update(count=F("count") + 1, last_at=now)


def keep(source: str, read: Read) -> bool:
    """Store an event unless it is there; True when a nudge is worth its message."""
    _, is_new = WebhookEvent.objects.get_or_create(
        source=source,
        event_id=read.event_id,
        defaults={
            "other_id": read.other_id,
            "kind": read.kind,
            "sender": read.sender,
            "data": read.data,
            "happened_at": read.happened_at,
        },
    )
    if not is_new:
        return False
    just_before = timezone.now() - SAME_NUDGE
    waiting = _waiting(source, read.sender).exclude(event_id=read.event_id)
    return not waiting.filter(received_at__gt=just_before, tries=0).exists()


def senders_with_work() -> list[tuple[str, str]]:
    """(source, sender) of events that are due, for beat: a nudge may be lost."""
    return list(_due(WebhookEvent.objects.all()).order_by().values_list("source", "sender").distinct())


def work(source: str, sender: str) -> Worked:
    """Work a sender's events until none is due or the time is up."""
    started = timezone.now()
    events, changed = 0, False
    while timezone.now() - started < WORK:
        batch = _claim(source, sender)
        if not batch:
            return Worked(events, changed)
        events += len(batch)
        changed |= _work(source, sender, batch)
    return Worked(events, changed, more=True)


def _work(source: str, sender: str, batch: Sequence[WebhookEvent]) -> bool:
    """True when orders changed. A failed call puts the whole batch back, the looking is the same for all of them."""
    handle = inbox_tiktok.handle if source == WebhookEvent.Source.TIKTOK else inbox_shopify.handle
    try:
        handled = handle(sender, batch)
    except ConnectorError as error:
        _put_back(batch, error)
        return False
    for event in batch:
        note = handled.notes.get(event.pk, Note.done())
        waits = note.status == WebhookEvent.Status.WAITING
        now = timezone.now()
        _mine(event).update(
            status=note.status,
            note=note.text,
            done_at=None if waits else now,
            next_try_at=now + FIRST_REST if waits else None,
            claim_token=None,
            claim_until=None,
        )
    return handled.changed


def _put_back(batch: Sequence[WebhookEvent], error: ConnectorError) -> None:
    now = timezone.now()
    for event in batch:
        given_up = event.tries >= MOST_TRIES
        text = f"{error.sentence} The next fetch brings the same news." if given_up else error.sentence
        _mine(event).update(
            status=WebhookEvent.Status.FAILED if given_up else WebhookEvent.Status.WAITING,
            note=text,
            done_at=now if given_up else None,
            next_try_at=now + FIRST_REST * 2 ** min(event.tries, 6),
            claim_token=None,
            claim_until=None,
        )


def _claim(source: str, sender: str) -> list[WebhookEvent]:
    now, token = timezone.now(), uuid.uuid4()
    picked = list(_due(_waiting(source, sender)).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    _due(WebhookEvent.objects.filter(pk__in=picked)).update(
        claim_token=token, claim_until=now + CLAIM, tries=F("tries") + 1
    )
    return list(WebhookEvent.objects.filter(claim_token=token).order_by("pk"))


def _mine(event: WebhookEvent) -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(pk=event.pk, claim_token=event.claim_token)


def _waiting(source: str, sender: str) -> QuerySet[WebhookEvent]:
    unclaimed = Q(claim_until__isnull=True) | Q(claim_until__lt=timezone.now())
    return WebhookEvent.objects.filter(unclaimed, source=source, sender=sender, status=WebhookEvent.Status.WAITING)


def _due(events: QuerySet[WebhookEvent]) -> QuerySet[WebhookEvent]:
    now = timezone.now()
    return events.filter(
        Q(claim_until__isnull=True) | Q(claim_until__lt=now),
        Q(next_try_at__isnull=True) | Q(next_try_at__lte=now),
        status=WebhookEvent.Status.WAITING,
    )
