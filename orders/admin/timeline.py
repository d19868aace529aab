"""Everything that happened to one order, oldest first: TikTok, staff, attempts, look-ups, delivery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from orders.models import Order, SyncAttempt
from orders.models.attempt import RESULT_CHOICES
from orders.states import AskedBy, AttemptResult

RESULTS = dict(RESULT_CHOICES)


@dataclass(frozen=True)
class Event:
    at: datetime
    title: str
    detail: str = ""
    tone: str = "plain"


def timeline(order: Order, attempts: Iterable[SyncAttempt]) -> list[Event]:
    events = [*_order(order), *_staff(order)]
    for attempt in attempts:
        events += _attempt(attempt)
    return sorted(events, key=lambda event: event.at)


def _order(order: Order) -> Iterator[Event]:
    if order.placed_at:
        yield Event(order.placed_at, "Placed on TikTok")
    yield Event(order.fetched_at, "Fetched from TikTok", f"Into {order.shop}")
    if order.tiktok_updated_at and order.placed_at and order.tiktok_updated_at > order.placed_at:
        yield Event(
            order.tiktok_updated_at, "Last changed on TikTok", order.tiktok_status.replace("_", " ").capitalize()
        )
    if order.asked_at and order.asked_by == AskedBy.AUTOMATIC:
        yield Event(order.asked_at, "Asked for by Automatic sync")
    if order.asked_at and order.bulk_sync:
        yield Event(order.asked_at, f"Sent off with {order.bulk_sync}", order.bulk_sync.action)
    if order.looked_up_at:
        yield Event(order.looked_up_at, "Looked for in Shopify", "It was not there yet.")
    if order.synced_at:
        yield Event(order.synced_at, "In Shopify", order.shopify_order_name, "good")


def _staff(order: Order) -> Iterator[Event]:
    kind = ContentType.objects.get_for_model(Order)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(order.pk)).select_related("user")
    for entry in entries.order_by("-action_time")[:100]:
        yield Event(entry.action_time, entry.get_change_message(), f"by {entry.user.get_username()}", "staff")


def effect_words(effect: str) -> str:
    """What an attempt tried: "create", "fulfil:<package>:<fulfilment order>" or "event:<fulfilment>:<state>"."""
    kind, _, rest = effect.partition(":")
    if kind == "create":
        return "Create in Shopify"
    if kind == "fulfil":
        return f"Fulfil package {rest.partition(':')[0]}"
    if kind == "event":
        return f"Delivery event “{rest.rpartition(':')[2].replace('_', ' ').capitalize()}”"
    return effect


def _attempt(attempt: SyncAttempt) -> Iterator[Event]:
    what = effect_words(attempt.effect)
    yield Event(attempt.started_at, f"{what}, attempt {attempt.number}")
    if attempt.unknown_since:
        yield Event(attempt.unknown_since, f"{what}: no clear answer", attempt.sentence, "warning")
    if attempt.negatives and attempt.last_negative_at:
        detail = f"{attempt.negatives} look-ups so far found nothing."
        yield Event(attempt.last_negative_at, "Verification: looked for in Shopify", detail, "warning")
    if attempt.finished_at:
        tone = "good" if attempt.result == AttemptResult.DONE else "bad"
        yield Event(attempt.finished_at, f"{what}: {RESULTS[attempt.result].lower()}", attempt.sentence, tone)
