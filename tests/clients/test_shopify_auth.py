"""Connecting a store, and telling Shopify's own messages from anybody else's."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
import responses
from time_machine import travel

from connectors import http
from connectors.errors import BadAnswer, Throttled, Unauthorized, UnknownOutcome
from connectors.shopify import auth, webhooks
from tests.clients.shopify_answers import DOMAIN

API = "https://{domain}"
TOKEN_URL = f"https://{DOMAIN}/admin/oauth/access_token"
SECRET = "shpss_0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

# Computed with openssl as well; the second holds bytes that are not ASCII.
EMPTY_BODY_SIGNATURE = "oxs9shCVWn0CJ/tKWdRGk+uZNxs4X3hpGR375U2h7Qg="
CANCELLED = (
    '{"id":6824239235305,"admin_graphql_api_id":"gid://shopify/Order/6824239235305",'
    '"cancelled_at":"2026-11-22T21:15:00-05:00","cancel_reason":"customer",'
    '"source_identifier":"576461413038785752","note":"café"}'
).encode()
CANCELLED_SIGNATURE = "d3P9dWPlG3GdjfqDLh0GAO2qL8FIxs/PuV1BOQaUlPo="

CALLBACK = {
    "code": "0907a61c0c8d55e99db179b68161bc00",
    "host": "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZXhhbXBsZQ",
    "shop": "example-store.myshopify.com",
    "state": "0.6784241404160823",
    "timestamp": "1795341600",
    "hmac": "5d93fea731fccf222437ec3935470ec7536b5a6350d2cff7c33166ed8dd04666",
}


@pytest.fixture(autouse=True)
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(http, "_pause", lambda seconds: None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Soap-Shop.myshopify.com", "soap-shop.myshopify.com"),
        (" soap.myshopify.com\n", "soap.myshopify.com"),
        ("soap.myshopify.com.evil.example", None),
        ("evil.example/soap.myshopify.com", None),
        ("evil.example#soap.myshopify.com", None),
        ("user@soap.myshopify.com", None),
        ("soap.myshopify.com:8443", None),
        ("https://soap.myshopify.com", None),
        ("a.b.myshopify.com", None),
        ("-soap.myshopify.com", None),
        ("soap\n.myshopify.com", None),
        ("", None),
    ],
)
def test_only_a_plain_store_name_ever_becomes_a_host(typed: str, name: str | None) -> None:
    assert auth.valid_domain(typed) == name


def test_a_token_for_a_day_comes_with_its_end_and_scopes(vendor: responses.RequestsMock) -> None:
    answer = {"access_token": "shpat_new", "scope": "write_orders,read_products", "expires_in": 86399}
    vendor.post(TOKEN_URL, json=answer)
    with travel(NOW, tick=False):
        token = auth.client_credentials(API, DOMAIN, "id", "secret")
    assert token.expires_at == NOW + timedelta(seconds=86399)
    assert token.scopes == {"write_orders", "read_products"}
    assert "shpat_new" not in repr(token)
    sent = vendor.calls[0].request.body
    assert isinstance(sent, bytes)
    form = parse_qs(sent.decode())
    assert form == {"grant_type": ["client_credentials"], "client_id": ["id"], "client_secret": ["secret"]}


def test_a_consent_gives_a_token_that_does_not_end(vendor: responses.RequestsMock) -> None:
    vendor.post(TOKEN_URL, json={"access_token": "shpat_new", "scope": "write_orders"})
    assert auth.exchange_code(API, DOMAIN, "id", "secret", "code").expires_at is None


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("shop_not_permitted", "another organisation"),
        ("app_not_installed", "not installed"),
        ("invalid_client", "client id and secret"),
        ("something_new", "something_new"),
    ],
)
def test_a_refused_token_says_what_to_mend(vendor: responses.RequestsMock, code: str, part: str) -> None:
    vendor.post(TOKEN_URL, json={"error": code}, status=400)
    with pytest.raises(Unauthorized, match=part) as raised:
        auth.client_credentials(API, DOMAIN, "id", "top-secret")
    assert raised.value.code == code
    assert "top-secret" not in f"{raised.value.sentence}{raised.value.answer}"


def test_a_frozen_store_is_told_as_such(vendor: responses.RequestsMock) -> None:
    vendor.post(TOKEN_URL, status=402, body="")
    with pytest.raises(Unauthorized, match="frozen"):
        auth.client_credentials(API, DOMAIN, "id", "secret")


def test_a_code_is_used_once_and_a_passing_failure_of_the_other_way_is_survived(
    vendor: responses.RequestsMock,
) -> None:
    vendor.post(TOKEN_URL, status=502, body="<html>")
    with pytest.raises(UnknownOutcome):
        auth.exchange_code(API, DOMAIN, "id", "secret", "code")
    assert len(vendor.calls) == 1
    with pytest.raises(BadAnswer):
        auth.client_credentials(API, DOMAIN, "id", "secret")
    assert len(vendor.calls) == 4


def test_asking_for_tokens_too_often_waits(vendor: responses.RequestsMock) -> None:
    vendor.post(TOKEN_URL, status=429, headers={"Retry-After": "9"})
    with pytest.raises(Throttled) as raised:
        auth.client_credentials(API, DOMAIN, "id", "secret")
    assert raised.value.wait == 9


def test_a_secret_is_never_sent_to_a_host_that_is_no_store(vendor: responses.RequestsMock) -> None:
    with pytest.raises(Unauthorized):
        auth.client_credentials(API, "evil.example", "id", "secret")
    assert len(vendor.calls) == 0


def test_the_consent_page_is_the_stores_own() -> None:
    url = auth.authorize_url(API, DOMAIN, "id", ["a", "b"], "https://me.example/back/", "s&1")
    assert url.startswith(
        f"https://{DOMAIN}/admin/oauth/authorize?client_id=id&scope=a%2Cb&redirect_uri=https%3A%2F%2F"
    )
    assert url.endswith("&state=s%261")


def test_a_callback_signed_by_shopify_is_believed() -> None:
    assert auth.query_hmac_ok(CALLBACK, SECRET)
    assert auth.query_hmac_ok(list(reversed(CALLBACK.items())), SECRET)


@pytest.mark.parametrize(
    "changes", [{"shop": "evil.myshopify.com"}, {"hmac": ""}, {"hmac": "é"}, {"extra": "1"}, {"timestamp": "1"}]
)
def test_a_changed_callback_is_not_believed(changes: dict[str, str]) -> None:
    assert not auth.query_hmac_ok({**CALLBACK, **changes}, SECRET)


def test_a_callback_without_or_with_two_signatures_is_not_believed() -> None:
    unsigned = [(key, value) for key, value in CALLBACK.items() if key != "hmac"]
    assert not auth.query_hmac_ok(unsigned, SECRET)
    assert not auth.query_hmac_ok([*CALLBACK.items(), ("hmac", CALLBACK["hmac"])], SECRET)
    assert not auth.query_hmac_ok(CALLBACK, "")


def test_signed_values_cannot_smuggle_further_parameters() -> None:
    message = 'ids=["1", "2"]&state=a%26b%25=c'
    signature = hmac.new(SECRET.encode(), message.encode(), hashlib.sha256).hexdigest()
    pairs = [("state", "a&b%=c"), ("ids[]", "1"), ("ids[]", "2"), ("hmac", signature)]
    assert auth.query_hmac_ok(pairs, SECRET)


@pytest.mark.parametrize(
    ("timestamp", "recent"),
    [("1795341600", True), ("1795000000", False), ("1895341600", False), ("", False), ("x", False)],
)
def test_an_old_callback_is_stale(timestamp: str, recent: bool) -> None:
    assert auth.is_recent({"timestamp": timestamp}, datetime.fromtimestamp(1795341700, UTC)) is recent


def test_a_webhook_signed_by_any_of_the_secrets_is_shopifys() -> None:
    assert webhooks.is_signed([SECRET], CANCELLED, CANCELLED_SIGNATURE)
    assert webhooks.is_signed(["new-secret", SECRET], CANCELLED, f" {CANCELLED_SIGNATURE} ")
    assert webhooks.is_signed([SECRET], b"", EMPTY_BODY_SIGNATURE)


@pytest.mark.parametrize("header", ["", "é", CANCELLED_SIGNATURE[:-1], CANCELLED_SIGNATURE.lower()])
def test_a_webhook_with_a_wrong_signature_is_not_shopifys(header: str) -> None:
    assert not webhooks.is_signed([SECRET], CANCELLED, header)


def test_a_webhook_changed_by_one_byte_is_not_shopifys() -> None:
    assert not webhooks.is_signed([SECRET], CANCELLED + b" ", CANCELLED_SIGNATURE)


def test_without_a_secret_nothing_is_signed() -> None:
    empty = base64.b64encode(hmac.new(b"", CANCELLED, hashlib.sha256).digest()).decode()
    assert not webhooks.is_signed([""], CANCELLED, empty)
    assert not webhooks.is_signed([], CANCELLED, empty)
