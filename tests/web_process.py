"""The real web server as a process, for tests that need its log, its policy, or an address known before it starts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from django.conf import settings

from project import processes
from project.environment import FOLDER
from tests import celery_processes
from tests.waiting import wait_for


@dataclass(frozen=True)
class Web:
    address: str
    log: Path


@contextmanager
def web_process(folder: Path, port: int | None = None) -> Iterator[Web]:
    """Serves this test's database with this test's settings."""
    port = port or processes.any_free_port()
    web = Web(f"http://127.0.0.1:{port}", folder / "web.log")
    command = [sys.executable, "-m", "gunicorn", "project.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    further = {"TIKTOK_SHOP_AUTHORIZE_URL": settings.TIKTOK_SHOP_AUTHORIZE_URL, "PUBLIC_URL": web.address}
    process = processes.start(
        [*command, "--no-control-socket"], log=web.log, folder=FOLDER, env=celery_processes.environment(**further)
    )
    try:
        wait_for(lambda: _answers(f"{web.address}/healthz"), 30, "the web server")
        yield web
    finally:
        processes.kill_group(process)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=1).ok
    except requests.RequestException:
        return False
