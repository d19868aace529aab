"""Fetching in a real browser, against the sandbox TikTok: now, a period with its count first, paused, previewed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.fetching import intake
from orders.models import Order
from settings_app.models import TikTokShop
from tests.factories import raw_order
from tests.flows.conftest import Road, road  # noqa: F401  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/orders/order/"


def fresh(number: int) -> dict[str, object]:
    now = int(timezone.now().timestamp())
    order: dict[str, object] = raw_order(
        str(576461413038786000 + number), create_time=now, paid_time=now, update_time=now
    )
    return order


def at_tiktok(road: Road, count: int) -> list[str]:  # noqa: F811
    raws = [fresh(number) for number in range(count)]
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": raws})
    return [str(raw["id"]) for raw in raws]


def test_fetch_now_says_that_it_fetches_and_comes_back_to_the_same_tab(page: Page, road: Road) -> None:  # noqa: F811
    page.goto(f"{LIST}?tab=not_synced")
    page.get_by_role("button", name=f"Fetch now {road.shop}").click()
    expect(page.get_by_text(f"{road.shop} is being fetched; new orders appear here within seconds.")).to_be_visible()
    assert "tab=not_synced" in page.url


def test_a_period_is_counted_at_tiktok_before_it_is_fetched(page: Page, road: Road) -> None:  # noqa: F811
    ids = at_tiktok(road, 3)
    page.goto(LIST)
    page.get_by_role("link", name=f"Fetch again since … of {road.shop}").click()
    since = timezone.localdate() - timedelta(days=3)
    page.get_by_label("Fetch again everything that changed since").fill(since.isoformat())
    page.get_by_role("button", name="Count first").click()
    expect(page.get_by_role("status")).to_contain_text("TikTok has 3 orders that changed since then.")
    assert not Order.objects.exists()
    page.get_by_role("button", name="Fetch 3 orders").click()
    expect(page.get_by_text("It begins within a minute.")).to_be_visible()
    intake.fetch(road.shop.pk)
    expect(page.get_by_text("3 orders were missing and are here now, 0 had changed")).to_be_visible()  # by itself
    page.goto(LIST)
    for order_id in ids:
        expect(page.get_by_role("link", name=order_id, exact=True)).to_be_visible()


def test_a_shop_is_paused_and_resumed_where_its_orders_are(page: Page, road: Road) -> None:  # noqa: F811
    page.goto(LIST)
    page.get_by_role("button", name=f"Pause {road.shop}").click()
    expect(page.get_by_text("Paused: neither fetched nor synced.")).to_be_visible()
    expect(page.get_by_role("button", name="Fetch now")).to_have_count(0)
    assert TikTokShop.objects.get().paused
    page.get_by_role("button", name=f"Resume {road.shop}").click()
    expect(page.get_by_text(f"{road.shop} goes on.")).to_be_visible()
    assert not TikTokShop.objects.get().paused


def test_an_order_that_is_not_here_yet_is_previewed_from_tiktok_and_nothing_is_stored_or_sent(
    page: Page,
    road: Road,  # noqa: F811
) -> None:
    [order_id] = at_tiktok(road, 1)
    road.link()
    page.goto(LIST)
    page.get_by_role("link", name="Preview an order").click()
    page.get_by_label("TikTok order number").fill(f" {order_id} ")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#verdict")).to_contain_text("It would be synced.")
    sides = page.get_by_role("region", name="Both sides")
    expect(sides.get_by_role("row", name="Order ID and shop")).to_contain_text(order_id)
    expect(sides.get_by_role("row", name="Total")).to_contain_text("$26.99$26.99")
    page.get_by_label("TikTok order number").fill("576461413038799999")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("TikTok showed no order 576461413038799999.")).to_be_visible()
    assert not Order.objects.exists()
    assert road.shopify_orders() == []
