"""The TikTok stand-in lives: tokens rotate, sellers consent, orders move and ship, webhooks go out, state survives."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.budget import Budget
from connectors.tiktok.client import TikTokClient
from connectors.tiktok.payloads import read_order
from tests.conformance.tiktok_shopper import KEY, SECRET, App
from tests.sandboxes import Sandbox
from tests.waiting import wait_for

SHOP = "7495001"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox("tiktok", tmp_path_factory.mktemp("tiktok"), durable=True)
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    process.reset()
    set_up(process)
    return process


@pytest.fixture
def app(sandbox: Sandbox) -> App:
    return App(sandbox.url)


def set_up(sandbox: Sandbox) -> None:
    sandbox.post("/_sandbox/settings", {"app_key": KEY, "app_secret": SECRET})
    shop = {"id": SHOP, "name": "Soap & Co", "cipher": "cipher-1"}
    sandbox.post("/_sandbox/shops", {**shop, "access_token": "token-1", "refresh_token": "refresh-1"})


def one_order(sandbox: Sandbox, kind: str = "plain", status: str = "AWAITING_SHIPMENT") -> str:
    wish = {"shop_id": SHOP, "count": 1, "seed": 1, "kind": kind, "status": status}
    return str(sandbox.post("/_sandbox/generate", wish)["order_ids"][0])


def advance(sandbox: Sandbox, order_id: str, status: str) -> dict[str, Any]:
    return dict(sandbox.post("/_sandbox/advance", {"order_id": order_id, "status": status})["order"])


def test_a_refresh_gives_a_new_pair_and_kills_the_old_one(app: App) -> None:
    path = "/api/v2/token/refresh"
    pair = app.token_call(path, grant_type="refresh_token", refresh_token="refresh-1").data
    assert pair["access_token_expire_in"] > time.time() + 6 * 86400  # an absolute second, not a duration
    assert app.search().code == 36009004
    assert app.token_call(path, grant_type="refresh_token", refresh_token="refresh-1").code != 0
    app.token = pair["access_token"]
    assert app.search().code == 0
    assert app.token_call(path, grant_type="refresh_token", refresh_token=pair["refresh_token"]).code == 0


def test_the_seller_consents_and_the_code_works_once(sandbox: Sandbox, app: App) -> None:
    address = f"{sandbox.url}/open/authorize?service_id=55&state=a%26b"
    form = requests.get(address, timeout=5).text
    assert "Soap &amp; Co" in form
    back = requests.post(address, data={"shop_id": SHOP}, allow_redirects=False, timeout=5)
    assert back.status_code == 302
    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert (query["state"], query["app_key"], query["shop_region"]) == (["a&b"], [KEY], ["US"])
    exchange = {"grant_type": "authorized_code", "auth_code": query["code"][0]}
    app.token = app.token_call("/api/v2/token/get", **exchange).data["access_token"]
    assert app.search().code == 0
    assert app.token_call("/api/v2/token/get", **exchange).code == 36004004


def test_a_withdrawn_authorization_stops_the_token(sandbox: Sandbox, app: App) -> None:
    sandbox.post("/_sandbox/revoke", {"shop_id": SHOP})
    assert "header is invalid" in app.search().message


def test_an_order_led_to_delivery_has_tracking_and_times(sandbox: Sandbox, app: App) -> None:
    order_id = one_order(sandbox, "split")
    before = app.call("GET", "/order/202507/orders", ids=order_id).data["orders"][0]
    assert "packages" not in before
    assert "package_id" not in before["line_items"][0]
    order = advance(sandbox, order_id, "DELIVERED")
    assert order["update_time"] >= before["update_time"]
    assert order["collection_time"] <= order["delivery_time"]
    first, second = (one["id"] for one in order["packages"])
    package = app.call("GET", f"/fulfillment/202309/packages/{first}").data
    assert package["orders"] == [{"id": order_id}]
    assert package["order_line_item_ids"] == [x["id"] for x in order["line_items"] if x["package_id"] == first]
    assert package["tracking_number"] == order["line_items"][0]["tracking_number"] != ""
    found = app.call("POST", "/fulfillment/202309/packages/search", {}, page_size=10).data["packages"]
    assert {one["id"] for one in found} == {first, second}
    steps = app.call("GET", f"/fulfillment/202309/orders/{order_id}/tracking").data["tracking"]
    assert [step["action_code"] for step in steps] == [50101, 30301, 20101, 10101]


def test_combined_orders_share_one_package(sandbox: Sandbox, app: App) -> None:
    wish = {"shop_id": SHOP, "count": 2, "seed": 3, "kind": "combined", "status": "IN_TRANSIT"}
    pair = sandbox.post("/_sandbox/generate", wish)["order_ids"]
    orders = app.call("GET", "/order/202507/orders", ids=",".join(pair)).data["orders"]
    assert len({order["packages"][0]["id"] for order in orders}) == 1
    package = app.call("GET", f"/fulfillment/202309/packages/{orders[0]['packages'][0]['id']}").data
    assert {one["id"] for one in package["orders"]} == set(pair)


def test_the_address_appears_when_the_hold_is_over(sandbox: Sandbox, app: App) -> None:
    order_id = one_order(sandbox, status="ON_HOLD")
    assert app.search().data["orders"][0]["recipient_address"]["full_address"] == ""
    advance(sandbox, order_id, "AWAITING_SHIPMENT")
    assert app.search().data["orders"][0]["recipient_address"]["full_address"] != ""


def test_cancellations_are_listed_while_pending_and_when_done(sandbox: Sandbox, app: App) -> None:
    order_id = one_order(sandbox, "buyer_wants_to_cancel")
    path, asked = "/return_refund/202602/cancellations/search", {"order_ids": [order_id]}
    (pending,) = app.call("POST", path, asked, page_size=10).data["cancellations"]
    assert (pending["cancel_status"], pending["role"]) == ("CANCELLATION_REQUEST_PENDING", "BUYER")
    advance(sandbox, order_id, "CANCELLED")
    (done,) = app.call("POST", path, asked, page_size=10).data["cancellations"]
    assert done["cancel_status"] == "CANCELLATION_REQUEST_COMPLETE"
    assert done["refund_amount"]["refund_total"] != "0.00"


def test_a_living_shop_makes_orders_and_moves_them(sandbox: Sandbox, app: App) -> None:
    life = {"id": SHOP, "grow_per_minute": 1200, "advance": True, "seconds_per_state": 0.3}
    sandbox.post("/_sandbox/shops", life)

    def moving() -> bool:
        return bool(app.search({"order_status": "IN_TRANSIT"}).data["total_count"])

    wait_for(moving, 5, "an order on its way")
    assert app.search({"order_status": "UNPAID"}).data["total_count"] > 0


def test_a_killed_sandbox_goes_on_with_everything_it_answered(sandbox: Sandbox, app: App) -> None:
    order_id = one_order(sandbox)
    pair = app.token_call("/api/v2/token/refresh", grant_type="refresh_token", refresh_token="refresh-1").data
    sandbox.kill()
    sandbox.start()
    sandbox.post("/_sandbox/settings", {"app_key": KEY, "app_secret": SECRET})
    app = App(sandbox.url, token=pair["access_token"])
    assert app.search().data["orders"][0]["id"] == order_id


def test_a_status_change_is_told_by_a_signed_webhook(sandbox: Sandbox, app: App) -> None:
    heard: list[tuple[str, bytes]] = []
    came = threading.Event()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.headers["Authorization"], body))
            self.send_response(200)
            self.end_headers()
            came.set()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/webhooks/tiktok/"
    path = "/event/202309/webhooks"
    assert app.call("PUT", path, {"event_type": "ORDER_STATUS_CHANGE", "address": address}).code == 0
    assert app.call("GET", path).data["webhooks"][0]["address"] == address
    assert app.call("PUT", path, {"event_type": "ORDER_STATUS_CHANGE"}).code == 36009004
    order_id = one_order(sandbox)
    assert came.wait(5)
    sign, body = heard[0]
    assert sign == hmac.new(SECRET.encode(), KEY.encode() + body, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert (told["type"], told["shop_id"], told["data"]["order_id"]) == (1, SHOP, order_id)
    assert app.call("DELETE", path, {"event_type": "ORDER_STATUS_CHANGE"}).code == 0
    assert app.call("GET", path).data["total_count"] == 0
    server.shutdown()
    server.server_close()


def test_pages_show_orders_and_never_run_what_a_buyer_wrote(sandbox: Sandbox) -> None:
    order_id = one_order(sandbox, "message_markup")
    listed = requests.get(f"{sandbox.url}/", timeout=5).text
    assert f"/orders/{order_id}" in listed
    shown = requests.get(f"{sandbox.url}/orders/{order_id}", timeout=5).text
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert requests.get(f"{sandbox.url}/orders/404", timeout=5).status_code == 404


def test_a_control_call_that_makes_no_sense_says_why(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/generate", json={"shop_id": "nowhere"}, timeout=5)
    assert answer.status_code == 400
    assert "There is no shop nowhere" in answer.json()["error"]


def test_our_own_client_reads_everything_the_sandbox_says(sandbox: Sandbox) -> None:
    client = TikTokClient(sandbox.url, KEY, SECRET, "token-1", "cipher-1", Budget(None), SHOP)
    made = sandbox.post("/_sandbox/generate", {"shop_id": SHOP, "count": 30, "seed": 2, "status": "IN_TRANSIT"})
    since, until = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(minutes=1)
    first = client.search_orders(since, until, page_size=20)
    rest = client.search_orders(since, until, page_token=first.next_page_token, page_size=20)
    orders = [read_order(raw) for raw in (*first.orders, *rest.orders)]
    assert {order.id for order in orders} == set(made["order_ids"])
    assert client.count_orders(since, until) == len(orders) == first.total_count
    assert set(client.get_orders([orders[0].id, "404"])) == {orders[0].id}
    shipped = next(order for order in orders if order.packages)
    assert client.package(shipped.packages[0].id)["tracking_number"] == shipped.line_items[0].tracking_number
    assert client.tracking(shipped.id)["tracking"]
    (shop,) = client.authorized_shops()
    assert (shop.id, shop.cipher) == (SHOP, "cipher-1")
    (product,) = client.search_products(seller_skus=("CHAR-BAR",)).products
    assert client.get_product(product.id).skus[0].external_sku_id
    client.put_webhook("ORDER_STATUS_CHANGE", "https://shop.example/webhooks/tiktok/")
    assert [hook.event_type for hook in client.webhooks()] == ["ORDER_STATUS_CHANGE"]


def test_one_order_too_odd_to_read_stops_neither_search_nor_pages_nor_life(sandbox: Sandbox, app: App) -> None:
    odd = {"id": "1", "status": 7, "create_time": "soon", "update_time": None, "payment": "free", "line_items": ["x"]}
    sandbox.post("/_sandbox/orders", {"shop_id": SHOP, "orders": [odd]})
    sandbox.post("/_sandbox/shops", {"id": SHOP, "advance": True, "seconds_per_state": 0.2})
    assert odd in app.search().data["orders"]
    assert app.call("POST", "/return_refund/202602/cancellations/search", {}, page_size=10).code == 0
    assert app.call("GET", "/fulfillment/202309/orders/1/tracking").data == {"tracking": []}
    assert requests.get(f"{sandbox.url}/", timeout=5).ok
    assert requests.get(f"{sandbox.url}/orders/1", timeout=5).ok
    good = one_order(sandbox, "seller_shipping")

    def moved_on() -> bool:
        (order,) = app.call("GET", "/order/202507/orders", ids=good).data["orders"]
        return bool(order["status"] != "AWAITING_SHIPMENT")

    wait_for(moved_on, 5, "the good order moving on")
