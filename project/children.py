"""The parts of a running system as child processes: started in order, watched, and ended in order."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from project import processes
from project.environment import FOLDER
from project.terminal import say

STEADY_SECONDS = 60
"""A part that dies after running this long is started again; one that dies sooner twice in a row is not."""


HURRIED_SECONDS = 1
"""All that is left of a part's patience after a second Ctrl-C."""


class Failed(Exception):
    """The system cannot go on; the text says why and which log to read."""


class Stopped(Exception):
    """Somebody asked the system to end."""


@dataclass
class Part:
    """`patience` is how many seconds it may take to end in good order."""

    name: str
    command: Sequence[str | Path]
    log: Path
    patience: float
    when_orphaned: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    quick_deaths: int = 0

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class System:
    """Parts in the order of their start; `end` goes through them in `ending_order`."""

    def __init__(self, env: Mapping[str, str], stopping: Callable[[], int]) -> None:
        self.env = env
        self.parts: list[Part] = []
        self._stopping = stopping

    def start(self, part: Part, ready: Callable[[], bool] | None = None, seconds: float = 30) -> None:
        """Start a part and wait until `ready`. Raises Failed, or Stopped when somebody ends the system meanwhile."""
        set_aside(part.log)
        self.parts.append(part)
        self._launch(part)
        ends = time.monotonic() + seconds
        while ready is not None and not ready():
            self.check()
            if not part.alive():
                raise Failed(f"{part.name} ended while it was starting; read {part.log}\n{last_lines(part.log)}")
            if time.monotonic() > ends:
                raise Failed(f"{part.name} was not ready after {seconds:g} s; read {part.log}")
            time.sleep(0.1)
        say(part.name, "running")

    def run(self, what: str, command: Sequence[str | Path], log: Path, stdin: bytes = b"") -> bytes:
        """Run one step to its end and return what it printed. Raises Failed with the step's own words, or Stopped."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            begins = errors.tell()
            step = subprocess.Popen(
                [str(part) for part in command],
                cwd=FOLDER,
                env=dict(self.env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
            printed = self._until_done(step, stdin)
        if step.returncode != 0:
            said = log.read_bytes()[begins:].decode(errors="replace").strip()
            if "Traceback" in said or not said:
                raise Failed(f"{what} failed; read {log}\n{last_lines(log, 1)}")
            raise Failed(f"{what} failed: {said}")
        return printed

    def watch(self, every_second: Callable[[], None]) -> None:
        """Until somebody ends the system (Stopped) or a part cannot be kept alive (Failed)."""
        while True:
            self.check()
            for part in self.parts:
                if not part.alive():
                    self._revive(part)
            every_second()
            time.sleep(0.5)

    def check(self) -> None:
        if self._stopping():
            raise Stopped

    def end(self, ending_order: Sequence[str]) -> None:
        """End every part and whatever it started. A second wish to stop cuts the patience short."""
        order = {name: place for place, name in enumerate(ending_order)}
        for part in sorted(self.parts, key=lambda part: order.get(part.name, -1)):
            if part.process is None:
                continue
            if part.alive():
                self._end(part, part.process)
            processes.kill_group(part.process)

    def _end(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGTERM)
        begins = time.monotonic()
        told = False
        while process.poll() is None:
            waited = time.monotonic() - begins
            if waited > (HURRIED_SECONDS if self._stopping() > 1 else part.patience):
                say(part.name, "ended without waiting for it")
                return
            if waited > 2 and not told:
                told = True
                say(part.name, f"finishing what it began, up to {part.patience:g} s (Ctrl-C again: at once)")
            time.sleep(0.05)

    def _launch(self, part: Part) -> None:
        part.started_at = time.monotonic()
        part.process = processes.start(
            part.command, log=part.log, folder=FOLDER, env=self.env, when_orphaned=part.when_orphaned
        )

    def _revive(self, part: Part) -> None:
        if time.monotonic() - part.started_at > STEADY_SECONDS:
            part.quick_deaths = 0
        part.quick_deaths += 1
        if part.quick_deaths > 1:
            raise Failed(f"{part.name} ended again right after its start; read {part.log}\n{last_lines(part.log)}")
        say(part.name, f"ended by itself and is started again; read {part.log}")
        if part.process is not None:
            processes.kill_group(part.process)  # what it may have left behind
        self._launch(part)

    def _until_done(self, step: subprocess.Popen[bytes], stdin: bytes) -> bytes:
        given: bytes | None = stdin
        while True:
            try:
                printed, _ = step.communicate(given, timeout=0.2)
            except subprocess.TimeoutExpired:
                given = None
                if self._stopping():
                    processes.kill_group(step)
                    raise Stopped from None
            else:
                return printed


def last_lines(log: Path, count: int = 5) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"    {line[:300]}" for line in lines[-count:])


def set_aside(log: Path) -> None:
    """The last run's log is kept beside the new one, the one before it is not."""
    if log.exists():
        log.replace(log.with_suffix(".old.log"))
