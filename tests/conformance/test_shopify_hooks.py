"""The Shopify stand-in tells apps what happens: signed like the real one, repeated like the real one, and cut short."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from connectors.shopify import webhooks
from tests.conformance.shopify_caller import STORE, UNLIMITED, Caller, sandbox
from tests.waiting import wait_for

SUBSCRIBE = """
mutation Subscribe($topic: WebhookSubscriptionTopic!, $uri: String!, $fields: [String!]) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: $uri, format: JSON, includeFields: $fields}) {
    webhookSubscription { id } userErrors { field message }
  }
}
"""


@pytest.fixture(scope="module")
def _process() -> Iterator[Caller]:
    with sandbox("--hook-retry", "0.005", "--client-secret", "the-secret", *UNLIMITED) as caller:
        yield caller


@pytest.fixture
def shopify(_process: Caller) -> Caller:
    assert _process.http.post(f"{_process.url}/_sandbox/reset", timeout=20).ok
    return _process


@dataclass
class Ear:
    """Somebody who listens, and answers with `statuses` one after the other, then always 200."""

    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    address: str = ""

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture
def ear() -> Iterator[Ear]:
    mine = Ear()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mine.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(mine.statuses.pop(0) if mine.statuses else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mine.address = f"http://127.0.0.1:{server.server_port}/webhooks/shopify/"
    yield mine
    server.shutdown()
    server.server_close()


@pytest.fixture
def subscribe(shopify: Caller, ear: Ear) -> Callable[..., Any]:
    def ask(topic: str, *fields: str, uri: str = "") -> Any:
        given = {"topic": topic, "uri": uri or ear.address, "fields": list(fields)}
        return shopify.data(SUBSCRIBE, given)["webhookSubscriptionCreate"]

    return ask


def merchant(shopify: Caller, do: str, **wish: Any) -> Any:
    address = f"{shopify.url}/{STORE}/_sandbox/merchant"
    answer = shopify.http.post(address, json={"do": do, **wish}, timeout=20)
    assert answer.ok, answer.text
    return answer.json()


def subscriptions(shopify: Caller) -> list[Any]:
    return list(shopify.state()["stores"][STORE]["webhooks"])


def test_a_delivery_is_signed_and_named_as_shopify_does(shopify: Caller, ear: Ear, subscribe: Any) -> None:
    assert not subscribe("ORDERS_CANCELLED", "id", "cancelled_at")["userErrors"]
    made = shopify.create(email="buyer@example.com", note="café")["order"]
    merchant(shopify, "cancel", order=made["id"])
    wait_for(lambda: ear.heard, 5, "the webhook")
    headers, body = ear.heard[0]
    assert webhooks.is_signed(["the-secret"], body, headers["x-shopify-hmac-sha256"])
    assert headers["x-shopify-topic"] == "orders/cancelled"
    assert headers["x-shopify-shop-domain"] == STORE
    assert {"x-shopify-webhook-id", "x-shopify-event-id", "x-shopify-triggered-at", "x-shopify-api-version"} <= set(
        headers
    )
    told = json.loads(body)
    assert set(told) == {"id", "cancelled_at"}, "only the fields that were asked for leave the store"
    assert f"gid://shopify/Order/{told['id']}" == made["id"]


def test_a_refused_delivery_is_repeated_with_the_same_ids(shopify: Caller, ear: Ear, subscribe: Any) -> None:
    subscribe("ORDERS_DELETE")
    ear.statuses += [500, 401, 302]
    merchant(shopify, "delete", order=shopify.create()["order"]["id"])
    wait_for(lambda: len(ear.heard) == 4, 5, "the fourth try")
    assert len({headers["x-shopify-webhook-id"] for headers, _ in ear.heard}) == 1
    assert len({body for _, body in ear.heard}) == 1
    assert len(subscriptions(shopify)) == 1


def test_after_eight_repetitions_the_subscription_is_gone(shopify: Caller, subscribe: Any) -> None:
    subscribe("ORDERS_DELETE", uri="http://127.0.0.1:9/nobody/")
    merchant(shopify, "delete", order=shopify.create()["order"]["id"])
    wait_for(lambda: not subscriptions(shopify), 20, "the subscription to be deleted")
    sent = shopify.http.get(f"{shopify.url}/{STORE}/_sandbox/merchant", timeout=5).json()["sent"]
    assert [row["try"] for row in sent] == list(range(1, 10))


def test_the_apps_own_fulfilment_is_told_like_the_merchants(shopify: Caller, ear: Ear, subscribe: Any) -> None:
    subscribe("FULFILLMENTS_CREATE", "id", "order_id")
    first, second = shopify.create()["order"], shopify.create()["order"]
    waiting = first["fulfillmentOrders"]["nodes"][0]["id"]
    document = """mutation Fulfil($f: FulfillmentInput!) {
      fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } } }"""
    asked = {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": waiting}]}}
    own = shopify.data(document, asked)["fulfillmentCreate"]["fulfillment"]["id"]
    wish = {"order": second["id"], "number": "9400"}
    by_hand = shopify.http.post(f"{shopify.url}/{STORE}/_sandbox/fulfil", json=wish, timeout=5).json()["fulfillments"][
        0
    ]
    wait_for(lambda: len(ear.heard) == 2, 5, "both webhooks")
    assert [f"gid://shopify/Fulfillment/{body['id']}" for body in ear.bodies()] == [own, by_hand]
    assert [f"gid://shopify/Order/{body['order_id']}" for body in ear.bodies()] == [first["id"], second["id"]]


def test_products_and_the_end_of_the_app_are_told(shopify: Caller, ear: Ear, subscribe: Any) -> None:
    [variant] = shopify.seed({"title": "Soap", "sku": "SOAP", "price": "5"})
    for topic in ("PRODUCTS_UPDATE", "PRODUCTS_DELETE", "APP_UNINSTALLED"):
        subscribe(topic, *(["id", "variants.id", "variants.sku"] if topic == "PRODUCTS_UPDATE" else []))
    merchant(shopify, "change_product", variant=variant, sku="SOAP-NEW")
    merchant(shopify, "delete_product", variant=variant)
    merchant(shopify, "uninstall")
    wait_for(lambda: len(ear.heard) == 3, 5, "three webhooks")
    topics = [headers["x-shopify-topic"] for headers, _ in ear.heard]
    assert topics == ["products/update", "products/delete", "app/uninstalled"]
    assert ear.bodies()[0]["variants"] == [{"id": int(variant.rsplit("/", 1)[-1]), "sku": "SOAP-NEW"}]
    assert shopify.post("query Shop { shop { name } }").status_code == 401
    assert not subscriptions(shopify)
    merchant(shopify, "install")
    assert shopify.data("query Shop { shop { name } }")["shop"]["name"]


@pytest.mark.parametrize("uri", ["http://shop.example/hooks/", "ftp://127.0.0.1/"])
def test_only_https_or_this_very_machine_is_told(shopify: Caller, subscribe: Any, uri: str) -> None:
    assert "is not supported" in subscribe("ORDERS_DELETE", uri=uri)["userErrors"][0]["message"]


def test_a_wish_that_cannot_be_met_is_a_sentence(shopify: Caller) -> None:
    for wish in ({}, {"do": "dance"}, {"do": "cancel"}, {"do": "cancel", "order": "#9"}, {"do": "delete_product"}):
        answer = shopify.http.post(f"{shopify.url}/{STORE}/_sandbox/merchant", json=wish, timeout=5)
        assert (answer.status_code, "Known: cancel" in answer.json()["error"]) == (400, True)
