from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from orders import claims, tasks
from orders.models import Heartbeat, Order
from orders.states import MOVING, AskedBy, SyncStatus
from settings_app.commands import Spoken

POLL_SECONDS = 0.5
PATIENCE_SECONDS = 15.0
SAY_AGAIN_SECONDS = 60.0
WORKER_SILENT = timedelta(seconds=45)
"""A worker answers beat's tick every 15 s."""


class Command(Spoken):
    help = "Queue TikTok order ids for sync as staff would"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("order_ids", nargs="*", metavar="ORDER_ID")
        parser.add_argument("--all-not-synced", action="store_true", help="every order that is Not synced")
        parser.add_argument("--wait", action="store_true", help="return when each has left queued/syncing/verifying")

    def handle(self, *args: object, **options: Any) -> None:
        if bool(options["order_ids"]) == bool(options["all_not_synced"]):
            self.fail("Give either order ids or --all-not-synced.", wrong_arguments=True)
        if options["all_not_synced"]:
            # the ids are fixed now: what is fetched meanwhile is not part of this
            pks = list(Order.objects.filter(sync_status=SyncStatus.NOT_SYNCED).values_list("pk", flat=True))
            missing: list[str] = []
        else:
            known = dict(
                Order.objects.filter(tiktok_order_id__in=options["order_ids"]).values_list("tiktok_order_id", "pk")
            )
            pks = list(known.values())
            missing = [order_id for order_id in options["order_ids"] if order_id not in known]
        queued = sum(
            claims.ask(Order.objects.filter(pk__in=pks[at : at + 500]), AskedBy.MANUAL)
            for at in range(0, len(pks), 500)
        )
        tasks.publish(tasks.dispatch_due)
        if options["wait"]:
            self._wait(pks)
        counts = _counts(pks)
        said = ", ".join(f"{number} {status}" for status, number in sorted(counts.items())) or "none"
        facts = {"asked": len(pks), "queued": queued, "missing": missing, "statuses": counts}
        self.say(options, f"Queued {queued} of {len(pks)} orders; now: {said}.", facts)
        if missing:
            self.fail(f"Not fetched yet: {', '.join(missing[:10])}; run fetch_orders first.")

    def _wait(self, pks: list[int]) -> None:
        left = pks
        say_at = time.monotonic() + PATIENCE_SECONDS
        while left:
            moving: list[int] = []
            for at in range(0, len(left), 500):
                rows = Order.objects.filter(pk__in=left[at : at + 500], sync_status__in=MOVING)
                moving += rows.values_list("pk", flat=True)
            if len(moving) < len(left):  # somebody works
                say_at = max(say_at, time.monotonic() + PATIENCE_SECONDS)
            left = moving
            if left:
                if time.monotonic() >= say_at and (silence := _worker_silence()):
                    self.stderr.write(
                        f"{len(left)} {'order waits' if len(left) == 1 else 'orders wait'} and {silence}: start "
                        "`celery -A project worker` and `celery -A project beat`. Ctrl-C ends the waiting only."
                    )
                    self.stderr.flush()
                    say_at = time.monotonic() + SAY_AGAIN_SECONDS
                time.sleep(POLL_SECONDS)


def _worker_silence() -> str:
    """Since when nothing works in the background, in words; "" when a worker answered lately."""
    last = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
    if last is None:
        return "no worker has ever answered"
    silent = timezone.now() - last
    return "" if silent < WORKER_SILENT else f"no worker has answered for {silent.total_seconds():,.0f} s"


def _counts(pks: list[int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for at in range(0, len(pks), 500):
        for status in Order.objects.filter(pk__in=pks[at : at + 500]).values_list("sync_status", flat=True):
            counts[status] = counts.get(status, 0) + 1
    return counts
