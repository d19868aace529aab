"""PostgreSQL gone for a moment, at the worst moments."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.models import QuerySet

from orders import creation, outcomes
from orders.models import Order, SyncAttempt
from orders.states import AttemptResult, SyncStatus
from tests import services
from tests.crash.conftest import Flow, Start
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


class Outage:
    """What a restart of PostgreSQL looks like from outside: every connection is cut, no new one is taken."""

    def __init__(self) -> None:
        self._name = str(connection.settings_dict["NAME"])
        self._keeper = psycopg.connect(services.database_url("postgres"), autocommit=True)

    def begin(self) -> None:
        self._allow("false")
        self._keeper.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self._name])

    def end(self) -> None:
        self._allow("true")

    def _allow(self, whether: str) -> None:
        self._keeper.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS {whether}')

    @contextmanager
    def of(self, seconds: float) -> Iterator[None]:
        self.begin()
        end = threading.Timer(seconds, self.end)
        end.start()
        try:
            yield
        finally:
            end.join()


@pytest.fixture
def outage() -> Iterator[Outage]:
    outage = Outage()
    yield outage
    outage.end()
    connection.close()


@pytest.mark.slow
def test_15_a_restart_of_the_database_in_mid_run_loses_nothing(
    flow: Flow, celery_worker: Start, celery_beat: Start, outage: Outage
) -> None:
    celery_worker(concurrency=2)
    celery_beat(DISPATCH_INTERVAL_SECONDS="1", FETCH_INTERVAL_SECONDS="3600")
    flow.ask(12)
    wait_for(lambda: Order.objects.filter(sync_status=SyncStatus.SYNCED).count() >= 2, 30, "the first orders")
    with outage.of(1.5):
        pass
    connection.close()

    wait_for(lambda: Order.objects.filter(sync_status=SyncStatus.SYNCING).count() <= 2, 30, "what still could go on")
    connection.close()
    flow.claims_end()  # those that were cut off, and messages that were read while the database was away
    wait_for(lambda: not flow.moving(), 30, "the rest")
    flow.once(12)


def test_16_an_answer_that_came_while_the_database_was_away_is_still_recorded(
    flow: Flow, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.ask(1)
    ends: list[threading.Timer] = []

    def away(name: str) -> None:
        if name == "create.answered":
            outage.begin()
            ends.append(threading.Timer(1.0, outage.end))
            ends[-1].start()

    monkeypatch.setattr(creation, "crash_point", away)
    creation.sync(Order.objects.get().pk)
    flow.once(1)
    assert len(ends) == 1


def test_16_an_answer_that_could_not_be_recorded_is_in_the_log_and_found_later(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("the database system is shutting down")

    monkeypatch.setattr(creation, "RECORD_AGAIN_AFTER", (0.01,))
    with monkeypatch.context() as broken, caplog.at_level(logging.INFO):
        broken.setattr(outcomes, "created", gone)
        with pytest.raises(OperationalError):
            creation.sync(pk)
    [made] = flow.road.shopify_orders()
    assert made["id"] in caplog.text
    assert SyncAttempt.objects.get().result == AttemptResult.STARTED
    flow.claims_end()
    assert Order.objects.get().sync_status == SyncStatus.VERIFYING
    from orders import verification

    verification.verify(pk)
    flow.once(1)


def test_18_without_a_written_attempt_nothing_is_sent(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.ask(1)

    def full(*_: object, **__: object) -> None:
        raise OperationalError("could not extend file: No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(SyncAttempt.objects, "create", full)
        with pytest.raises(OperationalError):
            creation.sync(Order.objects.get().pk)
    assert flow.road.shopify_orders() == []
    flow.claims_end()
    order = Order.objects.get()
    assert order.sync_status == SyncStatus.QUEUED
    creation.sync(order.pk)
    flow.once(1)


def test_17_a_deadlock_while_preparing_fails_no_order(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.ask(1)

    def deadlock(*_: object, **__: object) -> None:
        raise OperationalError("deadlock detected")

    with monkeypatch.context() as broken:
        broken.setattr(creation, "prepare", deadlock)
        with pytest.raises(OperationalError):
            creation.sync(Order.objects.get().pk)
    flow.claims_end()
    assert Order.objects.get().sync_status == SyncStatus.QUEUED
    creation.sync(Order.objects.get().pk)
    flow.once(1)


def test_17_a_serialisation_failure_at_the_claim_leaves_the_order_queued(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk

    def clash(*_: object, **__: object) -> None:
        raise OperationalError("could not serialize access due to concurrent update")

    with monkeypatch.context() as broken:
        broken.setattr(QuerySet, "update", clash)
        with pytest.raises(OperationalError):
            creation.sync(pk)
    order = Order.objects.get()
    assert (order.sync_status, order.claim_until) == (SyncStatus.QUEUED, None)
    assert flow.road.shopify_orders() == []
    creation.sync(pk)
    flow.once(1)
