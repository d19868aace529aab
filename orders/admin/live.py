"""How things stand now, for the open list of orders: its cells, tabs and badge change without a reload."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from orders import link_candidates
from orders.admin import access, columns, row_facts, tabs
from orders.admin.addresses import page
from orders.models import Order
from settings_app.typed_text import is_row_number

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
    """`?ids=1,2,3` → "rows": {"1": {cell class: markup}}, "tabs": each tab's count, "badge": of *Link products*."""
    access.require(request, access.SEE)
    given = request.GET.get("ids", "").split(",")[:MOST_ROWS]
    ids = [int(text) for text in given if is_row_number(text)]
    orders = Order.objects.filter(pk__in=ids).select_related("store", "bulk_sync", "delivery_work")
    rows = list(orders.prefetch_related("items")) if ids else []
    row_facts.tell(request, rows)
    waiting = link_candidates.holding_up()
    return JsonResponse(
        {
            "rows": {str(order.pk): {cell: str(show(order)) for cell, show in CELLS.items()} for order in rows},
            "tabs": {tab.link: f"{tab.count:,}" for tab in tabs.tabs(request)},
            "badge": {"link": page("admin:orders_productlink_changelist"), "text": f"{waiting:,}" if waiting else ""},
        }
    )
