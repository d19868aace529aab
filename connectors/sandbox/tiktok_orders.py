"""Order search and order detail."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.order_parcels import seconds_of
from connectors.sandbox.order_steps import STATUSES, as_shown
from connectors.sandbox.serving import Reply
from connectors.sandbox.tiktok_answers import BAD_REQUEST, Refusal, done
from connectors.sandbox.tiktok_calls import Call, in_window, page_of, texts, whole_number
from connectors.sandbox.tiktok_market import Order

MOST_IDS = 50
SHIPPING_TYPES = ("TIKTOK", "SELLER", "TIKTOK_DIGITAL")
TIMES = ("create_time_ge", "create_time_lt", "update_time_ge", "update_time_lt")


def search(call: Call) -> Reply:
    """POST /order/202309/orders/search: filters in the body, paging and sorting in the query."""
    filters = call.filters()
    _check_filters(filters)
    rows = [order for order in call.market.raw_orders(call.shop_id) if _fits(order, filters)]
    page = page_of(call, rows, filters, as_shown)
    orders = page.pop("rows")
    # TikTok leaves the key out when nothing matches.
    return done(page | {"orders": orders} if orders else page)


def detail(call: Call) -> Reply:
    """GET /order/202507/orders?ids=…: ids that are not this shop's are silently missing."""
    ids = [one for one in call.query.get("ids", "").split(",") if one]
    if not ids:
        raise Refusal(BAD_REQUEST, "Invalid request. Ids is a required field.")
    if len(ids) > MOST_IDS:
        raise Refusal(BAD_REQUEST, f"Invalid request. At most {MOST_IDS} ids are allowed.")
    documents = call.market.orders(call.shop_id)
    # Newest first, not as asked: a caller that matches by position is wrong.
    found = sorted((documents[one]["raw"] for one in dict.fromkeys(ids) if one in documents), key=_age)
    return done({"orders": [as_shown(order) for order in found]} if found else {})


def _age(order: Order) -> tuple[int, str]:
    return -seconds_of(order, "create_time"), str(order.get("id"))


def _check_filters(filters: dict[str, Any]) -> None:
    for name in TIMES:
        whole_number(filters, name)
    texts(filters, "warehouse_ids")
    for name, known in (("order_status", STATUSES), ("shipping_type", SHIPPING_TYPES)):
        if filters.get(name) is not None and filters[name] not in known:
            raise Refusal(BAD_REQUEST, f"Invalid request. {name} has an unknown value.")
    wants_out = filters.get("is_buyer_request_cancel")
    if wants_out is not None and not isinstance(wants_out, bool):
        raise Refusal(BAD_REQUEST, "Invalid request. is_buyer_request_cancel has a wrong type: expected a bool.")


def _fits(order: Order, filters: dict[str, Any]) -> bool:
    pairs = (("order_status", "status"), ("shipping_type", "shipping_type"), ("buyer_user_id", "user_id"))
    if any(filters.get(wish) is not None and order.get(name) != filters[wish] for wish, name in pairs):
        return False
    wants_out = filters.get("is_buyer_request_cancel")
    if wants_out is not None and bool(order.get("is_buyer_request_cancel")) != wants_out:
        return False
    if filters.get("warehouse_ids") and order.get("warehouse_id") not in filters["warehouse_ids"]:
        return False
    return in_window(order, filters)
