"""The last thirty days, each order in exactly one bucket, beside what TikTok had and what did not agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from orders import reconciliation
from orders.insight.attention import BUCKETS, Bucket, bucket_of
from orders.models import Order, Reconciliation
from settings_app.models import TikTokShop

DAYS = 30


@dataclass
class Day:
    """One day by the time orders were placed (UTC). `buckets` exclude each other and sum to `total`."""

    day: date
    buckets: dict[str, int] = field(default_factory=lambda: {bucket.key: 0 for bucket in BUCKETS})
    tiktok: int | None = None
    """What TikTok changed on that day, of which `known` were here; both None for a day that was not compared."""
    known: int | None = None
    differences: list[dict[str, Any]] = field(default_factory=list)
    checked_at: datetime | None = None
    under_way: bool = False
    before: bool = False
    """Before the first shop's orders were fetched at all."""

    @property
    def total(self) -> int:
        return sum(self.buckets.values())

    @property
    def parts(self) -> list[tuple[Bucket, int]]:
        return [(bucket, self.buckets[bucket.key]) for bucket in BUCKETS]

    @property
    def missing(self) -> int:
        """Orders that TikTok changed on that day and that were not here when they were compared."""
        return (self.tiktok or 0) - (self.known or 0)

    @property
    def is_complete(self) -> bool:
        """Whether everything that TikTok changed on that day was here when they were compared."""
        return self.tiktok is not None and self.tiktok == self.known


@dataclass(frozen=True)
class Completeness:
    days: list[Day]
    labels: list[Bucket]

    @property
    def parts(self) -> list[tuple[Bucket, int]]:
        return [(bucket, sum(day.buckets[bucket.key] for day in self.days)) for bucket in self.labels]

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)

    @property
    def differences(self) -> list[dict[str, Any]]:
        return [difference for day in self.days for difference in day.differences]

    @property
    def begins_at(self) -> datetime:
        """When a day here begins, for the clock of whoever looks."""
        return reconciliation.midnight(self.days[0].day)

    @property
    def compared(self) -> bool:
        return any(day.checked_at for day in self.days)

    @property
    def unchecked(self) -> int:
        """Days that are over and that no comparison has covered: as many as the page names so."""
        return sum(1 for day in self.days[1:] if not (day.checked_at or day.under_way or day.before))


def last_days(now: datetime | None = None) -> Completeness:
    """Counted in the database, in two queries and one for each shop, whatever the number of orders."""
    today = (now or timezone.now()).astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    days = {first + timedelta(days=n): Day(first + timedelta(days=n)) for n in reversed(range(DAYS))}
    placed = Coalesce(F("placed_at"), F("fetched_at"))
    rows = (
        Order.objects.annotate(placed=placed)
        .filter(placed__gte=datetime.combine(first, time(0), UTC))
        .order_by()
        .annotate(day=TruncDate("placed", tzinfo=UTC))
        .values_list("day", "sync_status", "delivery_status", "reason")
        .annotate(count=Count("id"))
    )
    for day, status, delivery, reason, count in rows:
        if day in days:  # a clock that runs ahead can place an order tomorrow
            days[day].buckets[bucket_of(status, delivery, reason)] += count
    _compared(days, first)
    begins = min(
        (reconciliation.first_day(shop) for shop in TikTokShop.objects.select_related("sync_settings")), default=today
    )
    for one in days.values():
        one.before = one.day < begins and one.checked_at is None
    _find_orders([difference for one in days.values() for difference in one.differences])
    return Completeness(list(days.values()), list(BUCKETS))


def _compared(days: dict[date, Day], first: date) -> None:
    """Only a day that was over when it was compared: the numbers of today would be old before anybody reads them."""
    for row in Reconciliation.objects.filter(day__gte=first):
        day = days.get(row.day)
        if day is None:
            continue
        day.differences += row.differences
        if row.began_at is not None:
            day.under_way = True  # its numbers are those of a part
            continue
        if row.checked_at is None or row.checked_at < datetime.combine(row.day + timedelta(days=1), time(0), UTC):
            continue
        day.tiktok = (day.tiktok or 0) + row.tiktok
        day.known = (day.known or 0) + row.here
        day.checked_at = min(day.checked_at or row.checked_at, row.checked_at)


def _find_orders(differences: Sequence[dict[str, Any]]) -> None:
    """Adds `order` to each: the pk of the order that it speaks of, None where that is not here."""
    numbers = {difference["tiktok_order_id"] for difference in differences}
    here = dict(Order.objects.filter(tiktok_order_id__in=numbers).values_list("tiktok_order_id", "pk"))
    for difference in differences:
        difference["order"] = here.get(difference["tiktok_order_id"])
