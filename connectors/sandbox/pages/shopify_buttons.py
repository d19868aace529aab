"""Buttons that play the merchant and the carrier; each posts to the control call that tests use too."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from connectors.sandbox.pages.shopify_frame import address_of, badge

Document = dict[str, Any]


def steering(order: Document) -> str:
    """What the merchant can do to the whole order, from where it is."""
    shipped = any(made["status"] == "SUCCESS" for made in order["fulfillments"])
    deeds = {}
    if not (order["cancellation"] or shipped):
        deeds["cancel"] = "Cancel order"
    if order["financialStatus"] == "PAID":
        deeds["refund"] = "Refund"
    deeds["delete"] = "Delete order"
    forms = "".join(
        _deed(order, "merchant", label, {"do": name}, back=f"/{order['store']}/" if name == "delete" else "")
        for name, label in deeds.items()
    )
    return f'<div class="card"><h2>As the merchant</h2>{forms}</div>'


def waiting(order: Document, entry: Document) -> str:
    """What one place still has to ship, why it does not, and what staff can do about it."""
    waiting = sum(part["remaining"] for part in entry["lines"])
    if not waiting:
        return ""
    holds = "".join(
        f"<dt>On hold</dt><dd>{escape(' · '.join(text for text in (hold['shown'], hold['notes']) if text))}</dd>"
        for hold in entry.get("holds", ())
    )
    state = "" if entry["status"] == "OPEN" else badge(entry["status"])
    deeds = {"release": "Release hold"} if holds else {"fulfil": "Mark as fulfilled", "hold": "Hold fulfilment"}
    kept = {"location": entry["location"]["name"]}
    return (
        f'<div class="card"><h2>Waiting for fulfilment {state}</h2>'
        f"<dl><dt>From</dt><dd>{escape(entry['location']['name'])}, {waiting} item{'' if waiting == 1 else 's'}</dd>"
        f"{holds}</dl>{''.join(_deed(order, name, label, kept) for name, label in deeds.items())}</div>"
    )


def _deed(order: Document, name: str, label: str, further: Mapping[str, str], back: str = "") -> str:
    kept = {"store": order["store"], "order": order["number_id"], "page": back or address_of(order), **further}
    fields = "".join(f'<input type="hidden" name="{key}" value="{escape(str(kept[key]))}">' for key in kept)
    return (
        f'<form method="post" action="/_sandbox/{name}" style="display:inline">{fields}<button>{label}</button></form> '
    )
