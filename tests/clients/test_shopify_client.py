"""Reading answers: partial data, versions, budgets. A lost part would look like an order that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import responses

from connectors import http
from connectors.budget import Budget
from connectors.errors import BadAnswer, NotSent, Refused, Throttled, Unauthorized
from connectors.shopify import client as module
from connectors.shopify import costs
from connectors.shopify.lookups import look_up_text
from tests.clients.shopify_answers import DOMAIN, URL, body, client, cost, error

DOCUMENTS = Path(module.__file__).parent / "documents"


class Ledger(Budget):
    """A budget that grants until told otherwise and keeps what was asked of it."""

    def __init__(self, wait: float = 0.0) -> None:
        super().__init__(None)
        self.wait = wait
        self.taken: list[tuple[float, float, float]] = []
        self.returned: list[float] = []
        self.told: list[tuple[float, float, float]] = []

    def take(self, key: str, cost: float, *, capacity: float, rate: float) -> float:
        assert key == f"shopify:{DOMAIN}"
        self.taken.append((cost, capacity, rate))
        return self.wait

    def give_back(self, key: str, amount: float) -> None:
        self.returned.append(amount)

    def correct(self, key: str, *, available: float, capacity: float, rate: float) -> None:
        self.told.append((available, capacity, rate))


@pytest.fixture(autouse=True)
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(http, "_pause", lambda seconds: None)
    monkeypatch.setattr(module, "_plans", {})
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_amounts_are_never_floats(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body='{"data": {"shop": {"weight": 0.1}}}')
    assert client().run("shop_info", {}).data["shop"]["weight"] == Decimal("0.1")


def test_partial_data_is_kept_beside_its_errors(vendor: responses.RequestsMock) -> None:
    denied = error("Access denied.", "ACCESS_DENIED", ["shop", "plan"])
    vendor.post(URL, body=body({"shop": {"name": "Soap"}}, [denied]))
    result = client().run("shop_info", {})
    assert result.data == {"shop": {"name": "Soap"}}
    assert [(e["code"], e["path"]) for e in result.errors] == [("ACCESS_DENIED", ["shop", "plan"])]


def test_another_served_version_is_told_and_is_no_error(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"shop": {}}), headers={"X-Shopify-API-Version": "2027-01", "X-Request-Id": "r-9"})
    result = client().run("shop_info", {})
    assert (result.served_version, result.request_id) == ("2027-01", "r-9")


def test_an_answer_without_version_counts_as_the_asked_one(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"shop": {}}))
    assert client().run("shop_info", {}).served_version == "2026-10"


def test_search_warnings_carry_the_search_they_belong_to(vendor: responses.RequestsMock) -> None:
    warning = {"field": "source_identifer", "message": "Invalid search field", "code": "invalid_field"}
    vendor.post(URL, body=body({"orders": {}}, search=[{"path": ["orders"], "query": "…", "warnings": [warning]}]))
    assert client().run("orders_search", {}).search_warnings == [{**warning, "path": ["orders"]}]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_reads_survive_a_passing_failure(vendor: responses.RequestsMock, status: int) -> None:
    vendor.post(URL, status=status, body="<html>")
    vendor.post(URL, body=body({"shop": {"name": "Soap"}}))
    assert client().run("shop_info", {}).data["shop"]["name"] == "Soap"


@pytest.mark.parametrize(
    ("status", "text"),
    [(500, ""), (502, "<html>"), (504, ""), (200, '{"data": {'), (200, "<html>"), (200, ""), (200, "{}")],
)
def test_a_read_without_an_answer_is_never_a_negative_answer(
    vendor: responses.RequestsMock, status: int, text: str
) -> None:
    vendor.post(URL, status=status, body=text)
    with pytest.raises(BadAnswer):
        client().run("shop_info", {})


def test_an_internal_error_of_a_read_is_no_answer(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"order": None}, [error("Internal error.", "INTERNAL_SERVER_ERROR", ["order"])]))
    with pytest.raises(BadAnswer):
        client().run("order_read", {"id": "x"})


def test_a_malformed_id_is_a_refusal(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"order": None}, [error("invalid id", "RESOURCE_NOT_FOUND", ["order"])]))
    with pytest.raises(Refused, match="invalid id"):
        client().run("order_read", {"id": "x"})


def test_an_inactive_store_is_a_broken_connection(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(errors=[error("Shop is inactive", "SHOP_INACTIVE")]))
    with pytest.raises(Unauthorized, match="inactive"):
        client().run("shop_info", {})


def test_the_token_travels_in_its_header_and_nowhere_else(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"shop": {}}))
    store = client()
    store.run("shop_info", {})
    request = vendor.calls[0].request
    assert request.headers["X-Shopify-Access-Token"] == "shpat_1"
    assert "shpat_1" not in f"{request.url}{request.body!r}{store!r}"


# Budget


def test_nothing_is_sent_while_the_budget_says_wait(vendor: responses.RequestsMock) -> None:
    with pytest.raises(Throttled) as raised:
        client(Ledger(wait=1.5)).run("order_create", {}, creates=True)
    assert (raised.value.wait, raised.value.code, len(vendor.calls)) == (1.5, "budget", 0)


def test_every_answer_corrects_the_budget_even_a_throttled_one(vendor: responses.RequestsMock) -> None:
    ledger = Ledger()
    throttled = {"errors": [error("Throttled", "THROTTLED")], "extensions": {"cost": cost(50, 3, 20000, 1000)}}
    vendor.post(URL, body=json.dumps(throttled))
    with pytest.raises(Throttled) as raised:
        client(ledger).run("shop_info", {})
    assert raised.value.wait == 0.5
    assert ledger.told == [(3, 20000, 1000)]


def test_a_larger_plan_is_used_once_the_store_has_told_it(vendor: responses.RequestsMock) -> None:
    ledger = Ledger()
    vendor.post(URL, body=json.dumps({"data": {"shop": {}}, "extensions": {"cost": cost(4, 19996, 20000, 1000)}}))
    client(ledger).run("shop_info", {})
    client(ledger).run("shop_info", {})
    assert ledger.taken == [(4, 2000, 100), (4, 20000, 1000)]


def test_points_of_a_request_that_never_left_are_given_back(
    monkeypatch: pytest.MonkeyPatch, vendor: responses.RequestsMock
) -> None:
    def no_network(*args: Any, **kwargs: Any) -> http.Answer:
        raise NotSent("no network")

    monkeypatch.setattr(http, "send", no_network)
    ledger = Ledger()
    with pytest.raises(NotSent):
        client(ledger).run("tags_add", {})
    assert ledger.returned == [10]


def test_throttled_without_figures_waits_a_second(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body='{"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}')
    with pytest.raises(Throttled) as raised:
        client().run("shop_info", {})
    assert raised.value.wait == 1.0


def test_every_document_has_a_cost_that_shopify_accepts() -> None:
    names = {path.stem for path in DOCUMENTS.glob("*.graphql")}
    assert set(costs.COSTS) == names
    everything = [*costs.COSTS.values(), costs.order_create(250), costs.order_fulfillment_orders(25, 250)]
    assert max(everything) < 1000, "Shopify refuses a single request that asks for more, on every plan"
    assert costs.orders_look_up(50) < 300


PROTECTED = re.compile(
    r"\b(email|phone|statusPageUrl|displayName|firstName|lastName|address1|address2|zip|formatted|latitude|longitude"
    r"|customer|shippingAddress|billingAddress|destination)\b"
)


def test_no_document_reads_protected_customer_data() -> None:
    for path in DOCUMENTS.glob("*.graphql"):
        assert not PROTECTED.search(module.document_text(path.stem)), path.name


def test_the_look_up_text_asks_for_as_many_custom_ids_as_there_are_orders() -> None:
    text = look_up_text(3)
    assert "custom2: orderByIdentifier" in text
    assert "$value0: String!, $value1: String!, $value2: String!)" in text
    assert text.count("orderByIdentifier") == 3
    assert "$value" not in look_up_text(0)
