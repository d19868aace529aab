"""A hundred orders on their way: what TikTok says of each, step by step, and what Shopify must show in the end.

The expectation is worked out from TikTok's raw orders alone, by none of the product's code.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.flows.delivery_road import SKUS, an_order, moved

Raw = dict[str, Any]
Parcel = tuple[str, str, tuple[tuple[str, int], ...], tuple[str, ...]]
"""Number, place, (SKU, units), event statuses in order: what a customer sees of one parcel."""

PLACES = {"SOAP-OAT": "Outlet"}
HOME = "Main warehouse"
WAITS, MOVES, ARRIVED = "AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED"

ONE = (
    (WAITS, MOVES, ARRIVED),
    (MOVES, ARRIVED),
    (ARRIVED,),
    (MOVES, "COMPLETED"),
    (WAITS, MOVES),
    (WAITS,),
)
"""States of an order with one package: all of them, some skipped, some not reached yet."""

TWO = (
    ((MOVES, WAITS), (ARRIVED, MOVES), (ARRIVED, ARRIVED)),
    ((MOVES, MOVES), (ARRIVED, ARRIVED)),
    ((WAITS, MOVES), (MOVES, ARRIVED), (ARRIVED, ARRIVED)),
    ((ARRIVED, ARRIVED),),
    ((MOVES, WAITS),),
    ((WAITS, WAITS), (MOVES, MOVES)),
)
"""The same for two packages: one after the other, the second first, both at once."""

FAULTS: tuple[Raw, ...] = (
    {"do": "cut", "when": "before"},
    {"do": "cut", "when": "after"},
    {"do": "http", "when": "before", "status": 502},
    {"do": "http", "when": "after", "status": 502},
    {"do": "truncate", "when": "after"},
    {"do": "late", "seconds": 3},
    {"do": "throttled", "retry_after": 1},
)


def faults(rate: float) -> list[Raw]:
    """This part of all fulfilments and events goes wrong, in each way equally often."""
    wishes = []
    for operation in ("FulfillmentCreate", "FulfillmentEventCreate"):
        left = 1.0
        for kind in FAULTS:
            share = rate / len(FAULTS)
            # wishes are tried one after the other, so that each takes its share of what the ones before let through
            wishes.append({"operation": operation, "times": None, "probability": share / left, **kind})
            left -= share
    return wishes


@dataclass
class Story:
    """One order: how it looks at first, and each state that TikTok gives it later."""

    order_id: str
    now: Raw
    steps: list[tuple[str, tuple[tuple[str, list[int], str], ...]]] = field(default_factory=list)

    def step(self) -> Raw:
        """Into the next state, at this very second by TikTok's clock."""
        status, parcels = self.steps.pop(0)
        self.now = moved(self.now, status, *parcels, at=int(time.time()))
        return self.now


def stories(dice: random.Random, number: int) -> list[Story]:
    """One package, two packages, and pairs of orders in one package."""
    made: list[Story] = []
    while len(made) < number:
        kind = dice.choices(("one", "two", "combined"), (5, 4, 1))[0]
        if kind == "two":
            made.append(_two(dice, len(made)))
        else:
            package, states = str(5000 + len(made)), dice.choice(ONE)
            for _ in range(2 if kind == "combined" and len(made) < number - 1 else 1):
                made.append(_one(dice, len(made), package, states))
    return made


def _new(dice: random.Random, place: int, least: int) -> Story:
    skus = tuple(dice.choice(SKUS) for _ in range(dice.randint(least, 3)))
    order_id = f"5764614130391{place:05d}"
    return Story(order_id, an_order(order_id, skus=skus) | {"update_time": int(time.time())})


def _one(dice: random.Random, place: int, package: str, states: tuple[str, ...]) -> Story:
    story = _new(dice, place, 1)
    lines = list(range(1, len(story.now["line_items"]) + 1))
    story.steps = [(state, ((package, lines, state),)) for state in states]
    return story


def _two(dice: random.Random, place: int) -> Story:
    story = _new(dice, place, 2)
    lines = list(range(1, len(story.now["line_items"]) + 1))
    inside = lines[:1], lines[1:]
    packages = f"{7000 + place}1", f"{7000 + place}2"
    for states in dice.choice(TWO):
        parcels = tuple(zip(packages, inside, states, strict=True))
        story.steps.append((_whole(states), parcels))
    return story


def _whole(states: tuple[str, str]) -> str:
    if WAITS in states and len(set(states)) > 1:
        return "PARTIALLY_SHIPPING"
    return MOVES if len(set(states)) > 1 else states[0]


def expected(raw: Raw) -> Counter[Parcel]:
    """What of this order must be in Shopify: one parcel per package and place, each state once."""
    parcels: Counter[Parcel] = Counter()
    packages = sorted({line["package_id"] for line in raw["line_items"] if line.get("package_id")})
    for package in packages:
        lines = [line for line in raw["line_items"] if line.get("package_id") == package]
        if lines[0]["display_status"] == WAITS:
            continue
        events = (MOVES,) if lines[0]["display_status"] == MOVES else (MOVES, ARRIVED)
        for place in sorted({PLACES.get(line["seller_sku"], HOME) for line in lines}):
            units = Counter(line["seller_sku"] for line in lines if PLACES.get(line["seller_sku"], HOME) == place)
            parcels[lines[0]["tracking_number"], place, tuple(sorted(units.items())), events] += 1
    return parcels


def shown(order: Raw) -> Counter[Parcel]:
    """The same of one order as the Shopify stand-in has it."""
    skus = {line["number_id"]: line["sku"] for line in order["lines"]}
    parcels: Counter[Parcel] = Counter()
    for made in order["fulfillments"]:
        units: Counter[str] = Counter()
        for part in made["lines"]:
            units[skus[part["line_id"]]] += part["quantity"]
        number = " ".join(row["number"] for row in made["tracking"])
        events = tuple(event["status"] for event in made["events"])
        parcels[number, made["location"]["name"], tuple(sorted(units.items())), events] += 1
    return parcels


def status(raw: Raw) -> str:
    """TikTok's word on the whole order."""
    states = {line["display_status"] for line in raw["line_items"]}
    if states <= {ARRIVED, "COMPLETED"}:
        return "delivered"
    return "in_transit" if states & {MOVES, ARRIVED, "COMPLETED"} else "none"


def differences(told: list[Story], orders: list[Raw], statuses: dict[str, str]) -> Iterator[str]:
    """Every order whose Shopify side, or whose status here, is not what TikTok says."""
    there = {str(order["sourceIdentifier"]): order for order in orders}
    if len(there) != len(orders):
        yield "an order is in Shopify twice"
    for story in told:
        order = there.get(story.order_id)
        if order is None:
            yield f"{story.order_id} is not in Shopify"
            continue
        want, have = expected(story.now), shown(order)
        if want != have:
            yield f"{story.order_id}: missing {dict(want - have)}, too much {dict(have - want)}"
        if statuses.get(story.order_id) != status(story.now):
            yield f"{story.order_id} is {statuses.get(story.order_id)} here, {status(story.now)} on TikTok"
