"""The page of a TikTok shop or a Shopify store: what is known of the connection, in words and times people read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import ShopFactory

pytestmark = pytest.mark.django_db


def test_times_and_stars_are_for_people(manager: Client) -> None:
    shop = ShopFactory(last_poll_error="TikTok no longer lets this app in. Press *Reconnect*.")
    page = manager.get(reverse("admin:settings_app_tiktokshop_change", args=[shop.pk])).content.decode()
    assert "&lt;time" not in page
    assert "<dd><time datetime=" in page
    assert "Press Reconnect." in page


def test_the_store_has_such_a_page_too(manager: Client) -> None:
    store = ShopFactory().store
    page = manager.get(reverse("admin:settings_app_shopifystore_change", args=[store.pk])).content.decode()
    assert "What is known" in page
    assert "&lt;" not in page.split("What is known")[1].split("</dl>")[0]


def test_a_test_that_reaches_nobody_says_what_to_do_instead_of_what_broke(manager: Client, settings: Any) -> None:
    settings.TIKTOK_SHOP_API_URL, settings.SHOPIFY_API_URL = "http://127.0.0.1:9", "http://127.0.0.1:9/{domain}"
    shop = ShopFactory()
    for vendor, name, pk in (("TikTok", "tiktokshop", shop.pk), ("Shopify", "shopifystore", shop.store.pk)):
        page = manager.post(reverse(f"admin:settings_app_{name}_test", args=[pk])).content.decode()
        assert "The connection does not work yet" in page
        assert f"{vendor} could not be reached. Try again in a minute; if it stays, ask whoever runs" in page


def test_a_shop_in_set_up_is_not_called_paused(manager: Client) -> None:
    shop = ShopFactory(in_setup=True, paused=True)
    page = manager.get(reverse("admin:settings_app_tiktokshop_change", args=[shop.pk])).content.decode()
    assert "Nothing is fetched or synced before the steps under Set up are done." in page
