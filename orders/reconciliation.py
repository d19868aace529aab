"""Day after day TikTok, our rows and Shopify are compared, in stretches that a kill costs little of.

Where it stands is in the day's own row: `began_at` while it is under way, `compared_until` after each stretch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.errors import BadAnswer
from orders.comparison import Compared, Stretch
from orders.fetching import intake
from orders.models import Order, Reconciliation
from settings_app.models import Connection, TikTokShop
from settings_app.rules import Rules

log = logging.getLogger(__name__)

DAYS = 3
"""Each night the last full days are compared; what changes later is news, and news is fetched."""

SETTLED = timedelta(hours=2)
"""A day is over for good that long after its midnight."""

DAY = timedelta(days=1)

MOST_AT_ONCE = 1000
"""Orders that TikTok changed, or that were synced, within one stretch: some seconds of work, a few megabytes."""

SHORTEST = timedelta(minutes=1)

WAITS = "TikTok and Shopify take only so many questions a minute; it goes on by itself in a moment."

WORK = timedelta(seconds=40)
"""One task ends at the first stretch after this and nudges itself."""


@dataclass(frozen=True)
class Report:
    """The days of one shop as they were compared."""

    shop: TikTokShop
    days: list[Reconciliation]

    @property
    def differences(self) -> list[dict[str, Any]]:
        return [difference for day in self.days for difference in day.differences]

    def facts(self) -> dict[str, Any]:
        counted = [
            {"day": day.day, "tiktok": day.tiktok, "here": day.here, "shopify": day.in_shopify} for day in self.days
        ]
        return {"shop_id": self.shop.shop_id, "days": counted, "differences": self.differences}


def reconcile(shop: TikTokShop, since: datetime, told: Callable[[Reconciliation], None] = lambda day: None) -> Report:
    """Compare from the beginning of that day (UTC) until now, in one go; `told` hears of each day that is done.

    Raises the errors of a failed call; what was compared before stands, and the rest goes on in the background.
    """
    first = since.astimezone(UTC).date()
    begin(shop, first, timezone.now().astimezone(UTC).date())
    mine = Reconciliation.objects.filter(shop=shop, day__gte=first)
    while row := _under_way(mine):
        if (done := _step(row)) and done.began_at is None:
            told(done)
    return Report(shop, list(mine.order_by("-day")))


def begin(shop: TikTokShop, first: date, last: date) -> None:
    """Each of these days is to be compared (again)."""
    now = timezone.now()
    for n in range((last - first).days + 1):
        day = first + n * DAY
        anew = {"differences": [], "tiktok": 0, "here": 0, "in_shopify": 0, "problem": ""}
        defaults = {"began_at": now, "compared_until": midnight(day), **anew}
        Reconciliation.objects.update_or_create(shop=shop, day=day, defaults=defaults)


def first_day(shop: TikTokShop) -> date:
    """From this day (UTC) on its orders are fetched: what was before its connection reached back nobody asked for."""
    rules = shop.sync_settings.rules() if hasattr(shop, "sync_settings") else Rules()
    reaches = timedelta(days=rules.backfill_days)
    return (shop.created_at - reaches).astimezone(UTC).date()


def compare_now(days: int = DAYS) -> list[TikTokShop]:
    """*Compare now*: today and so many days before, at first those of each night. Returns the shops it begins for.

    More days than those end where the shop's own begin.
    A comparison that is under way goes on as it is; a shop that is paused or needs reconnecting has no sides to ask.
    """
    today = timezone.now().astimezone(UTC).date()
    under_way = Reconciliation.objects.filter(began_at__isnull=False)
    shops = list(_comparable().exclude(pk__in=under_way.values("shop")))
    for shop in shops:
        first = today - days * DAY
        begin(shop, first if days <= DAYS else max(first, min(first_day(shop), today - DAYS * DAY)), today)
    return shops


def put_off() -> list[int]:
    """Shops whose comparison waits for its turn at a vendor, and for nobody else."""
    waiting = Reconciliation.objects.filter(began_at__isnull=False, problem=WAITS)
    return list(_comparable().filter(pk__in=waiting.values("shop")).order_by("pk").values_list("pk", flat=True))


def note_problem(shop: TikTokShop, sentence: str) -> None:
    """Why the comparison of this shop stands still until the next try."""
    Reconciliation.objects.filter(shop=shop, began_at__isnull=False).update(problem=sentence)


def go_on(shop: TikTokShop) -> bool:
    """The nightly comparison, from where it stands, for 40 s; True when there is more to do.

    Raises the errors of a failed call: the next upkeep goes on from there.
    """
    now = timezone.now()
    if shop.pk not in due(now):
        return False  # a message that came twice
    mine = Reconciliation.objects.filter(shop=shop)
    if _under_way(mine) is None:
        today = now.astimezone(UTC).date()
        begin(shop, today - DAYS * DAY, today - DAY)
    while (row := _under_way(mine)) and timezone.now() - now < WORK:
        if _step(row) is None:
            return False  # somebody else is at it, and goes on
    return row is not None


def _under_way(rows: QuerySet[Reconciliation]) -> Reconciliation | None:
    return rows.filter(began_at__isnull=False).select_related("shop__store").order_by("day").first()


def _step(row: Reconciliation) -> Reconciliation | None:
    """Compare one stretch and note how far it came; None when another process did so first."""
    start, began = row.compared_until, row.began_at
    assert start is not None  # the constraint a_comparison_has_a_place
    assert began is not None
    # TikTok counts whole seconds and leaves the end out: today is compared a little into the future
    last = min(midnight(row.day) + DAY, began.replace(microsecond=0) + intake.INTO_THE_PRESENT)
    end, compared = _compare(row.shop, start, last)
    for difference in compared.differences:
        log.warning("%s of %s: %s", difference["kind"], difference["tiktok_order_id"], difference["sentence"])
    row.compared_until, row.differences = end, row.differences + compared.differences
    row.tiktok, row.here = row.tiktok + compared.tiktok, row.here + compared.here
    row.in_shopify, row.problem = row.in_shopify + compared.in_shopify, ""
    if end >= last:
        row.began_at, row.checked_at = None, timezone.now()
    columns = ("compared_until", "differences", "began_at", "checked_at", "tiktok", "here", "in_shopify", "problem")
    unchanged = Reconciliation.objects.filter(pk=row.pk, began_at=began, compared_until=start)
    return row if unchanged.update(**{name: getattr(row, name) for name in columns}) else None


def _compare(shop: TikTokShop, start: datetime, end: datetime) -> tuple[datetime, Compared]:
    """One stretch from `start`: as far as both counts and Shopify's paging allow; returns how far it came."""
    if end <= start:
        return end, Compared([])
    while _long(start, end) and max(_synced(shop, start, end), _changed_on_tiktok(shop, start, end)) > MOST_AT_ONCE:
        end = _half(start, end)
    while True:
        try:
            return end, Stretch(shop, start, end).compare()
        except BadAnswer as error:
            if error.code != "too_many" or not _long(start, end):
                raise
            end = _half(start, end)  # Shopify pages through 25,000 orders at most


def _changed_on_tiktok(shop: TikTokShop, start: datetime, end: datetime) -> int:
    return intake.with_token(shop, lambda client: client.count_orders(start, end))


def _synced(shop: TikTokShop, start: datetime, end: datetime) -> int:
    return Order.objects.filter(shop=shop, synced_at__gte=start, synced_at__lt=end).count()


def _long(start: datetime, end: datetime) -> bool:
    return end - start > SHORTEST


def _half(start: datetime, end: datetime) -> datetime:
    return start + timedelta(seconds=(end - start).total_seconds() // 2)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def nightly_since(now: datetime) -> datetime:
    """The beginning of the first of the days that are compared each night."""
    return midnight(now.astimezone(UTC).date() - DAYS * DAY)


def due(now: datetime) -> list[int]:
    """Shops with a comparison under way, or none since yesterday was over; the database decides, not a clock."""
    today = now.astimezone(UTC).date()
    wanted = Q(pk__in=Reconciliation.objects.filter(began_at__isnull=False).values("shop"))
    if now >= midnight(today) + SETTLED:
        done = Reconciliation.objects.filter(day=today - DAY, checked_at__gte=midnight(today) + SETTLED)
        wanted |= ~Q(pk__in=done.values("shop"))
    return list(_comparable().filter(wanted).order_by("pk").values_list("pk", flat=True))


def _comparable() -> QuerySet[TikTokShop]:
    shops = TikTokShop.objects.filter(paused=False, connection=Connection.CONNECTED)
    return shops.exclude(store__connection=Connection.BROKEN)
