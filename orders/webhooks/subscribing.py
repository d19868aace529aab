"""Telling both vendors where to send their events, per shop and store, and looking daily whether they still do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from connectors.errors import ConnectorError, Refused, Unauthorized
from connectors.loopback import LOOPBACK
from connectors.shopify import subscriptions
from orders import connections
from orders.fetching import intake
from orders.webhooks.tiktok import EVENT_TYPES
from settings_app import clients
from settings_app.models import ShopifyStore, TikTokShop

Side = TypeVar("Side", TikTokShop, ShopifyStore)

DAILY = timedelta(days=1)
SOON = timedelta(minutes=5)

NOT_PUBLIC = (
    "{vendor} sends webhooks only to a public https address without a port, and PUBLIC_URL is {address}. "
    "Orders come with every poll instead."
)


def tiktok_address() -> str:
    return settings.PUBLIC_URL + reverse("webhooks_tiktok")


def shopify_address() -> str:
    return settings.PUBLIC_URL + reverse("webhooks_shopify")


def subscribe_shop(shop: TikTokShop) -> str:
    """Returns what is wrong in a sentence, "" when every event type comes here; notes it with the shop."""
    unreachable = _not_reachable("TikTok", settings.TIKTOK_SHOP_API_URL)
    return _note(shop, *((unreachable, DAILY) if unreachable else _tried(shop, _subscribe_shop)))


def subscribe_store(store: ShopifyStore) -> str:
    unreachable = _not_reachable("Shopify", settings.SHOPIFY_API_URL)
    return _note(store, *((unreachable, DAILY) if unreachable else _tried(store, _subscribe_store)))


def _note(side: TikTokShop | ShopifyStore, problem: str, again: timedelta) -> str:
    """When it is looked at next stays as it is if somebody connected anew meanwhile: that is due at once."""
    now = timezone.now()
    rows: Any = type(side)._default_manager.filter(pk=side.pk)
    rows.update(webhooks_checked_at=now, webhooks_problem=problem)
    rows.filter(webhooks_due_at=side.webhooks_due_at).update(webhooks_due_at=now + again)
    return problem


def _subscribe_shop(shop: TikTokShop) -> None:
    address = tiktok_address()
    known = {hook.event_type: hook.address for hook in intake.with_token(shop, lambda client: client.webhooks())}
    for event_type in EVENT_TYPES:
        if known.get(event_type) != address:
            intake.with_token(shop, lambda client, it=event_type: client.put_webhook(it, address))  # type: ignore[misc]


def _subscribe_store(store: ShopifyStore) -> None:
    client, address = clients.shopify(store), shopify_address()
    known = {one.topic for one in subscriptions.subscriptions(client) if one.uri == address}
    for topic in subscriptions.TOPICS:
        if topic not in known:
            subscriptions.subscribe(client, topic, address)


def _tried(side: Side, subscribe: Callable[[Side], None]) -> tuple[str, timedelta]:
    """What is wrong, and when to look again."""
    try:
        subscribe(side)
    except (Refused, Unauthorized) as refused:
        # a missing webhook permission breaks nothing else: orders still come by polls
        return refused.sentence, DAILY
    except ConnectorError as error:
        connections.failed(side, error)
        return error.sentence, SOON
    return "", DAILY


def _not_reachable(vendor: str, vendor_url: str) -> str:
    """A stand-in vendor on this machine reaches this machine; the real ones need a public address."""
    own = urlsplit(settings.PUBLIC_URL)
    if urlsplit(vendor_url).hostname in LOOPBACK and own.hostname in LOOPBACK:
        return ""
    public = own.scheme == "https" and "." in (own.hostname or "") and own.port is None
    numeric = (own.hostname or "").replace(".", "").isdigit()
    return "" if public and not numeric else NOT_PUBLIC.format(vendor=vendor, address=settings.PUBLIC_URL)
