"""From nothing to a connected pair of shops, over the vendors' consent pages; and everything that must not connect."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from orders import intake
from orders.models import Order
from settings_app import key_rotation, oauth
from settings_app.models import (
    Connection,
    ConsentRequest,
    PendingAuthorization,
    ShopifyStore,
    SyncSettings,
    TikTokShop,
)
from tests.factories import ShopFactory, StoreFactory
from tests.sandboxes import Sandbox

DOMAIN = "lavender.myshopify.com"
US, OTHER = "7494000000000000001", "7494000000000000002"


@pytest.fixture
def vendors(db: None, tiktok_sandbox: Sandbox, shopify_sandbox: Sandbox, settings: Any) -> tuple[Sandbox, Sandbox]:
    settings.TIKTOK_SHOP_AUTHORIZE_URL = f"{tiktok_sandbox.url}/open/authorize"
    settings.SHOPIFY_CLIENT_SECRET = "sandbox-secret"
    tiktok_sandbox.post("/_sandbox/shops", {"id": US, "name": "Soap US"})
    tiktok_sandbox.post("/_sandbox/shops", {"id": OTHER, "name": "Soap GB", "region": "GB"})
    return tiktok_sandbox, shopify_sandbox


@pytest.fixture
def manager(db: None) -> Client:
    return client_of(User.objects.create_superuser("manager", password="long enough"))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def consent_at_tiktok(address: str, *shops: str) -> str:
    """What the seller does there; returns the path and query that TikTok sends the browser back to."""
    page = requests.get(address, timeout=10)
    assert "Authorize" in page.text
    answer = requests.post(address, data={"shop_id": list(shops)}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def start_tiktok(client: Client, **given: object) -> str:
    answer = client.post("/connect/tiktok/", given)
    assert answer.status_code == 302
    return str(answer["Location"])


def start_shopify(client: Client, **further: str) -> Any:
    return client.post("/connect/shopify/", {"domain": DOMAIN, "way": "consent", **further})


def consent_at_shopify(client: Client) -> str:
    address = start_shopify(client)["Location"]
    answer = requests.get(address, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def said(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


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


@pytest.mark.parametrize("query", ["", "?state=", "?code=abc", "?code=abc&state=%00%ff", "?state=x&error=access_denied"])
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


def test_an_answer_that_shopify_did_not_sign_is_refused(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    back = consent_at_shopify(manager).replace("code=code", "code=badcode")
    answer = manager.get(back)
    assert answer.status_code == 400
    assert "not signed" in said(answer)
    assert not ShopifyStore.objects.exists()


def test_an_answer_of_another_store_is_refused(
    vendors: tuple[Sandbox, Sandbox], manager: Client, settings: Any
) -> None:
    _, shopify = vendors
    state = parse_qs(urlsplit(start_shopify(manager)["Location"]).query)["state"][0]
    address = f"{shopify.url}/other.myshopify.com/admin/oauth/authorize"
    asked = {"redirect_uri": "http://x/connect/shopify/callback/", "state": state}
    answer = requests.get(address, asked, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    refused = manager.get(f"{back.path}?{back.query}")
    assert refused.status_code == 400
    assert "but other.myshopify.com answered" in said(refused)


@pytest.mark.parametrize(
    "typed",
    [
        "169.254.169.254",
        "localhost:6379",
        "evil.example",
        "lavender.myshopify.com.evil.example",
        "evil.example/lavender.myshopify.com",
        "evil.example#.myshopify.com",
        "me@lavender.myshopify.com",
        "lavender.myshopify.com:8080",
        "http://lavender.myshopify.com",
        "",
        "..",
    ],
)
@pytest.mark.parametrize("way", ["consent", "credentials", "token"])
def test_no_request_goes_to_a_host_that_a_person_typed(
    manager: Client, monkeypatch: pytest.MonkeyPatch, typed: str, way: str
) -> None:
    monkeypatch.setattr("connectors.http.send", lambda *_, **__: pytest.fail("a request went out"))
    given = {"domain": typed, "way": way, "token": "shpat_x", "client_id": "id", "client_secret": "secret"}
    answer = manager.post("/connect/shopify/", given)
    assert answer.status_code == 200
    assert "not the name of a Shopify store" in said(answer)


def test_client_id_and_secret_connect_a_store(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    given = {"way": "credentials", "client_id": "own-app", "client_secret": "own-secret"}
    assert start_shopify(manager, **given).status_code == 302
    store = ShopifyStore.objects.get()
    assert (store.access, store.client_id, store.client_secret) == ("credentials", "own-app", "own-secret")
    assert store.access_token_expires_at is not None


def test_the_installations_app_serves_where_none_is_typed(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    assert start_shopify(manager, way="credentials").status_code == 302
    assert ShopifyStore.objects.get().client_id == ""


def test_a_pasted_token_connects_a_store(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    given = {"way": "token", "token": "shpat_permanent", "webhook_secret": "shpss_app"}
    assert start_shopify(manager, **given).status_code == 302
    store = ShopifyStore.objects.get()
    assert (store.access, store.access_token, store.access_token_expires_at) == ("token", "shpat_permanent", None)
    assert store.client_secret == "shpss_app"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"way": "token", "token": "bad"}, "no longer accepts the access token"),
        ({"way": "token", "token": "frozen"}, "frozen this store"),
        ({"way": "token", "token": ""}, "Paste the token"),
        ({"way": "credentials", "client_id": "bad", "client_secret": "x"}, "does not know this client id and secret"),
        ({"way": "credentials", "client_id": "half"}, "both the client id and its secret"),
    ],
)
def test_what_does_not_work_is_told_and_not_saved(
    vendors: tuple[Sandbox, Sandbox], manager: Client, given: dict[str, str], sentence: str
) -> None:
    answer = start_shopify(manager, **given)
    assert sentence in said(answer)
    assert not ShopifyStore.objects.exists()


def test_a_typed_secret_is_never_shown_again(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    answer = start_shopify(manager, way="token", token="frozen-secret-token", webhook_secret="shpss_typed_secret")
    assert "frozen-secret-token" not in said(answer)
    assert "shpss_typed_secret" not in said(answer)


def test_a_bad_reconnection_leaves_the_good_token(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    StoreFactory.create(domain=DOMAIN, access_token="shpat_good")
    start_shopify(manager, way="token", token="bad")
    assert ShopifyStore.objects.get().access_token == "shpat_good"


def test_an_old_secret_signs_for_an_hour_after_its_rotation(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    from settings_app import app_secrets

    for secret in ("old-secret", "new-secret"):
        start_shopify(manager, way="credentials", client_id="own-app", client_secret=secret)
    assert app_secrets.that_sign(DOMAIN)[:2] == ("new-secret", "old-secret")
    ShopifyStore.objects.update(old_client_secret_until=timezone.now() - timedelta(seconds=1))
    assert "old-secret" not in app_secrets.that_sign(DOMAIN)


ADDRESSES = [
    ("get", "/connect/tiktok/"),
    ("post", "/connect/tiktok/"),
    ("get", "/connect/tiktok/callback/?state=x&code=y"),
    ("get", "/connect/shopify/"),
    ("post", "/connect/shopify/"),
    ("get", "/connect/shopify/callback/?state=x&code=y"),
    ("get", "/admin/setup/"),
    ("post", "/admin/setup/shops/"),
    ("post", "/admin/setup/fetch/"),
    ("post", "/admin/setup/finish/"),
]


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_who_is_not_logged_in_is_sent_to_the_login(db: None, method: str, address: str) -> None:
    answer = getattr(Client(), method)(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("role", ["Viewer", "Operator"])
@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_only_managers_connect(db: None, role: str, method: str, address: str) -> None:
    from django.contrib.auth.models import Group

    user = User.objects.create_user("somebody", password="long enough", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    assert getattr(client_of(user), method)(address).status_code == 403


def test_automatic_sync_needs_the_right_to_change_settings(vendors: tuple[Sandbox, Sandbox]) -> None:
    user = User.objects.create_user("connector", password="long enough", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_tiktokshop"))
    shop = ShopFactory.create(in_setup=True, last_polled_at=timezone.now())
    SyncSettings.objects.create(shop=shop)
    assert client_of(user).post("/admin/setup/finish/", {"automatic": "yes"}).status_code == 403
    assert not SyncSettings.objects.get().automatic_sync


@pytest.mark.parametrize("address", [address for method, address in ADDRESSES if "setup/" in address and method == "post"])
def test_a_get_never_changes_a_setup(manager: Client, address: str) -> None:
    assert manager.get(address).status_code == 405


def test_no_address_leads_away(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    """The only foreign pages are the two vendors' consent pages, whatever is asked for."""
    for further in ("next=https://evil.example/", "redirect_uri=https://evil.example/", "back=//evil.example"):
        answer = manager.get(f"{consent_at_tiktok(start_tiktok(manager), US)}&{further}")
        assert answer["Location"] == "/admin/setup/"
        answer = manager.post(f"/connect/shopify/?{further}", {"domain": DOMAIN, "way": "consent"})
        assert urlsplit(answer["Location"]).path == f"/{DOMAIN}/admin/oauth/authorize"
        assert "evil" not in answer["Location"]


def test_csrf_is_asked_for(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())
    for method, address in ADDRESSES:
        if method == "post":
            assert strict.post(address).status_code == 403, address


def test_the_state_is_in_no_table(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    state = parse_qs(urlsplit(start_tiktok(manager)).query)["state"][0]
    row = ConsentRequest.objects.values().get()
    assert state not in str(row)
    assert row["state_digest"] == oauth._digest(state)


def test_keys_are_rotated_without_losing_a_token(db: None, settings: Any) -> None:
    from cryptography.fernet import Fernet
    from django.db import connection

    shop = ShopFactory.create(access_token="TTP_kept")
    new = Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, *settings.FIELD_ENCRYPTION_KEYS]
    assert key_rotation.rotate() >= 2
    settings.FIELD_ENCRYPTION_KEYS = [new]
    shop.refresh_from_db()
    assert shop.access_token == "TTP_kept"
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM settings_app_tiktokshop")
        assert "TTP_kept" not in cursor.fetchone()[0]


def test_ten_wrong_passwords_end_the_guessing(db: None) -> None:
    User.objects.create_superuser("manager", password="long enough")
    client = Client()
    for _ in range(10):
        client.post("/admin/login/", {"username": "manager", "password": "guess"})
    right = client.post("/admin/login/", {"username": "manager", "password": "long enough"})
    assert right.status_code == 429
    assert "Too many wrong passwords" in said(right)
