"""The filtered orders as CSV, written row by row while it is downloaded."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from orders.admin import access, columns, marks, seller_center
from orders.admin.filters import SHIPPING_LABELS
from orders.models import Order
from orders.states import DELIVERY_LABELS, LABELS

HEADINGS = (
    "TikTok order",
    "TikTok shop",
    "Placed (UTC)",
    "Buyer (masked)",
    "Items",
    "Pieces",
    "TikTok total",
    "Cancelled pieces",
    "Currency",
    "TikTok status",
    "Shipping",
    "Gift",
    "Sample",
    "Sync status",
    "Reason",
    "Shopify order",
    "Synced (UTC)",
    "Delivery status",
    "Ship by (UTC)",
    "Tracking numbers",
    "TikTok order page",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
ROWS_AT_ONCE = 1000


class _Line:
    """A file for csv.writer that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def safe(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula: a leading apostrophe where it would start one."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def as_text(number: str) -> str:
    """A number that no spreadsheet may round or turn into a power of ten: `#` before it, as people write order numbers.

    Always there, so that a program takes away one leading `#` and has the exact number. See docs/decisions/010.
    """
    return f"#{number}" if number else ""


@require_GET
def csv_file(request: HttpRequest) -> StreamingHttpResponse:
    """The same tab, filters and search as the list it was asked from."""
    access.require(request, access.SEE)
    model_admin: Any = admin.site.get_model_admin(Order)
    try:
        orders = model_admin.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        raise Http404("These filters do not exist; go back to the list and export again.") from None
    answer = StreamingHttpResponse(_lines(orders), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="orders-{timezone.now():%Y-%m-%d-%H%M}.csv"'
    answer["X-Accel-Buffering"] = "no"
    return answer


def _lines(orders: Any) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff"  # without it Excel reads accents wrongly
    yield writer.writerow(HEADINGS)
    rows = orders.select_related("shop").prefetch_related("items").iterator(chunk_size=ROWS_AT_ONCE)
    for order in rows:
        yield writer.writerow([safe(cell) for cell in _cells(order)])


def _cells(order: Order) -> list[object]:
    everything = list(order.items.all())
    items = [item for item in everything if not item.is_cancelled]
    return [
        as_text(order.tiktok_order_id),
        order.shop.name,
        _time(order.placed_at),
        order.buyer,
        ", ".join(item.seller_sku or item.title for item in items),
        order.units,
        order.total,
        len(everything) - len(items),
        order.currency,
        columns.tiktok_words(order.tiktok_status),
        SHIPPING_LABELS.get(order.shipping_type, columns.tiktok_words(order.shipping_type)),
        "yes" if order.is_gift else "no",
        "yes" if order.is_sample else "no",
        LABELS.get(order.sync_status, order.sync_status),  # type: ignore[call-overload]
        marks.reason_of(order.reason, order.message),
        order.shopify_order_name,
        _time(order.synced_at),
        DELIVERY_LABELS.get(order.delivery_status, order.delivery_status),  # type: ignore[call-overload]
        _time(order.ship_by),
        ", ".join(as_text(number) for number in dict.fromkeys(item.tracking_number for item in items) if number),
        seller_center.order_url(order.tiktok_order_id),
    ]


def _time(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""
