"""TikTok's words for where an order, a line or a package stands, and our words for people.

Source: Partner Center, order API overview and GetOrderDetail. New or misspelt values must never stop
an order, so every enum reads what it does not know as UNKNOWN; the raw text is kept beside it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class _Word(StrEnum):
    """A vendor word; subclasses must have an UNKNOWN member."""

    @classmethod
    def read(cls, text: object) -> Self:
        """The member for a wire value of any type or case; anything unknown is UNKNOWN, never an error."""
        word = str(text or "").strip().upper()
        word = _OTHER_SPELLINGS.get(word, word)
        try:
            return cls(word)
        except ValueError:
            return cls("UNKNOWN")


# Webhook 1 documents CANCEL where the order API says CANCELLED; TO_SHIP is the pre-202309 name.
_OTHER_SPELLINGS = {"CANCEL": "CANCELLED", "CANCELED": "CANCELLED", "TO_SHIP": "AWAITING_SHIPMENT"}


class OrderStatus(_Word):
    UNPAID = "UNPAID"
    ON_HOLD = "ON_HOLD"
    AWAITING_SHIPMENT = "AWAITING_SHIPMENT"
    PARTIALLY_SHIPPING = "PARTIALLY_SHIPPING"
    AWAITING_COLLECTION = "AWAITING_COLLECTION"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class LineStatus(_Word):
    """`display_status` of one unit; the documented list has no ON_HOLD or PARTIALLY_SHIPPING."""

    UNPAID = "UNPAID"
    ON_HOLD = "ON_HOLD"
    AWAITING_SHIPMENT = "AWAITING_SHIPMENT"
    AWAITING_COLLECTION = "AWAITING_COLLECTION"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class FulfillmentType(_Word):
    FULFILLMENT_BY_SELLER = "FULFILLMENT_BY_SELLER"
    FULFILLMENT_BY_TIKTOK = "FULFILLMENT_BY_TIKTOK"
    FULFILLMENT_BY_DILAYANI_TOKOPEDIA = "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"
    UNKNOWN = "UNKNOWN"


class ShippingType(_Word):
    TIKTOK = "TIKTOK"
    SELLER = "SELLER"
    TIKTOK_DIGITAL = "TIKTOK_DIGITAL"
    UNKNOWN = "UNKNOWN"


class PackageStatus(_Word):
    TO_FULFILL = "TO_FULFILL"
    PROCESSING = "PROCESSING"
    FULFILLING = "FULFILLING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


LABELS: dict[StrEnum, str] = {
    OrderStatus.UNPAID: "Unpaid",
    OrderStatus.ON_HOLD: "On hold",
    OrderStatus.AWAITING_SHIPMENT: "Awaiting shipment",
    OrderStatus.PARTIALLY_SHIPPING: "Partially shipping",
    OrderStatus.AWAITING_COLLECTION: "Awaiting collection",
    OrderStatus.IN_TRANSIT: "In transit",
    OrderStatus.DELIVERED: "Delivered",
    OrderStatus.COMPLETED: "Completed",
    OrderStatus.CANCELLED: "Cancelled",
    OrderStatus.UNKNOWN: "Unknown",
}
"""What staff read for an order status; StrEnum members equal their text, so the other enums share these keys."""
