"""The stand-in Shopify answers as the recorded one does, over real HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.conformance.shopify_caller import (
    BY_CUSTOM_ID,
    CREATE,
    DEFINE,
    Caller,
    line,
    money,
    tax,
)

CUSTOM = {"namespace": "orderbridge", "key": "tiktok_order_id", "type": "id"}


def errors_of(payload: Any) -> list[tuple[str, str]]:
    return [(".".join(error["field"] or ()), error["message"]) for error in payload["userErrors"]]


def test_totals_follow_shopifys_own_rule_and_come_back_normalised(shopify: Caller) -> None:
    made = shopify.create(
        lineItems=[line("20.00", 2, taxLines=[tax("2.00")])],
        shippingLines=[{"title": "Standard", "priceSet": money("5.00"), "taxLines": [tax("0.50")]}],
        discountCode={"itemFixedDiscountCode": {"code": "SELLER", "amountSet": money("5.00")}},
        transactions=[{"kind": "SALE", "gateway": "TikTok Shop", "amountSet": money("42.50")}],
    )["order"]
    assert made["totalPriceSet"]["shopMoney"] == {"amount": "42.5", "currencyCode": "USD"}
    assert made["subtotalPriceSet"]["shopMoney"]["amount"] == "35.0"
    assert made["totalTaxSet"]["shopMoney"]["amount"] == "2.5"
    assert made["displayFinancialStatus"] == "PAID"
    assert made["paymentGatewayNames"] == ["TikTok Shop"]
    assert made["totalOutstandingSet"]["shopMoney"]["amount"] == "0.0"
    assert made["name"] == "#1001"


def test_without_payment_or_status_an_order_has_no_financial_status(shopify: Caller) -> None:
    made = shopify.create()["order"]
    assert made["displayFinancialStatus"] is None
    assert made["totalOutstandingSet"]["shopMoney"]["amount"] == "20.0"


def test_a_linked_line_keeps_its_own_title_and_price_and_moves_stock_only_when_asked(shopify: Caller) -> None:
    (variant,) = shopify.seed({"title": "Oat soap", "sku": "OAT-1", "price": "7.50", "inventory": 1})
    kept = shopify.create(lineItems=[line("6.00", 2, title="Oat!", variantId=variant)])["order"]["lineItems"]["nodes"][
        0
    ]
    assert (kept["title"], kept["sku"], kept["variant"]["inventoryQuantity"]) == ("Oat!", "OAT-1", 1)
    moved = shopify.create(
        {"inventoryBehaviour": "DECREMENT_IGNORING_POLICY"}, lineItems=[{"variantId": variant, "quantity": 3}]
    )["order"]
    assert moved["lineItems"]["nodes"][0]["title"] == "Oat soap"
    assert moved["lineItems"]["nodes"][0]["variant"]["inventoryQuantity"] == -2
    assert moved["totalPriceSet"]["shopMoney"]["amount"] == "22.5"
    refused = shopify.create(
        {"inventoryBehaviour": "DECREMENT_OBEYING_POLICY"}, lineItems=[{"variantId": variant, "quantity": 1}]
    )
    assert refused["userErrors"][0]["code"] == "INVENTORY_CLAIM_FAILED"


@pytest.mark.parametrize(
    ("order", "field", "message"),
    [
        ({"lineItems": []}, "order.lineItems", "must have at least one line item"),
        (
            {"lineItems": [{"quantity": 1, "variantId": "gid://shopify/ProductVariant/1"}]},
            "order",
            "Line items is invalid",
        ),
        ({"tags": ["x" * 41]}, "order.tags", "maximum is 40"),
        (
            {"customerId": "gid://shopify/Customer/1", "customer": {"toAssociate": {"email": "a@b.co"}}},
            "order",
            "customer",
        ),
        ({"customer": {"toUpsert": {"email": "not an email"}}}, "order.customer.toUpsert.email", "Email is invalid"),
        ({"customer": {"toUpsert": {"email": "a@b.co", "phone": "(+1)***"}}}, "order.customer.toUpsert.phone", "Phone"),
        (
            {"shippingAddress": {"countryCode": "US", "provinceCode": "ZZ"}},
            "order.shippingAddress.provinceCode",
            "Province",
        ),
    ],
)
def test_a_refusal_names_the_field_and_makes_no_order(
    shopify: Caller, order: dict[str, Any], field: str, message: str
) -> None:
    payload = shopify.create(**order)
    assert payload["order"] is None
    assert errors_of(payload)[0][0] == field
    assert message in errors_of(payload)[0][1]
    assert shopify.state()["counts"]["orders"] == 0


def test_an_unknown_variant_without_title_is_refused_in_three_sentences(shopify: Caller) -> None:
    payload = shopify.create(lineItems=[{"quantity": 1, "variantId": "gid://shopify/ProductVariant/1"}])
    assert [sentence for _, sentence in errors_of(payload)] == [
        "Order Line items is invalid",
        "Line items Name can't be blank",
        "Line items Title can't be blank",
    ]


def test_a_date_in_the_future_is_clamped_and_tags_come_back_sorted(shopify: Caller) -> None:
    made = shopify.create(processedAt="2099-01-01T00:00:00Z", tags=["TikTok Shop", "Gift"])["order"]
    assert made["processedAt"] < "2099"
    assert made["tags"] == ["Gift", "TikTok Shop"]


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        ('{ order(id: "gid://shopify/Order/1") { nme } }', {}, "undefinedField"),
        ("{ orders(frist: 1) { nodes { id } } }", {}, "argumentNotAccepted"),
        ("{ order { id } }", {}, "missingRequiredArguments"),
        ("mutation { orderCreate(order: {lines: 1}) { order { id } } }", {}, "argumentNotAccepted"),
        ('mutation { orderCreate(order: {}) @idem(key: "1") { order { id } } }', {}, "undefinedDirective"),
        (CREATE, {"order": {"lineItems": [{"title": "Soap"}]}}, "INVALID_VARIABLE"),
        (CREATE, {"order": {"lineItems": [line("ten dollars")]}}, "INVALID_VARIABLE"),
        (CREATE, {"order": {"lineItems": [line()], "inventoryBehaviour": "BYPASS"}}, "INVALID_VARIABLE"),
        ("query Q($id: ID!) { order(id: $id) { id } }", {"id": "123"}, "INVALID_VARIABLE"),
        ("{ giftCards(first: 1) { nodes { id } } }", {}, "NOT_IMPLEMENTED"),
        ('mutation { refundCreate(input: {orderId: "gid://shopify/Order/1"}) { refund { id } } }', {}, "BAD_REQUEST"),
    ],
)
def test_a_request_that_shopify_would_refuse_is_refused_in_its_shape(
    shopify: Caller, document: str, variables: dict[str, Any], code: str
) -> None:
    assert shopify.ask(document, variables)["errors"][0]["extensions"]["code"] == code


def test_a_missing_quantity_is_named_by_its_path(shopify: Caller) -> None:
    problem = shopify.ask(CREATE, {"order": {"lineItems": [{"title": "Soap"}]}})["errors"][0]["extensions"]["problems"][
        0
    ]
    assert problem == {"path": ["lineItems", 0, "quantity"], "explanation": "Expected value to not be null"}


def test_a_custom_id_needs_its_definition_is_found_at_once_and_is_never_used_twice(shopify: Caller) -> None:
    before = shopify.ask(BY_CUSTOM_ID, {"value": "576"})
    assert before["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert "Metafield definition of type 'id' is required" in before["errors"][0]["message"]
    assert shopify.data(DEFINE)["metafieldDefinitionCreate"]["userErrors"] == []
    assert shopify.data(DEFINE)["metafieldDefinitionCreate"]["userErrors"][0]["code"] == "TAKEN"
    made = shopify.create(metafields=[{**CUSTOM, "value": "576"}])["order"]
    assert shopify.data(BY_CUSTOM_ID, {"value": "576"})["orderByIdentifier"]["id"] == made["id"]
    again = shopify.create(metafields=[{**CUSTOM, "value": "576"}])
    assert again["order"] is None
    assert again["userErrors"][0]["field"] == ["order", "metafields", "0", "value"]


def test_tags_are_added_and_not_replaced(shopify: Caller) -> None:
    order = shopify.create(tags=["B"])["order"]
    add = 'mutation T($id: ID!) { tagsAdd(id: $id, tags: ["A", "b"]) { node { id } userErrors { message } } }'
    shopify.data(add, {"id": order["id"]})
    assert shopify.state()["orders"][0]["tags"] == ["A", "B"]


def test_variants_are_found_by_tokens_so_the_exact_sku_is_for_the_caller_to_pick(shopify: Caller) -> None:
    ids = shopify.seed(
        {"title": "Mug", "sku": "MUG-RED"}, {"title": "Mug", "sku": "mug-red-2"}, {"title": "Pot", "sku": "P"}
    )
    find = (
        "query V($q: String!) { productVariants(first: 10, query: $q) { nodes { id sku product { title status } } } }"
    )
    found = shopify.data(find, {"q": 'sku:"MUG-RED"'})["productVariants"]["nodes"]
    assert [row["sku"] for row in found] == ["MUG-RED", "mug-red-2"]
    read = """query N($ids: [ID!]!) { nodes(ids: $ids) {
      ... on ProductVariant { sku inventoryItem { requiresShipping } } } }"""
    rows = shopify.data(read, {"ids": [ids[2], "gid://shopify/ProductVariant/1"]})["nodes"]
    assert rows == [{"sku": "P", "inventoryItem": {"requiresShipping": True}}, None]


@pytest.mark.parametrize(("token", "status"), [("bad", 401), ("expired1", 401), ("frozen", 402), ("locked", 423)])
def test_a_broken_connection_is_told_by_its_status(shopify: Caller, token: str, status: int) -> None:
    shopify.token = token
    assert shopify.post("{ shop { name } }").status_code == status


def test_the_served_version_and_the_cost_are_reported(shopify: Caller) -> None:
    answer = shopify.post("{ shop { name } }")
    assert answer.headers["X-Shopify-API-Version"] == "2026-10"
    assert answer.json()["extensions"]["cost"]["requestedQueryCost"] == 1


def test_tokens_are_given_for_client_credentials_as_json_and_as_form(shopify: Caller) -> None:
    address = f"{shopify.url}/soap-shop.myshopify.com/admin/oauth/access_token"
    asked = {"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"}
    given = [requests.post(address, json=asked, timeout=20), requests.post(address, data=asked, timeout=20)]
    assert all(answer.json()["expires_in"] == 86399 for answer in given)
    refused = requests.post(address, json={**asked, "client_secret": "bad"}, timeout=20)
    assert refused.status_code == 401


def test_the_state_keeps_what_was_sent_and_names_duplicates(shopify: Caller) -> None:
    shopify.create(sourceIdentifier="576")
    shopify.create(sourceIdentifier="576")
    state = shopify.state()
    assert state["duplicates"] == {"576": ["#1001", "#1002"]}
    assert state["orders"][0]["input"]["lineItems"][0]["priceSet"]["shopMoney"]["amount"] == "20.00"
    assert state["counts"]["orders"] == 2


def test_the_pages_show_an_order_and_escape_what_a_buyer_wrote(shopify: Caller) -> None:
    attributes = [{"key": "TikTok Shop Order ID", "value": "576"}]
    shopify.create(note="<script>alert(1)</script>", customAttributes=attributes, tags=["TikTok Shop"])
    assert "#1001" in shopify.page("/")
    page = shopify.page("/orders/1001")
    assert "TikTok Shop Order ID" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_calls_at_the_same_time_each_have_their_effect_once(shopify: Caller) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: shopify.create(sourceIdentifier=str(n))["order"]["name"], range(40)))
    assert len(set(made)) == 40
    assert shopify.state()["counts"]["orders"] == 40
    assert shopify.state()["duplicates"] == {}
