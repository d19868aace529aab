"""Fulfilment orders, fulfilments and their delivery events, by the rules recorded from Shopify."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.shopify_errors import UserError, user_error
from connectors.sandbox.shopify_places import places_of_units
from connectors.sandbox.shopify_shop import MAIN_LOCATION, Shop, now_text, number_of, time_text

Document = dict[str, Any]


def route(shop: Shop, order: Document) -> None:
    """One fulfilment order per location, for the lines that are shipped; other lines never wait for anybody."""
    places: dict[str, Document] = {}
    order["fulfillmentOrders"] = []
    for line in order["lines"]:
        if not line["requiresShipping"] or line["quantity"] <= 0:
            continue
        variant = shop.variant(line["variant_id"]) if line["variant_id"] else None
        for location, units in places_of_units(shop, line["sku"], (variant or {}).get("location"), line["quantity"]):
            entry = places.get(location["id"])
            if entry is None:
                entry = places[location["id"]] = new_entry(shop, order, location)
            part = {"number_id": shop.next_id(), "line_id": line["number_id"], "total": units, "remaining": units}
            entry["lines"].append(part)
    if not places and order["fulfillmentStatus"] == "UNFULFILLED":
        order["fulfillmentStatus"] = "FULFILLMENT_NOT_REQUIRED"


def new_entry(shop: Shop, order: Document, location: Document) -> Document:
    """One more fulfilment order of an order, still without lines."""
    entry: Document = {
        "number_id": shop.next_id(),
        "status": "OPEN",
        "requestStatus": "UNSUBMITTED",
        "location": location,
        "createdAt": now_text(),
        "holds": [],
        "lines": [],
    }
    order["fulfillmentOrders"].append(entry)
    shop.put("owners", f"FulfillmentOrder {entry['number_id']}", {"order": order["number_id"]})
    return entry


def order_of(shop: Shop, kind: str, identifier: str) -> tuple[Document | None, str]:
    """The order that owns a fulfilment order or fulfilment, and the number in the gid."""
    number = number_of(identifier, kind)
    owner = shop.table("owners").get(f"{kind} {number}")
    return (shop.orders.get(owner["order"]) if owner else None), number


def fulfillment_create(shop: Shop, fulfillment: Document) -> Document:
    groups = fulfillment["lineItemsByFulfillmentOrder"]
    owners = [order_of(shop, "FulfillmentOrder", group["fulfillmentOrderId"]) for group in groups]
    errors = _refusals(groups, owners)
    if errors:
        return {"fulfillment": None, "userErrors": errors}
    order = owners[0][0]
    assert order is not None
    made = fulfil(shop, order, groups, fulfillment.get("trackingInfo") or {}, None)
    units = sum(part["quantity"] for part in made["lines"])
    shop.save(order, f"The app fulfilled {units} item{'s' if units != 1 else ''} from {made['location']['name']}.")
    return {"fulfillment": (order, made), "userErrors": []}


def _refusals(groups: list[Document], owners: list[tuple[Document | None, str]]) -> list[UserError]:
    if not groups or any(order is None for order, _ in owners):
        return [user_error(["fulfillment"], "Fulfillment order does not exist.")]
    if len({order["number_id"] for order, _ in owners if order}) > 1:
        return [user_error(["fulfillment"], "All fulfillment orders must belong to the same order.")]
    entries = [entry_of(order, number) for order, number in owners if order]
    if len({entry["location"]["id"] for entry in entries}) > 1:
        return [user_error(["fulfillment"], "All fulfillment orders must be assigned to a single location.")]
    for place, (group, entry, (order, number)) in enumerate(zip(groups, entries, owners, strict=True)):
        status = "CLOSED" if (order or {}).get("cancellation") else str(entry["status"])
        if status not in ("OPEN", "IN_PROGRESS"):
            message = f"Fulfillment order {number} has an unfulfillable status= {status.lower()}."
            return [user_error(["fulfillment"], message)]
        if entry["location"].get("service"):  # that it is refused is documented, its wording is not
            message = f"Fulfillment order {number} is assigned to another fulfillment service."
            return [user_error(["fulfillment"], message)]
        for spot, part in enumerate(group.get("fulfillmentOrderLineItems") or ()):
            if part["quantity"] <= 0:
                path = ["fulfillment", "lineItemsByFulfillmentOrder", str(place)]
                path += ["fulfillmentOrderLineItems", str(spot), "quantity"]
                return [user_error(path, "Quantity must be greater than 0")]
        if _wants_too_much(group, entry):
            return [user_error(["fulfillment"], "Invalid fulfillment order line item quantity requested.")]
    return []


def _wants_too_much(group: Document, entry: Document) -> bool:
    left = {line["number_id"]: line["remaining"] for line in entry["lines"]}
    for part in group.get("fulfillmentOrderLineItems") or ():
        number = number_of(part["id"], "FulfillmentOrderLineItem")
        left[number] = left.get(number, 0) - part["quantity"]
    return any(remaining < 0 for remaining in left.values())


def entry_of(order: Document, number: str) -> Document:
    entry: Document = next(entry for entry in order["fulfillmentOrders"] if entry["number_id"] == number)
    return entry


def fulfil(shop: Shop, order: Document, groups: list[Document], tracking: Document, status: str | None) -> Document:
    """Take the wished quantities (all that remains where none are named) out of the fulfilment orders."""
    taken: list[Document] = []
    location = MAIN_LOCATION
    for group in groups:
        entry = entry_of(order, number_of(group["fulfillmentOrderId"], "FulfillmentOrder"))
        location = entry["location"]
        wished = {number_of(part["id"]): part["quantity"] for part in group.get("fulfillmentOrderLineItems") or ()} or {
            line["number_id"]: line["remaining"] for line in entry["lines"]
        }
        for line in entry["lines"]:
            quantity = wished.get(line["number_id"], 0)
            if quantity:
                line["remaining"] -= quantity
                taken.append({"entry": entry["number_id"], "line_id": line["line_id"], "quantity": quantity})
        entry["status"] = "IN_PROGRESS" if any(line["remaining"] for line in entry["lines"]) else "CLOSED"
    now = now_text()
    made: Document = {
        "number_id": shop.next_id(),
        "name": f"{order['name']}-F{len(order['fulfillments']) + 1}",
        "status": "SUCCESS",
        "displayStatus": status or "FULFILLED",
        "createdAt": now,
        "updatedAt": now,
        "location": location,
        "tracking": tracking_of(tracking),
        "inTransitAt": None,
        "deliveredAt": None,
        "estimatedDeliveryAt": None,
        "lines": taken,
        "events": [],
    }
    order["fulfillments"].append(made)
    shop.put("owners", f"Fulfillment {made['number_id']}", {"order": order["number_id"]})
    recount(order)
    return made


def tracking_of(wish: Document) -> list[Document]:
    numbers = wish.get("numbers") or ([wish["number"]] if wish.get("number") else [])
    urls = wish.get("urls") or ([wish["url"]] if wish.get("url") else [])
    rows = [
        {"company": wish.get("company"), "number": number, "url": urls[place] if place < len(urls) else None}
        for place, number in enumerate(numbers)
    ]
    return rows or ([{"company": wish["company"], "number": None, "url": None}] if wish.get("company") else [])


def recount(order: Document) -> None:
    """What each line and the order show as fulfilled, from the fulfilments that still count."""
    done: dict[str, int] = {}
    for made in order["fulfillments"]:
        for part in made["lines"] if made["status"] == "SUCCESS" else ():
            done[part["line_id"]] = done.get(part["line_id"], 0) + part["quantity"]
    for line in order["lines"]:
        line["fulfilled"] = done.get(line["number_id"], 0)
    waiting = [line for line in order["lines"] if line["requiresShipping"]]
    if all(line["fulfilled"] >= line["quantity"] for line in waiting):
        order["fulfillmentStatus"] = "FULFILLED"
    else:
        order["fulfillmentStatus"] = "PARTIALLY_FULFILLED" if done else "UNFULFILLED"


def fulfillment_of(shop: Shop, identifier: str) -> tuple[Document, Document] | None:
    order, number = order_of(shop, "Fulfillment", identifier)
    if order is None:
        return None
    return order, next(made for made in order["fulfillments"] if made["number_id"] == number)


def fulfillment_event_create(shop: Shop, event: Document) -> Document:
    """No dedup, as on the real API: the same event twice makes two rows."""
    found = fulfillment_of(shop, event["fulfillmentId"])
    if found is None:
        error = user_error(["fulfillmentEvent", "fulfillmentId"], "Fulfillment does not exist.")
        return {"fulfillmentEvent": None, "userErrors": [error]}
    order, made = found
    now = now_text()
    row = {key: event.get(key) for key in ("status", "message", "address1", "city", "province", "country", "zip")}
    row |= {"latitude": event.get("latitude"), "longitude": event.get("longitude"), "number_id": shop.next_id()}
    row |= {"createdAt": now, "happenedAt": time_text(event["happenedAt"]) if event.get("happenedAt") else now}
    row["estimatedDeliveryAt"] = time_text(event["estimatedDeliveryAt"]) if event.get("estimatedDeliveryAt") else None
    made["events"].append(row)
    made["updatedAt"] = now
    if made["status"] == "SUCCESS":
        made["displayStatus"] = row["status"]
        made["inTransitAt"] = row["happenedAt"] if row["status"] == "IN_TRANSIT" else made["inTransitAt"]
        made["deliveredAt"] = row["happenedAt"] if row["status"] == "DELIVERED" else made["deliveredAt"]
        made["estimatedDeliveryAt"] = row["estimatedDeliveryAt"] or made["estimatedDeliveryAt"]
    shop.save(order, f"Shipment {made['name']}: {str(row['status']).replace('_', ' ').lower()}.")
    return {"fulfillmentEvent": row, "userErrors": []}


def fulfillment_tracking_info_update(shop: Shop, identifier: str, wish: Document) -> Document:
    found = fulfillment_of(shop, identifier)
    if found is None:
        return {"fulfillment": None, "userErrors": [user_error(["fulfillmentId"], "Fulfillment does not exist.")]}
    order, made = found
    made["tracking"], made["updatedAt"] = tracking_of(wish), now_text()
    shop.save(order, f"Tracking of {made['name']} updated.")
    return {"fulfillment": (order, made), "userErrors": []}


def fulfillment_cancel(shop: Shop, identifier: str) -> Document:
    """A second cancel is a silent success; the items go back to their fulfilment orders."""
    found = fulfillment_of(shop, identifier)
    if found is None:
        return {"fulfillment": None, "userErrors": [user_error(["id"], "Fulfillment does not exist.")]}
    order, made = found
    if made["status"] != "CANCELLED":
        made["status"], made["displayStatus"], made["updatedAt"] = "CANCELLED", "CANCELED", now_text()
        for part in made["lines"]:
            entry = entry_of(order, part["entry"])
            line = next(line for line in entry["lines"] if line["line_id"] == part["line_id"])
            line["remaining"] += part["quantity"]
            entry["status"] = "OPEN"
        recount(order)
        shop.save(order, f"Fulfilment {made['name']} cancelled.")
    return {"fulfillment": (order, made), "userErrors": []}
