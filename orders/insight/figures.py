"""How fast and how smoothly orders went, day by day: the numbers behind the charts on Home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from orders.models import Order, SyncAttempt
from orders.states import AttemptResult

DAYS = 30
PUT_OFF = ("THROTTLED", "http_429")
"""Codes of a call that Shopify was too busy for: it goes out again in a moment."""
FAST, SOON, SLOW = timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)


@dataclass(frozen=True)
class SpeedOfDay:
    """Orders synced on a day in the viewer's zone, by the time from being asked for to being in Shopify."""

    day: date
    minute: int = 0
    ten_minutes: int = 0
    hour: int = 0
    longer: int = 0

    @property
    def count(self) -> int:
        return self.minute + self.ten_minutes + self.hour + self.longer


@dataclass(frozen=True)
class AttemptsOfDay:
    """Calls to Shopify that were begun on a day: how many went well, and what became of the others.

    One that Shopify put off for a moment because it was busy is counted by what became of it afterwards.
    """

    day: date
    done: int = 0
    refused: int = 0
    not_sent: int = 0
    unknown: int = 0

    @property
    def failed(self) -> int:
        return self.refused + self.not_sent + self.unknown


def days(until: date | None = None) -> list[date]:
    """The last 30 days of the viewer, oldest first, today included."""
    last = until or timezone.localdate()
    return [last - timedelta(days=back) for back in reversed(range(DAYS))]


def speed() -> list[SpeedOfDay]:
    """One entry a day. Orders found in Shopify and adopted were never asked for; they are left out."""
    took = ExpressionWrapper(F("synced_at") - F("asked_at"), output_field=DurationField())
    rows = Order.objects.filter(synced_at__gte=_start(), asked_at__lte=F("synced_at"))
    found = {
        row["day"]: SpeedOfDay(**row)
        for row in rows.order_by()
        .annotate(took=took)
        .values(day=TruncDate("synced_at"))
        .annotate(
            minute=Count("id", filter=Q(took__lte=FAST)),
            ten_minutes=Count("id", filter=Q(took__gt=FAST, took__lte=SOON)),
            hour=Count("id", filter=Q(took__gt=SOON, took__lte=SLOW)),
            longer=Count("id", filter=Q(took__gt=SLOW)),
        )
    }
    return [found.get(day, SpeedOfDay(day)) for day in days()]


def attempts() -> list[AttemptsOfDay]:
    found = {
        row["day"]: AttemptsOfDay(**row)
        for row in SyncAttempt.objects.filter(started_at__gte=_start())
        .order_by()
        .values(day=TruncDate("started_at"))
        .annotate(
            done=Count("id", filter=Q(result=AttemptResult.DONE)),
            refused=Count("id", filter=Q(result=AttemptResult.REFUSED)),
            not_sent=Count("id", filter=Q(result=AttemptResult.NOT_SENT) & ~Q(code__in=PUT_OFF)),
            unknown=Count("id", filter=Q(result__in=[AttemptResult.UNKNOWN, AttemptResult.ABSENT])),
        )
    }
    return [found.get(day, AttemptsOfDay(day)) for day in days()]


def _start() -> datetime:
    """The first moment of the oldest day shown, in the viewer's zone."""
    midnight = datetime.combine(days()[0], datetime.min.time())
    return timezone.make_aware(midnight)
