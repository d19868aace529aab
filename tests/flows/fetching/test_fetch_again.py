"""*Fetch again since …*: a wish that is never forgotten, and skips nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from orders.fetching import intake, reaching_back
from orders.models import FetchCursor
from settings_app.models import TikTokShop
from tests.flows.conftest import Road
from tests.flows.fetching.selling import fetch, small_pages, sold, stored

pytestmark = pytest.mark.django_db


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
