"""A machine that thinks of odd orders of events, on real rows; the vendors and the clock are those of `in_memory`."""

from __future__ import annotations

import random
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors.shopify import orders as shopify_orders
from connectors.shopify import shop as shopify_shop
from orders import broker, bulk, claims, creation, outcomes, settings_changed, sweeps, tasks, verification
from orders.models import BulkSync, Order, SyncAttempt
from orders.states import MOVING, OPEN_RESULTS, AskedBy, SyncStatus
from settings_app import clients
from settings_app.models import SyncSettings, TikTokShop
from tests.factories import LinkFactory, ShopFactory
from tests.races.in_memory import Killed, TikTok, World

ANSWERS = ("ok", "lost_after", "lost_before", "lands_late", "dies_in_call", "refused", "throttled", "not_sent")
POINTS = (
    "create.claimed",
    "create.looked",
    "create.prepared",
    "create.written",
    "create.answered",
    "create.recorded",
    "verify.claimed",
    "verify.looked",
)
TIKTOK = ("AWAITING_SHIPMENT", "UNPAID", "ON_HOLD", "CANCELLED")
STAFF = ("ask", "bulk", "pause", "resume", "stop", "settings", "shop")
MOST_ORDERS = 20
ONE_ORDER = (tasks.sync_order, tasks.verify_order)
PLACES = {"answer": ANSWERS, "die_at": POINTS, "meet_at": POINTS}
FATES = tuple((what, where) for what, places in PLACES.items() for where in places)
"""What may happen to a worker on its way: Shopify's answer, a death, or somebody else at the same order."""

SEEDS = st.integers(0, 2**32)


class Schedule(RuleBasedStateMachine):
    """Sellers, staff, beats, workers and vendors, each acting whenever it likes."""

    patch: ClassVar[pytest.MonkeyPatch]
    settles: ClassVar[Any]
    unique: ClassVar[bool]
    began = False

    @initialize()
    def begin(self) -> None:
        """Ten orders are queued: whatever comes first, there is something to be lost."""
        self.world = world = World(self.unique)
        self.messages: list[tuple[Any, tuple[Any, ...]]] = []
        self.forgotten = False
        self._pretend(world)
        self.began = True
        self.shop: TikTokShop = ShopFactory.create(access_token_expires_at=None)
        SyncSettings.objects.create(shop=self.shop, automatic_sync=True)
        far = world.now.replace(year=world.now.year + 50)  # links never have to be looked at again
        LinkFactory.create(shop=self.shop, sku_id="1729000000000000001", shopify_sku="SOAP-LAV", checked_at=far)
        for _ in range(10):
            world.sell("AWAITING_SHIPMENT")
        self._run(tasks.fetch_shop, self.shop.pk, True)
        self._beat(tasks.dispatch_due)

    def _pretend(self, world: World) -> None:
        set_to = self.patch.setattr
        set_to(timezone, "now", lambda: world.now)
        set_to(clients, "tiktok", lambda shop: TikTok(world))
        set_to(clients, "shopify", lambda store: object())
        set_to(shopify_shop, "shop_info", world.shop_info)
        for name, stand_in in {
            "create": world.create,
            "look_up": world.look_up,
            "pages_by_apps": world.by_apps,
            "find_by_custom_id": world.by_custom_id,
            "find_by_source_identifier": world.by_source,
            "find_tagged_since": world.tagged_since,
            "ensure_order_id_definition": world.definition,
        }.items():
            set_to(shopify_orders, name, stand_in)
        for module in (creation, verification):
            set_to(module, "crash_point", world.arrive)
        set_to(tasks, "publish", self._publish)
        set_to(broker, "has_forgotten", self._has_forgotten)
        set_to(outcomes, "unknown", self._unless_dead(outcomes_unknown))

    def _publish(self, task: Any, *arguments: Any, **_: Any) -> bool:
        self.messages.append((task, arguments))
        return True

    def _has_forgotten(self) -> bool:
        forgotten, self.forgotten = self.forgotten, False
        return forgotten

    def _unless_dead(self, write: Any) -> Any:
        def wrapped(*arguments: Any, **named: Any) -> None:
            if self.world.dead:
                raise Killed
            write(*arguments, **named)

        return wrapped

    def _run(self, task: Any, *arguments: Any) -> None:
        """One task in a process of its own, which may be killed."""
        try:
            task(*arguments)
        except Killed:
            self.world.dead = False

    # few rules, each with many faces: a machine that leaves some rules out for a while must still get somewhere

    @rule(
        seed=SEEDS,
        n=st.integers(0, 50),
        status=st.sampled_from(["AWAITING_SHIPMENT", "UNPAID", "ON_HOLD", "CANCELLED"]),
    )
    def sell_or_change(self, seed: int, n: int, status: str) -> None:
        known = list(self.world.sold)
        if n >= len(known) and len(known) < MOST_ORDERS and status != "CANCELLED":
            self.world.sell(status)
        elif self.world.sold[order_id := known[n % len(known)]]["status"] != "CANCELLED":
            self.world.move(order_id, "CANCELLED" if status == "CANCELLED" else "AWAITING_SHIPMENT")
        self._workers(seed)

    @rule(seed=SEEDS, fails=st.booleans())
    def fetch(self, seed: int, fails: bool) -> None:
        self.world.tiktok_fails = fails
        self._run(tasks.fetch_shop, self.shop.pk, True)
        self.world.tiktok_fails = False
        self._workers(seed)

    @rule(seed=SEEDS, n=st.integers(0, 50), do=st.sampled_from(STAFF))
    def staff(self, seed: int, n: int, do: str) -> None:
        some = Order.objects.filter(pk__in=[pk for pk in Order.objects.values_list("pk", flat=True) if (pk + n) % 3])
        match do:
            case "ask":
                claims.ask(some, AskedBy.MANUAL)
            case "bulk":
                bulk.start(some, None, "sync")
            case "pause" | "resume" | "stop":
                for pk in BulkSync.objects.values_list("pk", flat=True):
                    {"pause": bulk.pause, "resume": bulk.resume, "stop": bulk.stop}[do](pk)
            case "settings":
                row = SyncSettings.objects.get(shop=self.shop)
                before = row.rules()
                row.automatic_sync, row.extra_tags = bool(n % 2), ["Soap"] * (n % 3)
                row.save()
                settings_changed.release(self.shop, before, row.rules())
            case "shop":
                TikTokShop.objects.update(paused=not n % 3)
        self._workers(seed)

    @rule(seed=SEEDS, n=st.integers(0, 50), what=st.sampled_from(["frozen", "thawed", "wiped", "wiped and known"]))
    def trouble(self, seed: int, n: int, what: str) -> None:
        if what.startswith("wiped"):
            self.messages.clear()
            self.forgotten = what.endswith("known")
        else:
            self.world.frozen = what == "frozen" and not n % 2
        self._workers(seed)

    @rule(seed=SEEDS, seconds=st.sampled_from([1, 20, 60, 200, 600]))
    def wait(self, seed: int, seconds: int) -> None:
        self.world.tick(seconds)
        self._workers(seed)

    @rule(seed=SEEDS, task=st.sampled_from([tasks.dispatch_due, tasks.sweep]))
    def beat(self, seed: int, task: Any) -> None:
        self._beat(task)
        self._workers(seed)

    def _beat(self, task: Any) -> None:
        self._run(task)
        for message in [message for message in self.messages if message[0] not in ONE_ORDER]:
            self.messages.remove(message)
            self._run(message[0], *message[1])

    def _workers(self, seed: int) -> None:
        """After each event some workers go on. Dice spread their fates more evenly than hypothesis would."""
        dice = random.Random(seed)
        for _ in range(dice.randint(2, 6)):
            self._work(
                n=dice.randrange(50),
                again=dice.random() < 0.3,
                fate=dice.choice(FATES),
                look_fails=dice.random() < 0.1,
                seconds=dice.choice([0, 15, 45, 200]),
            )

    def _work(self, n: int, again: bool, fate: tuple[str, str], look_fails: bool, seconds: int) -> None:
        """Time passes, beat looks round, and a worker takes one of the latest messages."""
        world, (what, where) = self.world, fate
        world.tick(seconds)
        sweeps.expired_claims()
        if n % 8 == 0:
            self._help()
        self._beat(tasks.dispatch_due)
        latest = self.messages[-12:]
        if not latest:
            return
        task, arguments = latest[n % len(latest)]
        if not again:
            self.messages.remove((task, arguments))
        world.answer, world.die_at = (where if what == wish else "" for wish in ("answer", "die_at"))
        world.look_fails = look_fails
        world.meanwhile = {where: lambda: self._meet(arguments, seconds)} if what == "meet_at" else {}
        self._run(task, *arguments)
        world.answer, world.look_fails, world.die_at, world.meanwhile = "", False, "", {}

    def _meet(self, arguments: tuple[Any, ...], seconds: int) -> None:
        """Somebody else does all that can be done to the same order."""
        self.world.tick(min(seconds, 45))  # longer, and the clock of the task would have ended it
        for other in ONE_ORDER:
            self._run(other, *arguments)
        self._run(tasks.sweep)

    # what must be true

    @invariant()
    def no_order_is_doubled(self) -> None:
        if hasattr(self, "world"):
            assert not self.world.doubled(), f"twice in Shopify: {self.world.doubled()}"

    @invariant()
    def synced_means_that_it_is_there(self) -> None:
        if hasattr(self, "world"):
            there = {order.gid: order.source_identifier for order in self.world.made}
            known = Order.objects.filter(shopify_order_id__isnull=False)
            told = dict(known.values_list("shopify_order_id", "tiktok_order_id"))
            wrong = {gid: mark for gid, mark in told.items() if there.get(gid) != mark}
            assert not wrong, f"known as in Shopify, and not there: {wrong}"

    def teardown(self) -> None:
        """Everything works again, nobody is in the way: each order that is due must arrive, once."""
        if not self.began:
            return
        try:
            self._come_to_rest()
            self.no_order_is_doubled()
            rows = {order.tiktok_order_id: order for order in Order.objects.all()}
            made = {order.source_identifier: order.gid for order in self.world.made}
            for order_id in self._paid():
                row = rows[order_id]
                assert row.sync_status == SyncStatus.SYNCED, f"{row.sync_status} {row.reason} {row.message}"
                assert row.shopify_order_id == made.get(order_id)
            assert not SyncAttempt.objects.filter(result__in=OPEN_RESULTS).exists()
            type(self).settles["ended"] += len(self.world.made)
        finally:
            with connection.cursor() as cursor:  # a transaction around it all would keep every dead row in its way
                cursor.execute("TRUNCATE settings_app_shopifystore, orders_bulksync CASCADE")

    def _help(self) -> None:
        """Somebody notices that nothing moves."""
        self.world.frozen = False
        TikTokShop.objects.update(paused=False)
        SyncSettings.objects.update(automatic_sync=True)
        for pk in BulkSync.objects.values_list("pk", flat=True):
            bulk.resume(pk)
        claims.ask(Order.objects.filter(sync_status=SyncStatus.FAILED), AskedBy.MANUAL)

    def _come_to_rest(self) -> None:
        for _ in range(60):
            self.world.tick(170)
            self._run(tasks.fetch_shop, self.shop.pk, True)
            self._help()
            self._run(tasks.sweep)
            self._run(tasks.dispatch_due)
            while self.messages:
                task, arguments = self.messages.pop(0)
                self._run(task, *arguments)
            synced = Order.objects.filter(sync_status=SyncStatus.SYNCED, tiktok_order_id__in=self._paid())
            if synced.count() == len(self._paid()) and not Order.objects.filter(sync_status__in=MOVING).exists():
                return

    def _paid(self) -> list[str]:
        return [order_id for order_id, raw in self.world.sold.items() if raw["status"] == "AWAITING_SHIPMENT"]


outcomes_unknown = outcomes.unknown
