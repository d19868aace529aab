"""`make screenshots`: the pictures of docs/images, taken from pages that the product's own flows filled."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page

from orders import tasks
from tests.browser import scene
from tests.sandboxes import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDTH, HEIGHT = 1280, 900
LARGEST = 300_000
"""Bytes; a picture beyond this slows down whoever reads the README."""

PICTURES = {
    "home": "/admin/",
    "orders": "/admin/orders/order/",
    "order": "/admin/orders/order/{order}/change/",
    "bulk": "/admin/orders/bulksync/{bulk}/change/",
    "links": "/admin/orders/productlink/",
    "settings": "/admin/settings_app/syncsettings/{shop}/change/",
}
TALL = {"home": 1800, "order": 1680, "shopify-order": 1020}


def test_pictures_are_taken(
    browser: Browser,
    live_server: Any,
    client: Any,
    tiktok_sandbox: Sandbox,
    shopify_sandbox: Sandbox,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "publish", lambda *_, **__: True)
    user = User.objects.create_superuser("sam", password="x", first_name="Sam")
    laid = scene.lay(tiktok_sandbox, shopify_sandbox, user, days_of_history=30)
    client.force_login(user)
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, base_url=live_server.url, timezone_id="America/New_York"
    )
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto("/admin/")  # from here on times are those of New York
    rows = {"order": laid.order.pk, "bulk": laid.watched.pk, "shop": laid.shop.pk}
    for name, address in PICTURES.items():
        page.set_viewport_size({"width": WIDTH, "height": TALL.get(name, HEIGHT)})
        page.goto(address.format(**rows))
        take(page, name)
    number = (laid.order.shopify_order_name or "").lstrip("#")
    page.set_viewport_size({"width": WIDTH, "height": TALL["shopify-order"]})
    page.goto(f"{shopify_sandbox.url}/{scene.DOMAIN}/orders/{number}")
    take(page, "shopify-order")
    context.close()


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    folder = Path(os.environ.get("PICTURES", IMAGES))
    folder.mkdir(parents=True, exist_ok=True)
    size = len(page.screenshot(path=folder / f"{name}.png"))
    assert size < LARGEST, f"{name}.png has {size:,} bytes"
