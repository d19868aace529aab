"""Ready-to-use clients for a TikTok shop or a Shopify store, with tokens renewed before they run out."""

from __future__ import annotations

from functools import lru_cache

import redis
from django.conf import settings

from connectors.budget import Budget
from connectors.shopify.client import ShopifyClient
from connectors.tiktok.client import TikTokClient
from settings_app import renewal
from settings_app.models import ShopifyStore, TikTokShop
from settings_app.renewal import with_live_token
from settings_app.store_renewal import with_store_token

__all__ = ["budget", "shopify", "tiktok", "tiktok_app", "with_live_token", "with_store_token"]


@lru_cache(maxsize=1)
def _budget(url: str) -> Budget:
    return Budget(redis.Redis.from_url(url) if url else None)


def budget() -> Budget:
    return _budget(settings.REDIS_URL)


def tiktok(shop: TikTokShop) -> TikTokClient:
    """A client with a live token. Raises Unauthorized when the shop must be reconnected, Throttled while another
    worker renews a token that already ran out."""
    shop = renewal.with_live_token(shop)
    return tiktok_app(shop.access_token, shop_key=shop.shop_id, cipher=shop.cipher)


def tiktok_app(access_token: str, *, shop_key: str, cipher: str = "") -> TikTokClient:
    """A client for a token that belongs to no row yet; without a cipher it can only list the shops it covers."""
    return TikTokClient(
        api_url=settings.TIKTOK_SHOP_API_URL,
        app_key=settings.TIKTOK_SHOP_APP_KEY,
        app_secret=settings.TIKTOK_SHOP_APP_SECRET,
        access_token=access_token,
        cipher=cipher,
        budget=budget(),
        shop_key=shop_key,
    )


def shopify(store: ShopifyStore) -> ShopifyClient:
    """A client with a live token. Raises Unauthorized when the store must be reconnected, Throttled while another
    worker renews a token that already ran out."""
    store = with_store_token(store)
    return ShopifyClient(
        api_url=settings.SHOPIFY_API_URL,
        domain=store.domain,
        access_token=store.access_token,
        version=settings.SHOPIFY_API_VERSION,
        budget=budget(),
    )
