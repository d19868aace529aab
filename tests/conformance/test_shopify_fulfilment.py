"""Fulfilment orders, fulfilments, events and cancelling, as recorded from Shopify."""

from __future__ import annotations

import time

from tests.conformance.shopify_caller import Caller, line, money

FULFIL = """mutation F($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
  fulfillment { id name status displayStatus trackingInfo { company number url } } userErrors { field message } } }"""
EVENT = """mutation E($e: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $e) {
  fulfillmentEvent { id status } userErrors { field message } } }"""
ORDER = """query O($id: ID!) { order(id: $id) { displayFulfillmentStatus cancelledAt displayFinancialStatus
  fulfillments { id displayStatus inTransitAt deliveredAt }
  fulfillmentOrders(first: 5) { nodes { id status lineItems(first: 5) { nodes { id remainingQuantity } } } } } }"""


def test_an_order_is_fulfilled_in_parts_and_shows_its_delivery(shopify: Caller) -> None:
    digital = line("1.00", requiresShipping=False)
    order = shopify.create(lineItems=[line(quantity=3), digital])["order"]
    (entry,) = order["fulfillmentOrders"]["nodes"]
    (part,) = entry["lineItems"]["nodes"]
    assert part["remainingQuantity"] == 3
    group = {"fulfillmentOrderId": entry["id"], "fulfillmentOrderLineItems": [{"id": part["id"], "quantity": 1}]}
    tracking = {"company": "USPS", "number": "9400", "url": "https://tracking.example/9400"}
    first = shopify.data(FULFIL, {"f": {"lineItemsByFulfillmentOrder": [group], "trackingInfo": tracking}})
    made = first["fulfillmentCreate"]["fulfillment"]
    assert made["name"] == "#1001-F1"
    assert made["trackingInfo"] == [tracking]
    assert shopify.data(ORDER, {"id": order["id"]})["order"]["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    rest = {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": entry["id"]}]}}
    assert shopify.data(FULFIL, rest)["fulfillmentCreate"]["userErrors"] == []
    assert shopify.data(ORDER, {"id": order["id"]})["order"]["displayFulfillmentStatus"] == "FULFILLED"
    refused = shopify.data(FULFIL, rest)["fulfillmentCreate"]["userErrors"][0]["message"]
    assert "unfulfillable status= closed" in refused
    event = {"fulfillmentId": made["id"], "status": "IN_TRANSIT", "happenedAt": "2026-11-20T10:00:00Z"}
    assert shopify.data(EVENT, {"e": event})["fulfillmentEventCreate"]["userErrors"] == []
    shopify.data(EVENT, {"e": {**event, "status": "DELIVERED", "happenedAt": "2026-11-21T10:00:00Z"}})
    shown = shopify.data(ORDER, {"id": order["id"]})["order"]["fulfillments"][0]
    assert shown["displayStatus"] == "DELIVERED"
    assert (shown["inTransitAt"], shown["deliveredAt"]) == ("2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z")


def test_too_much_cannot_be_fulfilled_and_a_malformed_id_is_a_top_level_error(shopify: Caller) -> None:
    (entry,) = shopify.create()["order"]["fulfillmentOrders"]["nodes"]
    part = {"id": entry["lineItems"]["nodes"][0]["id"], "quantity": 2}
    group = {"fulfillmentOrderId": entry["id"], "fulfillmentOrderLineItems": [part]}
    payload = shopify.data(FULFIL, {"f": {"lineItemsByFulfillmentOrder": [group]}})["fulfillmentCreate"]
    assert payload["userErrors"][0]["message"] == "Invalid fulfillment order line item quantity requested."
    answer = shopify.ask(FULFIL, {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "7"}]}})
    assert answer["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


def test_lines_at_two_locations_need_two_fulfilments(shopify: Caller) -> None:
    here, there = shopify.seed({"title": "A", "sku": "A"}, {"title": "B", "sku": "B", "location": "Second warehouse"})
    order = shopify.create(lineItems=[line(variantId=here), line(variantId=there)])["order"]
    groups = [{"fulfillmentOrderId": entry["id"]} for entry in order["fulfillmentOrders"]["nodes"]]
    assert len(groups) == 2
    payload = shopify.data(FULFIL, {"f": {"lineItemsByFulfillmentOrder": groups}})["fulfillmentCreate"]
    assert "single location" in payload["userErrors"][0]["message"]


def test_a_cancelled_order_still_reads_as_open_at_first_and_cannot_be_cancelled_twice(shopify: Caller) -> None:
    order = shopify.create(transactions=[{"amountSet": money("20.00")}])["order"]
    cancel = """mutation C($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, restock: true,
      refundMethod: {originalPaymentMethodsRefund: true}) {
        job { id done } orderCancelUserErrors { code message } } }"""
    job = shopify.data(cancel, {"id": order["id"]})["orderCancel"]["job"]
    assert job["done"] is False
    assert shopify.data(ORDER, {"id": order["id"]})["order"]["cancelledAt"] is None
    ends = time.monotonic() + 10
    while not shopify.data("query J($id: ID!) { job(id: $id) { done } }", {"id": job["id"]})["job"]["done"]:
        assert time.monotonic() < ends
        time.sleep(0.05)
    shown = shopify.data(ORDER, {"id": order["id"]})["order"]
    assert shown["cancelledAt"]
    assert shown["displayFinancialStatus"] == "REFUNDED"
    assert shown["fulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"
    again = shopify.data(cancel, {"id": order["id"]})["orderCancel"]["orderCancelUserErrors"]
    assert "already been canceled" in again[0]["message"]
