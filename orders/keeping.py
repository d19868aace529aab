"""What is due now and then, told from the database: tokens, broken connections, webhook subscriptions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.errors import ConnectorError
from orders import connections
from orders.fetching import intake
from orders.models import Heartbeat
from orders.timing import LONGEST_BACKOFF
from orders.webhooks import subscribing
from settings_app import clients, renewal, store_renewal
from settings_app.models import Connection, ShopifyStore, TikTokShop

DAY = timedelta(days=1)

REGISTERING = timedelta(seconds=120)
"""Outlives Celery's hard limit, so who is still at it after that is gone."""


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


def subscriptions_due() -> list[tuple[str, int]]:
    """("shop" or "store", row): whose vendor is to be told where to send its events, after a connection or daily,
    since vendors delete subscriptions that failed for a while."""
    shops = _unsubscribed(TikTokShop).values_list("pk", flat=True)
    stores = _unsubscribed(ShopifyStore).values_list("pk", flat=True)
    return [*(("shop", pk) for pk in shops), *(("store", pk) for pk in stores)]


def register(kind: str, pk: int) -> bool:
    """The subscriptions of one shop ("shop") or store, unless they are done or somebody is at it."""
    model: type[TikTokShop | ShopifyStore] = TikTokShop if kind == "shop" else ShopifyStore
    if not _unsubscribed(model).filter(pk=pk).update(webhooks_due_at=timezone.now() + REGISTERING):
        return False
    if kind == "shop":
        subscribing.subscribe_shop(TikTokShop.objects.select_related("store").get(pk=pk))
    else:
        subscribing.subscribe_store(ShopifyStore.objects.get(pk=pk))
    return True


def _unsubscribed(model: type[TikTokShop | ShopifyStore]) -> QuerySet[Any]:
    due = Q(webhooks_due_at__isnull=True) | Q(webhooks_due_at__lte=timezone.now())
    return model._default_manager.filter(due, connection=Connection.CONNECTED)


def is_due(name: str, every: timedelta) -> bool:
    """True for one caller in that time."""
    now = timezone.now()
    if Heartbeat.objects.filter(name=name, at__lt=now - every).update(at=now):
        return True
    _, made = Heartbeat.objects.get_or_create(name=name, defaults={"at": now})
    return made
