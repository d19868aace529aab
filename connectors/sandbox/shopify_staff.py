"""What people, carriers and other fulfilment services do in a store: control calls that move an order's shipping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox import shopify_fulfillments as fulfillments
from connectors.sandbox.shopify_places import place_of
from connectors.sandbox.shopify_shop import Shop, now_text

Document = dict[str, Any]

STATUSES = ("OPEN", "IN_PROGRESS", "SCHEDULED", "CLOSED", "CANCELLED", "INCOMPLETE")
REQUESTS = ("UNSUBMITTED", "SUBMITTED", "ACCEPTED", "REJECTED", "CLOSED")
HOLDS = {
    "AWAITING_PAYMENT": "Awaiting payment",
    "AWAITING_RETURN_ITEMS": "Awaiting return items",
    "HIGH_RISK_OF_FRAUD": "High risk of fraud",
    "INCORRECT_ADDRESS": "Incorrect address",
    "INVENTORY_OUT_OF_STOCK": "Inventory out of stock",
    "ONLINE_STORE_POST_PURCHASE_CROSS_SELL": "Upsell offer",
    "OTHER": "Other",
    "UNKNOWN_DELIVERY_DATE": "Unknown delivery date",
}
"""FulfillmentHoldReason, and what Shopify's admin shows of it."""


def locations(shop: Shop, wish: Document) -> Document:
    """{"skus": {SKU: location name, or a list that shares its units}, "services": [names]}: for orders to come."""
    services = set(wish.get("services") or ())
    for sku, names in dict(wish["skus"]).items():
        chosen = [place_of(name, service=name in services) for name in ([names] if isinstance(names, str) else names)]
        shop.put("places", sku, {"locations": chosen})
    return {"skus": sorted(wish["skus"])}


def hold(shop: Shop, wish: Document) -> Document:
    """{"order", "sku"?, "location"?, "reason"?, "notes"?}: hold what waits; one SKU alone is split off."""
    reason = wish.get("reason") or "OTHER"
    if reason not in HOLDS:
        raise ValueError(f"Unknown reason {reason}. Known: {', '.join(HOLDS)}.")
    order = _order(shop, wish)
    for entry in _waiting(shop, order, wish, apart=True):
        kept = {"number_id": shop.next_id(), "reason": reason, "notes": wish.get("notes"), "shown": HOLDS[reason]}
        entry["status"], entry["holds"] = "ON_HOLD", [*entry.get("holds", []), kept]
    return _done(shop, order, f"Fulfilment put on hold: {HOLDS[reason].lower()}.")


def release(shop: Shop, wish: Document) -> Document:
    """{"order", "location"?}: every hold is over."""
    order = _order(shop, wish)
    for entry in _waiting(shop, order, wish):
        if entry["status"] == "ON_HOLD":
            entry["status"], entry["holds"] = "OPEN", []
    return _done(shop, order, "Fulfilment released from hold.")


def move(shop: Shop, wish: Document) -> Document:
    """{"order", "location", "sku"?, "service"?}: the old fulfilment order closes, a new one stands elsewhere."""
    order, to = _order(shop, wish), place_of(str(wish["location"]), service=bool(wish.get("service")))
    for entry in _waiting(shop, order, {"sku": wish.get("sku")}):
        if entry["location"]["id"] == to["id"]:
            continue
        new = fulfillments.new_entry(shop, order, to)
        for line in entry["lines"]:
            if line["remaining"] and (not wish.get("sku") or _sku(order, line) == wish["sku"]):
                new["lines"].append({**line, "number_id": shop.next_id(), "total": line["remaining"]})
                line["total"], line["remaining"] = line["total"] - line["remaining"], 0
        new["status"], new["holds"], new["moved_from"] = entry["status"], entry.get("holds", []), entry["number_id"]
        entry["lines"] = [line for line in entry["lines"] if line["total"]]
        if not any(line["remaining"] for line in entry["lines"]):
            entry["status"], entry["holds"] = "CLOSED", []
    return _done(shop, order, f"Fulfilment moved to {to['name']}.")


def fulfillment_order(shop: Shop, wish: Document) -> Document:
    """{"order", "location"?, "status"?, "request"?}: what an app, a service or time itself makes of it."""
    order, status, request = _order(shop, wish), wish.get("status"), wish.get("request")
    if status not in (None, *STATUSES) or request not in (None, *REQUESTS):
        raise ValueError(f"status is one of {', '.join(STATUSES)}; request one of {', '.join(REQUESTS)}.")
    for entry in order["fulfillmentOrders"]:
        if wish.get("location") in (None, entry["location"]["name"]):
            entry["status"] = status or entry["status"]
            entry["requestStatus"] = request or entry["requestStatus"]
    return _done(shop, order, f"Fulfilment order: {str(status or request).replace('_', ' ').lower()}.")


def fulfil(shop: Shop, wish: Document) -> Document:
    """{"order", "skus"?: {SKU: units}, "location"?, "number"?, "company"?, "url"?, "by"?}: one per location."""
    order, left = _order(shop, wish), dict(wish.get("skus") or {})
    tracking = {name: wish[name] for name in ("number", "company", "url") if wish.get(name)}
    made: list[Document] = []
    for entry in _waiting(shop, order, {"location": wish.get("location")}):
        if entry["status"] == "ON_HOLD":
            continue
        parts = []
        for line in entry["lines"]:
            wanted = int(left.get(_sku(order, line), 0)) if wish.get("skus") else line["remaining"]
            count = min(line["remaining"], wanted)
            if count:
                gid = f"gid://shopify/FulfillmentOrderLineItem/{line['number_id']}"
                parts.append({"id": gid, "quantity": count})
                left[_sku(order, line)] = wanted - count
        if parts:
            number = f"gid://shopify/FulfillmentOrder/{entry['number_id']}"
            group = {"fulfillmentOrderId": number, "fulfillmentOrderLineItems": parts}
            made.append(fulfillments.fulfil(shop, order, [group], tracking, None))
    if not made:
        raise ValueError("Nothing of that waits for fulfilment.")
    units = sum(part["quantity"] for one in made for part in one["lines"])
    told = _done(shop, order, f"{wish.get('by') or 'Staff'} fulfilled {units} item{'s' if units != 1 else ''}.")
    return told | {"fulfillments": [f"gid://shopify/Fulfillment/{one['number_id']}" for one in made]}


def carrier(shop: Shop, wish: Document) -> Document:
    """{"order", "number"?, "status", "at"?, "event"?}: Shopify follows a parcel by itself, with an event or without."""
    order, status, at = _order(shop, wish), str(wish["status"]), wish.get("at") or now_text()
    found = [
        made
        for made in order["fulfillments"]
        if made["status"] == "SUCCESS" and wish.get("number") in (None, *(row["number"] for row in made["tracking"]))
    ]
    for made in found:
        if wish.get("event"):
            gid = f"gid://shopify/Fulfillment/{made['number_id']}"
            row = fulfillments.fulfillment_event_create(shop, {"fulfillmentId": gid, "status": status})
            row["fulfillmentEvent"]["by"] = "carrier"
        made["displayStatus"] = status
        if status == "IN_TRANSIT":
            made["inTransitAt"] = at
        if status == "DELIVERED":
            made["deliveredAt"] = at
    if not found:
        raise ValueError("There is no such fulfilment.")
    return _done(shop, order, f"The carrier says: {status.replace('_', ' ').lower()}.")


def settings(shop: Shop, wish: Document) -> Document:
    """{"scopes"?: [names], "routing_delay"?: seconds}: of every store of this sandbox, until its reset."""
    if "scopes" in wish:
        shop.flags.scopes = ",".join(wish["scopes"])
    if "routing_delay" in wish:
        shop.flags.routing_delay = float(wish["routing_delay"])
    return {"scopes": shop.flags.scopes.split(","), "routing_delay": shop.flags.routing_delay}


def delete_definitions(shop: Shop, wish: Document) -> Document:
    """Staff tidied up *Custom data*: the metafields of orders stand, their definitions do not."""
    for name in list(shop.definitions):
        shop.store.drop(f"{shop.domain} definitions", name)
    return {"definitions": 0}


DEEDS: Mapping[str, Callable[[Shop, Document], Document]] = {
    "locations": locations,
    "hold": hold,
    "release": release,
    "move": move,
    "fulfillment-order": fulfillment_order,
    "fulfil": fulfil,
    "carrier": carrier,
    "settings": settings,
    "delete-definitions": delete_definitions,
}
"""By the last part of `/_sandbox/…`. `order` is a gid, its number, a name or a TikTok order id."""


def _order(shop: Shop, wish: Document) -> Document:
    asked = str(wish["order"])
    for order in shop.orders.values():
        known = (order["number_id"], order["name"], str(order["number"]), str(order["sourceIdentifier"]))
        if asked.rsplit("/", 1)[-1] in known:
            return order
    raise ValueError(f"The store has no order {asked}.")


def _sku(order: Document, line: Document) -> str:
    return next(str(each["sku"]) for each in order["lines"] if each["number_id"] == line["line_id"])


def _waiting(shop: Shop, order: Document, wish: Document, *, apart: bool = False) -> list[Document]:
    """Fulfilment orders with units still to ship, at one place or of one SKU where the wish names them.

    `apart` splits the other SKUs off into a fulfilment order of their own, as Shopify does.
    """
    sku, place, found = wish.get("sku"), wish.get("location"), []
    for entry in list(order["fulfillmentOrders"]):
        chosen = [line for line in entry["lines"] if line["remaining"] and sku in (None, "", _sku(order, line))]
        elsewhere = place not in (None, "", entry["location"]["name"])
        if not chosen or elsewhere or entry["status"] in ("CLOSED", "CANCELLED", "INCOMPLETE"):
            continue
        if apart and len(chosen) < len(entry["lines"]):
            other = fulfillments.new_entry(shop, order, entry["location"])
            other["lines"], entry["lines"] = chosen, [line for line in entry["lines"] if line not in chosen]
            entry = other
        found.append(entry)
    return found


def _done(shop: Shop, order: Document, happened: str) -> Document:
    fulfillments.recount(order)
    shop.save(order, happened)
    return {"order": f"gid://shopify/Order/{order['number_id']}", "happened": happened}
