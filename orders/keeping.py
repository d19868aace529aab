"""What is due now and then, told from the database: tokens, broken connections, webhook subscriptions."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from connectors.errors import ConnectorError
from orders import connections
from orders.fetching import intake
from orders.models import Heartbeat
from orders.timing import LONGEST_BACKOFF
from orders.webhooks import subscribing
from settings_app import clients, renewal, store_renewal
from settings_app.models import Connection, ShopifyStore, TikTokShop

log = logging.getLogger(__name__)

DAY = timedelta(days=1)


def renew_tokens() -> int:
    """Tokens with less than a day left, of paused shops too; returns how many consents were renewed."""
    renewed = 0
    for shop in renewal.due(timezone.now()):
        try:
            fresh = renewal.with_live_token(shop)
        except ConnectorError as error:
            connections.failed(shop, error)
            continue
        renewed += fresh.access_token != shop.access_token
    for store in store_renewal.due():
        try:
            clients.with_store_token(store)
        except ConnectorError as error:
            connections.failed(store, error)
    return renewed


def try_broken_shops() -> int:
    """An address that was put on the app's list, or a scope that was granted, mends a shop without telling us."""
    now = timezone.now()
    mended = 0
    broken = TikTokShop.objects.filter(connection=Connection.BROKEN).select_related("store")
    for shop in broken.filter(Q(backoff_until__isnull=True) | Q(backoff_until__lte=now)):
        try:
            found = intake.with_token(shop, lambda client: client.authorized_shops())
            intake.with_token(shop, lambda client: client.count_orders(now - timedelta(minutes=1), now))
        except ConnectorError:
            found = ()
        if any(one.id == shop.shop_id for one in found):
            connections.mended(shop)
            mended += 1
        else:
            TikTokShop.objects.filter(pk=shop.pk).update(backoff_until=now + LONGEST_BACKOFF)
    return mended


def check_webhooks() -> int:
    """Subscriptions are looked at daily: vendors delete those that failed for a while."""
    ripe = Q(webhooks_checked_at__isnull=True) | Q(webhooks_checked_at__lt=timezone.now() - DAY)
    shops = TikTokShop.objects.filter(ripe, connection=Connection.CONNECTED).select_related("store")
    stores = ShopifyStore.objects.filter(ripe, connection=Connection.CONNECTED)
    for shop in shops:
        subscribing.subscribe_shop(shop)
    for store in stores:
        subscribing.subscribe_store(store)
    return len(shops) + len(stores)


def register(kind: str, pk: int) -> None:
    """The subscriptions of one shop ("shop") or store, right after its connection."""
    if kind == "shop":
        for shop in TikTokShop.objects.filter(pk=pk).select_related("store"):
            subscribing.subscribe_shop(shop)
    else:
        for store in ShopifyStore.objects.filter(pk=pk):
            subscribing.subscribe_store(store)


def is_due(name: str, every: timedelta) -> bool:
    """True for one caller in that time."""
    now = timezone.now()
    if Heartbeat.objects.filter(name=name, at__lt=now - every).update(at=now):
        return True
    _, made = Heartbeat.objects.get_or_create(name=name, defaults={"at": now})
    return made
