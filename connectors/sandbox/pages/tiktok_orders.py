"""The orders of the sandbox shops in a browser, close to what a seller finds in Seller Center."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox.order_parcels import rows_of, seconds_of
from connectors.sandbox.pages.tiktok_frame import page, text
from connectors.sandbox.pages.tiktok_steering import buying, steering

Order = dict[str, Any]
Row = tuple[str, Order]  # shop name, raw order

ROWS_PER_PAGE = 50
AMOUNTS = (
    ("original_total_product_price", "Items before discounts"),
    ("seller_discount", "Seller discount"),
    ("platform_discount", "TikTok discount"),
    ("sub_total", "Subtotal"),
    ("original_shipping_fee", "Shipping before discounts"),
    ("shipping_fee_seller_discount", "Seller shipping discount"),
    ("shipping_fee_cofunded_discount", "Co-funded shipping discount"),
    ("shipping_fee_platform_discount", "TikTok shipping discount"),
    ("shipping_fee", "Shipping"),
    ("product_tax", "Tax on items"),
    ("shipping_fee_tax", "Tax on shipping"),
    ("retail_delivery_fee", "Retail delivery fee"),
    ("item_insurance_fee", "Item protection"),
    ("item_insurance_tax", "Tax on item protection"),
)


def order_list(rows: Sequence[Row], query: dict[str, str], shops: Mapping[str, str], kinds: Sequence[str] = ()) -> str:
    """`shops` are names by id, for the button that buys in one of them."""
    wanted, number, chosen = query.get("status", ""), query.get("page", "1"), query.get("shop", "")
    rows = [row for row in rows if not chosen or row[0] == shops.get(chosen)]
    counts = Counter(str(order.get("status")) for _, order in rows)
    shown = [row for row in rows if not wanted or row[1].get("status") == wanted]
    shown.sort(key=lambda row: seconds_of(row[1], "create_time"), reverse=True)
    start = ROWS_PER_PAGE * (max(1, int(number)) - 1) if number.isdigit() else 0
    statuses = {"": f"All ({len(rows)})", **{one: f"{label(one)} ({counts[one]})" for one in sorted(counts)}}
    tabs = [_tab(told, one == wanted, shop=chosen, status=one) for one, told in statuses.items()]
    of_shops = [_tab(name, one == chosen, shop=one) for one, name in {"": "All shops", **shops}.items()]
    body = "".join(_list_row(shop, order) for shop, order in shown[start : start + ROWS_PER_PAGE])
    head = "".join(f"<th>{name}</th>" for name in ("Order", "Shop", "Status", "Items", "Total", "Shipping", "Created"))
    table = f"<table class='list'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    empty = "<p class='box soft'>No orders yet.</p>"
    pager = _pager(start, len(shown), shop=chosen, status=wanted)
    bought = buying(shops, kinds)
    content = "<h1>Orders</h1>" + (f"<nav>{''.join(of_shops)}</nav>" if len(shops) > 1 else "")
    content += f"<nav>{''.join(tabs)}</nav>" + (f"<section class='steer'>{bought}</section>" if bought else "")
    return page("Orders", content + (f"<div class='box scroll'>{table}</div>{pager}" if shown else empty))


def order_detail(shop_name: str, order: Order) -> str:
    status = f"<span class='status'>{text(label(order.get('status')))}</span>"
    if order.get("is_buyer_request_cancel"):
        status += " <span class='status'>Buyer asks to cancel</span>"
    left = _items(order) + _packages(order)
    right = steering(order) + _summary(order) + _recipient(order) + _message(order) + _dates(order)
    return page(
        f"Order {order['id']}",
        f"<h1>Order {text(order['id'])} {status}</h1><p class='soft'>{text(shop_name)} · {_shipping(order)}</p>"
        f"<div class='columns'><div>{left}</div><div>{right}</div></div>",
    )


def missing(order_id: str) -> str:
    return page(
        "No such order", f"<section><h1>No such order</h1><p>No shop has an order {text(order_id)}.</p></section>"
    )


def label(status: object) -> str:
    """`AWAITING_SHIPMENT` as "Awaiting shipment"."""
    return str(status or "unknown").replace("_", " ").capitalize()


def _tab(told: str, chosen: bool, **query: str) -> str:
    if chosen:
        return f"<b>{text(told)}</b>"
    return f'<a href="/?{text(urlencode(query))}">{text(told)}</a>'


def _pager(start: int, count: int, **query: str) -> str:
    here, links = start // ROWS_PER_PAGE + 1, []
    for name, number in (("Newer", here - 1), ("Older", here + 1)):
        if number > 0 and (number - 1) * ROWS_PER_PAGE < count:
            links.append(f'<a href="/?{text(urlencode({**query, "page": number}))}">{name}</a>')
    return f"<nav>{' '.join(links)}</nav>"


def _list_row(shop: str, order: Order) -> str:
    payment = _object(order, "payment")
    cells = (
        ("Order", f"<a href='/orders/{text(order['id'])}'>{text(order['id'])}</a>"),
        ("Shop", text(shop)),
        ("Status", f"<span class='status'>{text(label(order.get('status')))}</span>"),
        ("Items", str(len(rows_of(order, "line_items")))),
        ("Total", _money(payment.get("total_amount"))),
        ("Shipping", _shipping(order)),
        ("Created", _time(order.get("create_time"))),
    )
    return "<tr>" + "".join(f"<td data-label='{name}'>{cell}</td>" for name, cell in cells) + "</tr>"


def _items(order: Order) -> str:
    rows = "".join(_item(line) for line in rows_of(order, "line_items"))
    head = "<tr><th>Item</th><th>Status</th><th class='number'>Price</th><th class='number'>Paid</th></tr>"
    return f"<section class='scroll'><table><thead>{head}</thead><tbody>{rows}</tbody></table></section>"


def _item(line: Order) -> str:
    gone = " class='gone'" if line.get("display_status") == "CANCELLED" else ""
    gift = " <span class='status'>Gift</span>" if line.get("is_gift") else ""
    about = f"{text(line.get('sku_name'))} · SKU {text(line.get('seller_sku')) or '(none)'}"
    parts = "".join(f"<br>↳ {text(part.get('product_name'))}" for part in rows_of(line, "sub_item_info"))
    return (
        f"<tr><td><span{gone}>{text(line.get('product_name'))}</span>{gift}<br>"
        f"<span class='soft small'>{about}{parts}</span></td><td>{text(label(line.get('display_status')))}</td>"
        f"<td class='number'>{_money(line.get('original_price'))}</td>"
        f"<td class='number'>{_money(line.get('sale_price'))}</td></tr>"
    )


def _packages(order: Order) -> str:
    lines = rows_of(order, "line_items")
    rows = []
    for package in rows_of(order, "packages"):
        inside = [line for line in lines if line.get("package_id") == package.get("id")]
        first = inside[0] if inside else order
        rows.append(
            f"<p>Package {text(package.get('id'))}<br>{text(first.get('shipping_provider_name') or '')} "
            f"<b>{text(first.get('tracking_number'))}</b><br><span class='soft small'>{len(inside)} item(s), "
            f"{text(label(first.get('package_status')))}</span></p>"
        )
    return f"<section><h2>Packages</h2>{''.join(rows) or '<p class=soft>Not shipped yet.</p>'}</section>"


def _summary(order: Order) -> str:
    payment = _object(order, "payment")
    rows = "".join(f"<dt>{name}</dt><dd>{_money(payment[key])}</dd>" for key, name in AMOUNTS if key in payment)
    total = f"<dl class='total'><dt>Total paid by the buyer</dt><dd>{_money(payment.get('total_amount'))}</dd></dl>"
    return f"<section><h2>Amounts ({text(payment.get('currency'))})</h2><dl>{rows}</dl>{total}</section>"


def _recipient(order: Order) -> str:
    address = _object(order, "recipient_address")
    lines = [address.get("name"), address.get("phone_number"), address.get("full_address"), order.get("buyer_email")]
    told = "\n".join(str(line) for line in lines if line)
    return f"<section><h2>Recipient</h2><div class='text'>{text(told)}</div></section>"


def _message(order: Order) -> str:
    message = order.get("buyer_message")
    if not message:
        return ""
    return f"<section><h2>Buyer message</h2><div class='text' dir='auto'>{text(message)}</div></section>"


def _dates(order: Order) -> str:
    names = {
        "create_time": "Created",
        "paid_time": "Paid",
        "rts_time": "Shipped",
        "collection_time": "In transit",
        "delivery_time": "Delivered",
        "cancel_time": "Cancelled",
        "update_time": "Last change",
    }
    rows = "".join(f"<dt>{name}</dt><dd>{_time(order[key])}</dd>" for key, name in names.items() if order.get(key))
    return f"<section><h2>Times (UTC)</h2><dl>{rows}</dl></section>"


def _shipping(order: Order) -> str:
    if order.get("fulfillment_type") == "FULFILLMENT_BY_TIKTOK":
        return "Fulfilled by TikTok"
    known = {"TIKTOK": "TikTok Shipping", "SELLER": "Seller Shipping", "TIKTOK_DIGITAL": "Digital"}
    return text(known.get(str(order.get("shipping_type")), order.get("shipping_type")))


def _object(order: Order, name: str) -> Order:
    value = order.get(name)
    return value if isinstance(value, dict) else {}


def _money(amount: object) -> str:
    return "" if amount in (None, "") else f"${text(amount)}"


def _time(seconds: object) -> str:
    try:
        return f"{datetime.fromtimestamp(int(str(seconds)), UTC):%b %d, %Y %H:%M}"
    except (ValueError, OverflowError):
        return text(seconds)
