"""Home, links, settings and stores in a real browser, against both sandbox vendors: each mended in a few clicks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import Heartbeat, Order, OrderItem, ProductLink
from orders.states import AskedBy, SyncStatus
from settings_app.models import SyncSettings, TikTokShop
from tests.factories import OrderFactory, raw_order
from tests.flows.conftest import Road, road  # noqa: F401  # a fixture

SKU_ID = raw_order()["line_items"][0]["sku_id"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _everything_runs(road: Road) -> None:  # noqa: F811
    for name in ("beat", "worker"):
        Heartbeat.objects.create(name=name, at=timezone.now())
    TikTokShop.objects.update(last_polled_at=timezone.now())


def held_order(road: Road) -> Order:  # noqa: F811
    road.stored(raw_order(), linked=False)
    Order.objects.update(sync_status=SyncStatus.BLOCKED, reason="unlinked_item", asked_by=AskedBy.MANUAL)
    ProductLink.objects.create(
        shop=road.shop,
        sku_id=SKU_ID,
        seller_sku="LAV",
        title="Lavender soap",
        reason="unlinked_item",
        message="Not found.",
    )
    return Order.objects.get()


def test_an_unlinked_item_is_mended_in_three_clicks_from_home_and_its_order_goes(page: Page, road: Road) -> None:  # noqa: F811
    order = held_order(road)
    road.variant("SOAPS-LAVENDER-2")
    page.goto("/admin/")
    page.get_by_role("link", name="Link products: An item is not linked to a Shopify product").click()
    page.get_by_role("link", name="Link Lavender soap").click()
    page.get_by_label("Search Soap by title, SKU or barcode").fill("soap")
    page.get_by_role("button", name="Link to").click()
    expect(page.get_by_text("1 order waited for it: 1 goes to Shopify now.")).to_be_visible()
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.QUEUED


def test_linking_an_item_frees_its_twelve_orders_and_the_list_said_so_before(page: Page, road: Road) -> None:  # noqa: F811
    link = ProductLink.objects.create(shop=road.shop, sku_id=SKU_ID, seller_sku="LAV", title="Lavender soap")
    for order in OrderFactory.create_batch(12, shop=road.shop, sync_status=SyncStatus.BLOCKED, reason="unlinked_item"):
        OrderItem.objects.create(order=order, line_id="1", sku_id=SKU_ID)
    Order.objects.update(asked_by=AskedBy.MANUAL)
    road.variant("SOAP-LAV")
    page.goto("/admin/orders/productlink/?kind__exact=none")
    row = page.locator("#result_list tr").filter(has_text="Lavender soap")
    expect(row.locator(".field-held")).to_have_text("12")
    page.goto(f"/admin/orders/productlink/{link.pk}/change/")
    field = page.get_by_label("Search Soap by title, SKU or barcode")
    field.clear()
    field.press_sequentially("soap", delay=20)
    page.get_by_role("button", name="Link to Soap-Lav and send 12 orders").click()  # found while typing
    page.get_by_role("button", name="Link anyway").click()
    expect(page.get_by_text("12 orders waited for it: 12 go to Shopify now.")).to_be_visible()


def test_auto_link_is_looked_at_before_it_links(page: Page, road: Road) -> None:  # noqa: F811
    held_order(road)
    ProductLink.objects.update(seller_sku="SOAP-LAV")
    road.variant("SOAP-LAV")
    page.goto("/admin/orders/productlink/")
    page.get_by_role("button", name="Auto-link same products").click()
    expect(page.get_by_text("Nothing is linked yet.")).to_be_visible()
    page.get_by_role("button", name="Link the ticked items").click()
    expect(page.get_by_text("1 item linked. 1 order waited for it: 1 goes to Shopify now.")).to_be_visible()
    page.get_by_role("button", name="Unlink Lavender soap").click()
    expect(page.get_by_text("is no longer linked")).to_be_visible()


def test_turning_on_automatic_sync_says_how_many_orders_go_before_it_is_saved(page: Page, road: Road) -> None:  # noqa: F811
    road.stored(raw_order("576461413038785001"), raw_order("576461413038785002"))
    page.goto("/admin/")
    page.get_by_role("link", name="Automatic sync").click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    page.get_by_label("Automatic sync").check()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Save and sync 2 orders").click()
    expect(page.get_by_text("2 orders go to Shopify now")).to_be_visible()
    assert SyncSettings.objects.get(shop=road.shop).automatic_sync


def test_settings_are_tried_on_the_last_orders_and_stay_as_typed(page: Page, road: Road) -> None:  # noqa: F811
    road.stored(raw_order())
    page.goto(f"/admin/settings_app/syncsettings/{road.shop.pk}/change/")
    page.get_by_label("Extra tags").fill("VIP")
    page.get_by_label("Extra tags").press("Enter")  # the first button tries; Enter never saves
    expect(page.get_by_text("1 of the last 1 order would change")).to_be_visible()
    expect(page.get_by_label("Extra tags")).to_have_value("VIP")
    assert SyncSettings.objects.get(shop=road.shop).extra_tags == []


def test_settings_stand_in_groups_under_their_own_name(page: Page, road: Road) -> None:  # noqa: F811
    page.goto("/admin/")
    page.locator("#nav-sidebar-apps").get_by_role("link", name="Settings → Order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings → Order")
    for group in ("When orders go", "What to fetch", "Prices and taxes", "Products and stock"):
        expect(page.get_by_role("group", name=group)).to_be_visible()


def test_a_broken_connection_and_its_last_error_are_told_where_it_is_mended(page: Page, road: Road) -> None:  # noqa: F811
    road.shop.store.__class__.objects.update(connection="broken", connection_error="Shopify said: 401, invalid token.")
    TikTokShop.objects.update(last_poll_error="TikTok did not answer within 40 s.")
    page.goto("/admin/")
    needs = page.get_by_role("region", name="Needs attention")
    expect(needs.get_by_role("listitem").first).to_contain_text("needs reconnecting")
    needs.get_by_role("link", name="Mend the connection: Shopify store").click()
    expect(page.get_by_text("Needs reconnecting", exact=True)).to_be_visible()
    expect(page.get_by_text("Shopify said: 401, invalid token.").first).to_be_visible()
    expect(page.get_by_role("button", name="Test connection")).to_be_visible()
    page.goto(f"/admin/settings_app/tiktokshop/{road.shop.pk}/change/")
    expect(page.get_by_text("TikTok did not answer within 40 s.").first).to_be_visible()


def test_a_silent_worker_and_a_paused_shop_are_told_first_each_with_its_own_way_out(page: Page, road: Road) -> None:  # noqa: F811
    page.goto("/admin/")
    health = page.get_by_role("region", name="Health")
    expect(health.get_by_role("listitem").filter(has_text="Timer")).to_contain_text("Works Last ran")
    expect(health.get_by_role("listitem").filter(has_text="Worker")).to_contain_text("Works Last worked")
    Heartbeat.objects.filter(name="worker").update(at=timezone.now() - timedelta(minutes=9))
    TikTokShop.objects.update(paused=True)
    page.reload()
    needs = page.get_by_role("region", name="Needs attention").get_by_role("listitem")
    expect(needs.first).to_contain_text("The worker is silent")
    expect(health.get_by_role("listitem").filter(has_text="Worker")).to_contain_text("Silent Last worked 9 min ago.")
    page.get_by_role("button", name=f"Resume: {road.shop} is paused").click()
    expect(page.get_by_text(f"{road.shop} goes on.")).to_be_visible()
    assert not TikTokShop.objects.get().paused


def test_test_connection_shows_what_works_on_both_sides(page: Page, road: Road) -> None:  # noqa: F811
    for kind, pk in (("tiktokshop", road.shop.pk), ("shopifystore", road.shop.store.pk)):
        page.goto(f"/admin/settings_app/{kind}/{pk}/change/")
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_role("heading", name="The connection works")).to_be_visible()


def test_home_keeps_itself_up_to_date_without_a_reload(page: Page, road: Road) -> None:  # noqa: F811
    page.goto("/admin/")
    expect(page.get_by_text("Nothing needs you")).to_be_visible()
    page.evaluate("window.stayed = true")
    OrderFactory.create(shop=road.shop, sync_status=SyncStatus.FAILED, reason="refused")
    page.evaluate("htmx.trigger('#home-now', 'refresh')")
    expect(page.get_by_text("1 order failed")).to_be_visible()
    assert page.evaluate("window.stayed")


def test_times_are_those_of_the_viewer_from_the_second_page_on(page: Page) -> None:
    page.goto("/admin/")
    page.reload()
    expect(page.get_by_text("Times and days are those of America/New_York")).to_be_visible()


def test_home_can_be_worked_with_the_keyboard_alone(page: Page, road: Road) -> None:  # noqa: F811
    held_order(road)
    page.goto("/admin/")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip() == "Link products" and page.evaluate(
            "document.activeElement.classList.contains('ob-primary')"
        ):
            break
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/productlink/**")


def test_hundreds_of_waiting_orders_are_sent_and_watched_in_two_clicks_from_home(page: Page, road: Road) -> None:  # noqa: F811
    OrderFactory.create_batch(60, shop=road.shop, store=road.shop.store)
    page.goto("/admin/")
    page.get_by_role("button", name=f"Sync them …: 60 orders of {road.shop} not synced").click()
    expect(page.locator("#going")).to_have_text("60")
    assert not Order.objects.filter(sync_status=SyncStatus.QUEUED).exists()
    page.get_by_role("button", name="Sync selected: 60 orders").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert Order.objects.filter(sync_status=SyncStatus.QUEUED).count() == 60
