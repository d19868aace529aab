"""The faults a test or a demo wishes for: which requests go wrong, how, and how often."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Deed = Literal["cut", "hang", "drip", "truncate", "http", "throttled", "late", "garbage"]


@dataclass(slots=True)
class Wish:
    """One wished fault. `left` counts down; None is without end."""

    operation: str
    do: Deed
    when: Literal["before", "after"] = "before"
    status: int = 502
    seconds: float = 60.0
    left: int | None = None
    probability: float = 1.0
    retry_after: float | None = None
    match: str = ""
    fired: int = 0

    def fits(self, operation: str, body: bytes) -> bool:
        if self.left == 0 or (self.match and self.match.encode() not in body):
            return False
        if self.operation == "*":
            return True
        # GraphQL operations are matched by name or root field, TikTok calls by the start of their path.
        names = operation.lower().split()
        wished = self.operation.lower()
        return any(name == wished or (wished.startswith("/") and name.startswith(wished)) for name in names)


class Faults:
    """The wishes in force. A file is read again whenever it changes; posting a list replaces them too."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._wishes: list[Wish] = []
        self._lock = threading.Lock()
        self._dice = random.Random()
        self._read_file()

    def replace(self, wishes: list[dict[str, Any]]) -> None:
        """Raises ValueError with a sentence when a wish cannot be read; the old ones then stay."""
        read = [read_wish(wish) for wish in wishes]
        with self._lock:
            self._wishes = read

    def take(self, operation: str, body: bytes) -> Wish | None:
        """The fault this request meets, counted as used; None lets the request through.

        `operation` is one name, or several separated by blanks; an empty one (pages, control calls) meets no fault.
        """
        if not operation:
            return None
        self._read_file()
        with self._lock:
            for wish in self._wishes:
                if not wish.fits(operation, body):
                    continue
                if wish.probability < 1 and self._dice.random() >= wish.probability:
                    continue
                wish.fired += 1
                if wish.left is not None:
                    wish.left -= 1
                return wish
        return None

    def report(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {"operation": wish.operation, "when": wish.when, "do": wish.do, "left": wish.left, "fired": wish.fired}
                for wish in self._wishes
            ]

    def _read_file(self) -> None:
        if self._path is None:
            return
        try:
            facts = self._path.stat()
        except FileNotFoundError:
            return
        seen = (facts.st_mtime_ns, facts.st_size)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self.replace(json.loads(self._path.read_text() or "[]"))
        except ValueError as problem:
            # A half-written file is read again at its next change; until then the old wishes stay in force.
            print(f"faults file not used: {problem}", flush=True)


def read_wish(wish: dict[str, Any]) -> Wish:
    """One entry of the JSON list as a Wish; ValueError names what is wrong with it."""
    if not isinstance(wish, dict) or not wish.get("operation"):
        raise ValueError(f'each fault is an object with an "operation": {wish!r}')
    if wish.get("do") not in get_args(Deed):
        raise ValueError(f'"do" is one of {", ".join(get_args(Deed))}, not {wish.get("do")!r}')
    when = wish.get("when", "before")
    if when not in ("before", "after"):
        raise ValueError(f'"when" is "before" or "after" the effect, not {when!r}')
    times = wish.get("times")
    probability, retry_after = wish.get("probability"), wish.get("retry_after")
    return Wish(
        operation=str(wish["operation"]),
        do=wish["do"],
        when=when,
        status=int(wish.get("status") or 502),
        seconds=60.0 if wish.get("seconds") is None else float(wish["seconds"]),
        left=None if times is None else int(times),
        probability=1.0 if probability is None else float(probability),
        retry_after=None if retry_after is None else float(retry_after),
        match=str(wish.get("match") or ""),
    )
