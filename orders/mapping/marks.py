"""What ties the Shopify order to its TikTok order, and what staff see of it: ids, attributes, tags, note."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.shopify.marks import KEY, NAMESPACE, ORDER_ID_ATTRIBUTE, TAG
from connectors.tiktok.payloads import Order
from connectors.tiktok.statuses import ShippingType
from orders.mapping.result import MappingWarning, ShopFacts
from orders.mapping.text import NOTE_LENGTH, cut, one_line, without_controls
from orders.mapping.units import Unit

LONGEST_TAG = 40
_SELLER_CENTER_ORDER = "https://seller-us.tiktok.com/order/detail?order_no={id}&shop_region=US"


def iso(time: datetime) -> str:
    """A Shopify DateTime."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def source_url(order: Order) -> str:
    """The order's page in the US Seller Center; Shopify shows it as a link."""
    return seller_center_url(order.id)


def seller_center_url(order_id: str) -> str:
    return _SELLER_CENTER_ORDER.format(id=order_id)


def metafields(order: Order) -> list[dict[str, object]]:
    """The id as a metafield of type `id`: unique per store once its definition exists."""
    return [{"namespace": NAMESPACE, "key": KEY, "type": "id", "value": order.id}]


def custom_attributes(order: Order, shop: ShopFacts) -> list[dict[str, object]]:
    """*Additional details* on Shopify's order page.

    TikTok Shipping is every way TikTok arranges itself, the digital one included; all else is the seller's.
    """
    by_tiktok = order.shipping_type in (ShippingType.TIKTOK, ShippingType.TIKTOK_DIGITAL)
    return [
        {"key": "Channel", "value": f"TikTok Shop - {one_line(shop.name, 200)}"},
        {"key": ORDER_ID_ATTRIBUTE, "value": order.id},
        {"key": "Shipping Method", "value": "TikTok Shipping" if by_tiktok else "Seller Shipping"},
    ]


def tags(order: Order, units: Sequence[Unit], extra: Sequence[str]) -> list[str]:
    """Sorted and each once, whatever its capitals, as Shopify keeps them."""
    wanted = [TAG, *(f"{TAG} {kind}" for kind in kinds(order, units))]
    wanted.extend(cut(part, LONGEST_TAG).strip() for tag in extra for part in one_line(tag).split(","))
    each = {tag.casefold(): tag for tag in reversed(wanted) if tag}
    return sorted(each.values())


def kinds(order: Order, units: Sequence[Unit]) -> list[str]:
    """What is special about the order, in the words of its tags."""
    types = {order.order_type.upper()} if order.order_type else {line.sku_type.upper() for line in order.line_items}
    named = {
        "Gift": any(unit.is_gift for unit in units),
        "Giveaway": "ZERO_LOTTERY" in types,
        "Sample": order.is_sample,
        "Exchange": order.is_exchange_order,
        "Replacement": order.is_replacement_order,
        "Pre-order": "PRE_ORDER" in types,
    }
    return [kind for kind, holds in named.items() if holds]


def note(order: Order) -> tuple[str, list[MappingWarning]]:
    """The buyer's message, untouched but for what Shopify cannot take; "" when there is none."""
    text = without_controls(order.buyer_message)
    warnings = []
    if text != order.buyer_message:
        warnings.append(MappingWarning("note_cleaned", "Control characters in the buyer's message were removed."))
    if len(text) > NOTE_LENGTH:
        text = cut(text, NOTE_LENGTH)
        warnings.append(
            MappingWarning(
                "note_cut", f"The buyer's message was cut after {NOTE_LENGTH:,} characters, Shopify's limit."
            )
        )
    return (text if text.strip() else ""), warnings
