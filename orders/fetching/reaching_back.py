"""*Fetch again since …*: what staff asked for stands in the shop's cursor until a fetch has done it.

A message is only a nudge: whoever holds the shop's one fetch claim takes the wish up before its next page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from orders.fetching.storing import Stored
from orders.models import FetchCursor
from orders.timing import FETCH_OVERLAP
from settings_app.models import TikTokShop

FURTHEST = timedelta(days=90)

WANTED: dict[str, object] = {"again_since__isnull": False, "again_done_at__isnull": True}


@dataclass(frozen=True)
class Again:
    """The last wish of a shop: `waits`, under way by `percent`, or done; counts are those of its orders so far."""

    since: datetime
    asked_at: datetime
    began_at: datetime | None
    done_at: datetime | None
    percent: int
    new: int
    changed: int

    @property
    def waits(self) -> bool:
        return self.began_at is None

    @property
    def under_way(self) -> bool:
        return self.began_at is not None and self.done_at is None


def ask(shop: TikTokShop, since: datetime) -> bool:
    """Remember that everything changed since then is to be fetched again.

    False where that is asked for already: a wish from an earlier day, not done yet, brings it all.
    """
    FetchCursor.objects.get_or_create(shop=shop)
    uncovered = FetchCursor.objects.filter(shop=shop).exclude(again_since__lte=since, **WANTED)
    return bool(
        uncovered.update(
            again_since=since,
            again_asked_at=timezone.now(),
            again_began_at=None,
            again_done_at=None,
            again_new=0,
            again_changed=0,
        )
    )


def state(shop: TikTokShop) -> Again | None:
    """None where nobody ever asked."""
    return state_of(FetchCursor.objects.filter(shop=shop).first())


def state_of(cursor: FetchCursor | None) -> Again | None:
    """`state` of a row that is here already."""
    if cursor is None or cursor.again_since is None:
        return None
    return Again(
        since=cursor.again_since,
        asked_at=cursor.again_asked_at or cursor.again_since,
        began_at=cursor.again_began_at,
        done_at=cursor.again_done_at,
        percent=_percent(cursor),
        new=cursor.again_new,
        changed=cursor.again_changed,
    )


def _percent(cursor: FetchCursor) -> int:
    if cursor.again_done_at:
        return 100
    if cursor.again_began_at is None or cursor.again_since is None or cursor.watermark is None:
        return 0
    whole = max(timezone.now() - cursor.again_since, timedelta(seconds=1))
    return max(0, min(99, round(100 * ((cursor.watermark - cursor.again_since) / whole))))


def take_up(mine: QuerySet[FetchCursor], backfill: timedelta) -> bool:
    """Move the cursor of the claim that `mine` filters by back to where it was asked for; never forward.

    `backfill` is how far a shop that was never fetched reaches back anyway. True when there was a wish to take up.
    """
    cursor = mine.filter(again_began_at__isnull=True, **WANTED).first()
    if cursor is None or cursor.again_since is None:
        return False
    now = timezone.now()
    stands = cursor.watermark or now - backfill + FETCH_OVERLAP
    return bool(
        mine.filter(again_since=cursor.again_since).update(
            watermark=min(stands, cursor.again_since + FETCH_OVERLAP),
            window_from=None,
            window_until=None,
            page_token="",
            total_count=None,
            rereads=0,
            again_began_at=now,
        )
    )


def waits(mine: QuerySet[FetchCursor]) -> bool:
    """Whether somebody asked since the last page."""
    return mine.filter(again_began_at__isnull=True, **WANTED).exists()


def count(mine: QuerySet[FetchCursor], stored: Stored) -> None:
    """Add a page to the wish that is under way."""
    if stored.new or stored.changed:
        mine.filter(again_began_at__isnull=False, **WANTED).update(
            again_new=F("again_new") + stored.new, again_changed=F("again_changed") + stored.changed
        )


def finish(mine: QuerySet[FetchCursor]) -> None:
    """Everything up to the present is here."""
    mine.filter(again_began_at__isnull=False, **WANTED).update(again_done_at=timezone.now())
