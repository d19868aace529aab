"""Every reason an order or its delivery can stand still for: one sentence, who mends it, and how. One table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Mender(StrEnum):
    """Who can mend what a reason names."""

    YOU = "you"
    BUYER_OR_TIKTOK = "TikTok or the buyer"
    SYSTEM = "Orderbridge, by itself"
    NOBODY = "nobody, and nothing needs mending"


@dataclass(frozen=True)
class Reason:
    """Why an order stands still: one sentence, who mends it, and how. `manual` says whether *Sync* may be tried."""

    code: str
    sentence: str
    mender: Mender
    mend: str
    manual: bool = True

    @property
    def mends_itself(self) -> bool:
        """Whether the order goes on, or needs nothing, without anybody here doing anything."""
        return self.mender is not Mender.YOU


REASONS: Mapping[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason(
            "unreadable_order",
            "TikTok sent this order in a form that cannot be read.",
            Mender.SYSTEM,
            "It is read again whenever TikTok changes it; if it stays, report the message below with the order id.",
            manual=False,
        ),
        Reason(
            "cancelled_before_sync",
            "The order was cancelled on TikTok before it was synced.",
            Mender.NOBODY,
            "Nothing to do: a cancelled order is not created in Shopify.",
            manual=False,
        ),
        Reason(
            "buyer_cancellation_pending",
            "The buyer asked to cancel, and nobody has answered yet.",
            Mender.YOU,
            "Answer it in Seller Center, or TikTok decides by itself after a while. Once the request is refused or "
            "withdrawn, the order goes on by itself.",
            manual=False,
        ),
        Reason(
            "no_longer_eligible",
            "TikTok took the order back to unpaid or on hold, or ships it itself.",
            Mender.BUYER_OR_TIKTOK,
            "It goes on by itself once TikTok says it awaits shipment.",
            manual=False,
        ),
        Reason(
            "sample_excluded",
            "Affiliate samples are not synced in this shop.",
            Mender.YOU,
            "Change *Samples* in Settings → Order if you want them in Shopify.",
            manual=False,
        ),
        Reason(
            "currency_mismatch",
            "The order is not in US dollars.",
            Mender.NOBODY,
            "Only US orders in dollars can be synced.",
            manual=False,
        ),
        Reason(
            "no_items",
            "TikTok sent no item that still has to be delivered.",
            Mender.SYSTEM,
            "It is read again whenever TikTok changes it.",
        ),
        Reason(
            "unlinked_item",
            "An item is not linked to a Shopify product.",
            Mender.YOU,
            "Link the product under *Link products*; the order goes on by itself.",
        ),
        Reason(
            "item_deleted",
            "A linked Shopify product no longer exists.",
            Mender.YOU,
            "Link the item to another product under *Link products*.",
        ),
        Reason(
            "sku_ambiguous",
            "Several Shopify products have the SKU of an item.",
            Mender.YOU,
            "Choose the right one under *Link products*, or give each product in Shopify its own SKU.",
        ),
        Reason(
            "sku_case_differs",
            "A Shopify SKU differs from TikTok's only in capitals or spaces.",
            Mender.YOU,
            "Confirm the match under *Link products*, or make both SKUs equal.",
        ),
        Reason(
            "already_in_shopify",
            "Another connector already created this order in Shopify.",
            Mender.YOU,
            "Open it and choose the Shopify order that is there, or ignore this one; it is not created twice.",
            manual=False,
        ),
        Reason(
            "shopify_connection",
            "The connection to the Shopify store is broken.",
            Mender.YOU,
            "Reconnect the store; its orders go on by themselves.",
            manual=False,
        ),
        Reason(
            "total_mismatch",
            "TikTok's total and the Shopify total differ by more than the limit.",
            Mender.YOU,
            "Compare both sides, then *Accept difference* or raise the limit in Settings → Order.",
        ),
        Reason(
            "created_total_differs",
            "Shopify's total is not the one that was sent.",
            Mender.YOU,
            "Compare both sides and *Accept difference*.",
            manual=False,
        ),
        Reason(
            "several_in_shopify",
            "Several Shopify orders carry the mark of this TikTok order.",
            Mender.YOU,
            "Choose the right one and cancel the others in Shopify.",
            manual=False,
        ),
        Reason(
            "gone_from_shopify",
            "Its Shopify order was there and is there no more.",
            Mender.YOU,
            "Somebody deleted it in Shopify: *Sync again* creates it anew, or *Ignore* leaves it at that.",
            manual=False,
        ),
        Reason(
            "no_outcome",
            "Eight tries ended without an outcome.",
            Mender.YOU,
            "Look at the attempts, then *Sync again*.",
        ),
        Reason(
            "refused",
            "Shopify refused the order.",
            Mender.YOU,
            "Mend what Shopify names, then *Retry*.",
        ),
        Reason(
            "out_of_stock",
            "Shopify has too little stock and the shop's setting asks it to keep to its stock.",
            Mender.YOU,
            "Restock the product, or change *Stock* in Settings → Order, then *Retry*.",
        ),
        Reason(
            "cannot_map",
            "The order could not be turned into a Shopify order.",
            Mender.SYSTEM,
            "Report the message below with the order id; it is tried again when the order or the settings change.",
        ),
        Reason(
            "not_routed_yet",
            "Shopify has not said yet where this order ships from.",
            Mender.SYSTEM,
            "It is looked at again by itself; if it stays, check that the app may read fulfilment orders.",
        ),
        Reason(
            "fulfilment_on_hold",
            "The fulfilment is on hold in Shopify.",
            Mender.YOU,
            "Release the hold on the Shopify order; it goes on by itself.",
        ),
        Reason(
            "fulfilment_scheduled",
            "The fulfilment is scheduled for later in Shopify.",
            Mender.YOU,
            "Mark it as ready in Shopify, or wait for its date; it goes on by itself.",
        ),
        Reason(
            "fulfilment_elsewhere",
            "Another fulfilment service ships these items, and Shopify lets only that service fulfil them.",
            Mender.YOU,
            "Let the service fulfil them, or move the items to your own location in Shopify; it goes on by itself.",
        ),
        Reason(
            "fulfilment_hidden",
            "Shopify does not show this app who ships these items.",
            Mender.YOU,
            "Let the fulfilment service that has them fulfil them, or move them to your own location in Shopify; if "
            "they are there, give the app access to fulfilment orders and reconnect. It goes on by itself.",
        ),
        Reason(
            "nothing_left_to_fulfil",
            "Shopify has nothing left to fulfil for items that TikTok shipped.",
            Mender.YOU,
            "Look whether they were removed or refunded in Shopify; then there is nothing to do.",
        ),
        Reason(
            "fulfilment_cancelled",
            "The fulfilment was cancelled in Shopify.",
            Mender.YOU,
            "Fulfil the items in Shopify yourself, or press *Resend delivery status*.",
        ),
        Reason(
            "items_not_found",
            "TikTok shipped an item that the Shopify order does not have.",
            Mender.YOU,
            "Compare the items of both orders and fulfil the missing one in Shopify.",
        ),
        Reason(
            "shopify_order_not_shown",
            "Shopify no longer shows the order to this app.",
            Mender.YOU,
            "It is older than the 60 days that Shopify shows to apps, or it was deleted. If it is there, mark it as "
            "shipped by hand.",
        ),
        Reason(
            "shopify_order_cancelled",
            "The Shopify order was cancelled, but TikTok shipped it.",
            Mender.YOU,
            "Look at the order on both sides; a cancelled Shopify order takes no fulfilment.",
        ),
        Reason(
            "fulfilment_refused",
            "Shopify refused the fulfilment or its delivery event.",
            Mender.YOU,
            "Mend what Shopify names, then press *Resend delivery status*.",
        ),
        Reason(
            "delivery_not_allowed",
            "The Shopify app may not fulfil orders.",
            Mender.YOU,
            "Give the app the access that is named below and install it again; it goes on by itself.",
        ),
        Reason(
            "unknown_delivery_status",
            "TikTok gives the order a status that is not known here.",
            Mender.SYSTEM,
            "Nothing is sent for it; it is read again whenever TikTok changes it.",
        ),
        Reason(
            "no_delivery_outcome",
            "Eight tries to send the delivery ended without an outcome.",
            Mender.YOU,
            "Look at the attempts, then press *Resend delivery status*.",
        ),
        Reason(
            "cannot_deliver",
            "The delivery could not be turned into a Shopify fulfilment.",
            Mender.SYSTEM,
            "Report the message below with the order id; it is tried again when the order changes.",
        ),
    )
}

LINK_REASONS = ("unlinked_item", "item_deleted", "sku_ambiguous", "sku_case_differs")
"""Those that a link mends."""
