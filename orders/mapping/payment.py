"""Shopify `transactions`: what the buyer paid through TikTok, and apart from it what TikTok itself paid."""

from __future__ import annotations

from decimal import Decimal

from connectors.tiktok.payloads import Order
from orders.mapping.marks import iso
from orders.mapping.money import amount_text, money_bag

GATEWAY = "TikTok Shop"
PLATFORM_GATEWAY = "TikTok Shop platform discount"


def transactions(
    order: Order, buyer: Decimal, platform_items: Decimal, platform_shipping: Decimal, currency: str
) -> list[dict[str, object]]:
    """SALE SUCCESS rows that sum to the order's total; none for what is zero (Shopify refuses empty payments).

    The platform row notes its two parts in its receipt, where the seller's accountant finds them.
    """
    rows = []
    if buyer > 0:
        rows.append(_sale(order, GATEWAY, buyer, currency))
    if platform_items + platform_shipping > 0:
        row = _sale(order, PLATFORM_GATEWAY, platform_items + platform_shipping, currency)
        row["receiptJson"] = {
            "note": "Discount that TikTok paid for the buyer and settles with the seller",
            "items": amount_text(platform_items),
            "shipping": amount_text(platform_shipping),
        }
        rows.append(row)
    return rows


def platform_note(platform: Decimal) -> list[dict[str, object]]:
    """What TikTok paid, for *Additional details*: Shopify's pages show no receipt of a transaction."""
    return [{"key": PLATFORM_GATEWAY, "value": amount_text(platform)}] if platform > 0 else []


def _sale(order: Order, gateway: str, amount: Decimal, currency: str) -> dict[str, object]:
    row: dict[str, object] = {
        "kind": "SALE",
        "status": "SUCCESS",
        "gateway": gateway,
        "amountSet": money_bag(amount, currency),
    }
    if paid := order.paid_time or order.create_time:
        row["processedAt"] = iso(paid)
    return row
