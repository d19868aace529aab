"""Home, links, settings and stores in a real browser, against both sandbox vendors: each mended in a few clicks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from orders.models import Heartbeat, Order, ProductLink
from orders.states import AskedBy, SyncStatus
from settings_app.models import SyncSettings, TikTokShop
from tests.factories import OrderFactory, attempt_of, raw_order
from tests.flows.conftest import Road, road  # noqa: F401  # a fixture

SKU_ID = raw_order()["line_items"][0]["sku_id"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, live_server: Any, client: Any, road: Road, redis_url: str) -> Iterator[Page]:  # noqa: F811
    """Signed in, in New York; a request to elsewhere or anything that the policy forbids fails the test."""
    client.force_login(User.objects.create_superuser("manager", password="x"))
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, base_url=live_server.url, timezone_id="America/New_York"
    )
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    opened = context.new_page()
    wrong: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error":
            wrong.append(said.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:")):
            wrong.append(f"asked elsewhere: {request.url}")

    opened.on("console", heard)
    opened.on("request", asked)
    for name in ("beat", "worker"):
        Heartbeat.objects.create(name=name, at=timezone.now())
    TikTokShop.objects.update(last_polled_at=timezone.now())
    yield opened
    context.close()
    assert not wrong


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
    road.variant("SOAP-LAV")
    page.goto("/admin/")
    page.get_by_role("link", name="Link products: 1 order blocked").click()
    page.get_by_role("link", name="Link Lavender soap").click()
    page.get_by_label("Search Soap by title, SKU or barcode").fill("soap")
    page.get_by_label("1 Shopify product for “soap”").select_option(index=0)
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_text("1 order freed and queued.")).to_be_visible()
    order.refresh_from_db()
    assert order.sync_status == SyncStatus.QUEUED


def test_auto_link_is_looked_at_before_it_links(page: Page, road: Road) -> None:  # noqa: F811
    held_order(road)
    ProductLink.objects.update(seller_sku="SOAP-LAV")
    road.variant("SOAP-LAV")
    page.goto("/admin/orders/productlink/")
    page.get_by_role("button", name="Auto-link same products").click()
    expect(page.get_by_text("Nothing is linked yet.")).to_be_visible()
    page.get_by_role("button", name="Link the ticked items").click()
    expect(page.get_by_text("1 item linked. 1 order freed and queued.")).to_be_visible()
    page.get_by_role("button", name="Unlink Lavender soap").click()
    expect(page.get_by_text("is no longer linked")).to_be_visible()


def test_turning_on_automatic_sync_says_how_many_orders_go_before_it_is_saved(page: Page, road: Road) -> None:  # noqa: F811
    road.stored(raw_order("576461413038785001"), raw_order("576461413038785002"))
    page.goto("/admin/")
    page.get_by_role("link", name="Automatic sync").click()
    page.get_by_label("Automatic sync").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save and sync 2 orders")).to_be_visible()
    assert not SyncSettings.objects.get(shop=road.shop).automatic_sync
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


ADDRESSES = (
    "/admin/",
    "/admin/orders/productlink/",
    "/admin/settings_app/tiktokshop/",
    "/admin/settings_app/shopifystore/",
    "/admin/settings_app/syncsettings/{shop}/change/",
    "/admin/settings_app/tiktokshop/{shop}/change/",
    "/admin/settings_app/shopifystore/{store}/change/",
)
UNNAMED = """() => [...document.querySelector('#main')
  .querySelectorAll('input:not([type=hidden]), select, button, a[href]')]
  .filter(one => one.offsetParent && !(one.labels?.length || one.ariaLabel || one.innerText?.trim() || one.placeholder
    || one.title || one.getAttribute('aria-labelledby')))
  .map(one => one.outerHTML)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_every_field_and_button_has_a_name(
    page: Page,
    road: Road,  # noqa: F811
    scheme: Any,
) -> None:
    held_order(road)
    attempt_of(Order.objects.get(), result="refused")
    page.emulate_media(color_scheme=scheme)
    for address in ADDRESSES:
        page.goto(address.format(shop=road.shop.pk, store=road.shop.store.pk))
        assert page.evaluate(UNNAMED) == [], address
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert over <= 0, f"{address} is {over} pixels too wide at {width}"
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


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
