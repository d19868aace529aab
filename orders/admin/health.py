"""Is everything alive: ages of the last sign from TikTok, Shopify and the work in the background."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from orders.admin.addresses import page
from orders.models import Heartbeat, Order
from settings_app.models import Connection, ShopifyStore, TikTokShop
from settings_app.templatetags.plain_times import ago, ahead

SILENT = timedelta(minutes=2)
"""The scheduler asks for a sign every 15 s and a worker writes it: silent for longer means that one does not run."""

BEAT = "beat"
"""The row that is that sign; other rows say when something daily was done, which is no sign of life."""


@dataclass(frozen=True)
class Vital:
    """One thing that must live; `state` is good, warning or bad, `word` says the same in text."""

    name: str
    state: str
    word: str
    sentence: str
    url: str = ""


def background_seen() -> datetime | None:
    """The last sign of life of scheduler and worker together."""
    return Heartbeat.objects.filter(name=BEAT).values_list("at", flat=True).first()


def vitals() -> list[Vital]:
    now = timezone.now()
    shops = [_shop(shop, now) for shop in TikTokShop.objects.order_by("name")]
    stores = [_store(store, now) for store in _stores_with_last_order()]
    return [*shops, *stores, _background(now)]


def _stores_with_last_order() -> list[tuple[ShopifyStore, datetime | None]]:
    last = dict(
        Order.objects.filter(synced_at__isnull=False).order_by().values_list("store").annotate(at=Max("synced_at"))
    )
    return [(store, last.get(store.pk)) for store in ShopifyStore.objects.order_by("domain")]


def _shop(shop: TikTokShop, now: datetime) -> Vital:
    url = page("admin:settings_app_tiktokshop_change", shop.pk)
    name = f"TikTok: {shop.name}"
    last = f"Last poll {ago(shop.last_polled_at)}."
    if shop.connection == Connection.BROKEN:
        return Vital(name, "bad", "Needs reconnecting", shop.connection_error or last, url)
    if shop.paused:
        return Vital(name, "warning", "Paused", f"Nothing is fetched or synced. {last}", url)
    if shop.last_poll_error:
        return Vital(name, "warning", "Trouble", f"{shop.last_poll_error} {last}", url)
    late = timedelta(seconds=max(120, 5 * settings.FETCH_INTERVAL_SECONDS))
    if shop.last_polled_at is None or now - shop.last_polled_at > late:
        return Vital(name, "warning", "Late", last, url)
    return Vital(name, "good", "Works", last, url)


def _store(row: tuple[ShopifyStore, datetime | None], now: datetime) -> Vital:
    store, last = row
    url = page("admin:settings_app_shopifystore_change", store.pk)
    name = f"Shopify: {store}"
    said = f"Last order created {ago(last)}." if last else "No order created yet."
    if store.connection == Connection.BROKEN:
        return Vital(name, "bad", "Needs reconnecting", store.connection_error or said, url)
    if store.backoff_until and store.backoff_until > now:
        return Vital(
            name, "warning", "Resting", f"Shopify asked for a pause; goes on {ahead(store.backoff_until)}. {said}", url
        )
    return Vital(name, "good", "Works", said, url)


def _background(now: datetime) -> Vital:
    """One line for scheduler and worker: the sign is asked for by the one and written by the other."""
    name, at = "Background work", background_seen()
    last = f"Last sign of life {ago(at)}."
    if at is None or now - at > SILENT:
        mend = "The scheduler or the worker does not run, so nothing is fetched or synced; start both again."
        return Vital(name, "bad", "Silent", f"{last} {mend}")
    return Vital(name, "good", "Works", last)
