from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Count

from orders.models import Order
from orders.reasons import REASONS
from orders.states import SyncStatus
from settings_app.commands import Spoken


class Command(Spoken):
    help = "How one order stands, or how many orders stand where"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("order_id", nargs="?", metavar="ORDER_ID")

    def handle(self, *args: object, **options: Any) -> None:
        if options["order_id"]:
            self._one(options)
        else:
            self._counts(options)

    def _counts(self, options: dict[str, Any]) -> None:
        found = dict(Order.objects.order_by().values_list("sync_status").annotate(Count("pk")))
        counts = {str(status): found.get(str(status), 0) for status in SyncStatus}
        said = ", ".join(f"{number} {status}" for status, number in counts.items() if number) or "no orders yet"
        total = sum(counts.values())
        self.say(options, f"{total} order{'' if total == 1 else 's'}: {said}.", counts)

    def _one(self, options: dict[str, Any]) -> None:
        order = Order.objects.filter(tiktok_order_id=options["order_id"]).first()
        if order is None:
            self.fail(f"No order {options['order_id']} was fetched; run fetch_orders, or check the id.")
        reason = REASONS.get(order.reason)
        message = order.message or (reason.sentence if reason else "")
        attempts = order.attempts.order_by("started_at", "id").values(
            "effect", "number", "result", "started_at", "finished_at", "code", "sentence", "http_status", "shopify_gid"
        )
        facts = {
            "tiktok_order_id": order.tiktok_order_id,
            "tiktok_status": order.tiktok_status,
            "sync_status": order.sync_status,
            "reason": order.reason,
            "message": message,
            "mend": reason.mend if reason else "",
            "mends_itself": reason.mends_itself if reason else None,
            "shopify_order_id": order.shopify_order_id,
            "shopify_order_name": order.shopify_order_name,
            "delivery_status": order.delivery_status,
            "attempts": list(attempts),
        }
        where = f" as {order.shopify_order_name}" if order.shopify_order_name else ""
        self.say(
            options, f"{order.tiktok_order_id}: {order.get_sync_status_display()}{where}. {message}".strip(), facts
        )
