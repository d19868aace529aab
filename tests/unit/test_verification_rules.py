"""When an unknown create counts as absent: too soon would ship twice, never would ship late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orders.models import SyncAttempt
from orders.timing import LOOKS_AT
from orders.verification import is_proven_absent, next_look

SINCE = datetime(2026, 11, 20, 12, tzinfo=UTC)
SETTLE = timedelta(seconds=900)


def attempt(negatives: int, first: int | None) -> SyncAttempt:
    """An unknown attempt; `first` is the second after `SINCE` of its first negative look."""
    return SyncAttempt(
        unknown_since=SINCE,
        negatives=negatives,
        first_negative_at=None if first is None else SINCE + timedelta(seconds=first),
    )


@pytest.mark.parametrize(
    ("negatives", "first", "now", "absent"),
    [
        (3, 30, 900, True),
        (3, 30, 899, False),  # the window is not over: the order may still land
        (2, 30, 900, False),  # two looks may both have met a lagging index
        (3, 880, 900, False),  # three looks within seconds are one look
        (0, None, 5000, False),  # failed looks are no evidence, however long they fail
        (9, 30, 5000, True),
    ],
)
def test_absence_needs_time_and_three_looks_spread_over_it(
    negatives: int, first: int | None, now: int, absent: bool
) -> None:
    assert is_proven_absent(attempt(negatives, first), SINCE + timedelta(seconds=now), SETTLE) is absent


def test_without_a_moment_from_which_nobody_sends_nothing_is_proven() -> None:
    never = SyncAttempt(unknown_since=None, negatives=9, first_negative_at=SINCE)
    assert not is_proven_absent(never, SINCE + timedelta(days=1), SETTLE)


def test_looks_follow_the_plan_and_then_go_on() -> None:
    looks = [SINCE]
    for _ in LOOKS_AT:
        looks.append(next_look(attempt(0, None), looks[-1], SETTLE))
    assert [(look - SINCE).total_seconds() for look in looks[1:]] == [30, 90, 300, 600, 900]
    assert next_look(attempt(5, 30), looks[-1], SETTLE) == looks[-1] + SETTLE / 6
