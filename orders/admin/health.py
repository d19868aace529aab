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
"""The timer ticks every 15 s and a worker answers each tick: silent for longer means that it does not run."""

TIMER, WORKER = "beat", "worker"
"""The rows that are those signs; other rows say when something daily was done, which is no sign of life."""


@dataclass(frozen=True)
class Vital:
    """One thing that must live; `state` is good, warning or bad, `word` says the same in text."""

    name: str
    state: str
    word: str
    sentence: str
    url: str = ""


@dataclass(frozen=True)
class Background:
    """When the timer last ticked and a worker last answered a tick; None where that never happened."""

    ticked: datetime | None
    answered: datetime | None

    @property
    def timer_words(self) -> str:
        return f"last ran {ago(self.ticked)}" if self.ticked else "never ran"

    @property
    def worker_words(self) -> str:
        return f"last worked {ago(self.answered)}" if self.answered else "never worked"

    def timer_is_silent(self, now: datetime) -> bool:
        return self.ticked is None or now - self.ticked > SILENT

    def worker_is_silent(self) -> bool:
        """It did not answer ticks that there were: without ticks nothing is known of it."""
        return self.ticked is not None and (self.answered is None or self.ticked - self.answered > SILENT)


def background() -> Background:
    seen = dict(Heartbeat.objects.filter(name__in=(TIMER, WORKER)).values_list("name", "at"))
    return Background(seen.get(TIMER), seen.get(WORKER))


def vitals() -> list[Vital]:
    now = timezone.now()
    shops = [_shop(shop, now) for shop in TikTokShop.objects.order_by("name")]
    stores = [_store(store, now) for store in _stores_with_last_order()]
    seen = background()
    return [*shops, *stores, _timer(seen, now), _worker(seen, now)]


def is_late(shop: TikTokShop, now: datetime) -> bool:
    """Whether it was fetched before, and several rounds went by without it."""
    rounds = timedelta(seconds=max(120, 5 * settings.FETCH_INTERVAL_SECONDS))
    return shop.last_polled_at is not None and now - shop.last_polled_at > rounds


def _stores_with_last_order() -> list[tuple[ShopifyStore, datetime | None]]:
    last = dict(
        Order.objects.filter(synced_at__isnull=False).order_by().values_list("store").annotate(at=Max("synced_at"))
    )
    return [(store, last.get(store.pk)) for store in ShopifyStore.objects.order_by("domain")]


def _shop(shop: TikTokShop, now: datetime) -> Vital:
    url = page("admin:settings_app_tiktokshop_change", shop.pk)
    name = f"TikTok: {shop.name}"
    last = f"Last fetched {ago(shop.last_polled_at)}."
    if shop.connection == Connection.BROKEN:
        return Vital(name, "bad", "Needs reconnecting", shop.connection_error or last, url)
    if shop.paused:
        return Vital(name, "warning", "Paused", f"Nothing is fetched or synced. {last}", url)
    if shop.last_poll_error:
        return Vital(name, "warning", "Trouble", f"{shop.last_poll_error} {last}", url)
    if shop.last_polled_at is None or is_late(shop, now):
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


def _timer(seen: Background, now: datetime) -> Vital:
    last = f"{seen.timer_words.capitalize()}."
    if seen.timer_is_silent(now):
        return Vital("Timer", "bad", "Silent", f"{last} Nothing is fetched or synced by itself; start it again.")
    return Vital("Timer", "good", "Works", last)


def _worker(seen: Background, now: datetime) -> Vital:
    last = f"{seen.worker_words.capitalize()}."
    if seen.worker_is_silent():
        return Vital("Worker", "bad", "Silent", f"{last} Nothing is fetched or synced; start it again.")
    if seen.timer_is_silent(now):
        return Vital("Worker", "warning", "Not asked", f"{last} The timer, which asks it, is silent.")
    return Vital("Worker", "good", "Works", last)
