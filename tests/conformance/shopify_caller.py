"""A Shopify sandbox in a process of its own, and a caller over real HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

STORE = "soap-shop.myshopify.com"
UNLIMITED = ("--bucket", "1000000", "--restore-rate", "1000000")

CREATE = """
mutation OrderCreate($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
  orderCreate(order: $order, options: $options) {
    order {
      id name processedAt tags displayFinancialStatus displayFulfillmentStatus sourceIdentifier paymentGatewayNames
      totalPriceSet { shopMoney { amount currencyCode } }
      subtotalPriceSet { shopMoney { amount } }
      totalTaxSet { shopMoney { amount } }
      totalOutstandingSet { shopMoney { amount } }
      lineItems(first: 10) { nodes { id title variantTitle sku quantity variant { id inventoryQuantity } } }
      fulfillmentOrders(first: 5) {
        nodes { id status lineItems(first: 5) { nodes { id remainingQuantity lineItem { id } } } }
      }
    }
    userErrors { field message code }
  }
}
"""

BY_CUSTOM_ID = """
query ByCustomId($value: String!) {
  orderByIdentifier(identifier: {customId: {namespace: "orderbridge", key: "tiktok_order_id", value: $value}}) { id }
}
"""

DEFINE = """
mutation Define {
  metafieldDefinitionCreate(definition: {
    name: "TikTok order", namespace: "orderbridge", key: "tiktok_order_id", type: "id", ownerType: ORDER
  }) { createdDefinition { id } userErrors { field message code } }
}
"""


@dataclass
class Caller:
    process: subprocess.Popen[str]
    url: str
    token: str = "shpat_good"
    http: requests.Session = field(default_factory=requests.Session)

    def post(self, document: str, variables: dict[str, Any] | None = None, **further: Any) -> requests.Response:
        return self.http.post(
            f"{self.url}/{STORE}/admin/api/2026-10/graphql.json",
            json={"query": document, "variables": variables or {}},
            headers={"X-Shopify-Access-Token": self.token},
            timeout=20,
            **further,
        )

    def ask(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.post(document, variables)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def data(self, document: str, variables: dict[str, Any] | None = None) -> Any:
        body = self.ask(document, variables)
        assert "errors" not in body, body
        return body["data"]

    def create(self, options: dict[str, Any] | None = None, **order: Any) -> Any:
        """The orderCreate payload."""
        return self.data(CREATE, {"order": {"lineItems": [line()], **order}, "options": options})["orderCreate"]

    def faults(self, *wishes: dict[str, Any]) -> None:
        assert self.http.post(f"{self.url}/_sandbox/faults", json=list(wishes), timeout=20).ok

    def seed(self, *products: dict[str, Any]) -> list[str]:
        answer = self.http.post(f"{self.url}/_sandbox/products", json={"products": list(products)}, timeout=20)
        return [row["id"] for row in answer.json()["variants"]]

    def state(self) -> Any:
        return self.http.get(f"{self.url}/_sandbox/state", timeout=20).json()

    def page(self, path: str) -> str:
        return self.http.get(self.url + path, timeout=20).text

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextmanager
def sandbox(*flags: str) -> Iterator[Caller]:
    command = [sys.executable, "-m", "connectors.sandbox", "shopify", "--port", "0", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    caller = Caller(process, process.stdout.readline().split()[-1])
    try:
        yield caller
    finally:
        caller.http.close()
        process.terminate()
        process.wait(10)
        process.stdout.close()


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "USD"}}


def tax(amount: str) -> dict[str, Any]:
    return {"title": "Sales tax", "rate": "0.1", "priceSet": money(amount), "channelLiable": True}


def line(price: str = "20.00", quantity: int = 1, **further: Any) -> dict[str, Any]:
    return {"title": "Soap", "quantity": quantity, "priceSet": money(price), "requiresShipping": True, **further}


def search(shopify: Caller, query: str) -> dict[str, Any]:
    document = "query Find($q: String!) { orders(first: 50, query: $q) { nodes { id name sourceIdentifier } } }"
    return shopify.ask(document, {"q": query})
