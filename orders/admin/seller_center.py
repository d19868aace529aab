"""Where TikTok's own page of an order is."""

from __future__ import annotations

from django.conf import settings

from orders.mapping.marks import seller_center_url

TIKTOK = "https://open-api.tiktokglobalshop.com"


def order_url(tiktok_order_id: str) -> str:
    """In the US Seller Center, or on the stand-in that TIKTOK_SHOP_API_URL names."""
    if settings.TIKTOK_SHOP_API_URL.rstrip("/") != TIKTOK:
        return f"{settings.TIKTOK_SHOP_API_URL.rstrip('/')}/orders/{tiktok_order_id}"
    return seller_center_url(tiktok_order_id)
