"""Answers that are JSON and yet odd: one such value must not lose a created order, a token pair or a worker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import responses

from connectors import http
from connectors.budget import Budget
from connectors.shopify import auth as shopify_auth
from connectors.shopify import client as shopify_client
from connectors.shopify import orders, reading
from connectors.tiktok import auth as tiktok_auth
from tests.clients.shopify_answers import DOMAIN, GID, URL, body, client, created

NAME = "a name to be replaced"

ODD = {
    "no number": "NaN",
    "endless": "-Infinity",
    "a number of 5000 digits": "9" * 5000,
    "a number beyond any size": "1e99999999999999999999",
    "half a character": r'"\ud83d"',
    "NUL": r'"\u0000"',
    "nested for ever": "[" * 5000 + "]" * 5000,
    "objects for ever": '{"a":' * 5000 + "1" + "}" * 5000,
}


@pytest.fixture(autouse=True)
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(http, "_pause", lambda seconds: None)
    monkeypatch.setattr(shopify_client, "_plans", {})
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def spoiled(whole: str, odd: str) -> str:
    assert f'"{NAME}"' in whole
    return whole.replace(f'"{NAME}"', ODD[odd])


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_value_beside_it_does_not_hide_that_an_order_was_made(vendor: responses.RequestsMock, odd: str) -> None:
    made = {"orderCreate": {"order": created(name=NAME), "userErrors": []}}
    vendor.post(URL, body=spoiled(body(made), odd))
    order = orders.create(client(), {"order": {}, "options": {}})
    assert (order.gid, order.total) == (GID, Decimal("42.5"))
    order.name.encode()
    assert "\x00" not in order.name


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_amount_is_no_amount_and_costs_no_memory(odd: str) -> None:
    from connectors import careless_json

    value = careless_json.storable(careless_json.read(ODD[odd]))
    assert reading.number(value) == 0
    assert reading.amount(value) is None
    assert reading.number(Decimal("1e999999999")) == 0
    assert reading.moment("0001-01-01T00:00:00+14:00") is None


@pytest.mark.parametrize("number", ["NaN", "1e999", "-Infinity", "[]"])
def test_an_odd_throttle_report_leaves_the_stores_budget_as_it_was(vendor: responses.RequestsMock, number: str) -> None:
    told: list[float] = []

    class Ledger(Budget):
        def correct(self, key: str, *, available: float, capacity: float, rate: float) -> None:
            told.append(available)

    status = {"maximumAvailable": 2000, "currentlyAvailable": NAME, "restoreRate": 100}
    answer: dict[str, Any] = {"data": {"shop": {}}, "extensions": {"cost": {"throttleStatus": status}}}
    vendor.post(URL, body=json.dumps(answer).replace(f'"{NAME}"', number))
    client(Ledger(None)).run("shop_info", {})
    assert told == []


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_value_beside_them_loses_no_new_token_pair(vendor: responses.RequestsMock, odd: str) -> None:
    """The old pair may be dead already: an answer that cannot be read costs the seller a new consent."""
    pair = {"access_token": "TTP_new", "refresh_token": "TTP_next", "access_token_expire_in": 1660556783}
    whole = json.dumps({"code": 0, "data": {**pair, "user_type": NAME}})
    vendor.get("https://auth.test/api/v2/token/refresh", body=spoiled(whole, odd))
    kept = tiktok_auth.refresh("https://auth.test", "key", "secret", "TTP_old")
    assert (kept.access_token, kept.refresh_token) == ("TTP_new", "TTP_next")

    whole = json.dumps({"access_token": "shpat_new", "refresh_token": "shprt_next", "expires_in": 3600, "scope": NAME})
    vendor.post(f"https://{DOMAIN}/admin/oauth/access_token", body=spoiled(whole, odd))
    token = shopify_auth.refresh("https://{domain}", DOMAIN, "id", "secret", "shprt_old")
    assert (token.token, token.refresh_token) == ("shpat_new", "shprt_next")
