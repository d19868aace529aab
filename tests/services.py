"""PostgreSQL and Redis for the tests: given by the environment, else started here, once for all xdist workers."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from project import processes, redis_server
from project.environment import VARIABLES
from project.first_env import fresh_keys
from tests.postgres_server import PostgresServer

NOBODY_LISTENS = "http://127.0.0.1:9"
"""Where both vendors are until a test starts a sandbox: no test ever reaches the internet."""

VALUES = {
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "TIKTOK_SHOP_APP_KEY": "test-key",
    "TIKTOK_SHOP_APP_SECRET": "test-app-secret",
    "TIKTOK_SHOP_SERVICE_ID": "7000000000000000000",
    "TIKTOK_SHOP_API_URL": NOBODY_LISTENS,
    "TIKTOK_SHOP_AUTH_URL": NOBODY_LISTENS,
    "SHOPIFY_API_URL": NOBODY_LISTENS + "/{domain}",
    "SHOPIFY_CLIENT_ID": "test-client",
    "SHOPIFY_CLIENT_SECRET": "test-client-secret",
    "FETCH_INTERVAL_SECONDS": "2",
    "DISPATCH_INTERVAL_SECONDS": "1",
}

_stops: list[Callable[[], object]] = []


def start() -> None:
    """Set every variable of the contract, so that neither `.env` nor a running demo reaches the tests."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        atexit.register(stop)
        given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
        os.environ.update(dict.fromkeys(VARIABLES, "") | VALUES | fresh_keys() | given)
        os.environ["DATABASE_URL"] = given.get("DATABASE_URL") or _start_postgres()
        os.environ["REDIS_URL"] = given.get("REDIS_URL") or _start_redis()
    else:
        # The controller's first database number is its own; worker gw0 takes the one after it.
        os.environ["REDIS_URL"] = redis_database(1 + int(worker.removeprefix("gw")))


def stop() -> None:
    while _stops:
        _stops.pop()()


def redis_database(further: int) -> str:
    parts = urlsplit(os.environ["REDIS_URL"])
    return urlunsplit(parts._replace(path=f"/{int(parts.path.strip('/') or 0) + further}"))


def database_url(name: str) -> str:
    """The address of the database `name` on the tests' server."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def _folder(name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"orderbridge-{name}-"))
    _stops.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def _start_redis() -> str:
    folder = _folder("redis")
    server = redis_server.start(folder, processes.any_free_port(), log=folder / "log", databases=64)
    _stops.append(server.stop)
    return server.url


def _start_postgres() -> str:
    server = PostgresServer(_folder("postgres"))
    server.start()
    _stops.append(server.stop)
    return server.url
