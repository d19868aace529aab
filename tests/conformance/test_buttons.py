"""What the buttons of the stand-ins' pages do, sent as a browser sends their forms."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import requests

from tests.conformance.shopify_caller import CREATE, STORE, line, money
from tests.sandboxes import Sandbox

SHOP = "7494000000000000001"


class Window:
    """A page and its buttons."""

    def __init__(self, sandbox: Sandbox, path: str) -> None:
        self.root, self.path = sandbox.url, path

    @property
    def html(self) -> str:
        return requests.get(self.root + self.path, timeout=10).text

    def press(self, label: str, **typed: str) -> requests.Response:
        """Send the form of this button with what was typed; where it leads is the page from now on."""
        forms = re.findall(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', self.html, re.DOTALL)
        [(action, inside)] = [form for form in forms if f"<button>{label}</button>" in form[1]]
        given = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', inside))
        chosen = {name: "" for name in re.findall(r"name=['\"]([^'\"]+)['\"]", inside) if name not in given}
        assert set(typed) <= set(chosen), f"{label} asks for {sorted(chosen)}"
        answer = requests.post(self.root + action, {**given, **chosen, **typed}, timeout=10, allow_redirects=False)
        if answer.status_code == 303:
            self.path = answer.headers["Location"]
        return answer


@pytest.fixture
def tiktok(tiktok_sandbox: Sandbox) -> Sandbox:
    tiktok_sandbox.post("/_sandbox/shops", {"id": SHOP, "name": "Soap & Co"})
    return tiktok_sandbox


def bought(tiktok: Sandbox, **wish: Any) -> tuple[str, Window]:
    order_id = tiktok.post("/_sandbox/generate", {"shop_id": SHOP, "seed": 4, **wish})["order_ids"][0]
    return order_id, Window(tiktok, f"/orders/{order_id}")


def order_of(tiktok: Sandbox, order_id: str) -> dict[str, Any]:
    return next(order for order in tiktok.state()["orders"][SHOP] if order["id"] == order_id)


def test_a_buyer_buys_and_the_order_is_on_the_list(tiktok: Sandbox) -> None:
    window = Window(tiktok, "/")
    assert window.press("Buy something", shop_id=SHOP, kind="").status_code == 303
    [order] = tiktok.state()["orders"][SHOP]
    assert order["status"] == "AWAITING_SHIPMENT"
    assert abs(order["create_time"] - time.time()) < 60  # the newest of all, not one of yesterday
    assert window.path == f"/orders/{order['id']}"
    assert order["id"] in Window(tiktok, f"/?shop={SHOP}").html
    assert order["id"] not in Window(tiktok, "/?shop=another").html


def test_two_packages_leave_with_the_number_and_carrier_that_were_typed_on_the_first(tiktok: Sandbox) -> None:
    order_id, window = next(
        (order_id, window)
        for order_id, window in (bought(tiktok, seed=seed) for seed in range(40))
        if len(order_of(tiktok, order_id)["line_items"]) > 1
    )
    window.press("Ship", carrier="FedEx", tracking_number="FX-1", packages="2")
    order = order_of(tiktok, order_id)
    numbers = {line["package_id"]: line["tracking_number"] for line in order["line_items"]}
    assert (order["status"], len(order["packages"]), len(set(numbers.values()))) == ("AWAITING_COLLECTION", 2, 2)
    assert "FX-1" in numbers.values()
    assert {line["shipping_provider_name"] for line in order["line_items"] if line["tracking_number"] == "FX-1"} == {
        "FedEx"
    }
    for label, status in (("In transit", "IN_TRANSIT"), ("Deliver", "DELIVERED"), ("Complete", "COMPLETED")):
        window.press(label)
        assert order_of(tiktok, order_id)["status"] == status
    assert "What happens next" not in window.html, "nothing is left to be pressed"


def test_a_buyer_asks_is_refused_asks_again_and_gets_out(tiktok: Sandbox) -> None:
    order_id, window = bought(tiktok)
    window.press("Buyer asks to cancel")
    assert order_of(tiktok, order_id)["is_buyer_request_cancel"] is True
    window.press("Refuse to cancel")
    assert order_of(tiktok, order_id)["is_buyer_request_cancel"] is False
    window.press("Buyer asks to cancel")
    window.press("Agree to cancel")
    order = order_of(tiktok, order_id)
    assert (order["status"], order["cancellation_initiator"]) == ("CANCELLED", "BUYER")

    other, window = bought(tiktok)
    window.press("Cancel at once")
    assert order_of(tiktok, other)["status"] == "CANCELLED"


def test_a_new_street_is_in_every_place_of_the_address(tiktok: Sandbox) -> None:
    order_id, window = bought(tiktok)
    before = order_of(tiktok, order_id)["recipient_address"]["full_address"]
    window.press("Change address", street="77 New Street")
    address = order_of(tiktok, order_id)["recipient_address"]
    assert address["address_line1"] == address["address_detail"] == "77 New Street"
    assert address["full_address"].startswith("77 New Street, ")
    assert address["full_address"].endswith(before.rpartition(", ")[2])


def test_what_cannot_be_is_told_on_a_page(tiktok: Sandbox) -> None:
    order_id, window = bought(tiktok, status="DELIVERED")
    wish = {"order_id": order_id, "page": window.path}
    for deed in ("ship", "ask-cancel"):
        answer = requests.post(f"{tiktok.url}/_sandbox/{deed}", wish, timeout=10)
        assert (answer.status_code, "That did not work" in answer.text) == (400, True)
    assert requests.post(f"{tiktok.url}/_sandbox/ship", json={"order_id": "<b>"}, timeout=10).json()["error"]
    told = requests.post(f"{tiktok.url}/_sandbox/ship", {"order_id": "<b>", "page": "/"}, timeout=10).text
    assert "<b>" not in told.replace("<b>In", "")


def in_shopify(shopify: Sandbox) -> tuple[str, Window]:
    """A paid order, and its page."""
    paid = {"transactions": [{"kind": "SALE", "status": "SUCCESS", "gateway": "TikTok Shop", "amountSet": money("20")}]}
    answer = requests.post(
        f"{shopify.url}/{STORE}/admin/api/2026-10/graphql.json",
        json={"query": CREATE, "variables": {"order": {"lineItems": [line()], "financialStatus": "PAID", **paid}}},
        headers={"X-Shopify-Access-Token": "shpat_good"},
        timeout=10,
    ).json()
    order = answer["data"]["orderCreate"]["order"]
    return order["id"], Window(shopify, f"/{STORE}/orders/{order['id'].rsplit('/', 1)[-1]}")


def kept_in(shopify: Sandbox) -> dict[str, dict[str, Any]]:
    return {order["id"]: order for order in shopify.state()["orders"]}


def test_a_merchant_refunds_cancels_and_deletes(shopify_sandbox: Sandbox) -> None:
    refunded, window = in_shopify(shopify_sandbox)
    window.press("Refund")
    assert kept_in(shopify_sandbox)[refunded]["financialStatus"] == "REFUNDED"
    assert "<button>Refund</button>" not in window.html
    window.press("Cancel order")
    assert kept_in(shopify_sandbox)[refunded]["cancellation"]
    window.press("Delete order")
    assert refunded not in kept_in(shopify_sandbox)
    assert window.path == f"/{STORE}/"


def test_a_merchant_adds_a_product_and_then_a_variant_of_it(shopify_sandbox: Sandbox) -> None:
    window = Window(shopify_sandbox, f"/{STORE}/products")
    window.press("Add product", title="Rose soap", variant_title="Small", sku="ROSE-S", price="4.50")
    window.press("Add product", title="Rose soap", variant_title="Large", sku="ROSE-L", price="7.50")
    assert re.findall("ROSE-[SL]", window.html) == ["ROSE-S", "ROSE-L"]
    told = window.press("Add product", title="Rose soap", price="cheap")
    assert (told.status_code, "That did not work" in told.text) == (400, True)
    assert f'href="/{STORE}/products"' in Window(shopify_sandbox, f"/{STORE}/").html
