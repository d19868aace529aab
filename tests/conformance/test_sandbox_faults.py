"""Wished faults fall before or after the effect, and a killed sandbox remembers all it answered."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from project.environment import FOLDER
from tests.conformance.shopify_caller import CREATE, UNLIMITED, Caller, line, sandbox, search

ORDER = {"order": {"lineItems": [line()]}}


@pytest.fixture(scope="module")
def _process() -> Iterator[Caller]:
    with sandbox("--search-lag", "0", *UNLIMITED) as caller:
        yield caller


@pytest.fixture
def shopify(_process: Caller) -> Caller:
    _process.faults()
    assert _process.http.post(f"{_process.url}/_sandbox/reset", timeout=20).ok
    return _process


def orders(shopify: Caller) -> int:
    return int(shopify.state()["counts"]["orders"])


@pytest.mark.parametrize(("when", "count"), [("before", 0), ("after", 1)])
def test_a_cut_answer_leaves_the_order_exactly_where_the_wish_says(shopify: Caller, when: str, count: int) -> None:
    shopify.faults({"operation": "OrderCreate", "when": when, "do": "cut", "times": 1})
    with pytest.raises(requests.ConnectionError):
        shopify.post(CREATE, ORDER)
    assert orders(shopify) == count
    assert shopify.create()["order"]["id"]


def test_a_gateway_error_after_the_effect_hides_an_order_that_is_there(shopify: Caller) -> None:
    shopify.faults({"operation": "orderCreate", "when": "after", "do": "http", "status": 502, "times": 1})
    answer = shopify.post(CREATE, ORDER)
    assert answer.status_code == 502
    assert "html" in answer.headers["Content-Type"]
    assert orders(shopify) == 1


def test_a_429_says_how_long_to_wait(shopify: Caller) -> None:
    shopify.faults({"operation": "*", "do": "http", "status": 429, "retry_after": 2, "times": 1})
    assert shopify.post(CREATE, ORDER).headers["Retry-After"] == "2"
    assert orders(shopify) == 0


def test_a_truncated_answer_is_not_json(shopify: Caller) -> None:
    shopify.faults({"operation": "OrderCreate", "when": "after", "do": "truncate", "times": 1})
    answer = shopify.post(CREATE, ORDER)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert orders(shopify) == 1


def test_a_hang_ends_without_an_answer(shopify: Caller) -> None:
    shopify.faults({"operation": "OrderCreate", "when": "after", "do": "hang", "seconds": 0.3, "times": 1})
    started = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        shopify.post(CREATE, ORDER)
    assert time.monotonic() - started >= 0.3
    assert orders(shopify) == 1


def test_a_late_order_lands_after_the_caller_has_given_up(shopify: Caller) -> None:
    shopify.faults({"operation": "OrderCreate", "do": "late", "seconds": 0.4, "times": 1})
    with pytest.raises(requests.ConnectionError):
        shopify.post(CREATE, ORDER)
    assert orders(shopify) == 0
    ends = time.monotonic() + 10
    while orders(shopify) == 0 and time.monotonic() < ends:
        time.sleep(0.05)
    assert orders(shopify) == 1


def test_a_drip_sends_headers_and_then_a_byte_a_second(shopify: Caller) -> None:
    shopify.faults({"operation": "OrderCreate", "when": "after", "do": "drip", "times": 1})
    answer = shopify.post(CREATE, ORDER, stream=True)
    started = time.monotonic()
    assert len(answer.raw.read(2)) == 2
    assert time.monotonic() - started >= 0.5
    answer.close()


def test_a_wished_throttle_reports_how_long_to_wait_and_makes_no_order(shopify: Caller) -> None:
    shopify.faults({"operation": "OrderCreate", "do": "throttled", "retry_after": 2, "times": 2})
    for _ in range(2):
        answer = shopify.ask(CREATE, ORDER)
        assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
        cost = answer["extensions"]["cost"]
        short = cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]
        assert short / cost["throttleStatus"]["restoreRate"] == pytest.approx(2, abs=0.1)
    assert orders(shopify) == 0


def test_a_fault_meets_only_the_request_it_is_meant_for(shopify: Caller) -> None:
    shopify.faults({"operation": "OrderCreate", "do": "cut", "match": "unlucky-order"})
    assert shopify.create()["order"]["id"]
    with pytest.raises(requests.ConnectionError):
        shopify.post(CREATE, {"order": {"lineItems": [line()], "note": "unlucky-order"}})


def test_a_wish_that_cannot_be_read_is_refused_with_a_sentence(shopify: Caller) -> None:
    answer = requests.post(f"{shopify.url}/_sandbox/faults", json=[{"operation": "*", "do": "explode"}], timeout=20)
    assert answer.status_code == 400
    assert '"do" is one of' in answer.json()["error"]


def test_the_faults_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    wishes = tmp_path / "faults.json"
    with sandbox("--faults", str(wishes)) as shopify:
        assert shopify.create()["order"]["id"]
        wishes.write_text(json.dumps([{"operation": "OrderCreate", "do": "http", "status": 503, "times": 1}]))
        assert shopify.post(CREATE, ORDER).status_code == 503
        assert shopify.create()["order"]["id"]


def test_a_killed_sandbox_goes_on_with_every_order_it_answered(tmp_path: Path) -> None:
    flags = ("--data", str(tmp_path / "shop.sqlite"), "--search-lag", "0")
    with sandbox(*flags) as shopify:
        names = [shopify.create(sourceIdentifier=str(number))["order"]["name"] for number in range(5)]
        shopify.kill()
    with sandbox(*flags) as shopify:
        assert [order["name"] for order in shopify.state()["orders"]] == names
        assert [row["name"] for row in search(shopify, "source_identifier:3")["data"]["orders"]["nodes"]] == ["#1004"]
        assert shopify.create()["order"]["name"] == "#1006"


def test_an_empty_bucket_throttles_and_refills(tmp_path: Path) -> None:
    with sandbox("--bucket", "60", "--restore-rate", "100") as shopify:
        answers = [shopify.ask(CREATE, ORDER) for _ in range(8)]
        refused = [answer for answer in answers if "errors" in answer]
        assert refused
        assert refused[0]["extensions"]["cost"]["actualQueryCost"] is None
        assert orders(shopify) == len(answers) - len(refused)


def test_a_development_store_takes_five_orders_a_minute() -> None:
    with sandbox("--dev-store", *UNLIMITED) as shopify:
        made = [shopify.create() for _ in range(6)]
        assert [bool(payload["order"]) for payload in made] == [True] * 5 + [False]
        assert made[5]["userErrors"][0]["message"] == "Too many attempts. Please try again later."


def test_a_store_that_refuses_definitions_says_so() -> None:
    with sandbox("--refuse-definitions", *UNLIMITED) as shopify:
        define = 'mutation { metafieldDefinitionCreate(definition: {name: "x", key: "tiktok_order_id", type: "id", '
        define += 'namespace: "orderbridge", ownerType: ORDER}) { createdDefinition { id } userErrors { code } } }'
        payload = shopify.data(define)["metafieldDefinitionCreate"]
        assert payload["createdDefinition"] is None
        assert payload["userErrors"][0]["code"] == "RESOURCE_TYPE_LIMIT_EXCEEDED"


@pytest.mark.parametrize(("port", "status", "said"), [("70000", 2, "is no port"), ("taken", 1, "cannot be used")])
def test_a_port_that_cannot_be_had_is_a_sentence(port: str, status: int, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = str(taken.getsockname()[1]) if port == "taken" else port
        command = [sys.executable, "-m", "connectors.sandbox", "shopify", "--port", wanted]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, said in done.stderr.splitlines()[-1]) == (status, True), done.stderr
