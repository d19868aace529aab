"""What every page of the sandbox store shares: the frame around it, badges, money and times."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from string import Template
from typing import Any

Document = dict[str, Any]
FRAME = Template((Path(__file__).parent / "shopify.html").read_text())
TONES = {
    "PAID": "good",
    "FULFILLED": "good",
    "DELIVERED": "good",
    "IN_TRANSIT": "info",
    "PARTIALLY_FULFILLED": "wait",
    "UNFULFILLED": "wait",
    "PENDING": "wait",
    "CANCELLED": "bad",
    "CANCELED": "bad",
    "REFUNDED": "bad",
    "VOIDED": "bad",
}


def frame(title: str, body: str, domain: str) -> str:
    name = domain.removesuffix(".myshopify.com").replace("-", " ").title() or "All stores"
    home = f"/{domain}/" if domain else "/"
    return FRAME.substitute(title=escape(title), shop=escape(name), home=escape(home), body=body)


def problem(sentence: str) -> str:
    body = (
        f'<div class="card empty"><h1>That did not work</h1><p>{escape(sentence)}</p><a href="/">All orders</a></div>'
    )
    return frame("That did not work", body, "")


def badge(state: str) -> str:
    return f'<span class="badge {TONES.get(state, "")}">{escape(words(state))}</span>'


def words(state: str) -> str:
    return state.replace("_", " ").capitalize()


def money(amount: object, order: Document) -> str:
    sign = "$" if order["currency"] == "USD" else f"{order['currency']} "
    return f"{sign}{Decimal(str(amount)):,.2f}"


def when(time: str) -> str:
    moment = datetime.fromisoformat(time)
    return f"{moment:%b} {moment.day}, {moment:%Y at %H:%M} UTC"


def address_of(order: Document) -> str:
    return f"/{order['store']}/orders/{order['number']}"
