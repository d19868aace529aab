"""Buttons that play the seller, the carrier and the buyer; each posts to the control call that tests use too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.order_parcels import CARRIERS, rows_of
from connectors.sandbox.pages.tiktok_frame import page, text

Order = dict[str, Any]


def steering(order: Order) -> str:
    """What can happen to the order next, from where it is."""
    status, asked = order.get("status"), order.get("is_buyer_request_cancel")
    forms = ""
    match status:
        case "UNPAID" | "ON_HOLD":
            forms = _button(order, "advance", "Paid and released", status="AWAITING_SHIPMENT")
        case "AWAITING_SHIPMENT" | "PARTIALLY_SHIPPING":
            forms = _ship(order) + (_answer(order) if asked else _button(order, "ask-cancel", "Buyer asks to cancel"))
            forms += _button(order, "advance", "Cancel at once", status="CANCELLED") + _address(order)
        case "AWAITING_COLLECTION":
            forms = _button(order, "advance", "In transit", status="IN_TRANSIT")
        case "IN_TRANSIT":
            forms = _button(order, "advance", "Deliver", status="DELIVERED")
        case "DELIVERED":
            forms = _button(order, "advance", "Complete", status="COMPLETED")
    return f"<section><h2>What happens next</h2><div class='steer'>{forms}</div></section>" if forms else ""


def buying(shops: Mapping[str, str], kinds: Sequence[str]) -> str:
    """A new order, by shop id and name."""
    if not shops:
        return ""
    return _form(
        "buy",
        "/",
        _choice("shop_id", "Shop", shops)
        + _choice("kind", "Kind", {"": "Any", **{kind: _in_words(kind) for kind in kinds}}),
        "Buy something",
    )


def _in_words(kind: str) -> str:
    words = kind.replace("_", " ")
    return words.upper() if len(words) <= 3 else words.capitalize()


def problem(sentence: str) -> str:
    return page(
        "That did not work",
        f"<section><h1>That did not work</h1><p>{text(sentence)}</p><p><a href='/'>All orders</a></p></section>",
    )


def _ship(order: Order) -> str:
    fields = _choice("carrier", "Carrier", {"": "Any", **{one.name: one.name for one in CARRIERS}})
    fields += "<label>Tracking number <input type='text' name='tracking_number' placeholder='made up'></label>"
    if len(rows_of(order, "line_items")) > 1:
        fields += _choice("packages", "Packages", {"1": "1", "2": "2"})
    return _button(order, "ship", "Ship", fields)


def _answer(order: Order) -> str:
    yes = _button(order, "advance", "Agree to cancel", status="CANCELLED")
    return yes + _button(order, "refuse-cancel", "Refuse to cancel")


def _address(order: Order) -> str:
    field = "<label>New street <input type='text' name='street' required maxlength='80'></label>"
    return _button(order, "change-address", "Change address", field)


def _button(order: Order, deed: str, label: str, fields: str = "", **kept: str) -> str:
    return _form(deed, f"/orders/{order['id']}", fields, label, order_id=str(order["id"]), **kept)


def _form(deed: str, back: str, fields: str, label: str, **kept: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{text(value)}">' for name, value in {"page": back, **kept}.items()
    )
    return f'<form method="post" action="/_sandbox/{deed}">{hidden}{fields}<button>{text(label)}</button></form>'


def _choice(name: str, label: str, options: Mapping[str, str]) -> str:
    rows = "".join(f'<option value="{text(value)}">{text(told)}</option>' for value, told in options.items())
    return f"<label>{label} <select name='{name}'>{rows}</select></label>"
