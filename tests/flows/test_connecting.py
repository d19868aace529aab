"""From nothing to a connected pair of shops, over the vendors' consent pages; states that do not count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from orders.fetching import intake
from orders.models import Order
from settings_app.models import (
    Connection,
    ConsentRequest,
    PendingAuthorization,
    ShopifyStore,
    SyncSettings,
    TikTokShop,
)
from tests.factories import ShopFactory, StoreFactory
from tests.flows.consents import (
    DOMAIN,
    OTHER,
    US,
    consent_at_shopify,
    consent_at_tiktok,
    said,
    start_tiktok,
)
from tests.flows.people import client_of
from tests.sandboxes import Sandbox


def test_both_sides_from_nothing_to_the_first_fetch(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    tiktok, _ = vendors
    tiktok.post("/_sandbox/generate", {"shop_id": US, "count": 3, "spread_days": 2, "seed": 7})

    answer = manager.get(consent_at_tiktok(start_tiktok(manager), US, OTHER), follow=True)
    assert "Soap US" in said(answer)
    assert "US TikTok Shops only" in said(answer), "the shop in another country must be named and refused"
    assert "Soap GB" in said(answer)
    assert not TikTokShop.objects.exists(), "a shop without a store has no row yet"

    answer = manager.get(consent_at_shopify(manager), follow=True)
    store = ShopifyStore.objects.get()
    assert (store.domain, store.access, store.connection) == (DOMAIN, "consent", Connection.CONNECTED)
    assert (store.currency, store.order_id_definition) == ("USD", ShopifyStore.Definition.READY)
    assert store.location
    assert answer.redirect_chain[-1][0] == "/admin/setup/"

    manager.post("/admin/setup/shops/", {"shop": [US, OTHER], "store": store.pk})
    shop = TikTokShop.objects.get()
    assert (shop.shop_id, shop.name, shop.paused, shop.in_setup) == (US, "Soap US", True, True)
    assert not PendingAuthorization.objects.exists()
    assert intake.fetch(shop.pk).stored.new == 0, "nothing is fetched before somebody says so"

    manager.post("/admin/setup/fetch/")
    assert intake.fetch(shop.pk).stored.new == 3
    page = said(manager.get("/admin/setup/"))
    assert "3 orders fetched" in page
    assert not Order.objects.exclude(sync_status="not_synced").exists(), "fetching alone sends nothing"

    manager.post("/admin/setup/finish/", {"automatic": "no"})
    shop.refresh_from_db()
    assert (shop.in_setup, SyncSettings.objects.get(shop=shop).automatic_sync) == (False, False)

    page = said(manager.get("/admin/setup/"))
    assert page.count("Done</span>") == 4, "a finished set-up must not look as if it had never begun"
    assert "receives the orders of Soap US." in page
    assert "Automatic sync is off: orders go when you press Sync." in page
    assert "3 orders here, last fetched" in page
    assert "3 orders of Soap US wait until you press Sync." in page
    TikTokShop.objects.update(connection=Connection.BROKEN, connection_error="The seller ended the permission.")
    page = said(manager.get("/admin/setup/"))
    assert page.count("Done</span>") == 3
    assert "Soap US needs reconnecting." in page
    assert "The seller ended the permission." in page


def test_automatic_sync_begins_with_the_press_that_says_so(
    vendors: tuple[Sandbox, Sandbox], manager: Client, redis_url: str
) -> None:
    manager.get(consent_at_tiktok(start_tiktok(manager), US))
    store = StoreFactory.create()
    manager.post("/admin/setup/shops/", {"shop": US, "store": store.pk})
    manager.post("/admin/setup/finish/", {"automatic": "yes"})
    assert not SyncSettings.objects.get().automatic_sync, "not before the first fetch"
    manager.post("/admin/setup/fetch/")
    intake.fetch(TikTokShop.objects.get().pk)
    manager.post("/admin/setup/finish/", {"automatic": "yes"})
    assert SyncSettings.objects.get().automatic_sync


def test_a_state_works_once(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    back = consent_at_tiktok(start_tiktok(manager), US)
    assert manager.get(back).status_code == 302
    again = manager.get(back)
    assert again.status_code == 400
    assert "used already" in said(again)


def test_a_state_of_another_person_is_refused(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    """Somebody lured onto our callback with an attacker's code would connect the attacker's shop."""
    back = consent_at_tiktok(start_tiktok(manager), US)
    other = client_of(User.objects.create_superuser("other", password="long enough"))
    assert other.get(back).status_code == 400
    assert not PendingAuthorization.objects.exists()


def test_a_state_lives_ten_minutes(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    back = consent_at_tiktok(start_tiktok(manager), US)
    ConsentRequest.objects.update(created_at=timezone.now() - timedelta(minutes=10, seconds=1))
    assert manager.get(back).status_code == 400


def test_a_state_of_one_vendor_is_none_of_the_other(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    state = parse_qs(urlsplit(start_tiktok(manager)).query)["state"][0]
    assert manager.get("/connect/shopify/callback/", {"state": state, "code": "x"}).status_code == 400


@pytest.mark.parametrize(
    "query", ["", "?state=", "?code=abc", "?code=abc&state=%00%ff", "?state=x&error=access_denied"]
)
@pytest.mark.parametrize("vendor", ["tiktok", "shopify"])
def test_an_odd_way_back_is_a_sentence_and_no_crash(
    vendors: tuple[Sandbox, Sandbox], manager: Client, vendor: str, query: str
) -> None:
    answer = manager.get(f"/connect/{vendor}/callback/{query}")
    assert answer.status_code == 400
    assert "start the connection again" in said(answer)


def test_a_spent_code_says_what_to_do(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    state = parse_qs(urlsplit(start_tiktok(manager)).query)["state"][0]
    answer = manager.get("/connect/tiktok/callback/", {"state": state, "code": "TTP_spent"})
    assert answer.status_code == 400
    assert "already used or is older than 30 minutes" in said(answer)
    assert "TTP_spent" not in said(answer)


def test_only_shops_outside_the_us_connect_nothing(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    answer = manager.get(consent_at_tiktok(start_tiktok(manager), OTHER))
    assert answer.status_code == 400
    assert "Soap GB (GB)" in said(answer)


def test_reconnecting_mends_the_shop_and_keeps_its_orders(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    shop = ShopFactory.create(shop_id=US, connection=Connection.BROKEN, connection_error="Revoked.")
    manager.get(consent_at_tiktok(start_tiktok(manager, shop=shop.pk), US))
    before, shop = shop, TikTokShop.objects.get()
    assert (shop.connection, shop.connection_error) == (Connection.CONNECTED, "")
    assert shop.access_token != before.access_token
    assert intake.fetch(shop.pk).error == ""


def test_a_shop_name_that_is_longer_than_its_place_does_not_stop_the_connection(
    vendors: tuple[Sandbox, Sandbox], manager: Client
) -> None:
    tiktok, _ = vendors
    tiktok.post("/_sandbox/shops", {"id": US, "name": "Soap\n" + "and more soap " * 40})
    shop = ShopFactory.create(shop_id=US, name="Soap US", connection=Connection.BROKEN)
    manager.get(consent_at_tiktok(start_tiktok(manager), US), follow=True)
    shop.refresh_from_db()
    assert (shop.connection, shop.name[:17], len(shop.name)) == (Connection.CONNECTED, "Soap and more soa", 255)

    shop.delete()
    manager.get(consent_at_tiktok(start_tiktok(manager), US), follow=True)
    manager.get(consent_at_shopify(manager), follow=True)
    manager.post("/admin/setup/shops/", {"shop": [US], "store": ShopifyStore.objects.get(domain=DOMAIN).pk})
    assert len(TikTokShop.objects.get().name) == 255


def test_consent_of_the_wrong_seller_is_named(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    tiktok, _ = vendors
    tiktok.post("/_sandbox/shops", {"id": "7494000000000000009", "name": "Candles"})
    shop = ShopFactory.create(shop_id=US, name="Soap US", connection=Connection.BROKEN)
    answer = manager.get(consent_at_tiktok(start_tiktok(manager, shop=shop.pk), "7494000000000000009"))
    assert answer.status_code == 400
    assert "given for Candles, not for Soap US" in said(answer)


def test_without_an_app_nothing_is_begun(manager: Client, settings: Any) -> None:
    settings.TIKTOK_SHOP_SERVICE_ID = ""
    assert "TIKTOK_SHOP_SERVICE_ID" in said(manager.get("/connect/tiktok/"))
    assert manager.post("/connect/tiktok/").status_code == 200
    assert not ConsentRequest.objects.exists()
