"""`python -m tests.soak --minutes N`: orders, faults at 10 %, a kill every 20 s, then both sides compared."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import django
from django.test.runner import DiscoverRunner

from project.environment import VAR
from tests import services

services.start()
# The settle window must outlast whatever Shopify does late; the sandbox is late by six seconds at most.
os.environ |= {"VERIFY_SETTLE_SECONDS": "20", "DISPATCH_INTERVAL_SECONDS": "2", "FETCH_INTERVAL_SECONDS": "5"}
os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
django.setup()

from tests.soak.comparing import compare  # noqa: E402  # models can be read only now
from tests.soak.world import World  # noqa: E402

KILL_EVERY = 20.0
ORDERS_EVERY = 1.0
LONGEST_END = 900.0
"""A claim that a kill cut off ends after 180 s, is looked for 20 s, and goes again; some are cut more than once."""


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.soak")
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--orders-per-second", type=float, default=2)
    arguments.add_argument("--seed", type=int, default=None)
    wish = arguments.parse_args()
    seed = wish.seed if wish.seed is not None else random.randrange(10**6)
    runner = DiscoverRunner(interactive=False, verbosity=0)
    databases = runner.setup_databases()
    try:
        with tempfile.TemporaryDirectory(prefix="orderbridge-soak-") as folder:
            facts = {"seed": seed, **soak(World(Path(folder), random.Random(seed)), wish)}
    finally:
        runner.teardown_databases(databases)
        services.stop()
    VAR.mkdir(exist_ok=True)
    (VAR / "soak.json").write_text(json.dumps(facts, indent=2) + "\n")
    for name, value in facts.items():
        print(f"{name:>22}  {value}")
    return int(bool(facts["duplicates"] or facts["losses"] or facts["stuck"] or not facts["digests_equal"]))


def soak(world: World, wish: argparse.Namespace) -> dict[str, object]:
    """The whole run; what it says at the end."""
    began = time.monotonic()
    ends = began + wish.minutes * 60
    next_kill = began + KILL_EVERY
    owed = 0.0
    world.start()
    try:
        while time.monotonic() < ends:
            owed += wish.orders_per_second * ORDERS_EVERY
            world.orders(int(owed))
            owed -= int(owed)
            if time.monotonic() >= next_kill:
                print(f"{time.monotonic() - began:6.0f} s  {world.kill()}; {world.standing()}", flush=True)
                next_kill += KILL_EVERY
            time.sleep(ORDERS_EVERY)
        world.calm()
        calm = time.monotonic()
        while not world.at_rest() and time.monotonic() < calm + LONGEST_END:
            time.sleep(2)
            if int(time.monotonic() - calm) % 20 < 2:
                print(f"{time.monotonic() - began:6.0f} s  waiting for the last; {world.standing()}", flush=True)
        return {
            "minutes": wish.minutes,
            "orders": world.made,
            "faults": world.faults(),
            "kills": world.kills,
            "seconds_to_end": round(time.monotonic() - calm),
            **compare(world),
        }
    finally:
        world.stop()


if __name__ == "__main__":
    sys.exit(main())
