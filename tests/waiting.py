"""Waiting for what other processes do: they have no event to offer, so it is asked for often and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], seconds: float, what: str) -> T:
    """The first true answer of `condition`. Raises AssertionError naming `what` when none came in time."""
    ends = time.monotonic() + seconds
    while True:
        if answer := condition():
            return answer
        assert time.monotonic() < ends, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.02)
