"""An order's page in a real browser: both sides, its parcels, what happened, and raw data for who may see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from playwright.sync_api import Page, expect

from orders import claims, tasks
from orders.models import Order
from orders.states import AskedBy
from tests.flows.conftest import Road, road  # noqa: F401  # a fixture
from tests.flows.delivery_road import an_order, link_all, moved, stored, synced, told

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]


def test_a_delivered_order_shows_both_sides_its_parcel_and_everything_that_happened(page: Page, road: Road) -> None:  # noqa: F811
    raw = an_order()
    order = synced(road, raw)
    stored(road, moved(raw, "DELIVERED", ("1152", [1], "DELIVERED")))
    told(order)
    page.goto(f"/admin/orders/order/{order.pk}/change/")
    expect(page.locator("#next-step")).to_contain_text("Nothing to do")
    sides = page.get_by_role("region", name="Both sides")
    expect(sides.get_by_role("row", name=f"Order ID {raw['id']} Order number")).to_contain_text("#1001")
    expect(sides.get_by_role("row", name="Total $22.00 $22.00")).to_be_visible()
    expect(page.get_by_role("region", name="Packages").get_by_role("row", name="1152")).to_contain_text("94001152")
    happened = page.get_by_role("region", name="What happened")
    for what in ("Placed on TikTok", "Fetched from TikTok", "In Shopify", "Package 1152 is in Shopify"):
        expect(happened.get_by_text(what, exact=True)).to_be_visible()
    page.get_by_role("region", name="Attempts").get_by_text("The order, attempt 1").click()
    expect(page.get_by_role("region", name="Attempts").get_by_text("Shopify’s request id: ").last).to_be_visible()


def test_the_page_follows_its_order_and_the_next_step_changes_without_a_reload(page: Page, road: Road) -> None:  # noqa: F811
    stored(road, an_order())
    link_all(road)
    order = Order.objects.get()
    page.goto(f"/admin/orders/order/{order.pk}/change/")
    page.locator("#order-now").get_by_role("button", name="Sync", exact=True).click()
    expect(page.locator("#next-step")).to_contain_text("it goes out by itself")
    page.evaluate("window.stayed = true")
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    tasks.sync_order(order.pk)
    expect(page.locator("#next-step")).to_contain_text("the order is in Shopify", timeout=8000)
    assert page.evaluate("window.stayed")


def test_raw_data_is_shown_after_a_click_that_is_logged_and_never_to_who_may_not(
    page: Page,
    opened: Callable[[User], Page],
    road: Road,  # noqa: F811
) -> None:
    stored(road, an_order())
    order = Order.objects.get()
    address = f"/admin/orders/order/{order.pk}/change/"
    page.goto(address)
    expect(page.get_by_text("As TikTok sent it")).to_have_count(0)
    page.get_by_role("button", name="Show personal data").click()
    expect(page.get_by_text("Personal data shown; this was logged")).to_be_visible()
    expect(page.locator("pre", has_text='"line_items"')).to_be_visible()
    assert LogEntry.objects.filter(object_id=str(order.pk), user__username="manager").exists()
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_order"))
    window = opened(viewer)
    window.goto(address)
    expect(window.get_by_text("which your account may not see")).to_be_visible()
    for changing in ("Sync", "Ignore", "Show personal data"):
        expect(window.get_by_role("button", name=changing)).to_have_count(0)
