"""The stand-in vendors as tests use them: real processes on a free port, steered over their `/_sandbox/` calls."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from project import processes
from project.environment import FOLDER
from tests.waiting import wait_for

READY = re.compile(r"^listening on (http://127\.0\.0\.1:\d+)", re.MULTILINE)


@dataclass
class Sandbox:
    """`durable` keeps the state in a file, so that `kill` and `start` go on where it stopped."""

    vendor: str
    folder: Path
    durable: bool = False
    flags: tuple[str, ...] = ()
    port: int = field(default_factory=processes.any_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.vendor}.log"

    def start(self) -> None:
        self.log.unlink(missing_ok=True)
        keeping = ("--data", str(self.folder / f"{self.vendor}.data")) if self.durable else ()
        process = processes.start(
            [sys.executable, "-m", "connectors.sandbox", self.vendor, "--port", str(self.port), *keeping, *self.flags],
            log=self.log,
            folder=FOLDER,
        )
        self.process = process
        wait_for(
            lambda: process.poll() is not None or READY.search(self.log.read_text()), 20, f"the {self.vendor} sandbox"
        )
        assert process.poll() is None, f"the {self.vendor} sandbox ended:\n{self.log.read_text()}"

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is not None:
            processes.end(self.process, 5)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        assert self.process is not None
        processes.kill_group(self.process)

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def post(self, path: str, body: object = None) -> Any:
        return self._call("POST", path, {} if body is None else body)

    def state(self) -> Any:
        return self.get("/_sandbox/state")

    def faults(self, *wishes: dict[str, Any]) -> None:
        """What goes wrong from now on (see connectors/sandbox/faults.py); no wish at all ends every fault."""
        self.post("/_sandbox/faults", list(wishes))

    def reset(self) -> None:
        self.faults()
        self.post("/_sandbox/reset")

    def _call(self, method: str, path: str, body: object) -> Any:
        answer = requests.request(method, self.url + path, json=body, timeout=30)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None
