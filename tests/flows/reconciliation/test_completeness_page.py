"""Completeness: a day is called complete only when it was compared and is, and one click compares it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from orders import reconciliation, tasks
from orders.insight import completeness
from orders.models import Order, Reconciliation
from settings_app.models import SyncSettings, TikTokShop
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.reconciliation.sides import compare, placed, recent

pytestmark = pytest.mark.django_db

PAGE = "/admin/orders/reconciliation/"


def page_of(client: Client) -> str:
    return " ".join(client.get(PAGE).content.decode().split())


def test_a_day_that_is_not_over_is_not_shown_as_compared(road: Road) -> None:
    road.stored(placed(1, 3))
    compare(road, timedelta(days=2))
    today, yesterday = completeness.last_days().days[:2]
    assert (today.tiktok, today.checked_at) == (None, None)
    assert (yesterday.tiktok, yesterday.known, yesterday.total) == (1, 1, 1)


def test_days_that_were_not_compared_are_as_many_as_said_and_one_click_compares_them(
    road: Road, manager: Client
) -> None:
    road.stored(placed(1, 3), placed(2, 5 * 24))
    reach = SyncSettings.objects.get(shop=road.shop).backfill_days
    page = page_of(manager)
    assert f"{reach} earlier days were not compared" in page
    assert page.count(">not compared<") == reach
    assert "manage.py" not in page
    manager.post(f"{PAGE}compare/", {"everything": "1"})
    tasks.reconcile_shop(road.shop.pk)
    page = page_of(manager)
    assert "not compared" not in page
    assert page.count(">nothing missing<") == reach
    assert page.count('<th scope="row"><time') == reach + 1  # the empty days before the connection are left out


def test_the_buckets_of_the_completeness_page_sum_to_the_total(road: Road, synced: Order, client: Client) -> None:
    road.stored(raw_order("576461413038785798", **recent()))
    compare(road)
    last = completeness.last_days()
    assert (last.total, sum(count for _, count in last.parts)) == (2, 2)
    assert len(last.days) == 30
    client.force_login(User.objects.create_superuser("staff"))
    page = client.get("/admin/orders/reconciliation/")
    assert page.status_code == 200
    assert "The last 30 days" in page.content.decode()


def test_orders_that_tiktok_changed_again_since_are_no_gap_of_the_day_they_were_placed_on(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = [placed(number, 30) for number in range(3)]
    road.stored(*raws)
    for raw in raws[:2]:  # they shipped today: TikTok shows them under today from now on
        road.stored({**raw, "update_time": int(timezone.now().timestamp())})
    monkeypatch.setattr(reconciliation, "due", lambda now: [road.shop.pk])
    assert not reconciliation.go_on(road.shop)
    days = [day for day in completeness.last_days().days if day.checked_at]
    assert {day.is_complete for day in days} == {True}
    assert sum(day.tiktok or 0 for day in days) == 1


def test_compare_now_compares_while_somebody_watches_and_leads_to_each_order_that_differs(
    road: Road, synced: Order, manager: Client
) -> None:
    Order.objects.update(shopify_order_id="gid://shopify/Order/404", shopify_order_name="#404")
    assert "Not compared yet" in page_of(manager)
    manager.post(f"{PAGE}compare/")
    page = page_of(manager)
    assert "Being compared: 0 %" in page
    assert "Compare now" not in page
    assert "is under way already" in manager.post(f"{PAGE}compare/", follow=True).content.decode()
    tasks.reconcile_shop(road.shop.pk)
    page = page_of(manager)
    assert "Last compared" in page
    assert f'href="/admin/orders/order/{synced.pk}/change/">{synced.tiktok_order_id}</a>' in page
    assert LogEntry.objects.filter(change_message="Pressed Compare now.").count() == 1


def test_a_comparison_that_stands_still_says_why_and_goes_on(road: Road, manager: Client, settings: Any) -> None:
    manager.post(f"{PAGE}compare/")
    vendor, settings.TIKTOK_SHOP_API_URL = settings.TIKTOK_SHOP_API_URL, "http://127.0.0.1:9"
    tasks.reconcile_shop(road.shop.pk)
    assert re.search(r"ob-trouble.*TikTok.*It is tried again within ten minutes", page_of(manager))
    settings.TIKTOK_SHOP_API_URL = vendor
    tasks.reconcile_shop(road.shop.pk)
    assert "Last compared" in page_of(manager)


def test_nothing_is_said_to_be_compared_while_no_shop_can_be_asked(road: Road, manager: Client) -> None:
    TikTokShop.objects.update(paused=True)
    page = manager.post(f"{PAGE}compare/", follow=True).content.decode()
    assert "Nothing can be compared now: every TikTok shop is paused" in page
    assert not Reconciliation.objects.exists()
