"""The Orders pages in a real browser: sync one, sync a selection and watch it, find one, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import Order, OrderItem, ProductLink
from orders.states import SyncStatus
from settings_app.models import ShopifyStore, TikTokShop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]


@pytest.fixture
def shop(transactional_db: None) -> TikTokShop:
    store = ShopifyStore.objects.create(domain="soap.myshopify.com", name="Soap", access_token="t")
    return TikTokShop.objects.create(shop_id="7495", name="Soap & Suds", store=store, access_token="t", cipher="c")


@pytest.fixture
def orders(shop: TikTokShop) -> Callable[[int], list[Order]]:
    def make(count: int) -> list[Order]:
        now = timezone.now()
        made = [
            Order(
                shop=shop,
                store=shop.store,
                tiktok_order_id=f"57690000000{number:07d}",
                tiktok_status="AWAITING_SHIPMENT",
                placed_at=now - timedelta(minutes=number),
                ship_by=now + timedelta(hours=5),
                buyer="J*** D***",
                total="12.34",
                currency="USD",
            )
            for number in range(count)
        ]
        Order.objects.bulk_create(made)
        items = [OrderItem(order=o, line_id="1", seller_sku="SOAP-LAV", tracking_number=f"9400{o.pk}") for o in made]
        OrderItem.objects.bulk_create(items)
        return made

    return make


LIST = "/admin/orders/order/"


def test_one_order_is_synced_with_one_click_and_the_list_stays_where_it_was(
    page: Page, orders: Callable[[int], list[Order]]
) -> None:
    one, _ = orders(2)
    page.goto(LIST + "?tab=not_synced")
    page.get_by_role("button", name=f"Sync {one.tiktok_order_id}").click()
    expect(page.get_by_text(f"{one.tiktok_order_id} is queued")).to_be_visible()
    assert "tab=not_synced" in page.url
    one.refresh_from_db()
    assert one.sync_status == SyncStatus.QUEUED


def test_after_sync_the_keyboard_stays_at_the_row_and_what_happened_is_read_out(
    page: Page, orders: Callable[[int], list[Order]]
) -> None:
    wanted = orders(30)[20]
    page.goto(LIST + "?tab=not_synced")
    page.evaluate("window.stayed = true")
    button = page.get_by_role("button", name=f"Sync {wanted.tiktok_order_id}")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text=f"{wanted.tiktok_order_id} is queued")).to_be_visible()
    row = page.locator("#result_list tr").filter(has_text=wanted.tiktok_order_id)
    expect(row.get_by_text("Queued", exact=True)).to_be_visible()
    expect(row.get_by_role("link", name=wanted.tiktok_order_id)).to_be_focused()
    expect(page.locator(".ob-tabs").get_by_role("link", name="Not synced")).to_contain_text("29")
    assert page.evaluate("window.stayed")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('#result_list')")


def test_who_was_signed_out_meanwhile_is_told_so_when_pressing_sync(
    page: Page, orders: Callable[[int], list[Order]]
) -> None:
    [one] = orders(1)
    page.goto(LIST)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name=f"Sync {one.tiktok_order_id}").click()
    expect(page.get_by_label("Username")).to_be_visible()
    assert Order.objects.get().sync_status == SyncStatus.NOT_SYNCED


def test_tabs_and_the_menus_badge_follow_what_others_do(page: Page, orders: Callable[[int], list[Order]]) -> None:
    page.clock.install()
    one, held = orders(2)
    page.goto(LIST)
    badge = page.locator("#nav-sidebar-apps .ob-badge")
    expect(badge).to_have_count(0)
    Order.objects.filter(pk=one.pk).update(sync_status=SyncStatus.FAILED, reason="refused")
    held.items.update(sku_id="17290")
    link = ProductLink.objects.create(shop=held.shop, sku_id="17290", title="Soap", kind="none")
    page.clock.run_for(18_000)
    expect(page.locator(".ob-tabs").get_by_role("link", name="Needs attention")).to_contain_text("1")
    expect(badge).to_have_text("1")
    link.delete()
    page.clock.run_for(18_000)
    expect(badge).to_have_count(0)


def test_a_synced_order_shows_up_in_the_open_list_by_itself(page: Page, orders: Callable[[int], list[Order]]) -> None:
    [one] = orders(1)
    page.goto(LIST)
    page.get_by_role("button", name=f"Sync {one.tiktok_order_id}").click()
    expect(page.locator("#result_list").get_by_text("Queued", exact=True)).to_be_visible()
    Order.objects.update(
        sync_status=SyncStatus.SYNCED, shopify_order_id="gid://shopify/Order/1", shopify_order_name="#1042"
    )
    expect(page.locator("#result_list").get_by_role("link", name="#1042")).to_be_visible(timeout=8000)


def test_a_selection_across_pages_is_confirmed_and_watched_without_reloading(
    page: Page, orders: Callable[[int], list[Order]]
) -> None:
    made = orders(120)
    page.goto(LIST + "?tab=not_synced")
    page.locator("#action-toggle").check()
    page.get_by_text("Select all 120 orders").click()
    page.locator("select[name=action]").select_option("sync_selected")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#going")).to_have_text("120")
    page.get_by_role("button", name="Sync selected: 120 orders").click()
    expect(page.get_by_text("0 of 120 orders are dealt with")).to_be_visible()
    page.evaluate("window.notReloaded = true")
    Order.objects.filter(pk=made[0].pk).update(sync_status=SyncStatus.FAILED, reason="refused")
    expect(page.get_by_text("1 of 120 orders are dealt with")).to_be_visible(timeout=8000)
    expect(page.get_by_text("Shopify refused the order.")).to_be_visible()
    assert page.evaluate("window.notReloaded")


def test_a_bulk_sync_is_paused_resumed_stopped_and_found_again(
    page: Page, orders: Callable[[int], list[Order]]
) -> None:
    orders(3)
    page.goto(LIST)
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("sync_selected")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Sync selected: 3 orders").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused at 0 of 3 orders")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.goto("/admin/orders/bulksync/")
    expect(page.get_by_text("Running")).to_be_visible()
    page.locator("#result_list").get_by_role("link", name="Bulk sync").click()
    page.get_by_role("link", name="Stop…").click()
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator("#bulk-summary")).to_contain_text("Stopped after 0 of 3 orders")
    assert Order.objects.filter(sync_status=SyncStatus.NOT_SYNCED).count() == 3


def test_the_list_shows_what_a_seller_looks_for_and_filters_it(
    page: Page, orders: Callable[[int], list[Order]]
) -> None:
    gift, cancelled, _ = orders(3)
    Order.objects.filter(pk=gift.pk).update(is_gift=True)
    Order.objects.filter(pk=cancelled.pk).update(sync_status=SyncStatus.BLOCKED, reason="cancelled_before_sync")
    page.goto(LIST)
    for heading in (
        "TikTok order",
        "Items",
        "Total",
        "Sync status",
        "Shopify order",
        "On TikTok",
        "Delivery",
        "Action",
    ):
        expect(page.get_by_role("columnheader", name=heading, exact=heading == "Action")).to_be_visible()
    row = page.locator("#result_list tr").filter(has_text=cancelled.tiktok_order_id)
    for part in ("J*** D***", "SOAP-LAV", "$12.34", "Blocked", "Awaiting shipment"):
        expect(row).to_contain_text(part)
    button = row.get_by_role("button", name="Sync")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(re.compile("a cancelled order is not created in Shopify"))
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Kind of order").select_option("gift")
    page.get_by_role("button", name="Apply Filters").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#result_list")).to_contain_text(gift.tiktok_order_id)
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(3)


def test_an_order_is_found_by_its_tracking_number_and_opened(page: Page, orders: Callable[[int], list[Order]]) -> None:
    wanted = orders(60)[55]
    page.goto(LIST)
    page.locator("#searchbar").fill(f"9400{wanted.pk}")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=wanted.tiktok_order_id, exact=True).click()
    expect(page.locator("#next-step")).to_contain_text("sync it to create it in Shopify")


def test_the_sync_button_is_on_the_screen_of_a_phone_and_of_a_small_laptop(
    page: Page, orders: Callable[[int], list[Order]]
) -> None:
    [one] = orders(1)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(LIST)
        box = page.get_by_role("button", name=f"Sync {one.tiktok_order_id}").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
