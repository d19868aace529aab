"""Finding variants and reading the store: a wrong link ships the wrong soap."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import responses

from connectors.errors import BadAnswer
from connectors.shopify import products, shop
from tests.clients.shopify_answers import URL, body, client, error

pytestmark = pytest.mark.usefixtures("vendor")

V1, V2 = "gid://shopify/ProductVariant/1", "gid://shopify/ProductVariant/2"


def variant(gid: str, sku: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "__typename": "ProductVariant",
        "id": gid,
        "sku": sku,
        "barcode": None,
        "title": "Lavender",
        "price": "4.5",
        "product": {"title": "Soap", "status": "ACTIVE"},
        **changes,
    }


def hits(*variants: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    info = {"hasNextPage": after is not None, "endCursor": after}
    return {"productVariants": {"nodes": list(variants), "pageInfo": info}}


def query(vendor: responses.RequestsMock, number: int = 0) -> str:
    return str(json.loads(vendor.calls[number].request.body or b"")["variables"]["query"])


def test_a_loose_search_links_no_longer_sku(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(hits(variant(V1, "SOAP-1"), variant(V2, "SOAP-1-XL"), variant("gid://x", None))))
    found = products.variants_by_skus(client(), ["SOAP-1"])
    assert [v.gid for v in found["SOAP-1"]] == [V1]
    assert found["SOAP-1"][0].price == Decimal("4.5")


def test_near_skus_and_doubles_are_all_told_for_a_person_to_judge(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(hits(variant(V1, "soap 1"), variant(V2, "SOAP1"))))
    assert [v.sku for v in products.variants_by_skus(client(), ["Soap1"])["Soap1"]] == ["soap 1", "SOAP1"]


def test_twenty_skus_are_one_request_and_blank_ones_none(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(hits(variant(V1, "S3"))))
    found = products.variants_by_skus(client(), ["", " ", *(f"S{n}" for n in range(20))])
    assert (len(vendor.calls), found[""], found["S1"], len(found["S3"])) == (1, (), (), 1)
    assert query(vendor).startswith('sku:"S0" OR sku:"S1" OR ')


def test_a_sku_with_quotes_stays_one_value(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(hits(variant(V1, '5" bar'))))
    assert len(products.variants_by_skus(client(), ['5" bar'])['5" bar']) == 1
    assert query(vendor) == 'sku:"5\\" bar"'


def test_all_pages_of_hits_are_read(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(hits(variant(V1, "S1"), after="c")))
    vendor.post(URL, body=body(hits(variant(V2, "S1"))))
    assert len(products.variants_by_skus(client(), ["S1"])["S1"]) == 2


def test_a_search_that_was_not_understood_says_nothing_about_skus(vendor: responses.RequestsMock) -> None:
    warning = {"field": "sku", "message": "Invalid search field for this query.", "code": "invalid_field"}
    vendor.post(URL, body=body(hits(), search=[{"path": ["productVariants"], "warnings": [warning]}]))
    with pytest.raises(BadAnswer):
        products.variants_by_skus(client(), ["S1"])


def test_a_gone_variant_and_a_malformed_id_are_none_and_harm_nobody(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"nodes": [variant(V1, "S1"), None]}))
    found = products.variants_by_ids(client(), [V1, V2, "12345"])
    assert found[V1] is not None
    assert (found[V2], found["12345"]) == (None, None)
    assert json.loads(vendor.calls[0].request.body or b"")["variables"]["ids"] == [V1, V2]


def test_half_an_answer_does_not_make_variants_look_deleted(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"nodes": [None]}, [error("Internal error.", "INTERNAL_SERVER_ERROR", ["nodes", 0])]))
    with pytest.raises(BadAnswer):
        products.variants_by_ids(client(), [V1])


def test_only_malformed_ids_ask_nothing() -> None:
    assert products.variants_by_ids(client(), ["x"]) == {"x": None}


def test_a_person_finds_variants_by_the_beginning_of_words(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(hits(variant(V1, None))))
    (found,) = products.search_variants(client(), "lav soap")
    assert (found.product_title, found.sku) == ("Soap", "")
    assert query(vendor) == "lav* soap*"


def test_an_empty_search_box_asks_nothing() -> None:
    assert products.search_variants(client(), " ") == ()


def info(**plan: Any) -> dict[str, Any]:
    store = {
        "id": "gid://shopify/Shop/1",
        "name": "Soap",
        "myshopifyDomain": "soap-shop.myshopify.com",
        "currencyCode": "USD",
        "plan": {"publicDisplayName": "Basic", "partnerDevelopment": False, **plan},
    }
    return {"shop": store, "currentAppInstallation": {"accessScopes": [{"handle": "write_orders"}]}}


@pytest.mark.parametrize(
    ("plan", "development"),
    [({}, False), ({"partnerDevelopment": True}, True), ({"publicDisplayName": "Trial"}, True)],
)
def test_a_store_with_the_small_order_limit_is_recognised(
    vendor: responses.RequestsMock, plan: dict[str, Any], development: bool
) -> None:
    vendor.post(URL, body=body(info(**plan)))
    told = shop.shop_info(client())
    assert (told.currency, told.scopes, told.development) == ("USD", frozenset({"write_orders"}), development)


def test_missing_scopes_are_named_and_writing_includes_reading() -> None:
    assert shop.missing_scopes(shop.NEEDED_SCOPES) == ()
    left = shop.missing_scopes(["write_orders", "write_merchant_managed_fulfillment_orders", "read_products"])
    assert left == ("read_locations", "write_fulfillments")


def test_all_locations_are_listed(vendor: responses.RequestsMock) -> None:
    def place(number: int) -> dict[str, Any]:
        name = f"Room {number}"
        return {"id": f"gid://shopify/Location/{number}", "name": name, "isActive": True, "fulfillsOnlineOrders": True}

    first = {"nodes": [place(1)], "pageInfo": {"hasNextPage": True, "endCursor": "c"}}
    vendor.post(URL, body=body({"locations": first}))
    vendor.post(URL, body=body({"locations": {"nodes": [place(2)], "pageInfo": {"hasNextPage": False}}}))
    assert [location.name for location in shop.locations(client())] == ["Room 1", "Room 2"]
