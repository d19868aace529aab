"""Fetching one shop: cursor → pages → rows. The cursor moves only after a page is committed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Q
from django.utils import timezone

from connectors.errors import ConnectorError, Refused, Throttled, Unauthorized
from connectors.tiktok.client import TikTokClient
from orders import connections
from orders.fetching import reaching_back, storing
from orders.fetching.storing import Stored
from orders.models import FetchCursor
from orders.timing import FETCH_CLAIM, FETCH_OVERLAP, FETCH_WORK, LONGEST_WINDOW
from settings_app import clients
from settings_app.models import Connection, SyncSettings, TikTokShop
from settings_app.rules import Rules

MOST_REREADS = 3
MOST_IDS = 50

NOTHING = Stored()

INTO_THE_PRESENT = timedelta(seconds=5)
"""TikTok's end of a window is exclusive and counts whole seconds: without this, what just changed waits a poll."""

LEFT_OUT = (
    "TikTok's last list of orders had {count} in it that cannot be read as an order; all others were fetched. "
    "Look at Completeness: if orders are missing there, report this to TikTok Shop's partner support."
)

Value = TypeVar("Value")


@dataclass(frozen=True)
class Fetched:
    """One turn of fetching: what was stored, whether more is waiting, and what went wrong in a sentence."""

    stored: Stored = NOTHING
    more: bool = False
    busy: bool = False
    error: str = ""


def rules_of(shop: TikTokShop) -> Rules:
    settings, _ = SyncSettings.objects.get_or_create(shop=shop)
    return settings.rules()


def fetch(
    shop_pk: int,
    *,
    since: datetime | None = None,
    by_hand: bool = False,
    told: Callable[[datetime, Stored], object] = lambda until, stored: None,
) -> Fetched:
    """Fetch what TikTok changed, for at most 40 s, ending at a page boundary.

    `since` reaches back further; `by_hand` tries even while the shop rests after failures; `told` hears after each
    window (at most a day) how far it came and what this turn has stored.
    """
    shop = TikTokShop.objects.select_related("store").get(pk=shop_pk)
    now = timezone.now()
    if shop.paused or shop.connection == Connection.BROKEN:
        return Fetched(error="" if shop.paused else shop.connection_error)
    if not by_hand and shop.backoff_until and shop.backoff_until > now:
        return Fetched(error=shop.last_poll_error)
    FetchCursor.objects.get_or_create(shop=shop)
    if since is not None:
        reaching_back.ask(shop, since)
    token = _claim(shop, now)
    if token is None:
        return Fetched(busy=True)
    try:
        return _fetch_claimed(shop, token, now, told)
    finally:
        FetchCursor.objects.filter(shop=shop, claim_token=token).update(claim_token=None, claim_until=None)


def _claim(shop: TikTokShop, now: datetime) -> uuid.UUID | None:
    token = uuid.uuid4()
    free = Q(claim_until__isnull=True) | Q(claim_until__lt=now)
    taken = FetchCursor.objects.filter(free, shop=shop).update(claim_token=token, claim_until=now + FETCH_CLAIM)
    return token if taken else None


def _fetch_claimed(
    shop: TikTokShop, token: uuid.UUID, started: datetime, told: Callable[[datetime, Stored], object]
) -> Fetched:
    rules = rules_of(shop)
    stored = Stored()
    mine = FetchCursor.objects.filter(shop=shop, claim_token=token)
    while timezone.now() - started < FETCH_WORK:
        reaching_back.take_up(mine, timedelta(days=rules.backfill_days))
        cursor = FetchCursor.objects.get(shop=shop)
        if cursor.window_until is None:
            _open_window(cursor, rules)
        try:
            page = _page(shop, cursor, token, rules)
        except ConnectorError as error:
            _failed(shop, cursor, error)
            return Fetched(stored, error=error.sentence)
        stored += page
        reaching_back.count(mine, page)
        cursor.refresh_from_db()
        if cursor.window_until is None and cursor.watermark is not None:
            told(cursor.watermark, stored)
        if cursor.window_until is None and _caught_up(cursor):
            reaching_back.finish(mine)
            remark = _remark_on(stored.left_out)
            TikTokShop.objects.filter(pk=shop.pk).update(last_polled_at=timezone.now(), last_poll_error=remark)
            return Fetched(stored, more=reaching_back.waits(mine))
    return Fetched(stored, more=True)


def _remark_on(left_out: int) -> str:
    return LEFT_OUT.format(count=f"{left_out} entr{'y' if left_out == 1 else 'ies'}") if left_out else ""


def _open_window(cursor: FetchCursor, rules: Rules) -> None:
    """Set the next window: from the watermark, with overlap, at most a day long."""
    now = timezone.now()
    if cursor.watermark is None:
        cursor.window_from = now - max(timedelta(days=rules.backfill_days), timedelta(seconds=1))
    else:
        # a clock that was set back must not stop fetching until it has caught up
        cursor.window_from = min(cursor.watermark, now) - FETCH_OVERLAP
    cursor.window_until = min(now + INTO_THE_PRESENT, cursor.window_from + LONGEST_WINDOW)
    cursor.page_token, cursor.total_count, cursor.rereads = "", None, 0
    cursor.save(update_fields=["window_from", "window_until", "page_token", "total_count", "rereads"])


def _caught_up(cursor: FetchCursor) -> bool:
    return cursor.watermark is not None and timezone.now() - cursor.watermark < FETCH_WORK


def _page(shop: TikTokShop, cursor: FetchCursor, token: uuid.UUID, rules: Rules) -> Stored:
    start, end = cursor.window_from, cursor.window_until
    assert start is not None  # the constraint a_window_has_two_ends
    assert end is not None
    asked_at = timezone.now()
    FetchCursor.objects.filter(shop=shop, claim_token=token).update(claim_until=asked_at + FETCH_CLAIM)
    page = with_token(shop, lambda client: client.search_orders(start, end, page_token=cursor.page_token))
    stored = replace(storing.store(shop, page.orders, rules), left_out=page.left_out)
    connections.worked(shop)
    mine = FetchCursor.objects.filter(shop=shop, claim_token=token)
    if page.next_page_token and end > asked_at:
        # rows that change while we page must leave the window, or the pages would shift unnoticed: end it in the past
        mine.update(window_until=asked_at, page_token="", total_count=None)
        return stored
    first_count = page.total_count if cursor.total_count is None else cursor.total_count
    if page.next_page_token:
        mine.update(page_token=page.next_page_token, total_count=first_count)
    elif page.total_count != first_count and cursor.rereads < MOST_REREADS:
        # an order left the window while we paged, so the pages behind it moved up by one: read them again, and only
        # the first half of the time, for a window of one page cannot shift
        half = start + max((end - start) / 2, 2 * FETCH_OVERLAP)
        until = min(end, half)
        mine.update(page_token="", total_count=None, rereads=cursor.rereads + (until == end), window_until=until)
    else:
        mine.update(watermark=min(end, asked_at), window_from=None, window_until=None, page_token="", total_count=None)
    return stored


def count_changed(shop: TikTokShop, since: datetime) -> int:
    """How many orders TikTok has that changed since then; raises the errors of a failed call."""
    return with_token(shop, lambda client: client.count_orders(since, timezone.now()))


def _failed(shop: TikTokShop, cursor: FetchCursor, error: ConnectorError) -> None:
    if isinstance(error, Refused) and cursor.page_token:
        # a page token can go stale over an outage: the window starts again from its first page
        FetchCursor.objects.filter(shop=shop).update(page_token="", total_count=None)
    connections.failed(shop, error)
    if not isinstance(error, Throttled):  # waiting for our turn is no failure; the age of the last poll tells enough
        TikTokShop.objects.filter(pk=shop.pk).update(last_poll_error=error.sentence)


def with_token(shop: TikTokShop, call: Callable[[TikTokClient], Value]) -> Value:
    """Run a TikTok call; when the token turns out to be expired, renew it (one worker does) and call once more."""
    client = clients.tiktok(shop)
    try:
        return call(client)
    except Unauthorized as error:
        shop.refresh_from_db()
        if error.expired:
            clients.with_live_token(shop, refused=client.access_token)
            shop.refresh_from_db()
        elif shop.access_token == client.access_token:
            if shop.refresh_claimed_until and shop.refresh_claimed_until > timezone.now():
                # the renewal ends this token at TikTok a moment before the new one is stored here
                raise Throttled(f"The access token of {shop} is being renewed by another worker", wait=2.0) from None
            raise  # otherwise another worker just renewed it, which ended the token of this call
        return call(clients.tiktok(shop))


def re_read(shop: TikTokShop, order_ids: Sequence[str]) -> Stored:
    """Ask TikTok for these orders as they are now, in batches of 50, and store the answers."""
    rules = rules_of(shop)
    stored = Stored()
    for start in range(0, len(order_ids), MOST_IDS):
        batch = order_ids[start : start + MOST_IDS]
        found = with_token(shop, lambda client, batch=batch: client.get_orders(batch))  # type: ignore[misc]
        stored += storing.store(shop, found.values(), rules)
    return stored
