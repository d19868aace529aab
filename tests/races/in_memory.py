"""Both vendors and the clock as plain objects, so that a machine can run thousands of odd schedules in seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.errors import NotSent, Refused, Throttled, Unauthorized, UnknownOutcome
from connectors.shopify.orders import Created, DefinitionState, Found
from connectors.tiktok.client import OrderPage
from tests.factories import raw_order

SEARCH_LAG = timedelta(seconds=120)
"""How far Shopify's search is behind; the custom id is found at once."""

LANDS_LATE = timedelta(seconds=500)
"""How long after our call ended its effect may still appear. With the lag it stays within the settle window."""

SETTLE_SECONDS = 900


class Killed(BaseException):
    """SIGKILL: nothing of the process goes on, no handler, no `finally`."""


@dataclass
class World:
    """What is true outside. `unique`: whether Shopify enforces the custom id."""

    unique: bool
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    sold: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: list[Found] = field(default_factory=list)
    landing: list[tuple[datetime, str]] = field(default_factory=list)
    answer: str = ""
    look_fails: bool = False
    tiktok_fails: bool = False
    frozen: bool = False
    die_at: str = ""
    dead: bool = False
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        for at, mark in [one for one in self.landing if one[0] <= self.now]:
            self.landing.remove((at, mark))
            self._land(mark)

    def arrive(self, point: str) -> None:
        """In place of the crash points: somebody else acts here first, then this process may die."""
        if act := self.meanwhile.pop(point, None):
            act()
        if self.die_at == point:
            self.die_at, self.dead = "", True
            raise Killed

    def doubled(self) -> list[str]:
        return [mark for mark, number in Counter(order.source_identifier for order in self.made).items() if number > 1]

    # TikTok

    def sell(self, status: str) -> str:
        order_id = f"57646141303{len(self.sold):07d}"
        self.sold[order_id] = raw_order(order_id, status=status, create_time=self._stamp(), update_time=self._stamp())
        return order_id

    def move(self, order_id: str, status: str) -> None:
        self.tick(1)
        self.sold[order_id] |= {"status": status, "update_time": self._stamp()}

    def _stamp(self) -> int:
        return int(self.now.timestamp())

    # Shopify

    def create(self, client: object, variables: dict[str, Any]) -> Created:
        mark = str(variables["order"]["sourceIdentifier"])
        answer, self.answer = self.answer or "ok", ""
        if self.frozen:
            raise Unauthorized("the shop is frozen")
        self._refuse(answer)
        if answer == "lands_late":
            self.landing.append((self.now + LANDS_LATE, mark))
        elif answer != "lost_before":
            if self.unique and any(order.source_identifier == mark for order in self.made):
                raise UnknownOutcome("taken", code="mark_taken", http_status=200)
            self._land(mark)
        if answer == "dies_in_call":
            self.dead = True
            raise Killed
        if answer != "ok":
            self.tick(40)  # the deadline of a call
            raise UnknownOutcome("no answer in time", code="timeout")
        order = self.made[-1]
        return Created(order.gid, order.name, order.total, "USD", Decimal(0), (), ())

    def _refuse(self, answer: str) -> None:
        if answer == "refused":
            raise Refused("Shopify does not like it", fields=("order",), http_status=200)
        if answer == "throttled":
            raise Throttled("too much at once", wait=7)
        if answer == "not_sent":
            raise NotSent("nobody listens")

    def _land(self, mark: str) -> None:
        if self.unique and any(order.source_identifier == mark for order in self.made):
            return
        number = len(self.made) + 1001
        total = Decimal("26.99")
        self.made.append(
            Found(
                f"gid://shopify/Order/{number}",
                f"#{number}",
                self.now,
                None,
                mark,
                ("TikTok Shop",),
                {},
                total,
                "USD",
                "",
            )
        )

    def _searched(self) -> list[Found]:
        self._look()
        return [order for order in self.made if self.now - order.created_at >= SEARCH_LAG]

    def _look(self) -> None:
        if self.frozen:
            raise Unauthorized("the shop is frozen")
        if self.look_fails:
            self.look_fails = False
            raise NotSent("nobody listens")

    def by_custom_id(self, client: object, value: str) -> Found | None:
        self._look()
        mine = [order for order in self.made if self.unique and order.source_identifier == value]
        return replace(mine[0], custom_id=value) if mine else None

    def by_source(self, client: object, value: str) -> tuple[Found, ...]:
        return tuple(order for order in self._searched() if order.source_identifier == value)

    def tagged_since(self, client: object, tag: str, since: datetime) -> tuple[Found, ...]:
        return tuple(order for order in self._searched() if order.created_at >= since)

    def look_up(self, client: object, ids: Sequence[str]) -> dict[str, tuple[Found, ...]]:
        found: dict[str, tuple[Found, ...]] = {}
        for value in ids:
            first = self.by_custom_id(client, value)
            found[value] = (first,) if first else self.by_source(client, value)
        return found

    def by_apps(self, client: object, since: datetime, until: datetime | None = None) -> Iterator[tuple[Found, ...]]:
        yield tuple(order for order in reversed(self._searched()) if order.created_at >= since)

    def definition(self, client: object) -> DefinitionState:
        return DefinitionState(self.unique, "")

    def shop_info(self, client: object) -> None:
        self._look()


@dataclass
class TikTok:
    """A client of the world's TikTok shop."""

    world: World
    access_token: str = "token"

    def search_orders(self, start: datetime, until: datetime, page_token: str = "", page_size: int = 100) -> OrderPage:
        self._answer()
        inside = range(int(start.timestamp()), int(until.timestamp()))
        found = [raw for raw in self.world.sold.values() if raw["update_time"] in inside]
        return OrderPage(tuple(found), "", len(found))

    def get_orders(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        self._answer()
        return {order_id: self.world.sold[order_id] for order_id in ids}

    def _answer(self) -> None:
        if self.world.tiktok_fails:
            self.world.tiktok_fails = False
            raise NotSent("nobody listens")
