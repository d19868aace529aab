"""Reading and making fulfilments: a parcel that is misread is shipped twice or never."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import responses

from connectors.errors import BadAnswer, Refused, Unauthorized
from connectors.sandbox.shopify_execution import bill_of, operation_in
from connectors.shopify import costs, fulfillments
from connectors.shopify.client import document_text
from connectors.shopify.fulfillments import FulfillmentOrderLine, OrderLine, Tracking
from tests.clients.shopify_answers import GID, URL, body, client, error, money, user_error

pytestmark = pytest.mark.usefixtures("vendor")

LINE, VARIANT = "gid://shopify/LineItem/1", "gid://shopify/ProductVariant/1"
PART, PARCEL = "gid://shopify/FulfillmentOrder/1", "gid://shopify/Fulfillment/1"


def nodes(*entries: dict[str, Any], more: bool = False) -> dict[str, Any]:
    return {"nodes": list(entries), "pageInfo": {"hasNextPage": more}}


def part(**changes: Any) -> dict[str, Any]:
    line = {
        "id": "gid://shopify/FulfillmentOrderLineItem/1",
        "totalQuantity": 3,
        "remainingQuantity": 2,
        "sku": "SOAP-1",
        "variant": {"id": VARIANT},
        "lineItem": {"id": LINE},
    }
    return {
        "id": PART,
        "status": "IN_PROGRESS",
        "assignedLocation": {"name": "Back room"},
        "supportedActions": [{"action": "CREATE_FULFILLMENT"}, {"action": "HOLD"}],
        "lineItems": nodes(line),
        **changes,
    }


def parcel(**changes: Any) -> dict[str, Any]:
    return {
        "id": PARCEL,
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": "2026-11-22T18:00:00Z",
        "inTransitAt": None,
        "deliveredAt": None,
        "trackingInfo": [{"company": "USPS", "number": "9400", "url": None}],
        "fulfillmentLineItems": nodes({"quantity": 1, "lineItem": {"id": LINE}}),
        "events": nodes(),
        **changes,
    }


def order(*parts: dict[str, Any], parcels: tuple[dict[str, Any], ...] = (), more: bool = False) -> dict[str, Any]:
    line = {
        "id": LINE,
        "title": "Soap",
        "sku": None,
        "quantity": 3,
        "originalUnitPriceSet": money("4.0"),
        "variant": {"id": VARIANT},
    }
    return {
        "order": {
            "id": GID,
            "name": "#1001",
            "cancelledAt": None,
            "lineItems": nodes(line),
            "fulfillmentOrders": nodes(*parts, more=more),
            "fulfillments": list(parcels),
        }
    }


def sent(vendor: responses.RequestsMock, number: int = 0) -> dict[str, Any]:
    variables: dict[str, Any] = json.loads(vendor.calls[number].request.body or b"")["variables"]
    return variables


def test_an_orders_shipping_is_read_whole(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(order(part(), parcels=(parcel(),))))
    read = fulfillments.fulfillment_orders(client(), GID)
    assert read is not None
    assert read.lines == (OrderLine(LINE, "Soap", "", VARIANT, 3, Decimal("4.0")),)
    (one,) = read.fulfillment_orders
    assert (one.gid, one.can_fulfill, one.location_name) == (PART, True, "Back room")
    line = FulfillmentOrderLine("gid://shopify/FulfillmentOrderLineItem/1", LINE, "SOAP-1", VARIANT, 3, 2)
    assert one.lines == (line,)
    assert read.fulfillments[0].tracking == (Tracking("9400", "USPS", ""),)
    assert read.fulfillments[0].lines == ((LINE, 1),)


def test_a_part_that_another_service_ships_is_not_ours_to_fulfil(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(order(part(supportedActions=[{"action": "HOLD"}]))))
    read = fulfillments.fulfillment_orders(client(), GID)
    assert read is not None
    assert not read.fulfillment_orders[0].can_fulfill


@pytest.mark.parametrize(
    "changes",
    [
        {"displayStatus": "DELIVERED"},
        {"deliveredAt": "2026-11-23T10:00:00Z"},
        {"events": nodes({"id": "gid://e", "status": "DELIVERED", "happenedAt": "2026-11-23T10:00:00Z"})},
    ],
)
def test_a_delivery_that_anyone_told_already_is_seen(vendor: responses.RequestsMock, changes: dict[str, Any]) -> None:
    vendor.post(URL, body=body(order(parcels=(parcel(**changes),))))
    read = fulfillments.fulfillment_orders(client(), GID)
    assert read is not None
    assert read.fulfillments[0].shows("DELIVERED")
    assert not read.fulfillments[0].shows("IN_TRANSIT")


def test_an_order_that_is_larger_than_usual_is_read_again_in_full(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(order(part(), more=True)))
    vendor.post(URL, body=body(order(part(), part(id="gid://shopify/FulfillmentOrder/2"))))
    read = fulfillments.fulfillment_orders(client(), GID)
    assert read is not None
    assert len(read.fulfillment_orders) == 2
    assert sent(vendor, 1)["lines"] == 250


def test_an_order_too_large_to_read_is_told_and_not_cut(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(order(part(), more=True)))
    with pytest.raises(Refused):
        fulfillments.fulfillment_orders(client(), GID)


def test_a_deleted_order_reads_as_none(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"order": None}))
    assert fulfillments.fulfillment_orders(client(), GID) is None


def test_half_an_answer_is_no_basis_for_a_second_parcel(vendor: responses.RequestsMock) -> None:
    broken = error("Internal error.", "INTERNAL_SERVER_ERROR", ["order", "fulfillments"])
    vendor.post(URL, body=body(order(part()), [broken]))
    with pytest.raises(BadAnswer):
        fulfillments.fulfillment_orders(client(), GID)


def test_missing_access_to_fulfilment_orders_is_named(vendor: responses.RequestsMock) -> None:
    denied = error(
        "Access denied.", "ACCESS_DENIED", ["order", "fulfillmentOrders"], requiredAccess="read_merchant_managed…"
    )
    vendor.post(URL, body=body(order(part()), [denied]))
    with pytest.raises(Unauthorized, match="read_merchant_managed"):
        fulfillments.fulfillment_orders(client(), GID)


def test_a_parcel_goes_out_with_its_units_and_number_and_without_mail(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"fulfillmentCreate": {"fulfillment": {"id": PARCEL}, "userErrors": []}}))
    assert fulfillments.create_fulfillment(client(), PART, [("gid://l", 2)], Tracking("9400", "USPS")).gid == PARCEL
    assert sent(vendor)["fulfillment"] == {
        "lineItemsByFulfillmentOrder": [
            {"fulfillmentOrderId": PART, "fulfillmentOrderLineItems": [{"id": "gid://l", "quantity": 2}]}
        ],
        "notifyCustomer": False,
        "trackingInfo": {"number": "9400", "company": "USPS"},
    }


def test_an_empty_parcel_is_never_sent_for_it_would_ship_everything() -> None:
    with pytest.raises(ValueError, match="everything"):
        fulfillments.create_fulfillment(client(), PART, [])


def test_an_event_carries_the_carriers_own_time_in_utc(vendor: responses.RequestsMock) -> None:
    event = {"id": "gid://shopify/FulfillmentEvent/1"}
    vendor.post(URL, body=body({"fulfillmentEventCreate": {"fulfillmentEvent": event, "userErrors": []}}))
    at = datetime.fromisoformat("2026-11-22T13:00:00-05:00")
    assert fulfillments.create_event(client(), PARCEL, "DELIVERED", at).gid == event["id"]
    wanted = {"fulfillmentId": PARCEL, "status": "DELIVERED", "happenedAt": "2026-11-22T18:00:00Z"}
    assert sent(vendor)["fulfillmentEvent"] == wanted
    assert at.astimezone(UTC).hour == 18


def test_a_refused_event_is_told_in_shopifys_words(vendor: responses.RequestsMock) -> None:
    problem = user_error(["fulfillmentEvent", "fulfillmentId"], "Fulfillment does not exist.")
    vendor.post(URL, body=body({"fulfillmentEventCreate": {"fulfillmentEvent": None, "userErrors": [problem]}}))
    with pytest.raises(Refused, match="refused the delivery event: Fulfillment id: Fulfillment does not exist"):
        fulfillments.create_event(client(), PARCEL, "DELIVERED")


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        *(("order_fulfillment_orders", {"orders": o, "lines": n}) for o, n in ((3, 2), (4, 5), (5, 20), (25, 250))),
        *(
            (name, {})
            for name in (
                "fulfillment_create",
                "fulfillment_event_create",
                "fulfillment_tracking_update",
                "fulfillment_read",
            )
        ),
    ],
)
def test_what_is_reserved_for_a_call_is_what_shopify_asks_for_it(document: str, variables: dict[str, int]) -> None:
    """Ten deliveries at once would overdraw a budget that is reserved too small."""
    text = document_text(document)
    operation = operation_in(text, None)
    assert operation is not None
    ours = costs.order_fulfillment_orders(**variables) if variables else costs.COSTS[document]
    assert ours == bill_of(text, variables).total(operation)
