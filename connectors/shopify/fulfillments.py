"""Fulfilments: what an order still has to ship and has shipped, and the two effects that are created exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.errors import BadAnswer, Refused
from connectors.shopify import costs, failures, reading, user_errors
from connectors.shopify.client import Result, ShopifyClient

USUAL = (5, 20)
LARGEST = (25, 250)
"""Fulfilment orders and lines read of one order: the usual size first, the largest when that is not all."""


@dataclass(frozen=True)
class Tracking:
    """A parcel's number; `url` is only needed where Shopify does not know the company."""

    number: str
    company: str = ""
    url: str = ""


@dataclass(frozen=True)
class OrderLine:
    """A line of the Shopify order, in the order in which it was created. `unit_price` is before discounts.

    `unfulfilled` units (0 or less: none) are shipped by nobody yet as Shopify counts them, whatever this app may see.
    """

    gid: str
    title: str
    sku: str
    variant_gid: str
    quantity: int
    unit_price: Decimal | None
    unfulfilled: int = 0


@dataclass(frozen=True)
class FulfillmentOrderLine:
    """Units of one order line to be shipped from one place; `remaining` are not shipped yet."""

    gid: str
    line_gid: str
    sku: str
    variant_gid: str
    total: int
    remaining: int


@dataclass(frozen=True)
class FulfillmentOrder:
    """What one location ships. `can_fulfill` is false for another app's service, on hold, closed …

    `holds` are the reasons of its holds in Shopify's words. One that needs a scope this app lacks is not shown at all.
    """

    gid: str
    status: str
    location_name: str
    can_fulfill: bool
    lines: tuple[FulfillmentOrderLine, ...]
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    gid: str
    status: str
    happened_at: datetime | None


@dataclass(frozen=True)
class Fulfillment:
    """A parcel that Shopify knows; `lines` are (order line gid, quantity); `events` newest first, at most 20."""

    gid: str
    status: str
    display_status: str
    created_at: datetime | None
    in_transit_at: datetime | None
    delivered_at: datetime | None
    tracking: tuple[Tracking, ...]
    lines: tuple[tuple[str, int], ...]
    events: tuple[Event, ...]

    @property
    def is_cancelled(self) -> bool:
        return self.status in ("CANCELLED", "ERROR", "FAILURE")

    def shows(self, status: str) -> bool:
        """Whether customers are shown this state (IN_TRANSIT, DELIVERED) already, by anyone's doing."""
        at = {"IN_TRANSIT": self.in_transit_at, "DELIVERED": self.delivered_at}.get(status)
        return at is not None or self.display_status == status or any(event.status == status for event in self.events)


@dataclass(frozen=True)
class OrderFulfillments:
    """An order's shipping. No fulfilment orders means "not yet": Shopify routes a new order a moment later."""

    gid: str
    name: str
    cancelled_at: datetime | None
    lines: tuple[OrderLine, ...]
    fulfillment_orders: tuple[FulfillmentOrder, ...]
    fulfillments: tuple[Fulfillment, ...]


@dataclass(frozen=True)
class Made:
    """Something new in Shopify, and the id of the request that made it, for Shopify's support."""

    gid: str
    request_id: str


def fulfillment_orders(
    client: ShopifyClient, order_gid: str, expected: tuple[int, int] = USUAL
) -> OrderFulfillments | None:
    """Everything about an order's shipping, or None when the order is gone. Raises when it is only partly readable.

    `expected` is how many fulfilment orders (and fulfilments) and lines are asked for first; when there are more, the
    largest size is read instead.
    """
    first = (min(expected[0], USUAL[0]), min(expected[1], USUAL[1]))
    for orders, lines in dict.fromkeys((first, USUAL, LARGEST)):
        variables = {"id": order_gid, "orders": orders, "lines": lines}
        cost = costs.order_fulfillment_orders(orders, lines)
        result = client.run("order_fulfillment_orders", variables, cost=cost)
        _complete(result)
        order = reading.entry(result.data, "order")
        if not order:
            return None
        if not _goes_on(order, orders):
            return _order(order)
    raise Refused("This Shopify order has more fulfilment orders or lines than can be read at once", code="too_many")


def read_fulfillment(client: ShopifyClient, fulfillment_gid: str) -> Fulfillment | None:
    """One parcel's state and events, without its lines and tracking; None when it is gone."""
    result = client.run("fulfillment_read", {"id": fulfillment_gid})
    _complete(result)
    found = reading.entry(result.data, "fulfillment")
    return _fulfillment(found) if found else None


def create_fulfillment(
    client: ShopifyClient,
    fulfillment_order_gid: str,
    lines: Sequence[tuple[str, int]],
    tracking: Tracking | None = None,
) -> Made:
    """Ship units of one fulfilment order and return the fulfilment. Customers are not notified.

    `lines` are (fulfilment-order line gid, quantity). Sent exactly once: UnknownOutcome means look for it in
    `fulfillment_orders`; every other error means that nothing was made.
    """
    units = [{"id": gid, "quantity": quantity} for gid, quantity in lines]
    if not units:
        raise ValueError("no lines: Shopify would take that as everything")
    wanted: dict[str, Any] = {
        "lineItemsByFulfillmentOrder": [
            {"fulfillmentOrderId": fulfillment_order_gid, "fulfillmentOrderLineItems": units},
        ],
        "notifyCustomer": False,
    }
    if tracking is not None and tracking.number:
        told = {"number": tracking.number, "company": tracking.company, "url": tracking.url}
        wanted["trackingInfo"] = {name: value for name, value in told.items() if value}
    result = client.run("fulfillment_create", {"fulfillment": wanted}, creates=True)
    fulfillment, _ = user_errors.made(result, "fulfillmentCreate", "fulfillment", "fulfilment")
    return Made(str(fulfillment["id"]), result.request_id)


def update_tracking(client: ShopifyClient, fulfillment_gid: str, tracking: Tracking) -> None:
    """Replace a fulfilment's tracking; customers are not notified. Safe to repeat. Raises Refused."""
    told = {"number": tracking.number, "company": tracking.company, "url": tracking.url}
    variables = {"id": fulfillment_gid, "tracking": {name: value for name, value in told.items() if value}}
    result = client.run("fulfillment_tracking_update", variables)
    problems = user_errors.read(result.data.get("fulfillmentTrackingInfoUpdate"))
    if problems:
        raise user_errors.refusal(problems, "tracking number", http_status=200, request_id=result.request_id)
    if not result.data.get("fulfillmentTrackingInfoUpdate"):
        raise BadAnswer("Shopify did not say whether it took the tracking number", code="no_outcome")


def create_event(client: ShopifyClient, fulfillment_gid: str, status: str, happened_at: datetime | None = None) -> Made:
    """Add IN_TRANSIT, DELIVERED … with the carrier's own time (aware) and return the event.

    Shopify does not notice a repeated event. Sent exactly once: UnknownOutcome means look at `Fulfillment.events`.
    """
    event: dict[str, Any] = {"fulfillmentId": fulfillment_gid, "status": status}
    if happened_at is not None:
        event["happenedAt"] = f"{happened_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    result = client.run("fulfillment_event_create", {"fulfillmentEvent": event}, creates=True)
    made, _ = user_errors.made(result, "fulfillmentEventCreate", "fulfillmentEvent", "delivery event")
    return Made(str(made["id"]), result.request_id)


def _complete(result: Result) -> None:
    """Half an answer here would look like "nothing shipped yet" and end in a second parcel."""
    if result.errors:
        raise failures.partial(result.errors, "tell how this order is shipped", request_id=result.request_id)


def _goes_on(order: dict[str, Any], orders: int) -> bool:
    parts = [*reading.entries(order, "fulfillmentOrders")]
    shipped = [*reading.entries(order, "fulfillments")]
    return (
        reading.has_more(order, "lineItems")
        or reading.has_more(order, "fulfillmentOrders")
        or len(shipped) >= orders
        or any(reading.has_more(part, "lineItems") for part in parts)
        or any(reading.has_more(parcel, "fulfillmentLineItems") for parcel in shipped)
    )


def _order(raw: dict[str, Any]) -> OrderFulfillments:
    return OrderFulfillments(
        gid=reading.text(raw.get("id")),
        name=reading.text(raw.get("name")),
        cancelled_at=reading.moment(raw.get("cancelledAt")),
        lines=tuple(_order_line(line) for line in reading.entries(raw, "lineItems")),
        fulfillment_orders=tuple(_fulfillment_order(part) for part in reading.entries(raw, "fulfillmentOrders")),
        fulfillments=tuple(_fulfillment(parcel) for parcel in reading.entries(raw, "fulfillments")),
    )


def _order_line(raw: dict[str, Any]) -> OrderLine:
    return OrderLine(
        gid=reading.text(raw.get("id")),
        title=reading.text(raw.get("title")),
        sku=reading.text(raw.get("sku")),
        variant_gid=reading.text(reading.entry(raw, "variant").get("id")),
        quantity=reading.number(raw.get("quantity")),
        unit_price=reading.shop_money(raw.get("originalUnitPriceSet"))[0],
        # whether Shopify counts refunded units as unfulfilled was never seen: without them it is right either way
        unfulfilled=reading.number(raw.get("unfulfilledQuantity")) - reading.number(raw.get("nonFulfillableQuantity")),
    )


def _fulfillment_order(raw: dict[str, Any]) -> FulfillmentOrder:
    actions = {str(action.get("action")) for action in reading.entries(raw, "supportedActions")}
    return FulfillmentOrder(
        gid=reading.text(raw.get("id")),
        status=reading.text(raw.get("status")),
        location_name=reading.text(reading.entry(raw, "assignedLocation").get("name")),
        can_fulfill="CREATE_FULFILLMENT" in actions,
        lines=tuple(_fulfillment_order_line(line) for line in reading.entries(raw, "lineItems")),
        holds=tuple(reading.text(hold.get("displayReason")) for hold in reading.entries(raw, "fulfillmentHolds")),
    )


def _fulfillment_order_line(raw: dict[str, Any]) -> FulfillmentOrderLine:
    return FulfillmentOrderLine(
        gid=reading.text(raw.get("id")),
        line_gid=reading.text(reading.entry(raw, "lineItem").get("id")),
        sku=reading.text(raw.get("sku")),
        variant_gid=reading.text(reading.entry(raw, "variant").get("id")),
        total=reading.number(raw.get("totalQuantity")),
        remaining=reading.number(raw.get("remainingQuantity")),
    )


def _fulfillment(raw: dict[str, Any]) -> Fulfillment:
    lines = [
        (reading.text(reading.entry(line, "lineItem").get("id")), reading.number(line.get("quantity")))
        for line in reading.entries(raw, "fulfillmentLineItems")
    ]
    events = [
        Event(reading.text(e.get("id")), reading.text(e.get("status")), reading.moment(e.get("happenedAt")))
        for e in reading.entries(raw, "events")
    ]
    tracking = [
        Tracking(reading.text(t.get("number")), reading.text(t.get("company")), reading.text(t.get("url")))
        for t in reading.entries(raw, "trackingInfo")
    ]
    return Fulfillment(
        gid=reading.text(raw.get("id")),
        status=reading.text(raw.get("status")),
        display_status=reading.text(raw.get("displayStatus")),
        created_at=reading.moment(raw.get("createdAt")),
        in_transit_at=reading.moment(raw.get("inTransitAt")),
        delivered_at=reading.moment(raw.get("deliveredAt")),
        tracking=tuple(tracking),
        lines=tuple(lines),
        events=tuple(events),
    )
