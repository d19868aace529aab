"""Fetching: nothing is skipped or doubled while pages shift, tokens end or days are lost."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from connectors.errors import Throttled
from connectors.tiktok.client import OrderPage, TikTokClient
from orders.fetching import intake
from orders.models import FetchCursor
from orders.timing import FETCH_OVERLAP, LONGEST_WINDOW
from settings_app.models import Connection, TikTokShop
from tests.flows.conftest import Road
from tests.flows.fetching.selling import Search, fetch, small_pages, sold, stored

pytestmark = pytest.mark.django_db


def test_34_orders_that_change_while_paging_push_no_other_order_out(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sold(road, 45, seconds_ago=3000)

    def change(page: int) -> None:
        """After each of the first pages orders of it change, so that all behind them move up."""
        if page <= 4:
            for order_id in ids[(page - 1) * 3 : page * 3]:
                road.tiktok.post("/_sandbox/advance", {"order_id": order_id, "status": "IN_TRANSIT"})

    small_pages(monkeypatch, change)
    assert not fetch(road).error
    monkeypatch.undo()
    fetch(road)
    assert stored() == set(ids)


def test_34_a_window_whose_pages_never_stand_still_is_halved_until_they_do(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sold(road, 60, seconds_ago=80000)
    FetchCursor.objects.create(shop=road.shop, watermark=timezone.now() - timedelta(hours=23))
    moved = iter(ids)

    def change(page: int) -> None:
        for order_id in (next(moved, None), next(moved, None)):
            if order_id and page < 12:
                road.tiktok.post("/_sandbox/advance", {"order_id": order_id, "status": "IN_TRANSIT"})

    windows = small_pages(monkeypatch, change)
    while fetch(road).more:
        pass
    assert stored() == set(ids)
    assert min(until - start for start, until in windows) < LONGEST_WINDOW / 2


def test_a_second_fetch_of_the_overlap_stores_nothing_anew(road: Road) -> None:
    ids = sold(road, 5)
    assert fetch(road).stored.new == 5
    again = fetch(road).stored
    assert (again.new, again.changed, again.unchanged) == (0, 0, 5)
    assert stored() == set(ids)


def test_an_order_that_tiktok_shows_late_is_caught_by_the_overlap(road: Road) -> None:
    sold(road, 1)
    fetch(road)
    late = sold(road, 1, seconds_ago=FETCH_OVERLAP.total_seconds() - 60, first=50)
    fetch(road)
    assert set(late) <= stored()


def test_the_cursor_stays_before_a_page_that_could_not_be_read(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = sold(road, 25, seconds_ago=3000)
    wish = {"operation": "/order", "do": "http", "status": 502, "times": None}
    small_pages(monkeypatch, lambda page: road.tiktok.faults(wish) if page == 1 else None)
    assert fetch(road).error
    assert len(stored()) == 10
    cursor = FetchCursor.objects.get()
    assert cursor.watermark is not None
    assert cursor.watermark < timezone.now() - timedelta(minutes=45)
    road.tiktok.faults()
    assert not fetch(road).error
    assert stored() == set(ids)


def test_an_outage_of_days_is_caught_up_in_windows_of_a_day(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    days = 5
    ids = [sold(road, 2, seconds_ago=86400 * day + 3600, first=10 * day)[0] for day in range(days)]
    FetchCursor.objects.create(shop=road.shop, watermark=timezone.now() - timedelta(days=days))
    windows = small_pages(monkeypatch)
    while fetch(road).more:
        pass
    assert set(ids) <= stored()
    assert len({start for start, _ in windows}) >= days
    assert all(until - start <= LONGEST_WINDOW for start, until in windows)
    watermark = FetchCursor.objects.get().watermark
    assert watermark is not None
    assert timezone.now() - watermark < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_35_a_token_that_ends_between_pages_is_renewed_once_by_two_workers(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sold(road, 25, seconds_ago=3000)
    both = threading.Barrier(2, timeout=10)
    ended = threading.Event()
    real: Search = TikTokClient.search_orders

    def search(self: TikTokClient, start: Any, until: Any, page_token: str = "") -> OrderPage:
        if page_token and not ended.is_set():
            end_tokens()
            ended.set()
        return real(self, start, until, page_token=page_token, page_size=10)

    def end_tokens() -> None:
        about = {"id": road.shop.shop_id, "name": road.shop.name, "cipher": road.shop.cipher}
        tokens = {"access_token": road.shop.access_token, "refresh_token": road.shop.refresh_token}
        road.tiktok.post("/_sandbox/shops", about | tokens | {"access_token_expires_at": 1})

    def re_read() -> None:
        """The other worker needs the token at the same moment."""
        try:
            assert ended.wait(10)
            both.wait()
            while True:
                try:
                    intake.re_read(TikTokShop.objects.get(pk=road.shop.pk), ids[:1])
                    return
                except Throttled:
                    continue  # the other worker is renewing it
        finally:
            connection.close()

    monkeypatch.setattr(TikTokClient, "search_orders", search)
    other = threading.Thread(target=re_read)
    other.start()
    threading.Thread(target=both.wait, daemon=True).start()
    while fetch(road).error:
        pass
    other.join()
    assert stored() == set(ids)
    refreshed = sum(number for call, number in road.tiktok.state()["calls"].items() if "token/refresh" in call)
    assert refreshed == 1
    shop = TikTokShop.objects.get(pk=road.shop.pk)
    assert shop.access_token != road.shop.access_token
    assert shop.connection == Connection.CONNECTED
