"""Fulfilment orders and fulfilments as GraphQL shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.sandbox.shopify_order_parts import line_view
from connectors.sandbox.shopify_places import denied, may_see
from connectors.sandbox.shopify_product_view import variant_view
from connectors.sandbox.shopify_shop import Shop, gid

Document = dict[str, Any]
View = dict[str, Any]
OrderView = Callable[[Shop, Document], View | None]


def fulfillment_orders(shop: Shop, order: Document, whole: OrderView) -> list[View]:
    """Empty until the order is routed. `whole` shows the order itself, for documents that ask back up."""
    if refusal := denied(shop, "fulfillmentOrders"):
        raise refusal
    if not shop.has_routed(order):
        return []
    seen = [entry for entry in order["fulfillmentOrders"] if may_see(shop, entry)]
    return [fulfillment_order_view(shop, order, entry, whole) for entry in seen]


def fulfillment_order_view(shop: Shop, order: Document, entry: Document, whole: OrderView) -> View:
    status = "CLOSED" if order["cancellation"] else entry["status"]
    return {
        "__typename": "FulfillmentOrder",
        "id": gid("FulfillmentOrder", entry["number_id"]),
        "status": status,
        "requestStatus": entry["requestStatus"],
        "createdAt": entry["createdAt"],
        "updatedAt": order["updatedAt"],
        "orderId": gid("Order", order["number_id"]),
        "orderName": order["name"],
        "orderProcessedAt": order["processedAt"],
        "order": lambda: whole(shop, order),
        "assignedLocation": {
            **dict.fromkeys(("address1", "address2", "city", "phone", "province", "zip")),
            "name": entry["location"]["name"],
            "countryCode": "US",
            "location": location_view(entry["location"]),
        },
        "supportedActions": [{"action": action, "externalUrl": None} for action in _actions(status, entry)],
        "fulfillmentHolds": [_hold_view(hold) for hold in entry.get("holds", ())],
        "deliveryMethod": None,
        "destination": None,
        "fulfillAt": entry["createdAt"],
        "fulfillBy": None,
        "lineItems": lambda **_: [_line(shop, order, part) for part in entry["lines"]],
        "fulfillments": lambda **_: [
            fulfillment_view(shop, order, made, whole)
            for made in order["fulfillments"]
            if any(part["entry"] == entry["number_id"] for part in made["lines"])
        ],
    }


def _actions(status: str, entry: Document) -> tuple[str, ...]:
    """What may be done: goods at another app's service are asked for there, and shipped by nobody else."""
    match status:
        case "OPEN" | "IN_PROGRESS" if not entry["location"].get("service"):
            return ("CREATE_FULFILLMENT", "HOLD", "MOVE")
        case "OPEN":
            return ("REQUEST_FULFILLMENT", "HOLD", "MOVE")
        case "IN_PROGRESS":
            return ("REQUEST_CANCELLATION",)
        case "ON_HOLD":
            return ("RELEASE_HOLD", "HOLD", "MOVE")
        case "SCHEDULED":
            return ("MARK_AS_OPEN",)
    return ()


def _hold_view(hold: Document) -> View:
    return {
        "__typename": "FulfillmentHold",
        "id": gid("FulfillmentHold", hold["number_id"]),
        "reason": hold["reason"],
        "reasonNotes": hold["notes"],
        "displayReason": hold["shown"],
        "handle": None,
        "heldByApp": None,
        "heldByRequestingApp": False,
    }


def _line(shop: Shop, order: Document, part: Document) -> View:
    line = _order_line(order, part["line_id"])
    variant = shop.variant(line["variant_id"]) if line["variant_id"] else None
    return {
        "__typename": "FulfillmentOrderLineItem",
        "id": gid("FulfillmentOrderLineItem", part["number_id"]),
        "totalQuantity": part["total"],
        "remainingQuantity": part["remaining"],
        "sku": line["sku"],
        "productTitle": line["title"],
        "variantTitle": line["variantTitle"],
        "vendor": line["vendor"],
        "requiresShipping": line["requiresShipping"],
        "inventoryItemId": gid("InventoryItem", line["variant_id"]) if variant else None,
        "lineItem": lambda: line_view(shop, order, line),
        "variant": lambda: variant_view(shop, variant) if variant else None,
    }


def _order_line(order: Document, number: str) -> Document:
    line: Document = next(line for line in order["lines"] if line["number_id"] == number)
    return line


def fulfillment_view(shop: Shop, order: Document, made: Document, whole: OrderView) -> View:
    plain = ("name", "status", "displayStatus", "createdAt", "updatedAt")
    times = ("inTransitAt", "deliveredAt", "estimatedDeliveryAt")
    entries = {part["entry"] for part in made["lines"]}
    return {
        "__typename": "Fulfillment",
        "id": gid("Fulfillment", made["number_id"]),
        "legacyResourceId": made["number_id"],
        **{key: made[key] for key in (*plain, *times)},
        "requiresShipping": True,
        "totalQuantity": sum(part["quantity"] for part in made["lines"]),
        "location": location_view(made["location"]),
        "order": lambda: whole(shop, order),
        "service": None,
        "trackingInfo": lambda **_: made["tracking"],
        "events": lambda sortKey=None, reverse=False, **_: [event_view(row) for row in made["events"]][
            :: -1 if reverse else 1
        ],
        "fulfillmentLineItems": lambda **_: [
            {
                "id": gid("FulfillmentLineItem", f"{made['number_id']}{part['line_id'][-4:]}"),
                "quantity": part["quantity"],
                "lineItem": line_view(shop, order, _order_line(order, part["line_id"])),
            }
            for part in made["lines"]
        ],
        "fulfillmentOrders": lambda **_: [
            fulfillment_order_view(shop, order, entry, whole)
            for entry in order["fulfillmentOrders"]
            if entry["number_id"] in entries
        ],
    }


def event_view(row: Document) -> View:
    kept = {key: value for key, value in row.items() if key != "number_id"}
    return {"__typename": "FulfillmentEvent", "id": gid("FulfillmentEvent", row["number_id"]), **kept}


def location_view(location: Document) -> View:
    return {
        "__typename": "Location",
        "id": gid("Location", location["id"]),
        "legacyResourceId": location["id"],
        "name": location["name"],
        "isActive": True,
        "fulfillsOnlineOrders": True,
        "isFulfillmentService": bool(location.get("service")),
        "shipsInventory": True,
        "hasActiveInventory": True,
        "isPrimary": location["id"] == "90000000001",
        "address": {"countryCode": "US", "country": "United States", "city": None, "zip": None, "provinceCode": None},
    }
