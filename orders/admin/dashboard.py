"""Home: what needs a person first, then where today's orders are, how fast it goes, and whether everything lives."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from orders import bulk
from orders.admin import charts, health, needs
from orders.insight import attention, figures
from orders.models import Order
from settings_app.models import TikTokShop

admin.site.index_title = "Home"
admin.site.index_template = "orders/home.html"


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The theme calls this for the admin's first page."""
    context["may_see_orders"] = request.user.has_perm("orders.view_order")
    if not context["may_see_orders"]:
        return context
    everything = attention.flow(Order.objects.all())
    today = attention.flow(Order.objects.filter(fetched_at__gte=_midnight()))
    needing, needing_url = needs.all_of_them()
    context |= {
        "needing": needing,
        "needing_url": needing_url,
        "has_shops": TikTokShop.objects.exists(),
        "needs": needs.needs(request),
        "quiet": needs.quiet(),
        "running": [(row, reverse("admin:orders_bulksync_change", args=[row.pk])) for row in bulk.running()],
        "flows": [
            {"title": "Fetched today", "buckets": today, "total": attention.total(today), "filters": _today()},
            {"title": "All orders", "buckets": everything, "total": attention.total(everything), "filters": ""},
        ],
        "orders_url": reverse("admin:orders_order_changelist"),
        "vitals": health.vitals(),
    }
    if not request.headers.get("HX-Request"):  # the page refreshes what is now, not what was in thirty days
        context |= _charts()
    return context


def _charts() -> dict[str, Any]:
    speeds, attempts = figures.speed(), figures.attempts()
    return {
        "speeds": speeds,
        "attempts": attempts,
        "speed_chart": charts.speed_chart(speeds),
        "attempts_chart": charts.attempts_chart(attempts),
        "chart_options": charts.STACKED,
        "synced_in_30_days": sum(day.count for day in speeds),
        "failed_in_30_days": sum(day.failed for day in attempts),
    }


def _midnight() -> Any:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _today() -> str:
    return f"fetched_at__gte={_midnight().isoformat()}".replace("+", "%2B")
