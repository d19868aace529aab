"""The world of a soak: both vendors with their faults, a worker, a beat, and somebody who kills them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count

from orders.models import Order
from orders.states import MOVING, SyncStatus
from settings_app.models import SyncSettings, TikTokShop
from tests.celery_processes import CeleryProcess, start_beat, start_worker
from tests.factories import ShopFactory
from tests.sandboxes import Sandbox

Wish = dict[str, Any]

RATE = 0.1
"""The part of all calls that meets a fault, spread over its kinds."""

SHOPIFY: tuple[Wish, ...] = (
    {"do": "cut", "when": "before"},
    {"do": "cut", "when": "after"},
    {"do": "http", "when": "before", "status": 502},
    {"do": "http", "when": "after", "status": 502},
    {"do": "truncate", "when": "after"},
    {"do": "garbage", "when": "after"},
    {"do": "late", "seconds": 6},
    {"do": "hang", "when": "after", "seconds": 8},
    {"do": "throttled", "retry_after": 1},
    {"do": "http", "when": "before", "status": 429, "retry_after": 2},
)
TIKTOK: tuple[Wish, ...] = (
    {"do": "cut"},
    {"do": "http", "status": 502},
    {"do": "truncate", "when": "after"},
    {"do": "throttled", "retry_after": 1},
)


def faults(kinds: tuple[Wish, ...], operation: str) -> list[Wish]:
    """Wishes are tried one after the other, so that each takes its share of what the ones before let through."""
    share, left, wishes = RATE / len(kinds), 1.0, []
    for kind in kinds:
        wishes.append({"operation": operation, "times": None, "probability": share / left, **kind})
        left -= share
    return wishes


@dataclass
class World:
    folder: Path
    dice: random.Random
    made: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    _numbers: int = 0

    def start(self) -> None:
        self.tiktok = Sandbox("tiktok", self.folder, durable=True)
        self.shopify = Sandbox("shopify", self.folder, durable=True)
        for sandbox in (self.tiktok, self.shopify):
            sandbox.start()
        settings.TIKTOK_SHOP_API_URL = settings.TIKTOK_SHOP_AUTH_URL = self.tiktok.url
        settings.SHOPIFY_API_URL = self.shopify.url + "/{domain}"
        self.shop: TikTokShop = ShopFactory.create()
        SyncSettings.objects.create(shop=self.shop, automatic_sync=True)
        about = {"id": self.shop.shop_id, "name": self.shop.name, "cipher": self.shop.cipher}
        tokens = {"access_token": self.shop.access_token, "refresh_token": self.shop.refresh_token}
        self.tiktok.post("/_sandbox/shops", about | tokens)
        self.shopify.post("/_sandbox/seed", {"store": self.shop.store.domain})
        self.tiktok.faults(*faults(TIKTOK, "/order"))
        self.shopify.faults(*faults(SHOPIFY, "graphql"))
        self._start_worker()
        self._start_beat()

    def _start_worker(self) -> None:
        self._numbers += 1
        self.worker: CeleryProcess = start_worker(self.folder, self._numbers, 3, {})

    def _start_beat(self) -> None:
        self.beat: CeleryProcess = start_beat(self.folder, {})

    def orders(self, count: int) -> None:
        if count:
            wish = {"shop_id": self.shop.shop_id, "count": count, "kind": "plain", "seed": self.made}
            self.made += len(self.tiktok.post("/_sandbox/generate", wish)["order_ids"])

    def kill(self) -> str:
        """Kill something at random and start it again."""
        deeds = {"worker": 6, "beat": 1, "flushall": 2, "tiktok sandbox": 1, "shopify sandbox": 2}
        what = self.dice.choices(list(deeds), list(deeds.values()))[0]
        self.kills[what] += 1
        if what == "worker":
            self.worker.kill()
            self._start_worker()
        elif what == "beat":
            self.beat.kill()
            self._start_beat()
        elif what == "flushall":
            with redis.Redis.from_url(settings.REDIS_URL) as client:
                client.flushall()
        else:
            sandbox = self.tiktok if what.startswith("tiktok") else self.shopify
            kinds, operation = (TIKTOK, "/order") if sandbox is self.tiktok else (SHOPIFY, "graphql")
            self._count_faults(sandbox)
            sandbox.kill()
            sandbox.start()
            sandbox.faults(*faults(kinds, operation))
        return f"killed: {what}"

    def calm(self) -> None:
        """No more faults and no more orders: from now on everything must come to its end."""
        for sandbox in (self.tiktok, self.shopify):
            self._count_faults(sandbox)
            sandbox.faults()

    _fired: int = 0

    def _count_faults(self, sandbox: Sandbox) -> None:
        self._fired += sum(int(wish["fired"]) for wish in sandbox.get("/_sandbox/faults"))

    def faults(self) -> int:
        return self._fired

    def at_rest(self) -> bool:
        """Every order that TikTok has is stored, and none of them moves any more."""
        rows = Order.objects.all()
        still = rows.filter(sync_status__in=[*MOVING, SyncStatus.NOT_SYNCED])
        return rows.count() >= self.made and not still.exists()

    def standing(self) -> str:
        rows = Order.objects.order_by().values_list("sync_status").annotate(Count("id"))
        return ", ".join(f"{count} {status}" for status, count in sorted(rows)) or "nothing fetched yet"

    def stop(self) -> None:
        for process in (self.worker, self.beat):
            process.kill()
        for sandbox in (self.tiktok, self.shopify):
            sandbox.stop()
