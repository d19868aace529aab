"""Ready-to-use clients for a TikTok shop or a Shopify store, with tokens renewed before they run out."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import redis
from django.conf import settings
from django.utils import timezone

from connectors.budget import Budget
from connectors.errors import Unauthorized
from connectors.shopify import auth as shopify_auth
from connectors.shopify.client import ShopifyClient
from connectors.tiktok.client import TikTokClient
from settings_app import app_secrets, renewal
from settings_app.models import ShopifyStore, TikTokShop
from settings_app.renewal import with_live_token

__all__ = ["budget", "shopify", "tiktok", "tiktok_app", "with_live_token", "with_store_token"]

RENEW_STORE_BEFORE = timedelta(hours=1)
"""Client-credentials tokens live 24 hours."""


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
    """A client with a live token; raises Unauthorized when the store must be reconnected."""
    store = with_store_token(store)
    return ShopifyClient(
        api_url=settings.SHOPIFY_API_URL,
        domain=store.domain,
        access_token=store.access_token,
        version=settings.SHOPIFY_API_VERSION,
        budget=budget(),
    )


def with_store_token(store: ShopifyStore, *, refused: str = "") -> ShopifyStore:
    """Stores with client id and secret get a new 24-hour token when theirs ends or was just refused."""
    if store.access != ShopifyStore.Access.CREDENTIALS:
        if not store.access_token:
            raise Unauthorized(f"{store.domain} has no access token; connect the store again")
        return store
    now = timezone.now()
    ends = store.access_token_expires_at
    if store.access_token and store.access_token != refused and ends and ends - now > RENEW_STORE_BEFORE:
        return store
    fresh = ShopifyStore.objects.get(pk=store.pk)
    if fresh.access_token and fresh.access_token != (refused or store.access_token):
        return fresh
    # asking twice is harmless here: each answer is a token of its own and none is taken back
    client_id, secret = app_secrets.of_store(fresh)
    token = shopify_auth.client_credentials(settings.SHOPIFY_API_URL, store.domain, client_id, secret)
    ShopifyStore.objects.filter(pk=store.pk).update(access_token=token.token, access_token_expires_at=token.expires_at)
    return ShopifyStore.objects.get(pk=store.pk)
