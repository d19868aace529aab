"""Who plays the seller in the stand-ins by clicking sees Shopify and the admin follow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from orders.models import Order
from orders.webhooks import subscribing
from project import processes
from settings_app.models import SyncSettings, TikTokShop
from tests.celery_processes import CeleryProcess
from tests.factories import LinkFactory, ShopFactory, raw_order
from tests.sandboxes import Sandbox
from tests.waiting import wait_for
from tests.web_process import Web, web_process

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(
    transactional_db: None, redis_url: str, tiktok_sandbox: Sandbox, shopify_sandbox: Sandbox, settings: Any
) -> TikTokShop:
    """Connected on both sides, with Automatic sync on and one linked product."""
    settings.SHOPIFY_CLIENT_SECRET = "sandbox-secret"
    made: TikTokShop = ShopFactory.create()
    SyncSettings.objects.create(shop=made, automatic_sync=True)
    kept = ("name", "cipher", "access_token", "refresh_token")
    tiktok_sandbox.post("/_sandbox/shops", {"id": made.shop_id, **{name: getattr(made, name) for name in kept}})
    products = {"store": made.store.domain, "products": [{"title": "Soap", "sku": "SOAP-LAV", "price": "20.00"}]}
    variant = shopify_sandbox.post("/_sandbox/products", products)["variants"][0]["id"]
    sku_id = raw_order()["line_items"][0]["sku_id"]
    LinkFactory.create(shop=made, sku_id=sku_id, variant_gid=variant, shopify_sku="SOAP-LAV")
    return made


@pytest.fixture
def web(
    shop: TikTokShop,
    settings: Any,
    tmp_path: Path,
    celery_worker: Callable[..., CeleryProcess],
    celery_beat: Callable[..., CeleryProcess],
) -> Iterator[Web]:
    """Everything runs; polls are ten minutes apart, so that what follows, follows the vendors' own events."""
    port = processes.any_free_port()
    settings.PUBLIC_URL = f"http://127.0.0.1:{port}"
    celery_worker(concurrency=1)
    celery_beat(FETCH_INTERVAL_SECONDS="600", DISPATCH_INTERVAL_SECONDS="1")
    with web_process(tmp_path, port) as running:
        assert subscribing.subscribe_shop(shop) == ""
        assert subscribing.subscribe_store(shop.store) == ""
        yield running


@pytest.fixture
def page(browser: Browser, web: Web) -> Iterator[Page]:
    """Somebody who is logged in to the admin and has the stand-ins open too."""
    client = Client()
    client.force_login(User.objects.create_superuser("manager", password="x"))
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web.address}])
    yield context.new_page()
    context.close()


def test_an_order_that_is_shipped_and_delivered_by_clicking_is_followed_by_shopify_and_the_admin(
    page: Page, web: Web, shop: TikTokShop, tiktok_sandbox: Sandbox, shopify_sandbox: Sandbox
) -> None:
    now = int(time.time())
    raw = raw_order(create_time=now, paid_time=now, update_time=now)
    tiktok_sandbox.post("/_sandbox/orders", {"shop_id": shop.shop_id, "orders": [raw]})
    wait_for(lambda: Order.objects.filter(sync_status="synced").exists(), 30, "the order in Shopify")
    order = Order.objects.get()
    number = str(order.shopify_order_id).rsplit("/", 1)[-1]
    at_tiktok, in_shopify = f"{tiktok_sandbox.url}/orders/{raw['id']}", f"{shopify_sandbox.url}/orders/{number}"

    def shown(address: str, words: str) -> None:
        def seen() -> bool:
            page.goto(address)
            return page.get_by_text(words).count() > 0

        wait_for(seen, 20, f"“{words}” on {address}")

    page.goto(in_shopify)
    page.get_by_role("button", name="Hold fulfilment").click()
    expect(page.get_by_role("button", name="Release hold")).to_be_visible()

    page.goto(at_tiktok)
    page.get_by_label("Carrier").select_option("UPS")
    page.get_by_label("Tracking number").fill("1ZCLICKED0399999999")
    page.get_by_role("button", name="Ship", exact=True).click()
    expect(page.get_by_text("1ZCLICKED0399999999")).to_be_visible()
    page.get_by_role("button", name="In transit").click()
    expect(page.get_by_role("button", name="Deliver")).to_be_visible()
    held = Order.objects.filter(delivery_work__reason="fulfilment_on_hold")
    wait_for(held.all().exists, 20, "the hold to be met")

    page.goto(in_shopify)
    page.get_by_role("button", name="Release hold").click()
    shown(in_shopify, "1ZCLICKED0399999999")
    shown(in_shopify, "In transit")

    page.goto(at_tiktok)
    page.get_by_role("button", name="Deliver").click()
    expect(page.get_by_role("button", name="Complete")).to_be_visible()
    shown(in_shopify, "Delivered")
    wait_for(lambda: Order.objects.filter(delivery_status="delivered").exists(), 20, "the delivery to be known here")
    shown(f"{web.address}/admin/orders/order/{order.pk}/change/", "1ZCLICKED0399999999")
    expect(page.get_by_text("Delivered").first).to_be_visible()
