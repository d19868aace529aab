"""Connecting both shops from nothing in a real browser, over the vendors' consent pages, with real processes behind."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from orders.models import Order
from project import processes
from settings_app.models import Connection, ShopifyStore, TikTokShop
from tests.celery_processes import CeleryProcess
from tests.factories import LinkFactory, raw_order
from tests.sandboxes import Sandbox
from tests.waiting import wait_for
from tests.web_process import Web, web_process

SHOP = "7494000000000000001"
PASSWORD = "a-password-nobody-guesses"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def web(
    transactional_db: None,
    tiktok_sandbox: Sandbox,
    shopify_sandbox: Sandbox,
    redis_url: str,
    settings: Any,
    tmp_path: Path,
    celery_worker: Callable[..., CeleryProcess],
    celery_beat: Callable[..., CeleryProcess],
) -> Iterator[Web]:
    """Everything runs; polls are ten minutes apart, so that webhooks have to bring what is new."""
    port = processes.any_free_port()
    settings.PUBLIC_URL = f"http://127.0.0.1:{port}"
    settings.TIKTOK_SHOP_AUTHORIZE_URL = f"{tiktok_sandbox.url}/open/authorize"
    settings.SHOPIFY_CLIENT_SECRET = "sandbox-secret"
    tiktok_sandbox.post("/_sandbox/settings", {"redirect": f"{settings.PUBLIC_URL}/connect/tiktok/callback/"})
    tiktok_sandbox.post("/_sandbox/shops", {"id": SHOP, "name": "Lavender & Co"})
    User.objects.create_superuser("manager", password=PASSWORD)
    celery_worker(concurrency=2)
    celery_beat(FETCH_INTERVAL_SECONDS="600", DISPATCH_INTERVAL_SECONDS="5")
    with web_process(tmp_path, port) as running:
        yield running


@pytest.fixture
def page(browser: Browser, web: Web) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=web.address)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    context.close()
    assert not wrong


def log_in(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill("manager")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def consent_at_tiktok(page: Page) -> None:
    page.get_by_role("button", name="Go to TikTok").click()
    expect(page.get_by_role("heading", name="Authorize this app?")).to_be_visible()
    page.get_by_label("Lavender & Co").check()
    page.get_by_role("button", name="Authorize").click()


def set_up(page: Page, *, automatic: bool) -> None:
    page.goto("/admin/setup/")
    page.get_by_role("link", name="Connect TikTok Shop").click()
    consent_at_tiktok(page)
    expect(page.get_by_text("TikTok lets Orderbridge into Lavender & Co")).to_be_visible()
    page.get_by_role("link", name="Connect Shopify").click()
    page.get_by_role("textbox", name="Store").fill("lavender")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("is connected. Orders carry a unique custom id.")).to_be_visible()
    page.get_by_role("button", name="Use this store").click()
    expect(page.get_by_text("Nothing is fetched yet.")).to_be_visible()
    assert not Order.objects.exists()
    page.get_by_role("button", name="Fetch orders").click()
    name = re.compile("Turn on Automatic sync") if automatic else "I sync by hand for now"
    page.get_by_role("button", name=name).click(timeout=20_000)
    expect(page).to_have_url(re.compile("/admin/orders/order/"))


def fresh_order(number: int) -> dict[str, Any]:
    now = int(time.time())
    return raw_order(str(576461413038785752 + number), create_time=now, paid_time=now, update_time=now)


def test_both_shops_are_connected_and_nothing_is_sent_unasked(
    page: Page, tiktok_sandbox: Sandbox, shopify_sandbox: Sandbox
) -> None:
    tiktok_sandbox.post("/_sandbox/orders", {"shop_id": SHOP, "orders": [fresh_order(n) for n in range(3)]})
    log_in(page)
    set_up(page, automatic=False)
    assert Order.objects.filter(sync_status="not_synced").count() == 3
    assert shopify_sandbox.state()["orders"] == []
    shop = TikTokShop.objects.get()
    assert (shop.connection, shop.in_setup, shop.paused) == (Connection.CONNECTED, False, False)
    assert ShopifyStore.objects.get().domain == "lavender.myshopify.com"


def test_a_webhook_a_token_that_ends_and_a_revocation_on_the_way(
    page: Page, tiktok_sandbox: Sandbox, shopify_sandbox: Sandbox
) -> None:
    log_in(page)
    set_up(page, automatic=True)
    shop = TikTokShop.objects.get()
    products = {"store": shop.store.domain, "products": [{"title": "Soap", "sku": "SOAP-LAV", "price": "20.00"}]}
    variant = shopify_sandbox.post("/_sandbox/products", products)["variants"][0]["id"]
    sku_id = fresh_order(0)["line_items"][0]["sku_id"]
    LinkFactory.create(shop=shop, sku_id=sku_id, variant_gid=variant, shopify_sku="SOAP-LAV")
    wait_for(lambda: tiktok_sandbox.state()["webhooks"][SHOP], 20, "the subscriptions")

    def brought(number: int) -> float:
        started = time.monotonic()
        order = fresh_order(number)
        tiktok_sandbox.post("/_sandbox/orders", {"shop_id": SHOP, "orders": [order]})
        there = lambda: order["id"] in {row["sourceIdentifier"] for row in shopify_sandbox.state()["orders"]}  # noqa: E731
        wait_for(there, 20, f"order {number} in Shopify")
        return time.monotonic() - started

    assert statistics.median([brought(number) for number in range(5)]) < 2

    before = TikTokShop.objects.get()
    ended = {"access_token": before.access_token, "refresh_token": before.refresh_token, "access_token_expires_at": 1}
    tiktok_sandbox.post("/_sandbox/shops", {"id": SHOP, **ended})
    brought(6)
    assert TikTokShop.objects.get().access_token != before.access_token

    tiktok_sandbox.post("/_sandbox/revoke", {"shop_id": SHOP})
    wait_for(lambda: TikTokShop.objects.get().connection == Connection.BROKEN, 20, "the shop to stop")
    page.goto(f"/connect/tiktok/?shop={shop.pk}")
    expect(page.get_by_role("heading", name="Reconnect Lavender & Co")).to_be_visible()
    consent_at_tiktok(page)
    expect(page.get_by_text("is connected again")).to_be_visible()
    assert TikTokShop.objects.get().connection == Connection.CONNECTED
    brought(7)
    assert shopify_sandbox.state()["duplicates"] == {}
