"""Packages and tracking, told from the orders they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.sandbox.order_parcels import rows_of, seconds_of
from connectors.sandbox.order_steps import as_shown
from connectors.sandbox.serving import Reply
from connectors.sandbox.tiktok_answers import Refusal, done
from connectors.sandbox.tiktok_calls import Call, in_window, page_of
from connectors.sandbox.tiktok_market import Order

NO_SUCH_PACKAGE = 21008075
NO_SUCH_ORDER = 21008111
SUB_STATUS = {"PROCESSING": "RTS", "FULFILLING": "TTS", "COMPLETED": "DELIVERED", "CANCELLED": "CANCELLED"}


def package(call: Call) -> Reply:
    """GET /fulfillment/202309/packages/{id}; a combined package lists several orders."""
    holders = [order for order in call.market.raw_orders(call.shop_id) if call.place in _package_ids(order)]
    if not holders:
        raise Refusal(NO_SUCH_PACKAGE, "The package does not exist.")
    shown = _package(call.place, holders)
    package_id, status = shown.pop("id"), str(shown.pop("status"))  # the search names these two otherwise
    first = holders[0]
    tag = {"SPLIT": "SPLIT", "COMBINED": "COMBINE"}.get(str(first.get("split_or_combine_tag")), "DEFAULT")
    names = ("shipping_type", "delivery_option_id", "delivery_option_name", "warehouse_id")
    return done(
        {
            "package_id": package_id,
            **shown,
            "package_status": status,
            "package_sub_status": SUB_STATUS.get(status, "CREATED"),
            "split_and_combine_tag": tag,
            "recipient_address": as_shown(first).get("recipient_address"),
            "handover_method": "DROP_OFF",
            **{name: first.get(name, "") for name in names},
        }
    )


def search(call: Call) -> Reply:
    """POST /fulfillment/202309/packages/search."""
    filters = call.filters()
    holders: dict[str, list[Order]] = {}
    for order in call.market.raw_orders(call.shop_id):
        for package_id in _package_ids(order):
            holders.setdefault(package_id, []).append(order)
    packages = [_package(package_id, orders) for package_id, orders in holders.items()]
    wished = filters.get("package_status")
    rows = [row for row in packages if in_window(row, filters) and wished in (None, row["status"])]
    page = page_of(call, rows, filters, lambda row: row)
    found = page.pop("rows")
    return done(page | {"packages": found} if found else page)


def tracking(call: Call) -> Reply:
    """GET /fulfillment/202309/orders/{id}/tracking: steps in milliseconds, newest first."""
    document = call.market.orders(call.shop_id).get(call.place)
    if document is None:
        raise Refusal(NO_SUCH_ORDER, "The order does not belong to the seller.")
    order = document["raw"]
    steps = (
        (50101, "delivery_time", "Your package was delivered."),
        (30301, "collection_time", "Your package left the origin facility."),
        (20101, "rts_time", "Your order was packed by the seller and is awaiting carrier pickup."),
        (10101, "create_time", "Order placed."),
    )
    told = [
        {"action_code": code, "description": text, "update_time_millis": seconds_of(order, name) * 1000 + 487}
        for code, name, text in steps
        if seconds_of(order, name)
    ]
    if order.get("status") == "CANCELLED" and seconds_of(order, "cancel_time"):
        cancelled = {"action_code": 110101, "description": "Order cancelled."}
        told.insert(0, cancelled | {"update_time_millis": seconds_of(order, "cancel_time") * 1000})
    return done({"tracking": told})


def _package_ids(order: Order) -> list[str]:
    return [str(one.get("id")) for one in rows_of(order, "packages")]


def _package(package_id: str, holders: Sequence[Order]) -> dict[str, Any]:
    lines = [line for order in holders for line in rows_of(order, "line_items") if line.get("package_id") == package_id]
    first = lines[0] if lines else {}
    return {
        "id": package_id,
        "orders": [{"id": str(order["id"])} for order in holders],
        "order_line_item_ids": [line.get("id", "") for line in lines],
        "status": first.get("package_status", "PROCESSING"),
        "tracking_number": first.get("tracking_number", ""),
        "shipping_provider_id": first.get("shipping_provider_id", ""),
        "shipping_provider_name": first.get("shipping_provider_name", ""),
        "create_time": seconds_of(first, "rts_time") or seconds_of(holders[0], "rts_time"),
        "update_time": max(seconds_of(order, "update_time") for order in holders),
    }
