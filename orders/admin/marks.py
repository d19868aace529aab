"""How a state, a moment and an amount look on every page: text first, colour only beside it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orders.insight.attention import stands_for_you
from orders.reasons import REASONS
from orders.states import DELIVERY_LABELS, LABELS, DeliveryStatus, SyncStatus
from settings_app.templatetags.plain_times import span

CLOSE = 12 * 3600
"""Seconds before the ship-by time from which it is marked."""

TONES: dict[str, str] = {
    SyncStatus.QUEUED: "ob-moving",
    SyncStatus.SYNCING: "ob-moving",
    SyncStatus.VERIFYING: "ob-moving",
    SyncStatus.SYNCED: "ob-good",
    SyncStatus.FAILED: "ob-bad",
    SyncStatus.BLOCKED: "ob-warning",
    SyncStatus.NEEDS_REVIEW: "ob-warning",
    DeliveryStatus.IN_TRANSIT: "ob-moving",
    DeliveryStatus.DELIVERED: "ob-good",
}


BLOCKED_BY = {True: ("ob-warning", "build", "needs you"), False: ("ob-plain", "schedule", "nothing to do")}
"""Tone, sign and word of a blocked order, by whether somebody here has to do something."""


def pill(status: str) -> SafeString:
    """A sync or delivery status in its own words."""
    label = LABELS.get(status) or DELIVERY_LABELS.get(status) or status  # type: ignore[call-overload]  # enum keys are text
    return format_html('<span class="ob-tag {}">{}</span>', TONES.get(status, "ob-plain"), label)


def standing(status: str, reason: str) -> SafeString:
    """`pill`, and whether what is blocked needs a person here: said by a word and a sign, not by colour alone."""
    if status != SyncStatus.BLOCKED:
        return pill(status)
    tone, sign, word = BLOCKED_BY[stands_for_you(status, reason)]
    return format_html(
        '<span class="ob-tag {}"><span class="material-symbols-outlined ob-sign" aria-hidden="true">{}</span>{} · {}'
        "</span>",
        tone,
        sign,
        LABELS[SyncStatus.BLOCKED],
        word,
    )


def reason_of(reason: str, message: str = "") -> str:
    """What stands in the way, as one sentence: the order's own words where there are some."""
    known = REASONS.get(reason)
    return message or (known.sentence if known else "")


def money(amount: Decimal | None, currency: str = "USD") -> str:
    if amount is None:
        return "–"
    sign = "−" if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}" if currency in ("USD", "") else f"{amount:,.2f} {currency}"


def ship_by_clock(ship_by: datetime | None, *, shipped: bool) -> SafeString:
    """How long is left until TikTok wants the order shipped; nothing once it is on its way."""
    if ship_by is None or shipped:
        return format_html("{}", "–")
    left = (ship_by - timezone.now()).total_seconds()
    if left < 0:
        tone, text = "ob-bad", f"{span(-left)} late"
    else:
        tone, text = ("ob-warning" if left < CLOSE else ""), f"{span(left, at_least=True)} left"
    return format_html('<span class="ob-clock {}" title="Ship by {}">{}</span>', tone, moment_text(ship_by), text)


def moment_text(at: datetime) -> str:
    """In the viewer's zone, for places that take no markup."""
    return date_format(timezone.localtime(at), "M j, Y, g:i A")
