"""Where the comparison of TikTok, here and Shopify stands: under way and how far, or when it last ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from orders.models import Reconciliation
from orders.reconciliation import WAITS, midnight


@dataclass(frozen=True)
class Comparing:
    """`began_at` is None while nothing is compared; `problems` are (shop, why it stands still)."""

    began_at: datetime | None
    percent: int
    last_at: datetime | None
    problems: tuple[tuple[str, str], ...]


def state() -> Comparing:
    under_way = list(Reconciliation.objects.filter(began_at__isnull=False).select_related("shop"))
    last = Reconciliation.objects.aggregate(at=Max("checked_at"))["at"]
    if not under_way:
        return Comparing(None, 100, last, ())
    began = min(row.began_at for row in under_way if row.began_at)
    done = Reconciliation.objects.filter(
        shop__in={row.shop_id for row in under_way}, began_at__isnull=True, checked_at__gte=began
    ).count()
    parts = done + sum(_part(row) for row in under_way)
    problems = {(str(row.shop), row.problem) for row in under_way if row.problem not in ("", WAITS)}
    return Comparing(began, min(99, round(100 * parts / (done + len(under_way)))), last, tuple(sorted(problems)))


def _part(row: Reconciliation) -> float:
    """How much of its day is compared, 0 to 1; today ends now."""
    start = midnight(row.day)
    whole = min(timezone.now() - start, timedelta(days=1))
    return max(0.0, min(1.0, ((row.compared_until or start) - start) / whole)) if whole else 0.0
