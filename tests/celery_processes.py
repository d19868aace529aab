"""Real Celery workers and beats, speaking to the test database and the test's own Redis."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from project import processes
from project.environment import FOLDER
from tests import services
from tests.waiting import wait_for

FROM_SETTINGS = (
    "REDIS_URL",
    "PUBLIC_URL",
    "TIKTOK_SHOP_API_URL",
    "TIKTOK_SHOP_AUTH_URL",
    "TIKTOK_SHOP_APP_KEY",
    "TIKTOK_SHOP_APP_SECRET",
    "SHOPIFY_API_URL",
    "SHOPIFY_API_VERSION",
    "SHOPIFY_CLIENT_ID",
    "SHOPIFY_CLIENT_SECRET",
    "FETCH_INTERVAL_SECONDS",
    "DISPATCH_INTERVAL_SECONDS",
    "VERIFY_SETTLE_SECONDS",
)


def environment(**further: str) -> dict[str, str]:
    """What another process needs to work on this test's data, the test's changed settings included."""
    from django.conf import settings
    from django.db import connection

    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "DATABASE_URL": services.database_url(str(connection.settings_dict["NAME"])),
        **{name: str(getattr(settings, name)) for name in FROM_SETTINGS},
        **further,
    }


@dataclass
class CeleryProcess:
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, patience: float = 60) -> bool:
        """A warm stop; True when it ended by itself."""
        return processes.end(self.process, patience)

    def kill(self) -> None:
        """SIGKILL the worker and all its children at once."""
        processes.kill_group(self.process)

    def send(self, what: signal.Signals) -> None:
        self.process.send_signal(what)

    def wait(self, seconds: float) -> int:
        return self.process.wait(timeout=seconds)


def start_worker(folder: Path, number: int, concurrency: int, further: dict[str, str]) -> CeleryProcess:
    """A prefork worker that is ready for work."""
    worker = _start(
        folder,
        f"worker-{number}",
        [
            *("worker", "--concurrency", str(concurrency), "--hostname", f"{number}@%h", "--without-gossip"),
            "--without-mingle",  # a second per start in which it would look for workers that are not there
        ],
        further,
    )
    wait_for(lambda: worker.process.poll() is not None or " ready." in worker.text(), 30, "the worker to be ready")
    assert worker.process.poll() is None, f"the worker ended:\n{worker.text()}"
    return worker


def start_beat(folder: Path, further: dict[str, str]) -> CeleryProcess:
    return _start(folder, "beat", ["beat", "--schedule", str(folder / "beat-schedule")], further)


def _start(folder: Path, name: str, arguments: list[str], further: dict[str, str]) -> CeleryProcess:
    log = folder / f"{name}.log"
    process = processes.start(
        [sys.executable, "-m", "celery", "-A", "project", *arguments],
        log=log,
        folder=FOLDER,
        env=environment(**further),
        # Killing pytest must not leave workers behind that wait for a Redis that is gone.
        when_orphaned=signal.SIGKILL,
    )
    return CeleryProcess(process, log)
