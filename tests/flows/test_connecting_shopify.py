"""A Shopify store in three ways; no wrong answer, host or secret gets through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from orders.models import Order
from orders.states import SyncStatus
from settings_app.models import Connection, ShopifyStore
from tests.factories import OrderFactory, ShopFactory, StoreFactory
from tests.flows.consents import (
    DOMAIN,
    consent_at_shopify,
    said,
    start_shopify,
)
from tests.sandboxes import Sandbox


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
        ({"way": "token", "token": "shpat_a\r\nX-Evil: 1"}, "It holds a blank"),
        ({"way": "token", "token": "shpat_☃"}, "It holds a blank"),
        ({"way": "credentials", "client_id": "an id", "client_secret": "x"}, "It holds a blank"),
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


def test_reconnecting_a_store_frees_the_orders_that_waited_for_it(
    vendors: tuple[Sandbox, Sandbox], manager: Client, django_capture_on_commit_callbacks: Any
) -> None:
    store = StoreFactory.create(domain=DOMAIN, connection=Connection.BROKEN, connection_error="Uninstalled.")
    order = OrderFactory.create(
        shop=ShopFactory.create(store=store), store=store, asked_by="manual", reason="shopify_connection"
    )
    Order.objects.update(sync_status=SyncStatus.BLOCKED)
    with django_capture_on_commit_callbacks(execute=True):
        start_shopify(manager, way="token", token="shpat_good")
    order.refresh_from_db()
    assert (order.sync_status, order.reason) == (SyncStatus.QUEUED, "")
