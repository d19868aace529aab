"""May this TikTok order become a Shopify order? Pure: an order and the shop's rules in, a verdict out."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.tiktok.payloads import Order
from connectors.tiktok.statuses import FulfillmentType, LineStatus, OrderStatus
from settings_app.rules import Rules


@dataclass(frozen=True)
class Eligible:
    """Paid, no longer on hold, fulfilled by the seller: it may go as soon as somebody asks."""


@dataclass(frozen=True)
class Blocked:
    """A rule stands in the way; `reason` is a code of `orders.reasons.REASONS`."""

    reason: str
    message: str = ""


@dataclass(frozen=True)
class Wait:
    """Nothing is wrong, but a decision is pending elsewhere."""

    reason: str


@dataclass(frozen=True)
class NotOurs:
    """Not stored: not paid, still on hold (TikTok sends no address yet), or shipped from TikTok's warehouse."""


Verdict = Eligible | Blocked | Wait | NotOurs

NOT_YET = (OrderStatus.UNPAID, OrderStatus.ON_HOLD)
NOT_BY_SELLER = (FulfillmentType.FULFILLMENT_BY_TIKTOK, FulfillmentType.FULFILLMENT_BY_DILAYANI_TOKOPEDIA)


def decide(order: Order, rules: Rules) -> Verdict:
    """The verdict on what TikTok says now; asked again at each change of the order or of the rules."""
    if order.status in NOT_YET or order.fulfillment_type in NOT_BY_SELLER:
        return NotOurs()
    if order.fulfillment_type is FulfillmentType.UNKNOWN and order.fulfillment_text:
        return Blocked("unreadable_order", f"Its fulfilment type “{order.fulfillment_text}” is not known here.")
    if order.status is OrderStatus.UNKNOWN:
        return Blocked("unreadable_order", f"TikTok calls its status “{order.status_text}”, which is not known here.")
    if order.status is OrderStatus.CANCELLED:
        return Blocked("cancelled_before_sync")
    if order.is_buyer_request_cancel:
        return Wait("buyer_cancellation_pending")
    if unknown := _money_not_told(order):
        return Blocked("unreadable_order", f"TikTok sent it without {unknown}, so what it costs is not known.")
    if order.payment.currency not in ("", "USD"):
        return Blocked("currency_mismatch", f"Its currency is {order.payment.currency}.")
    if order.is_sample and rules.samples == "ignore":
        return Blocked("sample_excluded")
    return Eligible()


def _money_not_told(order: Order) -> str:
    """The amount that is absent; "" when all are there. An absent amount must never become a free order."""
    if not order.payment.total_text:
        return "payment.total_amount"
    free = not order.payment.total_amount
    for number, line in enumerate(order.line_items):
        gone = free or line.is_gift or line.display_status is LineStatus.CANCELLED
        if not line.sale_price_text and not gone:
            return f"line_items.{number}.sale_price"
    return ""
