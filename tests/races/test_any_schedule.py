"""Any order of events that a machine can think of: no order twice in Shopify, and in the end each of them once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.races.in_memory import SETTLE_SECONDS
from tests.races.schedule import Schedule
from tests.races.skewed import SkewedSchedule


@pytest.fixture(params=[True, False], ids=["unique custom id", "no custom id"])
def schedule(
    request: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[type[Schedule]]:
    settings.VERIFY_SETTLE_SECONDS = SETTLE_SECONDS
    Schedule.unique, Schedule.patch, Schedule.settles = request.param, monkeypatch, {"ended": 0}
    yield Schedule
    assert Schedule.settles["ended"]


def run(machine: type[Schedule], examples: int, steps: int, *, derandomize: bool) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=derandomize,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate] if derandomize else [Phase.generate, Phase.shrink],
        ),
    )


def test_no_schedule_doubles_or_loses_an_order(schedule: type[Schedule]) -> None:
    run(schedule, 3, 10, derandomize=True)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_long_schedule_doubles_or_loses_an_order(schedule: type[Schedule]) -> None:
    run(schedule, 12, 40, derandomize=False)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_schedule_of_workers_whose_clocks_differ_doubles_or_loses_an_order(schedule: type[Schedule]) -> None:
    SkewedSchedule.unique, SkewedSchedule.patch, SkewedSchedule.settles = (
        schedule.unique,
        schedule.patch,
        schedule.settles,
    )
    run(SkewedSchedule, 6, 40, derandomize=False)
