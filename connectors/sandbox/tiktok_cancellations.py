"""Cancellation search, told from the orders: whole orders, single lines, and buyers who are still waiting."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.sandbox.order_parcels import rows_of, seconds_of
from connectors.sandbox.serving import Reply
from connectors.sandbox.tiktok_answers import done
from connectors.sandbox.tiktok_calls import Call, in_window, page_of, texts
from connectors.sandbox.tiktok_market import Order, cancel_id

FILTERS = {
    "cancel_ids": "cancel_id",
    "order_ids": "order_id",
    "cancel_types": "cancel_type",
    "cancel_status": "cancel_status",
}


def search(call: Call) -> Reply:
    """POST /return_refund/202602/cancellations/search."""
    filters = call.filters()
    wished = {name: texts(filters, wish) for wish, name in FILTERS.items()}
    found = (_cancellation(order) for order in call.market.raw_orders(call.shop_id))
    rows = [
        row
        for row in found
        if row and in_window(row, filters) and all(not wish or row[name] in wish for name, wish in wished.items())
    ]
    page = page_of(call, rows, filters, lambda row: row)
    cancellations = page.pop("rows")
    return done(page | {"cancellations": cancellations} if cancellations else page)


def _cancellation(order: Order) -> dict[str, Any]:
    """The order's cancellation, or an empty object when nothing of it was or may be cancelled."""
    pending = bool(order.get("is_buyer_request_cancel"))
    lines = rows_of(order, "line_items")
    cut = lines if pending else [line for line in lines if line.get("display_status") == "CANCELLED"]
    if not cut:
        return {}
    role = "BUYER" if pending else str(cut[0].get("cancel_user") or order.get("cancellation_initiator") or "SELLER")
    at = seconds_of(order, "cancel_time") or seconds_of(order, "update_time")
    row: dict[str, Any] = {
        "cancel_id": cancel_id(order),
        "order_id": str(order["id"]),
        "cancel_type": "BUYER_CANCEL" if role == "BUYER" else "CANCEL",
        "cancel_status": "CANCELLATION_REQUEST_PENDING" if pending else "CANCELLATION_REQUEST_COMPLETE",
        "role": role,
        "cancel_reason": "ecom_order_to_ship_canceled_reason_no_longer_needed",
        "cancel_reason_text": str(cut[0].get("cancel_reason") or "No longer needed"),
        "create_time": at,
        "update_time": at,
        "should_replenish_stock": True,
        "cancel_line_items": [_line(order, line) for line in cut],
    }
    # Nothing paid, nothing to give back: the key is then absent.
    if order.get("paid_time") and not pending:
        row["refund_amount"] = _refund(cut)
    return row


def _line(order: Order, line: dict[str, Any]) -> dict[str, Any]:
    names = ("sku_id", "sku_name", "seller_sku", "product_name")
    same = {name: line.get(name, "") for name in names}
    return {
        "cancel_line_item_id": f"{cancel_id(order)}{str(line.get('id'))[-3:]}",
        "order_line_item_id": line.get("id"),
        **same,
    }


def _refund(lines: list[dict[str, Any]]) -> dict[str, str]:
    subtotal = sum((Decimal(str(line.get("sale_price") or 0)) for line in lines), Decimal(0))
    taxes = [tax for line in lines for tax in rows_of(line, "item_tax")]
    tax = sum((Decimal(str(one.get("tax_amount") or 0)) for one in taxes), Decimal(0))
    amounts = {"refund_total": subtotal + tax, "refund_subtotal": subtotal, "refund_tax": tax}
    return {"currency": "USD", **{name: f"{amount:.2f}" for name, amount in amounts.items()}}
