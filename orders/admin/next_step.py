"""What to do about an order, in one sentence, with the button or link that does it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from orders import claims
from orders.insight.attention import NOT_YET_SHIPPED
from orders.models import Order
from orders.reasons import LINK_REASONS, REASONS
from orders.states import CAN_BE_ASKED, AskedBy, DeliveryStatus, SyncStatus
from orders.wording import plain
from settings_app.templatetags.plain_times import ago


@dataclass(frozen=True)
class NextStep:
    """`does` names the button's view ("" for none), `label` is what it says; `link` leads to where it is mended."""

    sentence: str
    does: str = ""
    label: str = ""
    link: str = ""
    link_label: str = ""


DIFFERENCE_REASONS = ("total_mismatch", "created_total_differs")
CHOICE_REASONS = ("several_in_shopify", "already_in_shopify")

SELLER_CENTER = "seller-center"
"""Stands for the order's own page there, which is no page of ours."""

# Where each kind of trouble is mended: admin url names, so that pages may move.
PLACES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(LINK_REASONS, ("admin:orders_productlink_changelist", "Link the product")),
    "buyer_cancellation_pending": (SELLER_CENTER, "Answer in Seller Center"),
    "sample_excluded": ("admin:settings_app_syncsettings_changelist", "Settings → Order"),
    "shopify_connection": ("admin:settings_app_shopifystore_changelist", "Shopify stores"),
}


def can_sync(order: Order) -> bool:
    """The row's own answer to `claims.can_be_asked`, plus moving up what waits behind a bulk."""
    if order.sync_status == SyncStatus.QUEUED:
        return order.asked_by != AskedBy.MANUAL
    return order.sync_status in CAN_BE_ASKED and order.reason not in claims.NOT_BY_HAND


def sync_label(order: Order) -> str:
    if order.sync_status == SyncStatus.QUEUED:
        return "Sync next"
    return "Retry" if order.sync_status in (SyncStatus.FAILED, SyncStatus.BLOCKED) else "Sync"


def why_not(order: Order) -> str:
    """Why *Sync* is not possible now."""
    standing = {
        SyncStatus.QUEUED: "It is next in line.",
        SyncStatus.SYNCING: "It is being sent to Shopify right now.",
        SyncStatus.VERIFYING: "It was sent; looking whether it arrived in Shopify.",
        SyncStatus.SYNCED: "It is in Shopify.",
        SyncStatus.IGNORED: "It is ignored. Stop ignoring it first.",
        SyncStatus.NEEDS_REVIEW: "It needs a decision first: open the order.",
    }
    known = REASONS.get(order.reason)
    return standing.get(SyncStatus(order.sync_status)) or (plain(f"{known.sentence} {known.mend}") if known else "")


def should_have_shipped(order: Order) -> bool:
    """TikTok still waits for its parcel, and the ship-by time is past."""
    waits = order.tiktok_status in NOT_YET_SHIPPED and order.delivery_status == DeliveryStatus.NONE
    return waits and order.ship_by is not None and order.ship_by < timezone.now()


def next_step(order: Order) -> NextStep:
    status = SyncStatus(order.sync_status)
    known = REASONS.get(order.reason)
    if status is SyncStatus.NOT_SYNCED:
        return NextStep("Nobody asked for this order yet: sync it to create it in Shopify.", "sync", "Sync")
    if status is SyncStatus.QUEUED:
        told = f" Last try: {order.message}" if order.message else ""
        if order.bulk_sync and order.bulk_sync.paused_at:
            return NextStep("Its bulk sync is paused. Resume that, or send this order now.", "sync", "Sync now")
        move_up = can_sync(order)
        return NextStep(f"Nothing to do: it goes out by itself.{told}", "sync" if move_up else "", "Sync next")
    if status in (SyncStatus.SYNCING, SyncStatus.VERIFYING):
        return NextStep(f"Nothing to do. {order.message or why_not(order)}")
    if status is SyncStatus.SYNCED and should_have_shipped(order):
        return NextStep(f"In Shopify. Pack it now: it should have shipped {ago(order.ship_by)}.")
    if status is SyncStatus.SYNCED:
        return NextStep("Nothing to do: the order is in Shopify, its delivery follows by itself.")
    if status is SyncStatus.IGNORED:
        return NextStep("Somebody decided not to sync it.", "stop-ignoring", "Stop ignoring")
    if order.reason in CHOICE_REASONS:
        sentence = plain(known.mend) if known else ""
        return NextStep(sentence, link="choose", link_label="Choose this order…")
    if order.reason in DIFFERENCE_REASONS and status is SyncStatus.NEEDS_REVIEW:
        return NextStep(plain(known.mend) if known else "", "accept", "Accept difference")
    if status is SyncStatus.NEEDS_REVIEW:
        return NextStep(
            plain(known.mend) if known else "Look at the attempts, then sync again.", "sync-again", "Sync again"
        )
    sentence = plain(known.mend) if known else "Look at the attempts below."
    where, label = PLACES.get(order.reason, ("", ""))
    again = "Look in Shopify again" if order.reason in LINK_REASONS else "Retry"
    return NextStep(sentence, "sync" if can_sync(order) else "", again, where, label)
