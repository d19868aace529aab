"""Redis killed, wiped, refusing, silent: a message may be lost, an order never."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from orders import broker, claims, dispatch
from orders.models import Order
from orders.states import AskedBy, SyncStatus
from project import processes, redis_server
from project.environment import FOLDER
from tests.celery_processes import environment, start_beat, start_worker
from tests.crash.conftest import Flow, Start
from tests.factories import raw_order
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

PUBLISH = """
import time, django
django.setup()
from orders import claims, tasks
from orders.models import Order
from orders.states import AskedBy
claims.ask(Order.objects.all(), AskedBy.MANUAL)
took = []
for _ in range(3):
    began = time.monotonic()
    tasks.publish(tasks.dispatch_due)
    took.append(time.monotonic() - began)
print("took", sum(took))
"""


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A Redis that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
    for connection in held:
        connection.close()


def seconds_to_ask(redis_url: str) -> float:
    """How long a process as the web is waits for Redis when staff press *Sync* three times."""
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH],
        env=environment(REDIS_URL=redis_url),
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout.split()[-1])


def test_9_orders_nudged_before_a_flushall_go_again_at_the_next_tick(flow: Flow, redis_url: str) -> None:
    flow.ask(5)
    broker.has_forgotten()  # an ordinary tick leaves the mark
    assert len(flow.due()) == 5
    assert flow.due() == []  # their messages are under way
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()  # this test's own database: others share the server
    assert broker.has_forgotten()
    assert dispatch.forget_nudges() == 5
    assert len(flow.due()) == 5
    assert not broker.has_forgotten()


def test_9_workers_and_beats_go_on_by_themselves_after_a_flushall(
    flow: Flow, celery_worker: Start, celery_beat: Start, redis_url: str
) -> None:
    celery_worker(concurrency=2)
    celery_beat(DISPATCH_INTERVAL_SECONDS="1", FETCH_INTERVAL_SECONDS="3600")
    flow.ask(12)
    wait_for(lambda: Order.objects.filter(sync_status=SyncStatus.SYNCED).count() >= 2, 30, "the first orders")
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()  # this test's own database: others share the server
    wait_for(lambda: not flow.moving(), 30, f"all orders: {flow.told()}")
    flow.once(12)


def test_8_a_redis_killed_in_mid_run_and_started_again_loses_nothing(
    flow: Flow, own_redis: redis_server.RedisServer, tmp_path: Path
) -> None:
    worker, beat = start_worker(tmp_path, 1, 2, {}), start_beat(tmp_path, {"FETCH_INTERVAL_SECONDS": "3600"})
    try:
        flow.ask(12)
        wait_for(lambda: Order.objects.filter(sync_status=SyncStatus.SYNCED).count() >= 2, 30, "the first orders")
        processes.kill_group(own_redis.process)
        again = redis_server.start(tmp_path / "redis", own_redis.port, log=tmp_path / "redis" / "log")
        wait_for(lambda: not flow.moving(), 30, "all orders")
        flow.once(12)
        again.stop()
    finally:
        worker.kill()
        beat.kill()


def test_8_a_worker_whose_order_ends_after_its_connection_did_goes_on(
    flow: Flow, own_redis: redis_server.RedisServer, tmp_path: Path
) -> None:
    """It waits for more work beside that order, and cannot acknowledge the order's message any more."""
    flow.road.shopify.faults({"operation": "OrderCreate", "when": "after", "do": "hang", "seconds": 3, "times": 1})
    worker = start_worker(tmp_path, 1, 2, {})
    try:
        flow.ask(1)
        flow.go()
        wait_for(flow.road.shopify_orders, 30, "the create")
        processes.kill_group(own_redis.process)
        again = redis_server.start(tmp_path / "redis", own_redis.port, log=tmp_path / "redis" / "log")
        wait_for(lambda: Order.objects.filter(sync_status=SyncStatus.VERIFYING).exists(), 30, "the call to end")
        flow.ask(3, first=1)
        flow.verify_all()
        flow.finish(30)
        flow.once(4)
        assert worker.process.poll() is None
        again.stop()
    finally:
        worker.kill()


def test_8_orders_whose_messages_were_lost_with_a_connection_do_not_wait_for_their_nudge_to_end(
    flow: Flow, own_redis: redis_server.RedisServer, tmp_path: Path
) -> None:
    """Redis lives and has handed them out, but they reached nobody: the network was cut."""
    flow.ask(5)
    broker.has_forgotten()  # an ordinary tick left the mark
    store_pk = flow.road.shop.store_id
    dispatch.on_their_way(dispatch.due(store_pk))  # 45 s from here a message would count as lost
    worker, beat = start_worker(tmp_path, 1, 2, {}), start_beat(tmp_path, {"FETCH_INTERVAL_SECONDS": "3600"})
    try:
        wait_for(lambda: not flow.moving(), 30, "the orders of a worker that starts")
        flow.ask(5, first=5)
        dispatch.on_their_way(dispatch.due(store_pk))
        with redis.Redis.from_url(own_redis.url) as client:
            client.client_kill_filter(_type="normal", skipme=True)
        wait_for(lambda: not flow.moving(), 30, "all orders")
        flow.once(10)
    finally:
        worker.kill()
        beat.kill()


@pytest.mark.slow
def test_8_a_redis_that_was_away_for_long_is_back_in_use_within_seconds(
    flow: Flow, own_redis: redis_server.RedisServer, tmp_path: Path
) -> None:
    worker, beat = start_worker(tmp_path, 1, 2, {}), start_beat(tmp_path, {"FETCH_INTERVAL_SECONDS": "3600"})
    try:
        processes.kill_group(own_redis.process)
        flow.ask(12)
        time.sleep(43)  # a pause that grows by two seconds would now be one of 14
        again = redis_server.start(tmp_path / "redis", own_redis.port, log=tmp_path / "redis" / "log")
        began = time.monotonic()
        wait_for(lambda: Order.objects.filter(sync_status=SyncStatus.SYNCED).exists(), 60, "the first order")
        first = time.monotonic() - began
        wait_for(lambda: not flow.moving(), 30, "all orders")
        flow.once(12)
        again.stop()
    finally:
        worker.kill()
        beat.kill()
    assert first < 10


def test_a_redis_that_refuses_every_write_for_a_while_ends_no_worker(
    flow: Flow, own_redis: redis_server.RedisServer, tmp_path: Path
) -> None:
    """Its disk is full, or it became a replica: it answers, and says no."""
    worker, beat = start_worker(tmp_path, 1, 2, {}), start_beat(tmp_path, {"FETCH_INTERVAL_SECONDS": "3600"})
    try:
        with redis.Redis.from_url(own_redis.url) as client:
            client.replicaof("127.0.0.1", str(processes.any_free_port()))
            flow.ask(6)
            wait_for(lambda: "read only replica" in worker.text() + beat.text(), 30, "the refusal to be noticed")
            time.sleep(5)  # more than one round of trying
            client.replicaof("NO", "ONE")
        wait_for(lambda: not flow.moving(), 60, "all orders")
        flow.once(6)
        assert worker.process.poll() is beat.process.poll() is None
    finally:
        worker.kill()
        beat.kill()


def test_10_a_redis_that_is_down_costs_a_web_request_no_more_than_five_seconds(flow: Flow) -> None:
    flow.road.stored(raw_order())
    assert seconds_to_ask(f"redis://127.0.0.1:{processes.any_free_port()}/0") < 5
    assert Order.objects.get().sync_status == SyncStatus.QUEUED


def test_11_a_redis_that_says_nothing_costs_a_web_request_no_more_than_five_seconds(
    flow: Flow, black_hole: str
) -> None:
    flow.road.stored(raw_order())
    assert seconds_to_ask(black_hole) < 5
    order = Order.objects.get()
    assert order.sync_status == SyncStatus.QUEUED
    assert flow.due() == [order.pk]  # beat finds it, as soon as somebody can hear beat


def test_11_a_silent_redis_does_not_stop_the_work_of_a_claimed_order(
    flow: Flow, black_hole: str, settings: Any
) -> None:
    from orders import creation
    from settings_app import clients

    settings.REDIS_URL = black_hole
    clients._budget.cache_clear()
    flow.road.stored(raw_order())
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    creation.sync(Order.objects.get().pk)
    clients._budget.cache_clear()
    flow.once(1)
