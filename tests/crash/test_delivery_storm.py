"""Everything at once: a hundred orders under faults, kills and a wiped Redis end with each parcel and event once."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from django.conf import settings as django_settings
from django.utils import timezone

from orders.models import DeliveryWork, FetchCursor, Order, SyncAttempt, WebhookEvent
from project.redis_server import RedisServer
from settings_app.models import SyncSettings
from tests.celery_processes import CeleryProcess, start_beat, start_worker
from tests.crash import storm
from tests.crash.storm import Raw, Story
from tests.flows.conftest import Road
from tests.flows.delivery_road import link_all
from tests.flows.webhook_senders import tiktok_body, tiktok_signature
from tests.waiting import wait_for
from tests.web_process import Web, web_process

ORDERS = int(os.environ.get("STORM_ORDERS", "100"))
FAULT_RATE = 0.3
SETTLE = 10
"""Seconds; longer than the stand-in is ever late."""

STEPS_PER_SECOND = 4.0
LONGEST_END = 420.0


@dataclass
class Storm:
    """The world around the hundred orders, and what happened to it."""

    road: Road
    dice: random.Random
    web: Web
    start_workers: Callable[[], list[CeleryProcess]]
    stories: list[Story]
    workers: list[CeleryProcess] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    waiting: list[tuple[bytes, str]] = field(default_factory=list)

    def at_tiktok(self, raws: list[Raw]) -> None:
        self.road.tiktok.post("/_sandbox/orders", {"shop_id": self.road.shop.shop_id, "orders": raws})

    def tell(self, raw: Raw) -> None:
        """TikTok moves the order, and one or two webhooks about it are on their way, some of them twice."""
        self.at_tiktok([raw])
        about = {"order_id": raw["id"], "order_status": raw["status"], "update_time": raw["update_time"]}
        packages = [{"package_id": one["id"], "order_id_list": [raw["id"]]} for one in raw["packages"]]
        for kind, data in (
            (1, about),
            (4, {"sc_type": 1, "package_list": packages, "update_time": raw["update_time"]}),
        ):
            if self.dice.random() < 0.1:
                self.happened["webhooks lost"] += 1
                continue
            body = tiktok_body(kind, self.road.shop, data, f"{raw['id']}{raw['update_time']}{kind}")
            self.waiting += [(body, tiktok_signature(body))] * self.dice.choice((1, 1, 2))

    def deliver_webhooks(self, post: ThreadPoolExecutor, *, all_of_them: bool = False) -> None:
        """A handful of those under way arrive, in whatever order."""
        self.dice.shuffle(self.waiting)
        count = len(self.waiting) if all_of_them else len(self.waiting) // 2
        now, self.waiting = self.waiting[:count], self.waiting[count:]
        for answer in post.map(self._post, now):
            self.happened[f"webhooks answered {answer}"] += 1

    def _post(self, message: tuple[bytes, str]) -> int:
        body, signature = message
        headers = {"Authorization": signature, "Content-Type": "application/json"}
        return requests.post(f"{self.web.address}/webhooks/tiktok/", body, headers=headers, timeout=20).status_code

    def kill_workers(self) -> None:
        """SIGKILL to every worker in mid-work, its children included. Nobody is sending now: their claims may end."""
        wait_for(lambda: self.held() > 1, 60, "work that can be cut off")
        for worker in self.workers:
            worker.kill()
        self.happened["worker groups killed"] += 1
        self.happened["claims cut off"] += self.held()
        past = timezone.now() - timedelta(seconds=1)
        for rows in (DeliveryWork.objects, Order.objects, FetchCursor.objects):
            rows.filter(claim_until__gt=past).update(claim_until=past)
        self.workers = self.start_workers()

    def staff(self, deed: str, order_id: str, **wish: Any) -> bool:
        """Somebody does something in the store's own admin; False when there is nothing to do it to (any more)."""
        wish |= {"store": self.road.shop.store.domain, "order": order_id}
        answer = requests.post(f"{self.road.shopify.url}/_sandbox/{deed}", json=wish, timeout=20)
        assert answer.status_code in (200, 400), answer.text
        self.happened[f"staff: {deed}"] += answer.ok
        return answer.ok

    def staff_ships(self) -> None:
        """Staff enter a parcel by hand, with the number that TikTok told them, while we may be about to do the same."""
        for story in self.stories:
            numbers = {line.get("tracking_number") for line in story.now["line_items"]}
            is_ripe = story.steps and storm.status(story.now) == "none" and story.steps[-1][0] != storm.WAITS
            if is_ripe and len(numbers) == 1 and None not in numbers and self.dice.random() < 0.5:
                self.staff("fulfil", story.order_id, number=numbers.pop(), company="USPS")

    def staff_hold(self) -> None:
        for story in self.dice.sample(self.stories, len(self.stories) // 10):
            self.staff("hold", story.order_id, reason="INCORRECT_ADDRESS")

    def staff_release(self) -> None:
        """Every hold ends, and the look that is planned for each ten minutes comes by."""
        for story in self.stories:
            self.staff("release", story.order_id)
        for reason in DeliveryWork.objects.filter(status="standing_still").values_list("reason", flat=True):
            self.happened[f"stood still: {reason}"] += 1
        DeliveryWork.objects.filter(status="standing_still").update(next_attempt_at=timezone.now())

    def held(self) -> int:
        return DeliveryWork.objects.filter(claim_until__gt=timezone.now()).count()

    def wipe_redis(self) -> None:
        """FLUSHALL while messages are under way, taken by a worker or not."""
        with redis.Redis.from_url(django_settings.REDIS_URL) as client:
            wait_for(lambda: client.llen("celery") or client.hlen("unacked"), 60, "messages that can be wiped")
            self.happened["messages wiped"] += int(client.llen("celery") + client.hlen("unacked"))
            client.flushall()

    def differences(self) -> list[str]:
        statuses = dict(Order.objects.values_list("tiktok_order_id", "delivery_status"))
        return list(storm.differences(self.stories, self.road.shopify_orders(), statuses))

    def at_rest(self) -> bool:
        busy = DeliveryWork.objects.exclude(status="done").exists()
        unread = WebhookEvent.objects.filter(status=WebhookEvent.Status.WAITING).exists()
        return not busy and not unread and not self.differences()


@pytest.fixture
def storm_of(
    transactional_db: None, own_redis: RedisServer, road: Road, settings: Any, tmp_path: Path
) -> Iterator[Callable[[random.Random], Storm]]:
    settings.VERIFY_SETTLE_SECONDS = SETTLE
    settings.FETCH_INTERVAL_SECONDS = 4
    SyncSettings.objects.update(automatic_sync=True)
    road.shopify.post("/_sandbox/locations", {"store": road.shop.store.domain, "skus": storm.PLACES})
    road.shopify.post("/_sandbox/settings", {"store": road.shop.store.domain, "routing_delay": 3})
    link_all(road)
    started: list[CeleryProcess] = []

    def workers() -> list[CeleryProcess]:
        group = [start_worker(tmp_path, len(started) + number, 2, {}) for number in (1, 2)]
        started.extend(group)
        return group

    with web_process(tmp_path) as web:

        def begin(dice: random.Random) -> Storm:
            begun = Storm(road, dice, web, workers, storm.stories(dice, ORDERS))
            begun.at_tiktok([story.now for story in begun.stories])
            begun.workers = workers()
            started.append(start_beat(tmp_path, {}))
            return begun

        yield begin
    for process in started:
        process.kill()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_a_hundred_orders_under_everything_at_once_end_with_each_parcel_and_event_once(
    storm_of: Callable[[random.Random], Storm], capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("STORM_SEED") or random.randrange(10**6))
    dice = random.Random(seed)
    began = time.monotonic()
    world = storm_of(dice)
    wait_for(lambda: Order.objects.filter(sync_status="synced").count() > ORDERS // 4, 120, "the first orders")
    world.road.shopify.faults(*storm.faults(FAULT_RATE))
    turns = [story for story in world.stories for _ in story.steps]
    dice.shuffle(turns)
    planned = (
        (0.1, world.staff_hold),
        (0.25, world.kill_workers),
        (0.35, world.staff_ships),
        (0.5, world.wipe_redis),
        (0.65, world.staff_ships),
        (0.75, world.kill_workers),
    )
    deeds = {int(len(turns) * at): deed for at, deed in planned}
    with ThreadPoolExecutor(4) as post:
        for place, story in enumerate(turns):
            world.tell(story.step())
            if place % 5 == 0:
                world.deliver_webhooks(post)
            if place in deeds:
                deeds[place]()
            time.sleep(1 / STEPS_PER_SECOND)
        world.deliver_webhooks(post, all_of_them=True)
    world.staff_release()
    told = time.monotonic()
    ends = told + LONGEST_END
    while not world.at_rest() and time.monotonic() < ends:
        time.sleep(1)
    took = time.monotonic() - told
    fired = sum(int(wish["fired"]) for wish in world.road.shopify.get("/_sandbox/faults"))
    world.road.shopify.faults()
    time.sleep(4)  # what was to land late has landed
    state = world.road.shopify.state()["counts"]
    results = SyncAttempt.objects.exclude(effect="create").values_list("result", flat=True)
    with capsys.disabled():
        print(
            f"\nseed {seed}: {ORDERS} orders, {len(turns)} changes in {told - began:.0f} s, at rest {took:.0f} s later"
        )
        print(f"  {fired} faults on fulfilment calls; {dict(world.happened)}")
        print(f"  Shopify: {state['orders']} orders, {state['fulfillments']} fulfilments, {state['events']} events")
        print(f"  attempts: {dict(Counter(results))}")
    assert world.differences() == []
    assert not SyncAttempt.objects.filter(result__in=["started", "unknown"]).exists()
    work = dict(Counter(DeliveryWork.objects.values_list("status", flat=True)))
    assert set(work) == {"done"}, list(DeliveryWork.objects.exclude(status="done").values("reason", "message"))
