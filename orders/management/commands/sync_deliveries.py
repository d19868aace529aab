from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.utils import timezone

from orders.delivery import changes_after_sync, delivering
from orders.delivery import claims as delivery_claims
from orders.delivery import due as delivery_due
from orders.delivery import verification as delivery_verification
from orders.delivery.states import WORK_LABELS, WorkStatus
from orders.fetching import open_orders
from orders.timing import LONGEST_BACKOFF
from settings_app.commands import Spoken
from settings_app.models import Connection, ShopifyStore

BATCH = 200
MOST_FRUITLESS = 5
"""Tries in a row that a store put off before this round ends."""


class Command(Spoken):
    help = "One delivery-status round now, in this process: read open orders, tell Shopify what is due"

    def handle(self, *args: object, **options: Any) -> None:
        read = open_orders.read_open_orders(not_heard_for=timedelta(0), everything=True)
        delivery_due.expired_claims()
        delivery_claims.promote_waiting()
        for pk in delivery_due.unknown_now(BATCH):
            delivery_verification.verify(pk)
        worked = self._deliver_all()
        while tagged := changes_after_sync.orders_to_tag():
            for pk in tagged:
                changes_after_sync.tag(pk)
        counts = delivery_due.counts()
        errors = [*read.errors, *_troubles()]
        said = ", ".join(f"{counts[status]} {WORK_LABELS[status].lower()}" for status in WorkStatus if counts[status])
        line = f"Read {read.orders} open orders, worked on {worked} deliveries; now: {said or 'nothing to tell'}."
        self.say(options, line, {"read": read.orders, "worked": worked, "statuses": counts, "errors": errors})
        if errors:
            self.fail(" ".join(errors))

    def _deliver_all(self) -> int:
        """Each due order until it stands; a worker would put a throttled one back, a person at a prompt waits."""
        done: set[int] = set()
        fruitless = 0
        while fruitless < MOST_FRUITLESS and (pks := delivery_due.due_now(without=done, limit=BATCH)):
            for pk in pks:
                delivering.deliver(pk)
                rest = delivery_due.rest_of(pk)
                if rest is not None:
                    fruitless += 1
                    time.sleep(rest)
                    break
                done.add(pk)
                fruitless = 0
        return len(done)


def _troubles() -> list[str]:
    broken = ShopifyStore.objects.filter(connection=Connection.BROKEN)
    left = delivery_due.due_work(timezone.now() + LONGEST_BACKOFF).filter(status=WorkStatus.DUE).first()
    waits = [f"Some deliveries could not be told yet: {left.message or 'try again in a minute.'}"] if left else []
    return [*(f"{store}: {store.connection_error}" for store in broken), *waits]
