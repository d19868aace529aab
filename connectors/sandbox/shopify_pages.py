"""What the sandbox store looks like in a browser: its orders, and one order."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox.pages.shopify_buttons import steering, waiting
from connectors.sandbox.pages.shopify_frame import address_of, badge, frame, money, when, words
from connectors.sandbox.shopify_changes import is_past
from connectors.sandbox.shopify_shop import Shop

Document = dict[str, Any]
PAGE_SIZE = 50


def list_page(shops: list[Shop], domain: str, query: dict[str, str]) -> str:
    """Newest first, fifty a page; `page` in the query counts from 1."""
    orders = sorted(
        ((shop, order) for shop in shops for order in shop.orders.values()),
        key=lambda pair: int(pair[1]["number_id"]),
        reverse=True,
    )
    page = max(1, int(query["page"])) if query.get("page", "").isdigit() else 1
    rows = "".join(_row(shop, order) for shop, order in orders[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    heads = "".join(
        f"<th{' class=number' if name == 'Total' else ''}>{name}</th>"
        for name in ("Order", "Date", "Customer", "Total", "Payment", "Fulfilment", "Items", "Delivery", "Tags")
    )
    table = f'<table class="list"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    empty = '<div class="empty">No orders yet. They appear here as soon as an app creates them.</div>'
    count = f"{len(orders)} order{'' if len(orders) == 1 else 's'}"
    store = domain or (shops[0].domain if len(shops) == 1 else "")
    products = f' · <a href="/{store}/products">Products</a>' if store else ""
    body = f'<h1>Orders</h1><div class="soft">{count}{products}</div><div style="height:14px"></div>'
    body += f'<div class="card flush">{table if rows else empty}{_pager(page, len(orders), domain)}</div>'
    return frame("Orders", body, store)


def _row(shop: Shop, order: Document) -> str:
    units = sum(line["quantity"] for line in order["lines"])
    cells = (
        f'<td><a href="{address_of(order)}"><b>{escape(order["name"])}</b></a></td>'
        f'<td class="soft small">{when(order["processedAt"])}</td>'
        f"<td>{escape(_person(shop, order) or 'No customer')}</td>"
        f'<td class="number">{money(order["totals"]["total"], order)}</td>'
        f"<td>{badge(order['financialStatus'] or 'No payment')}</td>"
        f"<td>{badge(_fulfilment(order))}</td>"
        f'<td class="soft">{units} item{"" if units == 1 else "s"}</td>'
        f"<td>{badge(_delivery(order)) if _delivery(order) else ''}</td>"
        f'<td class="wide">{_tags(order)}</td>'
    )
    return f"<tr>{cells}</tr>"


def order_page(shop: Shop, order: Document) -> str:
    head = (
        f"<h1>{escape(order['name'])} {badge(order['financialStatus'] or 'No payment')} "
        f"{badge(_fulfilment(order))}</h1>"
        f'<div class="soft">{when(order["processedAt"])}</div>'
    )
    left = _items(order) + _shipments(order) + _payment(order) + _timeline(order)
    right = steering(order) + _notes(order) + _details(order) + _customer(shop, order) + _tag_card(order)
    body = f'{head}<div class="columns"><div>{left}</div><div>{right}</div></div>'
    return frame(f"Order {order['name']}", body, shop.domain)


def missing_page() -> str:
    return frame(
        "Not found", '<div class="card empty">There is no order with this number. <a href="/">All orders</a>', ""
    )


def _items(order: Document) -> str:
    rows = "".join(_item(order, line) for line in order["lines"])
    return f'<div class="card flush"><table><tbody>{rows}</tbody></table></div>'


def _item(order: Document, line: Document) -> str:
    under = " · ".join(text for text in (line["variantTitle"], line["sku"] and f"SKU {line['sku']}") if text)
    extras = "".join(f"<br>{escape(entry['key'])}: {escape(str(entry['value']))}" for entry in line["properties"])
    unlinked = "" if line["variant_id"] else " · custom item"
    total = Decimal(line["price"]) * line["quantity"]
    return (
        f'<tr><td>{escape(line["title"])}<div class="soft small">{escape(under)}{unlinked}{extras}</div></td>'
        f'<td class="number soft">{money(line["price"], order)} × {line["quantity"]}</td>'
        f'<td class="number">{money(total, order)}</td></tr>'
    )


def _shipments(order: Document) -> str:
    cards = ""
    for made in order["fulfillments"]:
        tracks = "".join(
            f"<dt>Tracking</dt><dd>{escape(track['company'] or '')} "
            + (
                f'<a href="{escape(track["url"])}" rel="noreferrer">{escape(track["number"] or "")}</a>'
                if str(track["url"] or "").startswith(("https://", "http://"))
                else escape(track["number"] or "")
            )
            + "</dd>"
            for track in made["tracking"]
        )
        events = "".join(
            f"<li>{escape(words(row['status']))}<div class='soft small'>{when(row['happenedAt'])}</div></li>"
            for row in made["events"]
        )
        units = sum(part["quantity"] for part in made["lines"])
        steps = f'<ol class="timeline">{events}</ol>' if events else ""
        cards += (
            f'<div class="card"><h2>{escape(made["name"])} {badge(made["displayStatus"])}</h2>'
            f"<dl><dt>Shipped</dt><dd>{units} item{'' if units == 1 else 's'} from "
            f"{escape(made['location']['name'])}, {when(made['createdAt'])}</dd>{tracks}</dl>{steps}</div>"
        )
    return cards + ("" if order["cancellation"] else "".join(waiting(order, e) for e in order["fulfillmentOrders"]))


def _payment(order: Document) -> str:
    sums = order["totals"]
    rows = _sum("Subtotal", money(sums["goods"], order))
    if Decimal(sums["discounts"]):
        rows += _sum(f"Discount {' '.join(order['discountCodes'])}", f"−{money(sums['discounts'], order)}")
    for line in order["shippingLines"]:
        rows += _sum(f"Shipping: {line['title']}", money(line["price"], order))
    for name, amount in _taxes(order).items():
        rows += _sum(f"Tax: {name}", money(amount, order))
    rows += f'<div class="sum total"><span>Total</span><span>{money(sums["total"], order)}</span></div>'
    for entry in order["transactions"]:
        label = f"{words(entry['kind'])} by {entry['gateway']} ({words(entry['status']).lower()})"
        rows += _sum(label, money(entry["amount"], order))
    return f'<div class="card"><h2>Payment {badge(order["financialStatus"] or "No payment")}</h2>{rows}</div>'


def _taxes(order: Document) -> dict[str, Decimal]:
    taxes: dict[str, Decimal] = {}
    for holder in [*order["lines"], *order["shippingLines"], order]:
        for tax in holder["taxLines"]:
            taxes[tax["title"]] = taxes.get(tax["title"], Decimal(0)) + Decimal(tax["amount"])
    return taxes


def _sum(label: str, amount: str) -> str:
    return f'<div class="sum"><span class="soft">{escape(label)}</span><span class="number">{amount}</span></div>'


def _timeline(order: Document) -> str:
    rows = "".join(
        f'<li>{escape(entry["text"])}<div class="soft small">{when(entry["at"])}</div></li>'
        for entry in reversed(order["timeline"])
    )
    return f'<div class="card"><h2>Timeline</h2><ol class="timeline">{rows}</ol></div>'


def _notes(order: Document) -> str:
    note = escape(order["note"]) if order["note"] else '<span class="soft">No notes</span>'
    return f'<div class="card"><h2>Notes</h2><div style="white-space:pre-wrap">{note}</div></div>'


def _details(order: Document) -> str:
    rows = "".join(
        f"<dt>{escape(entry['key'])}</dt><dd>{escape(str(entry['value']))}</dd>" for entry in order["customAttributes"]
    )
    return f'<div class="card"><h2>Additional details</h2><dl>{rows}</dl></div>' if rows else ""


def _customer(shop: Shop, order: Document) -> str:
    address = order["shippingAddress"] or {}
    place = " ".join(part for part in (address.get("city"), address.get("provinceCode"), address.get("zip")) if part)
    names = " ".join(part for part in (address.get("firstName"), address.get("lastName")) if part)
    lines = [names, address.get("address1"), address.get("address2"), place, address.get("countryCode")]
    shown = "<br>".join(escape(str(line)) for line in [*lines, address.get("phone")] if line)
    person = escape(_person(shop, order, address=False) or "No customer")
    email = f"<dt>Email</dt><dd>{escape(order['email'])}</dd>" if order["email"] else ""
    where = f"<dt>Shipping address</dt><dd>{shown}</dd>" if shown else ""
    return f'<div class="card"><h2>Customer</h2><dl><dd>{person}</dd>{email}{where}</dl></div>'


def _tag_card(order: Document) -> str:
    return f'<div class="card"><h2>Tags</h2>{_tags(order) or "<span class=soft>No tags</span>"}</div>'


def _person(shop: Shop, order: Document, *, address: bool = True) -> str:
    customer = shop.table("customers").get(str(order["customer_id"])) or {}
    place = (order["shippingAddress"] or {}) if address else {}
    for holder in (customer, place):
        name = " ".join(part for part in (holder.get("firstName"), holder.get("lastName")) if part)
        if name:
            return name
    return str(customer.get("email") or "")


def _fulfilment(order: Document) -> str:
    if order["cancellation"] and is_past(order["cancellation"]["at"]):
        return "CANCELLED"
    return str(order["fulfillmentStatus"])


def _delivery(order: Document) -> str:
    """The state of the shipment that is furthest behind; nothing while none has an event."""
    states = [made["displayStatus"] for made in order["fulfillments"] if made["status"] == "SUCCESS"]
    moving = [state for state in states if state != "FULFILLED"]
    return (
        ""
        if not moving
        else "DELIVERED"
        if set(states) == {"DELIVERED"}
        else next(state for state in moving if state != "DELIVERED" or len(set(moving)) == 1)
    )


def _tags(order: Document) -> str:
    return "".join(f'<span class="tag">{escape(tag)}</span>' for tag in order["tags"])


def _pager(page: int, count: int, domain: str) -> str:
    def link(to: int, text: str) -> str:
        kept = {"store": domain, "page": str(to)} if domain else {"page": str(to)}
        return f'<a href="/?{urlencode(kept)}">{text}</a>'

    if count <= PAGE_SIZE and page == 1:
        return ""
    older = link(page + 1, "Older") if page * PAGE_SIZE < count else ""
    newer = link(page - 1, "Newer") if page > 1 else ""
    return f'<div class="pager"><span>{newer}</span><span>{older}</span></div>'
