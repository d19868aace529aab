"""The TikTok client over recorded answers: what goes out, what comes back, and what a failure lets the caller do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from connectors import http
from connectors.budget import Budget
from connectors.errors import BadAnswer, Throttled
from connectors.tiktok import client as module
from connectors.tiktok.client import OrderPage, TikTokClient, Webhook
from connectors.tiktok.signing import sign

API = "https://tiktok.test"
SEARCH = f"{API}/order/202309/orders/search"
DETAIL = f"{API}/order/202507/orders"
FROM, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, 0, 0, 0, 900_000, tzinfo=UTC)

CLIENT = TikTokClient(API, "key1", "secret1", "token1", "cipher/+=1", Budget(None), "7")


@pytest.fixture(autouse=True)
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(http, "_pause", lambda seconds: None)
    monkeypatch.setattr(module, "_pause", lambda seconds: None)
    with responses.RequestsMock() as mock:
        yield mock


def ok(data: object) -> str:
    return json.dumps({"code": 0, "message": "Success", "request_id": "r1", "data": data})


def query_of(call: responses.Call) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(call.request.url or "").query, keep_blank_values=True))


def test_the_bytes_that_are_signed_are_the_bytes_that_are_sent(vendor: responses.RequestsMock) -> None:
    vendor.post(SEARCH, body=ok({"orders": []}))
    CLIENT.search_orders(FROM, UNTIL, page_token="a/b+c=d é")
    call = vendor.calls[0]
    query, body = query_of(call), call.request.body
    assert isinstance(body, bytes)
    assert query["page_token"] == "a/b+c=d é"
    assert query["shop_cipher"] == "cipher/+=1"
    assert query.pop("sign") == sign("secret1", "/order/202309/orders/search", query, body)
    assert call.request.headers["x-tts-access-token"] == "token1"
    assert "token1" not in (call.request.url or "")


def test_changed_orders_are_asked_for_oldest_first_with_times_as_integers(vendor: responses.RequestsMock) -> None:
    vendor.post(SEARCH, body=ok({}))
    CLIENT.search_orders(FROM, UNTIL, page_size=40)
    query = query_of(vendor.calls[0])
    assert (query["sort_field"], query["sort_order"], query["page_size"]) == ("update_time", "ASC", "40")
    assert "page_token" not in query
    assert json.loads(vendor.calls[0].request.body or b"") == {
        "update_time_ge": 1793491200,
        "update_time_lt": 1793577600,
    }


def test_a_window_in_local_time_cannot_shift_by_hours_unnoticed() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CLIENT.search_orders(datetime(2026, 11, 1), UNTIL)  # noqa: DTZ001  # the mistake under test


def test_amounts_stay_exact_even_when_sent_as_numbers(vendor: responses.RequestsMock) -> None:
    orders = '[{"id":"1","payment":{"total_amount":35.27}}]'
    vendor.post(SEARCH, body='{"code":0,"data":{"next_page_token":"n","total_count":9,"orders":' + orders + "}}")
    page = CLIENT.search_orders(FROM, UNTIL)
    assert page == OrderPage(({"id": "1", "payment": {"total_amount": Decimal("35.27")}},), "n", 9)


@pytest.mark.parametrize("data", [{}, {"orders": None}, {"orders": []}, {"next_page_token": "", "total_count": 0}])
def test_a_quiet_minute_without_orders_is_no_error(vendor: responses.RequestsMock, data: object) -> None:
    vendor.post(SEARCH, body=ok(data))
    assert CLIENT.search_orders(FROM, UNTIL) == OrderPage((), "", 0)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        "null",
        "<html>",
        "[" * 90000,
        '{"code":0}',
        '{"code":0,"data":null}',
        '{"code":0,"data":[]}',
        '{"code":false,"data":{}}',
        '{"code":null,"data":{}}',
        '{"code":0,"data":{"orders":[{"id":"1"',
        '{"code":0,"data":{"orders":{"id":"1"}}}',
    ],
)
def test_a_garbled_page_is_never_taken_for_an_empty_one(vendor: responses.RequestsMock, body: str) -> None:
    vendor.post(SEARCH, body=body)
    with pytest.raises(BadAnswer):
        CLIENT.search_orders(FROM, UNTIL)


def test_a_list_of_nothing_but_rubbish_tells_how_much_of_it_was_left_out(vendor: responses.RequestsMock) -> None:
    vendor.post(SEARCH, body='{"code":0,"data":{"orders":["1",null,7],"next_page_token":"next","total_count":3}}')
    page = CLIENT.search_orders(FROM, UNTIL)
    assert (page.orders, page.left_out, page.next_page_token) == ((), 3, "next")


@pytest.mark.parametrize(
    "careless",
    [
        '"an id"',
        "null",
        '{"id":"2","total":NaN}',
        '{"id":"2","total":-Infinity}',
        '{"id":"2","total":1e99999999999999999999}',
        '{"id":"2","total":' + "9" * 5000 + "}",
        '{"id":"2","quotes":"[{\\"","nested":' + '{"a":[' * 30000 + "]}" * 30000 + "}",
    ],
)
def test_one_careless_entry_does_not_keep_the_orders_beside_it_back(
    vendor: responses.RequestsMock, careless: str
) -> None:
    vendor.post(SEARCH, body='{"code":0,"data":{"orders":[{"id":"1"},' + careless + ',{"id":"3"}],"total_count":3}}')
    page = CLIENT.search_orders(FROM, UNTIL)
    found = {order["id"]: order for order in page.orders}
    assert (found["1"], found["3"], page.total_count) == ({"id": "1"}, {"id": "3"}, 3)
    json.dumps(page.orders, default=str, allow_nan=False)


def test_count_orders_reads_tiktoks_own_count(vendor: responses.RequestsMock) -> None:
    vendor.post(SEARCH, body=ok({"orders": [{"id": "1"}], "total_count": 412}))
    assert CLIENT.count_orders(FROM, UNTIL) == 412
    assert query_of(vendor.calls[0])["page_size"] == "1"


def test_orders_are_matched_by_id_whatever_their_order(vendor: responses.RequestsMock) -> None:
    vendor.get(DETAIL, body=ok({"orders": [{"id": "3"}, {"id": 1}, {"id": "99"}]}))
    assert CLIENT.get_orders(["1", "2", "3"]) == {"1": {"id": 1}, "3": {"id": "3"}}
    assert query_of(vendor.calls[0])["ids"] == "1,2,3"
    assert vendor.calls[0].request.body is None


def test_one_foreign_order_does_not_hide_the_others(vendor: responses.RequestsMock) -> None:
    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        ids = dict(parse_qsl(urlsplit(request.url).query))["ids"].split(",")
        if "666" in ids:
            return 200, {}, json.dumps({"code": 21008111, "message": "not the seller's"})
        return 200, {}, ok({"orders": [{"id": order_id} for order_id in ids]})

    vendor.add_callback("GET", DETAIL, answer)
    assert set(CLIENT.get_orders(["1", "2", "666", "4", "5"])) == {"1", "2", "4", "5"}


def test_no_order_is_asked_for_without_ids_or_beyond_the_limit() -> None:
    assert CLIENT.get_orders([]) == {}
    with pytest.raises(ValueError, match="50"):
        CLIENT.get_orders([str(number) for number in range(51)])


def test_products_are_found_by_seller_sku(vendor: responses.RequestsMock) -> None:
    row = {"id": 1729, "title": "Socks", "skus": [{"id": "17", "seller_sku": "XM01"}]}
    vendor.post(f"{API}/product/202502/products/search", body=ok({"products": [row], "next_page_token": "p2"}))
    page = CLIENT.search_products(seller_skus=["XM01"])
    assert (page.products[0].id, page.products[0].skus[0].seller_sku, page.next_page_token) == ("1729", "XM01", "p2")
    assert json.loads(vendor.calls[0].request.body or b"") == {"status": "ALL", "seller_skus": ["XM01"]}
    with pytest.raises(ValueError, match="10"):
        CLIENT.search_products(sku_ids=["1"] * 11)


def test_a_product_tells_its_external_sku_ids(vendor: responses.RequestsMock) -> None:
    product = {"id": "1729", "skus": [{"id": "17", "external_sku_id": "4481"}]}
    vendor.get(f"{API}/product/202309/products/1729", body=ok(product))
    assert CLIENT.get_product("1729").skus[0].external_sku_id == "4481"


def test_shops_are_read_without_a_cipher(vendor: responses.RequestsMock) -> None:
    shop = {"id": "7000714532876273420", "name": "Soap", "region": "US", "cipher": "GCP_x", "code": "US1"}
    vendor.get(f"{API}/authorization/202309/shops", body=ok({"shops": [shop]}))
    (found,) = CLIENT.authorized_shops()
    assert (found.id, found.region, found.cipher) == ("7000714532876273420", "US", "GCP_x")
    assert "shop_cipher" not in query_of(vendor.calls[0])


def test_packages_and_tracking_come_back_as_they_are(vendor: responses.RequestsMock) -> None:
    vendor.get(f"{API}/fulfillment/202309/packages/115", body=ok({"package_status": "COMPLETED"}))
    vendor.get(f"{API}/fulfillment/202309/orders/576/tracking", body=ok({"tracking": [{"action_code": 50101}]}))
    assert CLIENT.package("115") == {"package_status": "COMPLETED"}
    assert CLIENT.tracking("576") == {"tracking": [{"action_code": 50101}]}


@pytest.mark.parametrize("identifier", ["", "../orders", "1?x=2", "1/2"])
def test_no_id_can_reach_another_endpoint(identifier: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        CLIENT.package(identifier)


def test_webhooks_are_set_once_each_with_a_signed_body(vendor: responses.RequestsMock) -> None:
    url = f"{API}/event/202309/webhooks"
    vendor.get(url, body=ok({"webhooks": [{"event_type": "PACKAGE_UPDATE", "address": "https://a.example/"}]}))
    vendor.put(url, body='{"code":0,"message":"Success","data":null}')
    assert CLIENT.webhooks() == (Webhook("PACKAGE_UPDATE", "https://a.example/"),)
    CLIENT.put_webhook("PACKAGE_UPDATE", "https://a.example/")
    for call in list(vendor.calls)[1:]:
        query, body = query_of(call), call.request.body
        assert isinstance(body, bytes)
        assert query.pop("sign") == sign("secret1", "/event/202309/webhooks", query, body)


def test_a_hiccup_inside_tiktok_costs_a_read_nothing(vendor: responses.RequestsMock) -> None:
    vendor.post(SEARCH, body='{"code":36009003,"message":"Internal error"}')
    vendor.post(SEARCH, body='{"code":10002014,"message":"order read failed"}')
    vendor.post(SEARCH, body=ok({"orders": [{"id": "1"}]}))
    assert len(CLIENT.search_orders(FROM, UNTIL).orders) == 1


class Purse(Budget):
    """A budget that answers from a list and notes what was put right."""

    def __init__(self, *waits: float) -> None:
        super().__init__(None)
        self.waits = list(waits)
        self.taken: list[str] = []
        self.available: list[float] = []

    def take(self, key: str, cost: float, *, capacity: float, rate: float) -> float:
        self.taken.append(key)
        return self.waits.pop(0) if self.waits else 0.0

    def correct(self, key: str, *, available: float, capacity: float, rate: float) -> None:
        self.available.append(available)


def shop_with(purse: Purse) -> TikTokClient:
    return TikTokClient(API, "key1", "secret1", "token1", "c", purse, "7")


def test_a_short_wait_for_the_budget_is_slept_off(vendor: responses.RequestsMock) -> None:
    vendor.post(SEARCH, body=ok({}))
    purse = Purse(0.3, 0.2)
    shop_with(purse).search_orders(FROM, UNTIL)
    assert purse.taken == ["tiktok:7:orders"] * 3


def test_a_long_wait_for_the_budget_frees_the_worker_and_sends_nothing(vendor: responses.RequestsMock) -> None:
    with pytest.raises(Throttled) as caught:
        shop_with(Purse(7.5)).search_orders(FROM, UNTIL)
    assert caught.value.wait == 7.5
    assert len(vendor.calls) == 0


def test_a_throttled_shop_holds_all_its_workers_back_as_long_as_tiktok_asks(vendor: responses.RequestsMock) -> None:
    vendor.post(SEARCH, status=429, headers={"Retry-After": "10"}, body='{"code":36009002,"message":"Too many"}')
    purse = Purse()
    with pytest.raises(Throttled) as caught:
        shop_with(purse).search_orders(FROM, UNTIL)
    assert caught.value.wait == 10.0
    assert purse.available == [pytest.approx(1 - 10 * 3.0)]
    assert len(vendor.calls) == 1


def test_the_client_shows_no_secret_when_printed() -> None:
    for secret in ("secret1", "token1", "cipher/+=1"):
        assert secret not in repr(CLIENT)
