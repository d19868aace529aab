"""How orders that are on their way stand now, for the open list: its cells change without a reload."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orders.admin import access, columns, row_facts, tabs
from orders.models import Order

MOST_ROWS = 200

CELLS = {
    "field-sync_status": columns.sync_status,
    "field-shopify_order": columns.shopify_order,
    "field-action": columns.action,
}
"""The cells that change while an order is synced, by the class that the list gives them."""


@never_cache
@require_GET
def states(request: HttpRequest) -> JsonResponse:
    """`?ids=1,2,3` → {"1": {cell class: markup}}, of moving rows; "tabs" holds each tab's count."""
    access.require(request, access.SEE)
    ids = [int(text) for text in request.GET.get("ids", "").split(",")[:MOST_ROWS] if text.isdecimal()]
    rows = list(Order.objects.filter(pk__in=ids).select_related("store", "bulk_sync").prefetch_related("items"))
    row_facts.tell(request, rows)
    found = {str(order.pk): {cell: str(show(order)) for cell, show in CELLS.items()} for order in rows}
    counts = {tab.link: f"{tab.count:,}" for tab in tabs.tabs(request)}
    return JsonResponse({**found, "tabs": counts})
