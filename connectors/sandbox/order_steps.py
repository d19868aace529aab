"""How a TikTok order changes when it moves on: pure functions from one raw order to the next."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from connectors.sandbox.order_parcels import packed, rows_of, seconds_of

Order = dict[str, Any]
HOUR, DAY = 3600, 86400

STATUSES = (
    "UNPAID",
    "ON_HOLD",
    "AWAITING_SHIPMENT",
    "PARTIALLY_SHIPPING",
    "AWAITING_COLLECTION",
    "IN_TRANSIT",
    "DELIVERED",
    "COMPLETED",
    "CANCELLED",
)
HIDDEN_WHILE = ("UNPAID", "ON_HOLD")
PACKAGE_STATUS = {
    "IN_TRANSIT": "FULFILLING",
    "DELIVERED": "COMPLETED",
    "COMPLETED": "COMPLETED",
    "CANCELLED": "CANCELLED",
}


def path_to(order: Order, status: str) -> list[str]:
    """The states between the order's own and `status`, the latter included; a step back is a jump."""
    if status == "CANCELLED":
        return ["CANCELLED"]
    here = STATUSES.index(order["status"]) if order.get("status") in STATUSES else 0
    steps = [step for step in STATUSES[here + 1 : STATUSES.index(status) + 1] if step != "PARTIALLY_SHIPPING"]
    if status == "PARTIALLY_SHIPPING" and here < STATUSES.index(status):
        steps.append(status)
    return steps or [status]


def following(order: Order, rng: Random) -> str | None:
    """What happens next to an order left to itself; None when its story is over."""
    if order.get("is_buyer_request_cancel"):
        return "CANCELLED"
    lines = len(rows_of(order, "line_items"))
    is_digital = order.get("shipping_type") == "TIKTOK_DIGITAL"
    match order.get("status"):
        case "UNPAID":
            return "CANCELLED" if rng.random() < 0.02 else "ON_HOLD"
        case "ON_HOLD":
            return "CANCELLED" if rng.random() < 0.03 else "AWAITING_SHIPMENT"
        case "AWAITING_SHIPMENT" if rng.random() < 0.03:
            return "CANCELLED"
        case "AWAITING_SHIPMENT" if is_digital:
            return "DELIVERED"
        case "AWAITING_SHIPMENT" if lines > 1 and order.get("split_or_combine_tag") == "SPLIT":
            return "PARTIALLY_SHIPPING"
        case "AWAITING_SHIPMENT" | "PARTIALLY_SHIPPING":
            return "AWAITING_COLLECTION"
        case "AWAITING_COLLECTION":
            return "IN_TRANSIT"
        case "IN_TRANSIT":
            return "DELIVERED"
        case "DELIVERED":
            return "COMPLETED"
    return None


def moved(order: Order, status: str, at: int, rng: Random) -> Order:
    """A copy of the order that reached `status` at Unix second `at`; missing earlier times are filled in."""
    order = copy.deepcopy(order)
    order["status"] = status
    order["update_time"] = max(at, seconds_of(order, "update_time"))
    if status not in ("UNPAID", "CANCELLED"):
        order.setdefault("paid_time", at)
    match status:
        case "AWAITING_SHIPMENT":
            order |= {"rts_sla_time": at + 2 * DAY, "tts_sla_time": at + 3 * DAY, "shipping_due_time": at + 5 * DAY}
        case "PARTIALLY_SHIPPING":
            order = packed(order, at, rng, everything=False)
        case "AWAITING_COLLECTION" | "IN_TRANSIT" | "DELIVERED" | "COMPLETED":
            order = packed(order, at, rng, everything=True)
            if status != "AWAITING_COLLECTION":
                order.setdefault("collection_time", at)
            if status in ("DELIVERED", "COMPLETED"):
                order.setdefault("delivery_time", at)
        case "CANCELLED":
            order |= _cancelled(order, at, rng)
    _move_lines(order, status)
    return order


def _cancelled(order: Order, at: int, rng: Random) -> Order:
    by_buyer = bool(order.get("is_buyer_request_cancel"))
    who = "BUYER" if by_buyer else rng.choice(("SELLER", "BUYER", "SYSTEM"))
    reason = {"BUYER": "No longer needed", "SELLER": "Out of stock", "SYSTEM": "Payment was not completed in time"}[who]
    return {"cancel_time": at, "cancellation_initiator": who, "cancel_reason": reason, "is_buyer_request_cancel": False}


def _move_lines(order: Order, status: str) -> None:
    for line in rows_of(order, "line_items"):
        if line.get("display_status") == "CANCELLED":
            continue
        shown = status
        if status == "ON_HOLD":
            shown = "UNPAID"  # lines know no hold
        elif status == "PARTIALLY_SHIPPING":
            shown = "AWAITING_COLLECTION" if line.get("package_id") else "AWAITING_SHIPMENT"
        if status == "CANCELLED":
            line |= {"cancel_user": order["cancellation_initiator"], "cancel_reason": order["cancel_reason"]}
        for part in (line, *rows_of(line, "sub_item_info")):
            part["display_status"] = shown
            if part.get("package_id") and shown != "AWAITING_SHIPMENT":
                part["package_status"] = PACKAGE_STATUS.get(shown, "PROCESSING")


def as_shown(order: Order) -> Order:
    """The order as the API gives it out: TikTok hides buyer and address until payment and hold are over."""
    if order.get("status") not in HIDDEN_WHILE:
        return order
    blank = {"full_address": "", "name": "", "phone_number": "", "region_code": "US", "district_info": []}
    return order | {"recipient_address": blank, "buyer_email": "", "buyer_nickname": ""}
