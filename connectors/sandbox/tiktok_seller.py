"""What a seller and a buyer do to one order: control calls, and the buttons on the order's page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from random import Random

from connectors.sandbox import order_steps
from connectors.sandbox.order_parcels import CARRIERS, relabelled, rows_of, seconds_of
from connectors.sandbox.store import Document
from connectors.sandbox.tiktok_market import Market, Order

TO_SHIP = ("AWAITING_SHIPMENT", "PARTIALLY_SHIPPING")


def the_order(market: Market, wish: Document) -> tuple[str, Order, int]:
    """Shop, order, and the Unix second of what happens to it now. Raises ValueError."""
    found = market.find_order(str(wish["order_id"]))
    if found is None:
        raise ValueError(f"No shop has an order {wish['order_id']}.")
    # A change within the second of the last one would be no change to those who poll by time.
    return *found, max(int(time.time()), seconds_of(found[1], "update_time"))


def ship(market: Market, wish: Document) -> Document:
    """{"order_id", "tracking_number"?, "carrier"?: a name, "packages"?: 1 or 2}: the seller hands it over.

    Number and carrier are those of the first package; what is not given is made up.
    """
    shop_id, order, at = the_order(market, wish)
    carrier = next((one for one in CARRIERS if one.name == wish.get("carrier")), None)
    if wish.get("carrier") and carrier is None:
        raise ValueError(f"Unknown carrier {wish['carrier']}. Known: {', '.join(one.name for one in CARRIERS)}.")
    if order.get("status") not in TO_SHIP:
        raise ValueError("Only an order that awaits its shipment can be shipped.")
    before = {package.get("id") for package in rows_of(order, "packages")}
    dice = Random(f"{order['id']} shipped {at}")
    order = order_steps.moved(_split(order, str(wish.get("packages") or 1)), "AWAITING_COLLECTION", at, dice)
    new = [str(package["id"]) for package in rows_of(order, "packages") if package.get("id") not in before]
    if new and (carrier or wish.get("tracking_number")):
        carrier = carrier or CARRIERS[0]
        order = relabelled(order, new[0], carrier, str(wish.get("tracking_number") or carrier.number(dice)).strip())
    market.keep_order(shop_id, order)
    return {"order": order}


def _split(order: Order, packages: str) -> Order:
    if packages not in ("1", "2"):
        raise ValueError("An order leaves in 1 package or in 2.")
    if packages == "1":
        return {**order, "split_or_combine_tag": ""} if order.get("split_or_combine_tag") == "SPLIT" else order
    live = [line for line in rows_of(order, "line_items") if line.get("display_status") != "CANCELLED"]
    if len(live) < 2 or any(line.get("package_id") for line in live):
        raise ValueError("Only an order of two items or more, none of them shipped, can leave in 2 packages.")
    return {**order, "split_or_combine_tag": "SPLIT"}


def ask_cancel(market: Market, wish: Document) -> Document:
    """{"order_id"}: the buyer wants out; the seller has yet to say yes (`advance` to CANCELLED) or no."""
    shop_id, order, at = the_order(market, wish)
    if order.get("status") not in TO_SHIP:
        raise ValueError("A buyer can ask for this only until the order is shipped.")
    order = {**order, "is_buyer_request_cancel": True, "update_time": at}
    market.keep_order(shop_id, order)
    return {"order": order}


def refuse_cancel(market: Market, wish: Document) -> Document:
    """{"order_id"}: the seller says no, and the order goes on."""
    shop_id, order, at = the_order(market, wish)
    order = {**order, "is_buyer_request_cancel": False, "update_time": at}
    market.keep_order(shop_id, order)
    return {"order": order}


def change_address(market: Market, wish: Document) -> Document:
    """{"order_id", "street"}: the buyer moved within the town."""
    shop_id, order, at = the_order(market, wish)
    street, address = str(wish["street"]).strip(), dict(order.get("recipient_address") or {})
    _, comma, town = str(address.get("full_address") or "").partition(", ")
    address |= {"address_line1": street, "address_detail": street, "full_address": f"{street}{comma}{town}"}
    order = {**order, "recipient_address": address, "has_updated_recipient_address": True, "update_time": at}
    market.keep_order(shop_id, order)
    return {"order": order}


DEEDS: Mapping[str, Callable[[Market, Document], Document]] = {
    "ship": ship,
    "ask-cancel": ask_cancel,
    "refuse-cancel": refuse_cancel,
    "change-address": change_address,
}
