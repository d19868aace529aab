"""The ground the other tests stand on."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from project import processes, redis_server
from project.environment import VARIABLES
from tests import services
from tests.celery_processes import CeleryProcess
from tests.waiting import wait_for


@pytest.mark.django_db
def test_races_run_on_postgresql_and_on_a_database_of_their_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
    assert connection.vendor == "postgresql"
    assert name.startswith("test_")
    assert name.endswith(os.environ.get("PYTEST_XDIST_WORKER", ""))


def test_no_two_test_processes_take_each_others_messages() -> None:
    own = os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")
    assert settings.REDIS_URL.endswith(f"/{int(own) + 1}")
    assert settings.CELERY_BROKER_URL == current_app.conf.broker_url == settings.REDIS_URL == os.environ["REDIS_URL"]


def test_redis_is_real_and_keeps_every_nudge(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert client.config_get("appendonly")["appendonly"] == "yes"


def test_no_variable_of_a_real_installation_reaches_the_tests() -> None:
    assert [name for name in VARIABLES if name not in os.environ] == []
    vendors = (settings.SHOPIFY_API_URL, settings.TIKTOK_SHOP_API_URL, settings.TIKTOK_SHOP_AUTH_URL)
    assert all(address.startswith(services.NOBODY_LISTENS) for address in vendors)
    assert not settings.SENTRY_DSN


def test_a_nudge_survives_a_killed_redis(own_redis: redis_server.RedisServer, tmp_path: Path) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.rpush("queue", "nudge")
        wait_for(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0, 5, "the log to be written")
    processes.kill_group(own_redis.process)

    again = redis_server.start(tmp_path / "redis", own_redis.port, log=tmp_path / "redis" / "log")

    with redis.Redis.from_url(again.url) as client:
        assert client.lrange("queue", 0, -1) == [b"nudge"]
    again.stop()


def test_a_real_worker_takes_a_message_and_ends_when_asked(celery_worker: Callable[..., CeleryProcess]) -> None:
    worker = celery_worker(concurrency=1)
    current_app.send_task("orders.tasks.no_such_task", ignore_result=True)

    wait_for(lambda: "no_such_task" in worker.text(), 20, "the worker to name the task it does not know")

    assert worker.stop(patience=20), worker.text()


@pytest.mark.parametrize("answers", [False, True], ids=["dead", "accepts and never answers"])
def test_a_webhook_is_not_held_up_by_a_redis_that_is_away(answers: bool) -> None:
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        if answers:
            hole.listen()
        url = f"redis://127.0.0.1:{hole.getsockname()[1]}/0"
        begins = time.monotonic()
        with current_app.connection_for_write(url) as lost, pytest.raises(OperationalError):
            current_app.send_task("orders.tasks.sweep", connection=lost)
    assert time.monotonic() - begins < 4
