"""States of the delivery side, and what each kind of change after a sync is called in Shopify: pure tables."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from orders.states import DeliveryStatus


class WorkStatus(StrEnum):
    """Where telling Shopify of one order's delivery stands."""

    WAITING = "waiting"
    DUE = "due"
    CLAIMED = "claimed"
    VERIFYING = "verifying"
    DONE = "done"
    STANDING_STILL = "standing_still"


WORK_LABELS: Mapping[WorkStatus, str] = {
    WorkStatus.WAITING: "Waits for the Shopify order",
    WorkStatus.DUE: "To be sent",
    WorkStatus.CLAIMED: "Being sent",
    WorkStatus.VERIFYING: "Verifying",
    WorkStatus.DONE: "Up to date",
    WorkStatus.STANDING_STILL: "Stands still",
}

RANK: Mapping[str, int] = {DeliveryStatus.NONE: 0, DeliveryStatus.IN_TRANSIT: 1, DeliveryStatus.DELIVERED: 2}
"""Delivery only goes forward: of two words about one package the one further along holds."""


STATES: Mapping[str, DeliveryStatus] = {"IN_TRANSIT": DeliveryStatus.IN_TRANSIT, "DELIVERED": DeliveryStatus.DELIVERED}
"""Shopify's FulfillmentEventStatus → ours."""


class Change(StrEnum):
    """What TikTok changed on an order that was in Shopify already."""

    CANCELLED = "cancelled"
    PARTLY_CANCELLED = "partly_cancelled"
    ADDRESS_CHANGED = "address_changed"
    CANCEL_REQUESTED = "cancel_requested"


CHANGE_LABELS: Mapping[Change, str] = {
    Change.CANCELLED: "Cancelled on TikTok",
    Change.PARTLY_CANCELLED: "Partly cancelled on TikTok",
    Change.ADDRESS_CHANGED: "Address changed on TikTok",
    Change.CANCEL_REQUESTED: "Buyer asks to cancel",
}

TAGS: Mapping[Change, str] = {
    Change.CANCELLED: "TikTok Shop Cancelled",
    Change.PARTLY_CANCELLED: "TikTok Shop Partly Cancelled",
    Change.ADDRESS_CHANGED: "TikTok Shop Address Changed",
    Change.CANCEL_REQUESTED: "TikTok Shop Cancel Requested",
}

MENDS: Mapping[Change, str] = {
    Change.CANCELLED: "Cancel and refund the Shopify order if it has not been shipped.",
    Change.PARTLY_CANCELLED: "Take the cancelled items out of the Shopify order if they have not been shipped.",
    Change.ADDRESS_CHANGED: "Compare the address with TikTok before you ship.",
    Change.CANCEL_REQUESTED: "Answer in TikTok Seller Center before you ship: shipping turns the wish down.",
}
