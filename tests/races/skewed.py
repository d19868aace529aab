"""The machine of `schedule`, its tasks on computers whose clocks are ten minutes behind or ahead."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.races.in_memory import World
from tests.races.schedule import Schedule

MINUTES_OFF = (0, 0, -10, 10)


class SkewedSchedule(Schedule):
    off = timedelta(0)
    clocks_differ = True

    def _pretend(self, world: World) -> None:
        super()._pretend(world)
        self.dice = random.Random(7)
        self.patch.setattr(timezone, "now", lambda: world.now + self.off)

    def _run(self, task: Any, *arguments: Any) -> None:
        before = self.off
        self.off = timedelta(minutes=self.dice.choice(MINUTES_OFF) if self.clocks_differ else 0)
        try:
            super()._run(task, *arguments)
        finally:
            self.off = before

    def _come_to_rest(self) -> None:
        self.clocks_differ = False
        super()._come_to_rest()
