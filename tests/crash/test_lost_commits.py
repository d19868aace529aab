"""A database that comes back without its last commits: a stand-by that took over, a backup of a moment ago."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from orders import adoption, creation, verification
from orders.models import Order, SyncAttempt
from orders.states import SyncStatus
from tests.crash.conftest import Flow
from tests.crash.test_restarted_postgres import own_postgres
from tests.postgres_server import PostgresServer
from tests.sandboxes import Sandbox
from tests.waiting import wait_for

__all__ = ["own_postgres"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def slow_to_show(flow: Flow, tmp_path: Path, settings: Any) -> Iterator[Flow]:
    """A store that takes no unique custom id and shows its orders a second late: all that is left is what we know."""
    store = Sandbox("shopify", tmp_path, flags=("--refuse-definitions", "--search-lag", "1"))
    store.start()
    settings.SHOPIFY_API_URL = store.url + "/{domain}"
    flow.road.shopify = store
    yield flow
    store.stop()


def test_what_redis_remembers_of_a_lost_attempt_makes_its_order_be_looked_for(flow: Flow) -> None:
    flow.ask(1)
    order = Order.objects.get()
    creation.sync(order.pk)
    SyncAttempt.objects.all().delete()
    Order.objects.update(sync_status=SyncStatus.QUEUED, shopify_order_id=None, looked_up_at=timezone.now())
    creation.sync(order.pk)
    assert Order.objects.get().sync_status == SyncStatus.VERIFYING
    flow.verify_all()
    verification.verify(order.pk)
    flow.once(1)


def test_a_lost_attempt_that_did_nothing_is_proven_absent_and_made_once(flow: Flow) -> None:
    flow.ask(1)
    order = Order.objects.get()
    flow.road.shopify.faults({"operation": "OrderCreate", "do": "cut", "when": "before", "times": 1})
    creation.sync(order.pk)
    SyncAttempt.objects.all().delete()
    Order.objects.update(sync_status=SyncStatus.QUEUED, next_attempt_at=None)

    def made() -> bool:
        flow.verify_all()
        verification.verify(order.pk)
        flow.due_again()
        creation.sync(order.pk)
        return Order.objects.get().sync_status == SyncStatus.SYNCED

    wait_for(made, 20, "the order to be made")
    flow.once(1)
    assert SyncAttempt.objects.count() == 2


@pytest.mark.slow
def test_an_order_whose_attempt_the_database_lost_is_looked_for_and_not_sent_again(
    own_postgres: PostgresServer, slow_to_show: Flow
) -> None:
    flow, data, before = slow_to_show, own_postgres.folder / "data", own_postgres.folder / "before"
    flow.ask(1)
    order = Order.objects.get()
    adoption.look_first(order.store, [order.pk])  # fresh enough for every create of the next ten minutes
    connection.close()
    own_postgres.stop()
    subprocess.run(["cp", "-a", data, before], check=True)
    own_postgres.start()
    creation.sync(order.pk)
    assert len(flow.road.shopify_orders()) == 1

    connection.close()
    own_postgres.crash()
    shutil.rmtree(data)
    before.rename(data)
    own_postgres.start()
    assert not SyncAttempt.objects.exists()
    creation.sync(order.pk)
    assert Order.objects.get().sync_status == SyncStatus.VERIFYING
    assert "lost" in SyncAttempt.objects.get().sentence

    def found() -> bool:
        flow.verify_all()
        verification.verify(order.pk)
        return Order.objects.get().sync_status == SyncStatus.SYNCED

    wait_for(found, 20, "the look that finds it")
    flow.once(1)
