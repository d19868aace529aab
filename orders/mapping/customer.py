"""Shopify `customer`: the relay address and, where TikTok shows it, the name."""

from __future__ import annotations

import re

from connectors.tiktok.payloads import Order
from orders.mapping.address import names
from orders.mapping.result import MappingWarning
from orders.mapping.text import is_masked
from settings_app.rules import Rules

# What Shopify certainly takes; anything else would refuse the whole order over an address nobody may write to.
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}")
_LONGEST_EMAIL = 255


def customer(order: Order, rules: Rules) -> tuple[dict[str, object] | None, list[MappingWarning]]:
    """OrderCreateCustomerInput, or None: never a phone (unique per store), never a masked name, never marketing."""
    if rules.customer == "none":
        return None, []
    email = order.buyer_email
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        return None, [
            MappingWarning("customer_left_out", "TikTok gave no usable e-mail address, so the order has no customer.")
        ]
    first, last = names(order.recipient_address)
    upsert: dict[str, object] = {"email": email}
    if first and not is_masked(first):
        upsert["firstName"] = first
    if last and not is_masked(last):
        upsert["lastName"] = last
    return {"toUpsert": upsert}, []
