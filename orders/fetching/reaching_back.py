"""*Fetch a period*: TikTok's count for it first, then the shop's cursor is moved back to its start."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from orders.fetching.intake import with_token
from orders.models import FetchCursor
from orders.timing import FETCH_OVERLAP
from settings_app.models import TikTokShop

FURTHEST = timedelta(days=90)


def count(shop: TikTokShop, since: datetime) -> int:
    """How many orders TikTok has that changed since then; raises the errors of a failed call."""
    return with_token(shop, lambda client: client.count_orders(since, timezone.now()))


def reach_back(shop: TikTokShop, since: datetime) -> bool:
    """Let the next fetches begin at `since`; False while a fetch is running, which would move the cursor on."""
    now = timezone.now()
    FetchCursor.objects.get_or_create(shop=shop)
    idle = Q(claim_until__isnull=True) | Q(claim_until__lt=now)
    moved = FetchCursor.objects.filter(idle, shop=shop).update(
        watermark=since + FETCH_OVERLAP, window_from=None, window_until=None, page_token="", total_count=None, rereads=0
    )
    return bool(moved)
