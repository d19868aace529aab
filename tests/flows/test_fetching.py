"""Fetching: nothing is skipped or doubled while pages shift, tokens end, orders are odd or days are lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from connectors.errors import Throttled
from connectors.tiktok.client import OrderPage, TikTokClient
from orders.fetching import intake, reaching_back
from orders.models import FetchCursor, Order
from orders.states import SyncStatus
from orders.timing import FETCH_OVERLAP, LONGEST_WINDOW
from settings_app.models import Connection, TikTokShop
from tests.factories import raw_order
from tests.flows.conftest import Road

pytestmark = pytest.mark.django_db

Search = Callable[..., OrderPage]


def sold(road: Road, number: int, *, seconds_ago: float = 60, first: int = 0, **changes: Any) -> list[str]:
    """Orders on TikTok, the last change of each a second after the one before."""
    start = int((timezone.now() - timedelta(seconds=seconds_ago)).timestamp())
    raws = [
        raw_order(f"5764614130390{first + n:05d}", update_time=start + n, create_time=start + n, **changes)
        for n in range(number)
    ]
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": raws})
    return [str(raw["id"]) for raw in raws]


def fetch(road: Road) -> intake.Fetched:
    return intake.fetch(road.shop.pk, by_hand=True)


def stored() -> set[str]:
    return set(Order.objects.values_list("tiktok_order_id", flat=True))


def small_pages(monkeypatch: pytest.MonkeyPatch, between: Callable[[int], None] = lambda page: None) -> list[Any]:
    """Pages of ten, and something that happens after each of them that has orders."""
    real: Search = TikTokClient.search_orders
    windows: list[Any] = []
    full: list[OrderPage] = []

    def search(self: TikTokClient, start: Any, until: Any, page_token: str = "") -> OrderPage:
        page = real(self, start, until, page_token=page_token, page_size=10)
        windows.append((start, until))
        if page.orders:
            full.append(page)
            between(len(full))
        return page

    monkeypatch.setattr(TikTokClient, "search_orders", search)
    return windows


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


def test_37_a_malformed_order_in_a_page_is_parked_and_the_others_go_on(road: Road) -> None:
    ids = sold(road, 3)
    now = int(timezone.now().timestamp()) - 5
    odd = [
        raw_order("576461413039900001", update_time=now, create_time=now, payment="much", line_items=7),
        raw_order("576461413039900002", update_time=now, create_time=now, status="TELEPORTED"),
    ]
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": odd})
    assert not fetch(road).error
    assert stored() == {*ids, "576461413039900001", "576461413039900002"}
    parked = Order.objects.filter(sync_status=SyncStatus.BLOCKED, reason="unreadable_order")
    assert {order.tiktok_order_id for order in parked} == {"576461413039900001", "576461413039900002"}


def test_37_a_list_of_nothing_but_rubbish_is_told_once_and_holds_up_no_later_order(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sold(road, 15, seconds_ago=3000)
    real: Callable[..., dict[str, Any]] = TikTokClient._call
    pages: list[int] = []

    def call(self: TikTokClient, *args: Any, **more: Any) -> dict[str, Any]:
        """The second page holds no order at all."""
        data = real(self, *args, **more)
        pages.append(len(data.get("orders") or []))
        return {**data, "orders": [None, 7, "576461413039900009", [[]]]} if len(pages) == 2 else data

    monkeypatch.setattr(TikTokClient, "_call", call)
    small_pages(monkeypatch)
    assert not fetch(road).error
    road.shop.refresh_from_db()
    assert "4 entries in it that cannot be read as an order" in road.shop.last_poll_error
    assert len(pages) > 2, "the pages behind it were asked for"
    monkeypatch.undo()
    late = sold(road, 1, first=50)
    assert not fetch(road).error
    road.shop.refresh_from_db()
    assert (stored() >= {*ids[10:], *late}, road.shop.last_poll_error) == (True, "")


def test_38_a_wrong_clock_is_told_in_a_sentence_and_loses_nothing(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    ids = sold(road, 2)
    real = time.time
    with monkeypatch.context() as skewed:
        skewed.setattr(time, "time", lambda: real() - 3600)
        said = fetch(road).error
    assert "clock is wrong" in said
    road.shop.refresh_from_db()
    assert road.shop.last_poll_error == said
    assert road.shop.connection == Connection.CONNECTED  # nothing that reconnecting would mend
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


def test_36_an_order_cancelled_between_fetch_and_sync_is_not_created(road: Road) -> None:
    from orders import claims, creation
    from orders.fetching import freshness
    from orders.models import OrderPayload
    from orders.states import AskedBy

    [order_id] = sold(road, 1)
    fetch(road)
    road.link()
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    road.tiktok.post("/_sandbox/advance", {"order_id": order_id, "status": "CANCELLED"})
    OrderPayload.objects.update(received_at=timezone.now() - timedelta(hours=1))
    pk = Order.objects.get().pk
    assert freshness.ensure([pk]) == [pk]
    creation.sync(pk)
    order = Order.objects.get()
    assert (order.sync_status, order.reason) == (SyncStatus.BLOCKED, "cancelled_before_sync")
    assert road.shopify_orders() == []


def test_while_tiktok_is_silent_an_order_on_old_news_waits_and_says_so(road: Road, settings: Any) -> None:
    from orders import claims
    from orders.fetching import freshness
    from orders.models import OrderPayload
    from orders.states import AskedBy

    sold(road, 1)
    fetch(road)
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    OrderPayload.objects.update(received_at=timezone.now() - timedelta(hours=1))
    TikTokShop.objects.update(last_polled_at=timezone.now() - timedelta(hours=1))
    settings.TIKTOK_SHOP_API_URL = "http://127.0.0.1:9"
    assert freshness.ensure([Order.objects.get().pk]) == []
    order = Order.objects.get()
    assert order.sync_status == SyncStatus.QUEUED
    assert "TikTok" in order.message


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


def test_fetch_again_asked_for_during_a_fetch_is_remembered_and_done_by_that_very_fetch(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(road)
    assert stored() == set()
    forgotten = sold(road, 3, seconds_ago=3 * 86400)
    latest = sold(road, 12, first=100)
    since = timezone.now() - timedelta(days=4)

    def asked(page: int) -> None:
        if page == 1:
            assert intake.fetch(road.shop.pk).busy  # what a nudge would find
            assert reaching_back.ask(road.shop, since)

    small_pages(monkeypatch, asked)
    fetched = fetch(road)
    assert stored() == {*forgotten, *latest}
    assert not fetched.more
    again = reaching_back.state(road.shop)
    assert again
    assert again.done_at
    assert again.new == 5  # the ten of the page before it were not what was asked for


def test_fetch_again_since_yesterday_skips_nothing_of_a_first_fetch_that_is_further_back(road: Road) -> None:
    old = sold(road, 2, seconds_ago=5 * 86400)
    assert reaching_back.ask(road.shop, timezone.now() - timedelta(days=1))
    fetch(road)
    assert stored() == set(old)


def test_fetch_again_asked_for_twice_begins_once_and_an_earlier_day_wins(road: Road) -> None:
    now = timezone.now()
    assert reaching_back.ask(road.shop, now - timedelta(days=2))
    assert not reaching_back.ask(road.shop, now - timedelta(days=1))
    assert reaching_back.ask(road.shop, now - timedelta(days=4))
    again = reaching_back.state(road.shop)
    assert again
    assert again.waits
    assert again.since == now - timedelta(days=4)
    fetch(road)
    assert reaching_back.ask(road.shop, now - timedelta(days=1))  # the one before is done


def test_fetch_again_of_a_paused_shop_waits_for_it_and_the_page_says_so(road: Road, manager: Client) -> None:
    TikTokShop.objects.update(paused=True)
    day = timezone.localdate() - timedelta(days=3)
    address = f"/admin/orders/order/fetch-period/{road.shop.pk}/"
    page = manager.post(address, {"since": day.isoformat(), "fetch": ""}, follow=True).content.decode()
    assert "is paused: it begins when somebody resumes the shop" in page
    TikTokShop.objects.update(paused=False)
    late = sold(road, 1, seconds_ago=2 * 86400)
    FetchCursor.objects.update(watermark=timezone.now())
    fetch(road)  # the next regular one: no message was ever sent
    assert stored() == set(late)
    page = " ".join(manager.get(address).content.decode().split())
    assert "<strong>1</strong> order was missing and is here now" in page
