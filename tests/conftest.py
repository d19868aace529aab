"""Fixtures that are real processes. PostgreSQL and Redis start right here, before Django reads its settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis

from tests import services

services.start()

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
django.setup()
# xdist's workers would inherit it, and pytest-django would read the settings before a worker's own Redis database is
# known: they would all share one, and take each other's messages.
del os.environ["DJANGO_SETTINGS_MODULE"]

from django.contrib.auth.hashers import PBKDF2PasswordHasher

# A test's password is not worth half a second of hashing. The count stands in the hash, so other processes read it too.
PBKDF2PasswordHasher.iterations = 1

from celery import current_app

from connectors import http
from connectors.tiktok import client as tiktok_client
from orders import broker
from project import processes, redis_server
from tests.celery_processes import CeleryProcess, start_beat, start_worker
from tests.sandboxes import Sandbox

# Every run draws examples anew; `make soak` draws ten times as many.
_ODD = {"deadline": None, "suppress_health_check": list(hypothesis.HealthCheck)}
hypothesis.settings.register_profile("quick", max_examples=100, **_ODD)
hypothesis.settings.register_profile("thorough", max_examples=1000, **_ODD)
hypothesis.settings.load_profile("quick")

SEARCH_LAG = "0.3"
"""Seconds: Shopify's search is always behind. A test that is about a long lag starts a sandbox of its own."""


def pytest_unconfigure() -> None:
    services.stop()


@pytest.fixture
def redis_url(settings: Any) -> str:
    """This test's own Redis database, empty."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    return str(settings.REDIS_URL)


@pytest.fixture
def own_redis(settings: Any, tmp_path: Path) -> Iterator[redis_server.RedisServer]:
    """A Redis server of this test alone, to be stopped, killed and started again; settings name it."""
    folder = tmp_path / "redis"
    server = redis_server.start(folder, processes.any_free_port(), log=folder / "log")
    settings.REDIS_URL = settings.CELERY_BROKER_URL = server.url
    _publish_anew()
    yield server
    processes.kill_group(server.process)
    _publish_anew()


def _publish_anew() -> None:
    """The next message of this process goes to the Redis that settings name then, not to the one it spoke to before;
    Celery does the same in a child that was just forked."""
    current_app._after_fork()  # type: ignore[attr-defined]  # the stubs lack it
    broker._rest.until = 0.0


@pytest.fixture(scope="session")
def _tiktok(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox("tiktok", tmp_path_factory.mktemp("sandbox"))
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="session")
def _shopify(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox("shopify", tmp_path_factory.mktemp("sandbox"), flags=("--search-lag", SEARCH_LAG))
    yield sandbox
    sandbox.stop()


def _fresh(sandbox: Sandbox) -> Sandbox:
    if not sandbox.alive():  # never started yet, or killed by the test before
        sandbox.start()
    sandbox.reset()
    return sandbox


@pytest.fixture
def _unhurt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to be spared here: calls of this process are not paced, and tried again at once.

    Worker processes keep the real times; tests/clients proves how long they are.
    """
    monkeypatch.setattr(tiktok_client, "CALLS_PER_SECOND", 1000.0)
    monkeypatch.setattr(http, "_pause", lambda seconds: None)


@pytest.fixture
def tiktok_sandbox(_tiktok: Sandbox, _unhurt: None, settings: Any) -> Sandbox:
    """An empty TikTok stand-in; settings name it."""
    sandbox = _fresh(_tiktok)
    settings.TIKTOK_SHOP_API_URL = settings.TIKTOK_SHOP_AUTH_URL = sandbox.url
    return sandbox


@pytest.fixture
def shopify_sandbox(_shopify: Sandbox, _unhurt: None, settings: Any) -> Sandbox:
    """An empty Shopify stand-in, one root per store domain; settings name it."""
    sandbox = _fresh(_shopify)
    settings.SHOPIFY_API_URL = sandbox.url + "/{domain}"
    return sandbox


@pytest.fixture
def celery_worker(transactional_db: None, redis_url: str, tmp_path: Path) -> Iterator[Callable[..., CeleryProcess]]:
    """Start a worker: `celery_worker(concurrency=2, ORDERBRIDGE_CRASH_AT="…")`; further names are its environment.

    Request the sandbox fixtures before this one: the worker reads settings when it starts.
    """
    started: list[CeleryProcess] = []

    def start(*, concurrency: int = 2, **further: str) -> CeleryProcess:
        started.append(start_worker(tmp_path, len(started) + 1, concurrency, further))
        return started[-1]

    yield start
    for worker in started:
        # A warm stop would wait for calls that hang on purpose; the test has seen what it wanted.
        worker.kill()


@pytest.fixture
def celery_beat(transactional_db: None, redis_url: str, tmp_path: Path) -> Iterator[Callable[..., CeleryProcess]]:
    """Start a beat: `celery_beat(DISPATCH_INTERVAL_SECONDS="1")`."""
    started: list[CeleryProcess] = []

    def start(**further: str) -> CeleryProcess:
        started.append(start_beat(tmp_path, further))
        return started[-1]

    yield start
    for beat in started:
        beat.kill()
