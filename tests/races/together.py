"""What a rival does at the same moment, or while a worker stands still."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from orders import sweeps, verification
from orders.models import Order, SyncAttempt
from orders.states import SyncStatus


def together(number: int, work: Callable[[], Any]) -> list[Any]:
    """What each of `number` threads got, all let loose at once, each on a database connection of its own."""
    gate, got = threading.Barrier(number, timeout=20), []

    def run() -> None:
        try:
            gate.wait()
            got.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def the_claim_ends() -> None:
    Order.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    sweeps.expired_claims()


def proven_absent(pk: int) -> None:
    """The other worker looks over a settle window that is long over."""
    long_ago = timezone.now() - timedelta(hours=1)
    SyncAttempt.objects.update(unknown_since=long_ago, first_negative_at=long_ago, negatives=5)
    Order.objects.update(next_attempt_at=None)
    verification.verify(pk)
    assert Order.objects.get().sync_status == SyncStatus.QUEUED


def looked_once(pk: int) -> None:
    Order.objects.update(next_attempt_at=None, claim_until=None)
    verification.verify(pk)
