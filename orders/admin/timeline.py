"""Everything that happened to one order, oldest first: TikTok, staff, attempts, look-ups, delivery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from orders.attempts import CREATE
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
    # a store that was read through before the order was placed says nothing about it
    if order.looked_up_at and not (order.placed_at and order.looked_up_at < order.placed_at):
        yield Event(order.looked_up_at, "Looked for in Shopify", "It was not there yet.")
    if order.synced_at:
        yield Event(order.synced_at, "In Shopify", order.shopify_order_name, "good")


def _staff(order: Order) -> Iterator[Event]:
    kind = ContentType.objects.get_for_model(Order)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(order.pk)).select_related("user")
    for entry in entries.order_by("-action_time")[:100]:
        yield Event(entry.action_time, entry.get_change_message(), f"by {entry.user.get_username()}", "staff")


def effect_words(effect: str) -> str:
    """What an attempt sent: "create", "fulfil:<package>:<fulfilment order>" or "event:<fulfilment>:<state>"."""
    kind, _, rest = effect.partition(":")
    if kind == "create":
        return "The order"
    if kind == "fulfil":
        return f"Package {rest.partition(':')[0]}"
    if kind == "event":
        return f"Delivery status “{rest.rpartition(':')[2].replace('_', ' ').capitalize()}”"
    return effect


OUTCOMES: dict[AttemptResult, tuple[str, str]] = {
    AttemptResult.DONE: ("is in Shopify", "good"),
    AttemptResult.REFUSED: ("was refused by Shopify", "bad"),
    AttemptResult.NOT_SENT: ("could not be sent", "warning"),
    AttemptResult.ABSENT: ("is not in Shopify, so it can be sent again", "warning"),
}


def _attempt(attempt: SyncAttempt) -> Iterator[Event]:
    what = effect_words(attempt.effect)
    if attempt.result != AttemptResult.NOT_SENT:
        again = f" again (attempt {attempt.number})" if attempt.number > 1 else ""
        yield Event(attempt.started_at, f"{what} was sent to Shopify{again}")
    if attempt.unknown_since:
        yield Event(attempt.unknown_since, f"{what}: no clear answer from Shopify", attempt.sentence, "warning")
    if attempt.negatives and attempt.last_negative_at:
        times = "once" if attempt.negatives == 1 else f"{attempt.negatives} times"
        yield Event(attempt.last_negative_at, f"{what} was looked for {times}", "It was not there.", "warning")
    told_by_the_order = attempt.effect == CREATE and attempt.result == AttemptResult.DONE and not attempt.sentence
    if attempt.finished_at and not told_by_the_order:
        outcome, tone = OUTCOMES[AttemptResult(attempt.result)]
        yield Event(attempt.finished_at, f"{what} {outcome}", attempt.sentence, tone)
