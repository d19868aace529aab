"""The TikTok stand-in answers as TikTok documents it: what is wrong here would hide a fault of ours from every test."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.serving import Request
from connectors.sandbox.tiktok_signature import signature
from tests.conformance.tiktok_shopper import KEY, SECRET, App
from tests.sandboxes import Sandbox

VECTORS = json.loads((Path(__file__).parents[1] / "payloads" / "tiktok_sign_vectors.json").read_text())


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox("tiktok", tmp_path_factory.mktemp("tiktok"))
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    process.reset()
    process.post("/_sandbox/settings", {"app_key": KEY, "app_secret": SECRET, "calls_per_second": 0})
    shop = {"id": "7495001", "name": "Soap & Co", "cipher": "cipher-1"}
    process.post("/_sandbox/shops", {**shop, "access_token": "token-1", "refresh_token": "refresh-1"})
    return process


@pytest.fixture
def app(sandbox: Sandbox) -> App:
    return App(sandbox.url)


def generate(sandbox: Sandbox, count: int, **wishes: Any) -> list[str]:
    answer = sandbox.post("/_sandbox/generate", {"shop_id": "7495001", "count": count, "seed": 1, **wishes})
    return [str(one) for one in answer["order_ids"]]


@pytest.mark.parametrize("vector", VECTORS["calls"], ids=lambda vector: str(vector["name"]))
def test_signatures_agree_with_the_published_ones(vector: dict[str, Any]) -> None:
    headers = {"content-type": vector["content_type"]}
    request = Request("POST", vector["path"], [*vector["query"].items()], headers, vector["body"].encode())
    assert signature(vector["secret"], request) == vector["expected"]


def test_a_wrong_signature_is_refused_with_401(app: App) -> None:
    refused = app.search(sign="0" * 64)
    assert (refused.status, refused.code) == (401, 106001)


def test_an_upper_case_signature_is_refused(app: App) -> None:
    assert app.search(sign="ABCDEF" * 10).code == 106001


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"sign": ""}, "Missing credentials"),
        ({"app_key": "other"}, "Invalid app_key"),
        ({"timestamp": -5}, "lesser than 0"),
        ({"timestamp": int(time.time()) - 900}, "earlier than 5 minutes"),
        ({"timestamp": int(time.time()) + 900}, "more than 30 seconds"),
    ],
)
def test_a_call_from_a_wrong_app_or_clock_is_told_what_is_wrong(app: App, query: dict[str, Any], said: str) -> None:
    refused = app.search(**query)
    assert refused.code == 36009004
    assert said in refused.message


def test_a_token_is_refused_as_unknown_or_as_expired(app: App) -> None:
    for token, code in (("bad-token", 36009004), ("never-issued", 36009004), ("expired-token", 105002)):
        app.token = token
        assert app.search().code == code
    app.token = "never-issued"
    assert "x-tts-access-token header is invalid" in app.search().message


def test_an_access_token_ends_at_the_second_it_was_given(sandbox: Sandbox, app: App) -> None:
    past = int(time.time()) - 1
    sandbox.post("/_sandbox/shops", {"id": "7495001", "access_token": "t-2", "access_token_expires_at": past})
    app.token = "t-2"
    refused = app.search()
    assert refused.code == 105002
    assert "data" not in refused.body


def test_the_cipher_is_needed_for_orders_and_refused_for_the_list_of_shops(app: App) -> None:
    assert app.search(shop_cipher=None).code == 106013
    assert app.search(shop_cipher="of-another-shop").code == 101000
    assert "not required" in app.call("GET", "/authorization/202309/shops").message
    (shop,) = app.call("GET", "/authorization/202309/shops", shop_cipher=None).data["shops"]
    assert (shop["id"], shop["cipher"], shop["region"]) == ("7495001", "cipher-1", "US")
    assert app.call("GET", "/seller/202309/shops", shop_cipher=None).data["shops"][0]["id"] == "7495001"


def test_unknown_paths_methods_and_versions_have_codes_of_their_own(app: App) -> None:
    assert app.call("GET", "/order/202309/nonsense").code == 36009009
    assert app.call("GET", "/order/202309/orders/search").code == 36009010
    assert app.call("POST", "/order/209901/orders/search", {}).code == 36009014


def test_an_empty_search_has_no_orders_key(app: App) -> None:
    assert app.search().data == {"total_count": 0, "next_page_token": ""}


@pytest.mark.parametrize("filters", [{"update_time_ge": "1700000000"}, {"create_time_lt": True}, {"order_status": "X"}])
def test_filters_of_a_wrong_type_are_refused(app: App, filters: dict[str, Any]) -> None:
    assert app.search(filters).code == 36009004


def test_a_page_size_must_be_named_and_lie_within_its_bounds(app: App) -> None:
    assert [app.search(page_size=size).code for size in (None, 0, 101, "x")] == [36009004] * 4
    assert "PageSize is a required field" in app.search(page_size=None).message


def test_pages_together_hold_every_order_once_and_tokens_need_escaping(sandbox: Sandbox, app: App) -> None:
    made = generate(sandbox, 45, spread_days=3)
    seen: list[dict[str, Any]] = []
    token = ""
    while True:
        page = app.search(page_size=20, page_token=token).data
        seen += page["orders"]
        token = page["next_page_token"]
        if not token:
            break
        assert set("/+=") <= set(token)
    assert sorted(order["id"] for order in seen) == sorted(made)
    assert page["total_count"] == len(made)
    times = [order["update_time"] for order in seen]
    assert times == sorted(times)


def test_a_page_token_of_another_search_is_refused(sandbox: Sandbox, app: App) -> None:
    generate(sandbox, 3)
    token = app.search(page_size=1).data["next_page_token"]
    assert app.search({"order_status": "UNPAID"}, page_size=1, page_token=token).code == 36009004


def test_the_window_includes_its_start_and_excludes_its_end(sandbox: Sandbox, app: App) -> None:
    order = {"id": "576900000000000001", "status": "AWAITING_SHIPMENT", "create_time": 1000, "update_time": 2000}
    sandbox.post("/_sandbox/orders", {"shop_id": "7495001", "orders": [order]})
    assert app.search({"update_time_ge": 2000, "update_time_lt": 2001}).data["orders"] == [order]
    assert "orders" not in app.search({"update_time_ge": 1999, "update_time_lt": 2000}).data


def test_a_row_that_changes_between_two_pages_shifts_the_rest(sandbox: Sandbox, app: App) -> None:
    orders = [{"id": str(n), "status": "AWAITING_SHIPMENT", "create_time": n, "update_time": n} for n in range(1, 5)]
    sandbox.post("/_sandbox/orders", {"shop_id": "7495001", "orders": orders})
    first = app.search({"update_time_lt": 100}, page_size=2).data
    sandbox.post("/_sandbox/orders", {"shop_id": "7495001", "orders": [{**orders[0], "update_time": 500}]})
    second = app.search({"update_time_lt": 100}, page_size=2, page_token=first["next_page_token"]).data
    assert [order["id"] for order in first["orders"] + second["orders"]] == ["1", "2", "4"]


def test_details_come_by_id_in_any_order_and_unknown_ids_are_just_missing(sandbox: Sandbox, app: App) -> None:
    first, second = generate(sandbox, 2, kind="plain")
    found = app.call("GET", "/order/202507/orders", ids=f"{first},404,{second}").data["orders"]
    assert {order["id"] for order in found} == {first, second}
    assert app.call("GET", "/order/202507/orders", ids="404").data == {}
    assert app.call("GET", "/order/202507/orders", ids=",".join(str(n) for n in range(51))).code == 36009004


def test_an_order_of_another_shop_is_out_of_reach(sandbox: Sandbox, app: App) -> None:
    (order_id,) = generate(sandbox, 1, kind="plain")
    sandbox.post("/_sandbox/shops", {"id": "7495002", "cipher": "cipher-2", "access_token": "token-2"})
    app.token, app.cipher = "token-2", "cipher-2"
    assert app.call("GET", "/order/202507/orders", ids=order_id).data == {}
    assert app.search().data["total_count"] == 0


def test_products_are_found_by_sku_and_only_the_detail_knows_the_external_id(app: App) -> None:
    path = "/product/202502/products/search"
    found = app.call("POST", path, {"seller_skus": ["CHAR-BAR"]}, page_size=50).data["products"]
    (sku,) = found[0]["skus"]
    assert (sku["seller_sku"], "external_sku_id" in sku) == ("CHAR-BAR", False)
    full = app.call("GET", f"/product/202309/products/{found[0]['id']}").data
    assert full["skus"][0]["external_sku_id"].isdigit()
    assert app.call("POST", path, {"seller_skus": ["x"] * 11}, page_size=1).code == 12019027
    assert app.call("GET", "/product/202309/products/404").code == 12019150


def test_too_many_calls_are_throttled_and_told_to_wait(sandbox: Sandbox, app: App) -> None:
    sandbox.post("/_sandbox/settings", {"calls_per_second": 1})
    answers = [app.search() for _ in range(4)]
    assert [answer.code for answer in answers] == [0, 0, 36009002, 36009002]
    assert answers[-1].status == 429
