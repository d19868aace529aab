"""Real workers, really killed. The numbers are those of the scenarios in docs/guarantees.md."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from celery import current_app

from orders import tasks, verification
from orders.models import Order, SyncAttempt
from orders.states import AttemptResult, SyncStatus
from tests.crash.conftest import Flow, Start
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

POINTS = (
    "create.claimed",
    "create.looked",
    "create.prepared",
    "create.written",
    "create.answered",
    "verify.claimed",
    "verify.looked",
    "create.recorded",
)


def test_1_an_order_whose_worker_dies_at_every_point_is_made_once(
    flow: Flow, celery_worker: Start, tmp_path: Path
) -> None:
    worker = celery_worker(
        concurrency=1, ORDERBRIDGE_CRASH_AT=",".join(POINTS), ORDERBRIDGE_CRASH_ONCE=str(tmp_path / "died")
    )
    flow.ask(1)

    def went_on() -> bool:
        """The claim of the last victim ends, and the next worker child takes over."""
        before = len(list(tmp_path.glob("died.*")))
        flow.claims_end()
        flow.verify_all()
        flow.go()
        try:
            wait_for(lambda: len(list(tmp_path.glob("died.*"))) > before or not flow.moving(), 1.5, "the next death")
        except AssertionError:
            pass  # a look found nothing yet: the settle window is still running
        return not flow.moving()

    wait_for(went_on, 60, "the order to end")
    flow.once(1)
    died = {path.name.removeprefix("died.") for path in tmp_path.glob("died.*")}
    assert died >= {*POINTS} - {"create.recorded"}  # the verification recorded it, unless a late answer was faster
    assert worker.process.poll() is None  # the parent lives on and made new children
    assert SyncAttempt.objects.filter(result=AttemptResult.DONE).count() == 1


@pytest.mark.slow
def test_2_the_whole_worker_group_killed_in_mid_create(flow: Flow, celery_worker: Start) -> None:
    flow.ask(4)
    flow.road.shopify.faults({"operation": "OrderCreate", "when": "after", "do": "hang", "seconds": 30, "times": 2})
    worker = celery_worker(concurrency=2)
    flow.go()
    wait_for(lambda: len(flow.road.shopify_orders()) == 2, 20, "two creates to hang after their effect")
    worker.kill()
    flow.claims_end()
    assert Order.objects.filter(sync_status=SyncStatus.VERIFYING).count() == 2
    celery_worker(concurrency=2)
    flow.finish(30)
    flow.once(4)


def test_3_a_worker_asked_to_stop_records_the_outcome_first(flow: Flow, celery_worker: Start) -> None:
    flow.ask(1)
    flow.road.shopify.faults({"operation": "OrderCreate", "when": "after", "do": "hang", "seconds": 3, "times": 1})
    worker = celery_worker(concurrency=1)
    flow.go()
    wait_for(flow.road.shopify_orders, 20, "the create")
    worker.send(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert SyncAttempt.objects.get().result == AttemptResult.UNKNOWN
    order = Order.objects.get()
    assert order.sync_status == SyncStatus.VERIFYING
    flow.verify_all()
    verification.verify(order.pk)
    flow.once(1)


@pytest.mark.slow
def test_4_a_worker_told_to_quit_leaves_an_order_that_is_found(flow: Flow, celery_worker: Start) -> None:
    flow.ask(1)
    flow.road.shopify.faults({"operation": "OrderCreate", "when": "after", "do": "hang", "seconds": 60, "times": 1})
    worker = celery_worker(concurrency=1)
    flow.go()
    wait_for(flow.road.shopify_orders, 20, "the create")
    worker.send(signal.SIGQUIT)
    worker.wait(30)
    flow.claims_end()
    assert Order.objects.get().sync_status == SyncStatus.VERIFYING
    celery_worker(concurrency=1)
    flow.finish(20)
    flow.once(1)


def test_6_the_same_message_ten_times_to_four_workers_makes_one_order(flow: Flow, celery_worker: Start) -> None:
    flow.ask(1)
    celery_worker(concurrency=4)
    pk = Order.objects.get().pk
    for _ in range(10):
        current_app.send_task(tasks.sync_order.name, args=[pk], ignore_result=True)
    wait_for(lambda: not flow.moving(), 20, "the order")
    flow.once(1)
    assert SyncAttempt.objects.count() == 1


def test_7_a_message_given_out_again_while_its_create_still_runs_makes_no_second_order(
    flow: Flow, celery_worker: Start
) -> None:
    flow.ask(1)
    flow.road.shopify.faults({"operation": "OrderCreate", "when": "after", "do": "hang", "seconds": 5, "times": 1})
    worker = celery_worker(concurrency=2, DJANGO_SETTINGS_MODULE="tests.crash.short_visibility")
    tasks.publish(tasks.sync_order, Order.objects.get().pk)
    wait_for(flow.road.shopify_orders, 20, "the create")
    wait_for(lambda: len(received(worker.text(), tasks.sync_order.name)) >= 2, 20, "the message to come again")
    assert len(set(received(worker.text(), tasks.sync_order.name))) == 1  # the same one, not a second nudge
    assert Order.objects.get().sync_status == SyncStatus.SYNCING  # the first delivery is still at it
    flow.finish(30)
    flow.once(1)
    assert SyncAttempt.objects.count() == 1


def received(log: str, task: str) -> list[str]:
    """The id of each delivery of a message for this task, in the order of the log."""
    return re.findall(re.escape(task) + r"\[([0-9a-f-]+)\] received", log)


@pytest.mark.slow
def test_14_a_child_that_the_kernel_kills_in_mid_create_leaves_an_order_that_is_found(
    flow: Flow, celery_worker: Start
) -> None:
    flow.ask(1)
    flow.road.shopify.faults({"operation": "OrderCreate", "when": "after", "do": "hang", "seconds": 30, "times": 1})
    worker = celery_worker(concurrency=1)
    flow.go()
    wait_for(flow.road.shopify_orders, 20, "the create")
    for child in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)  # as the kernel does when memory runs out
    wait_for(lambda: "signal 9" in worker.text(), 20, "the parent to notice")
    flow.claims_end()
    assert Order.objects.get().sync_status == SyncStatus.VERIFYING
    flow.finish(20)
    flow.once(1)
    assert worker.process.poll() is None


@pytest.mark.slow
def test_12_13_two_beats_after_none_at_all_change_nothing(flow: Flow, celery_worker: Start, celery_beat: Start) -> None:
    flow.ask(6)
    celery_worker(concurrency=2)  # no beat has told anybody of these orders
    first = celery_beat(DISPATCH_INTERVAL_SECONDS="1", FETCH_INTERVAL_SECONDS="2")
    second = celery_beat(DISPATCH_INTERVAL_SECONDS="1", FETCH_INTERVAL_SECONDS="2")
    wait_for(lambda: not flow.moving(), 30, f"all orders: {flow.told()}")
    flow.once(6)
    assert first.process.poll() is None
    assert second.process.poll() is None or "lock" in second.text().lower()
    assert SyncAttempt.objects.count() == 6
