"""What changed between two readings of a TikTok order that staff must know of once it is in Shopify."""

from __future__ import annotations

from connectors.tiktok.payloads import Order
from connectors.tiktok.statuses import LineStatus, OrderStatus
from orders.delivery.states import Change
from orders.mapping.address import shipping_address
from orders.mapping.text import is_masked

PARTS = {
    "name": "name",
    "address1": "street",
    "address2": "street",
    "city": "city",
    "provinceCode": "state",
    "zip": "ZIP",
    "countryCode": "country",
    "phone": "phone",
}
"""Fields of `shippingAddress` in the words of a parcel's label, as they stand on it."""
ORDER_OF_PARTS = list(PARTS.values())


def changes_between(before: Order, after: Order) -> dict[Change, str]:
    """The kinds of change with a sentence each; cancelled units that were cancelled before are no news."""
    found: dict[Change, str] = {}
    was, now = _cancelled(before), _cancelled(after)
    newly = [name for unit_id, name in now.items() if unit_id not in was]
    everything = after.status is OrderStatus.CANCELLED or (after.line_items and len(now) == len(after.line_items))
    if everything and before.status is not OrderStatus.CANCELLED and (newly or not after.line_items):
        reason = f": {after.cancel_reason.rstrip('.')}" if after.cancel_reason else ""
        found[Change.CANCELLED] = f"Cancelled on TikTok after it was synced{reason}."
    elif newly:
        what = ", ".join(dict.fromkeys(newly))
        count = f"{len(newly)} {'item was' if len(newly) == 1 else 'items were'}"
        found[Change.PARTLY_CANCELLED] = f"{count} cancelled on TikTok after the sync: {what}."
    if after.is_buyer_request_cancel and not before.is_buyer_request_cancel and not everything:
        found[Change.CANCEL_REQUESTED] = "The buyer asked on TikTok to cancel this order after it was synced."
    if address_differs(before, after):
        parts = changed_parts(before, after)
        which = f": {' and '.join(filter(None, (', '.join(parts[:-1]), parts[-1])))}" if parts else ""
        found[Change.ADDRESS_CHANGED] = f"The recipient's address was changed on TikTok after the sync{which}."
    return found


def address_differs(before: Order, after: Order) -> bool:
    """Whether the recipient or the address that is sent changed.

    Masking is no change: TikTok may begin or end it at any time. Beside a first line that is shown, a second line that
    comes or goes is one.
    """
    if after.has_updated_recipient_address and not before.has_updated_recipient_address:
        return True
    return bool(changed_parts(before, after))


def changed_parts(before: Order, after: Order) -> list[str]:
    """Which parts of the address changed, in words and without what they hold."""
    old, new = _shown(before), _shown(after)
    differ = [PARTS[key] for key in sorted(old.keys() & new.keys()) if old[key] != new[key]]
    return sorted(set(differ), key=ORDER_OF_PARTS.index)


def _shown(order: Order) -> dict[str, str]:
    """The fields of `shippingAddress` that are given and not masked; the name whole, however TikTok splits it."""
    sent = {key: str(value) for key, value in (shipping_address(order)[0] or {}).items()}
    sent["name"] = f"{sent.pop('firstName', '')} {sent.pop('lastName', '')}"
    folded = {key: " ".join(text.split()).casefold() for key, text in sent.items()}
    shown = {key: text for key, text in folded.items() if text and not is_masked(text)}
    if "address1" in shown and "address2" not in sent:
        shown["address2"] = ""
    return shown


def _cancelled(order: Order) -> dict[str, str]:
    """Cancelled units by id, with their names."""
    whole = order.status is OrderStatus.CANCELLED
    return {
        line.id or f"#{place}": line.product_name or line.seller_sku or line.sku_id
        for place, line in enumerate(order.line_items, start=1)
        if whole or line.display_status is LineStatus.CANCELLED
    }
