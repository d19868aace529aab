"""A token pair is never lost, never spent twice and never shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses

from connectors.errors import ConnectorError, NotSent, Refused, Throttled, Unauthorized, UnknownOutcome
from connectors.tiktok import auth

AUTH = "https://auth.test"
GET, REFRESH = f"{AUTH}/api/v2/token/get", f"{AUTH}/api/v2/token/refresh"
DATA = {
    "access_token": "TTP_access",
    "access_token_expire_in": 1660556783,
    "refresh_token": "TTP_refresh",
    "refresh_token_expire_in": 1691487031,
    "open_id": "7010736057180325637",
    "seller_name": "Test Seller",
    "granted_scopes": ["seller.order.info"],
}
GOOD = json.dumps({"code": 0, "message": "success", "request_id": "r", "data": DATA})
SECRETS = ("app-hush", "code-hush", "old-hush")


@pytest.fixture(autouse=True)
def vendor() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def renew() -> object:
    return auth.refresh(AUTH, "key", "app-hush", "old-hush")


def exchange() -> object:
    return auth.exchange_code(AUTH, "key", "app-hush", "code-hush")


def test_a_sellers_consent_becomes_a_token_pair_with_true_expiries(vendor: responses.RequestsMock) -> None:
    vendor.get(GET, body=GOOD)
    pair = auth.exchange_code(AUTH, "key", "app-hush", "code-hush")
    assert (pair.access_token, pair.refresh_token) == ("TTP_access", "TTP_refresh")
    assert pair.access_token_expires_at == datetime.fromtimestamp(1660556783, UTC)
    assert pair.refresh_token_expires_at == datetime.fromtimestamp(1691487031, UTC)
    assert dict(parse_qsl(urlsplit(vendor.calls[0].request.url or "").query)) == {
        "app_key": "key",
        "app_secret": "app-hush",
        "auth_code": "code-hush",
        "grant_type": "authorized_code",
    }


def test_a_renewal_brings_both_new_tokens(vendor: responses.RequestsMock) -> None:
    vendor.get(REFRESH, body=GOOD)
    pair = auth.refresh(AUTH, "key", "app-hush", "old-hush")
    assert (pair.access_token, pair.refresh_token) == ("TTP_access", "TTP_refresh")
    query = dict(parse_qsl(urlsplit(vendor.calls[0].request.url or "").query))
    assert (query["refresh_token"], query["grant_type"]) == ("old-hush", "refresh_token")


def test_a_spent_code_says_to_start_again(vendor: responses.RequestsMock) -> None:
    vendor.get(GET, body='{"code":36004004,"message":"Invalid auth code.","request_id":"r9"}')
    with pytest.raises(Refused, match="Start the connection again") as caught:
        exchange()
    assert caught.value.request_id == "r9"


def test_a_refused_renewal_asks_the_seller_to_connect_again(vendor: responses.RequestsMock) -> None:
    vendor.get(REFRESH, body='{"code":36004005,"message":"refresh token old-hush expired","request_id":"r9"}')
    with pytest.raises(Unauthorized, match="Connect the shop again") as caught:
        renew()
    assert not caught.value.expired
    assert (caught.value.code, caught.value.request_id) == ("36004005", "r9")
    assert "hush" not in caught.value.answer


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (502, "<html>", UnknownOutcome),
        (200, '{"code":36009003,"message":"internal"}', UnknownOutcome),
        (200, GOOD[:200], UnknownOutcome),
        (200, '{"code":0,"data":null}', UnknownOutcome),
        (200, '{"code":0,"data":{"access_token":"only-hush"}}', UnknownOutcome),
        (200, '{"code":0,"data":{"access_token":"","refresh_token":""}}', UnknownOutcome),
        (429, '{"code":36009002,"message":"slow"}', Throttled),
    ],
)
def test_a_renewal_with_a_doubtful_answer_goes_out_once_and_breaks_nothing(
    vendor: responses.RequestsMock, status: int, body: str, kind: type[ConnectorError]
) -> None:
    vendor.get(REFRESH, status=status, body=body)
    with pytest.raises(kind) as caught:
        renew()
    assert len(vendor.calls) == 1
    shown = caught.value.sentence + caught.value.answer + repr(caught.value)
    assert "hush" not in shown
    assert "TTP_" not in shown


@pytest.mark.parametrize("call", [renew, exchange])
def test_a_broken_connection_shows_neither_address_nor_secret(vendor: responses.RequestsMock, call: object) -> None:
    assert callable(call)
    for url in (GET, REFRESH):
        vendor.get(url, body=requests.ConnectionError(f"cannot reach {url}?app_secret=app-hush"))
    with pytest.raises(NotSent) as caught:
        call()
    assert not any(secret in str(caught.value) + caught.value.answer for secret in SECRETS)
    assert caught.value.__suppress_context__
    vendor.assert_all_requests_are_fired = False
