"""What people read of a command in a terminal: one line, one sentence, and never an endless silence."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from orders.management.commands import sync_orders
from orders.models import Heartbeat, Order
from orders.states import SyncStatus
from orders.sweeps import beat
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db


class Patience(StringIO):
    """Standard error of a person who decides against the orders after a few lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.lines = lines

    def write(self, text: str) -> int:
        written = super().write(text)
        if self.getvalue().count("\n") >= self.lines:
            Order.objects.update(sync_status=SyncStatus.IGNORED)
        return written


def test_waiting_for_workers_that_do_not_run_is_said_instead_of_silence(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = OrderFactory.create()
    monkeypatch.setattr(sync_orders, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(sync_orders, "SAY_AGAIN_SECONDS", 0)
    err = Patience(lines=2)
    call_command("sync_orders", order.tiktok_order_id, "--wait", stdout=StringIO(), stderr=err)
    first, again = err.getvalue().splitlines()
    assert first.startswith("1 order waits and no worker has ever answered: start `celery -A project worker`")
    assert again == first


def test_a_worker_that_answers_is_waited_for_without_a_word() -> None:
    assert sync_orders._worker_silence() == "no worker has ever answered"
    beat("worker")
    assert sync_orders._worker_silence() == ""
    row = Heartbeat.objects.get()
    Heartbeat.objects.update(at=row.at - 2 * sync_orders.WORKER_SILENT)
    assert sync_orders._worker_silence() == "no worker has answered for 90 s"
