"""Ready-to-use clients for a TikTok shop or a Shopify store, with tokens renewed before they run out."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import redis
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from connectors.budget import Budget
from connectors.errors import ConnectorError, Throttled, Unauthorized
from connectors.shopify import auth as shopify_auth
from connectors.shopify.client import ShopifyClient
from connectors.tiktok import auth as tiktok_auth
from connectors.tiktok.client import TikTokClient
from settings_app.models import Connection, ShopifyStore, TikTokShop

RENEW_BEFORE = timedelta(hours=24)
"""TikTok access tokens live about seven days; renewing a day ahead leaves a day for trouble."""

RENEW_STORE_BEFORE = timedelta(hours=1)
"""Client-credentials tokens live 24 hours."""

RENEWAL_CLAIM = timedelta(seconds=60)
"""One renewal at a time: longer than the HTTP deadline, so a claim that ended means the renewal did too."""


@lru_cache(maxsize=1)
def _budget(url: str) -> Budget:
    return Budget(redis.Redis.from_url(url) if url else None)


def budget() -> Budget:
    return _budget(settings.REDIS_URL)


def tiktok(shop: TikTokShop) -> TikTokClient:
    """A client with a live token. Raises Unauthorized when the shop must be reconnected, Throttled while another
    worker renews a token that already ran out."""
    shop = with_live_token(shop)
    return TikTokClient(
        api_url=settings.TIKTOK_SHOP_API_URL,
        app_key=settings.TIKTOK_SHOP_APP_KEY,
        app_secret=settings.TIKTOK_SHOP_APP_SECRET,
        access_token=shop.access_token,
        cipher=shop.cipher,
        budget=budget(),
        shop_key=shop.shop_id,
    )


def with_live_token(shop: TikTokShop, *, refused: str = "") -> TikTokShop:
    """The shop with a token that should work; `refused` is a token that TikTok just called expired."""
    now = timezone.now()
    ends = shop.access_token_expires_at
    if not refused and (ends is None or ends - now > RENEW_BEFORE or not shop.refresh_token):
        return shop
    claim = Q(refresh_claimed_until__isnull=True) | Q(refresh_claimed_until__lt=now)
    mine = TikTokShop.objects.filter(claim, pk=shop.pk).update(refresh_claimed_until=now + RENEWAL_CLAIM)
    shop = TikTokShop.objects.select_related("store").get(pk=shop.pk)  # somebody may just have renewed it
    renewed = shop.access_token != refused if refused else _lives(shop, RENEW_BEFORE)
    if renewed:
        if mine:
            TikTokShop.objects.filter(pk=shop.pk).update(refresh_claimed_until=None)
        return shop
    if not mine:
        if not refused and _lives(shop, timedelta(minutes=5)):
            return shop
        raise Throttled(f"The access token of {shop} is being renewed by another worker", wait=2.0)
    return _renew(shop, required=bool(refused) or not _lives(shop, timedelta(minutes=5)))


def _lives(shop: TikTokShop, longer_than: timedelta) -> bool:
    ends = shop.access_token_expires_at
    return ends is None or ends - timezone.now() > longer_than


def _renew(shop: TikTokShop, *, required: bool) -> TikTokShop:
    """Renew under the claim; a failed renewal is an error only when the old token is of no more use."""
    try:
        pair = tiktok_auth.refresh(
            settings.TIKTOK_SHOP_AUTH_URL,
            settings.TIKTOK_SHOP_APP_KEY,
            settings.TIKTOK_SHOP_APP_SECRET,
            shop.refresh_token,
        )
    except ConnectorError:
        TikTokShop.objects.filter(pk=shop.pk).update(refresh_claimed_until=None)
        if required:
            raise
        return shop
    # one UPDATE: both tokens and both ends, or none
    TikTokShop.objects.filter(pk=shop.pk).update(
        access_token=pair.access_token,
        access_token_expires_at=pair.access_token_expires_at,
        refresh_token=pair.refresh_token or shop.refresh_token,
        refresh_token_expires_at=pair.refresh_token_expires_at,
        refresh_claimed_until=None,
        connection=Connection.CONNECTED,
        connection_error="",
    )
    return TikTokShop.objects.select_related("store").get(pk=shop.pk)


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
    if not store.client_id:
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
    token = shopify_auth.client_credentials(
        settings.SHOPIFY_API_URL, store.domain, store.client_id, store.client_secret or settings.SHOPIFY_CLIENT_SECRET
    )
    ShopifyStore.objects.filter(pk=store.pk).update(access_token=token.token, access_token_expires_at=token.expires_at)
    return ShopifyStore.objects.get(pk=store.pk)
