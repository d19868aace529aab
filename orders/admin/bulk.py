"""*Bulk syncs*: the list, and the page on which one is watched."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from unfold.admin import ModelAdmin

from orders import bulk
from orders.admin import access, bulk_steering
from orders.admin.addresses import page
from orders.admin.next_step import PLACES
from orders.bulk import Progress
from orders.models import BulkSync
from orders.states import LABELS
from settings_app.templatetags.plain_times import moment, span
from settings_app.typed_text import is_row_number


@admin.display(description="Bulk sync")
def name(row: BulkSync) -> str:
    return str(row)


@admin.display(description="Started", ordering="started_at")
def started(row: BulkSync) -> SafeString | str:
    return moment(row.started_at)


@admin.display(description="By")
def by(row: BulkSync) -> str:
    return row.started_by.get_username() if row.started_by else "–"


@admin.display(description="Begun with")
def begun_with(row: BulkSync) -> str:
    return row.action


@admin.display(description="Progress")
def progress_bar(row: Any) -> SafeString:
    percent = 100 * row.finished // row.total if row.total else 100
    return format_html(
        '<span class="ob-progress"><progress max="100" value="{}" aria-label="Progress"></progress> {} of {}</span>',
        percent,
        f"{row.finished:,}",
        f"{row.total:,}",
    )


@admin.display(description="In Shopify")
def in_shopify(row: Any) -> str:
    return f"{row.in_shopify:,}"


@admin.display(description="Held up")
def stuck(row: Any) -> str:
    return f"{row.stuck:,}"


@admin.display(description="State")
def state(row: Any) -> SafeString:
    return _tag(row, waiting=row.waiting)


def _tag(row: BulkSync, *, waiting: int) -> SafeString:
    words, tone = "Finished", "ob-good"
    if row.stopped_at:
        words, tone = "Stopped", "ob-plain"
    elif waiting and row.paused_at:
        words, tone = "Paused", "ob-warning"
    elif waiting:
        words, tone = "Running", "ob-moving"
    return format_html('<span class="ob-tag {}">{}</span>', tone, words)


@admin.register(BulkSync)
class BulkSyncAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    list_display = (name, started, by, begun_with, state, progress_bar, in_shopify, stuck)
    list_select_related = ("started_by",)
    list_per_page = 50
    list_fullwidth = True
    show_full_result_count = False
    nothing_yet = "Select orders in the list of orders and choose Sync selected: how far it got is shown here."
    actions = None

    class Media:
        css = {"all": ("orders/orders.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkSync]:
        return bulk.watched(super().get_queryset(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return show(request, int(object_id) if is_row_number(object_id) else 0)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:object_id>/state/", self.admin_site.admin_view(state_of), name="orders_bulksync_state"),
            path("<int:object_id>/stop/", self.admin_site.admin_view(bulk_steering.ask), name="orders_bulksync_stop"),
            path(
                "<int:object_id>/do/<slug:what>/",
                self.admin_site.admin_view(bulk_steering.do),
                name="orders_bulksync_do",
            ),
        ]
        return [*own, *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, obj: BulkSync | None = None) -> bool:
        return access.may(request, access.SEE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: BulkSync | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: BulkSync | None = None) -> bool:
        return False


@never_cache
def show(request: HttpRequest, object_id: int) -> HttpResponse:
    context = {**admin.site.each_context(request), **_watched(request, object_id), "opts": BulkSync._meta}
    return TemplateResponse(request, "admin/orders/bulksync/page.html", context)


@never_cache
def state_of(request: HttpRequest, object_id: int) -> HttpResponse:
    """The live part alone, asked for every two seconds by everyone who watches."""
    return TemplateResponse(request, "admin/orders/bulksync/state.html", _watched(request, object_id))


def _watched(request: HttpRequest, object_id: int) -> dict[str, Any]:
    access.require(request, access.SEE)
    row = get_object_or_404(BulkSync.objects.select_related("started_by"), pk=object_id)
    progress = bulk.progress(row)
    waiting = progress.waiting
    return {
        "title": str(row),
        "bulk": row,
        "progress": progress,
        "tag": _tag(row, waiting=waiting),
        "running": bool(waiting) and not row.stopped_at,
        "waiting": waiting,
        "failures": [(group, *_mended_at(group.reason)) for group in progress.failures],
        "counts": [
            (LABELS[status], progress.counts[status], status) for status in LABELS if progress.counts.get(status)
        ],
        "summary": summary(row, progress),
        "left": f"about {span(progress.left.total_seconds())}" if progress.left else "",
        "may_steer": access.may(request, access.SYNC),
        "rest": bulk.rest(row).count() if row.stopped_at else 0,
    }


def _mended_at(reason: str) -> tuple[str, str]:
    """The page on which this is mended and its name; both "" where the orders' own pages are the place."""
    where, label = PLACES.get(reason, ("", ""))
    return (page(where), label) if where else ("", "")


def summary(row: BulkSync, progress: Progress) -> str:
    """One sentence for people and screen readers."""
    if row.stopped_at:
        return f"Stopped after {progress.finished:,} of {progress.total:,} orders. {_left(row)}".rstrip()
    if progress.done:
        return f"Finished: {progress.finished:,} of {progress.total:,} orders are dealt with."
    if row.paused_at:
        return (
            f"Paused at {progress.finished:,} of {progress.total:,} orders; nothing more goes out until it is resumed."
        )
    return f"{progress.finished:,} of {progress.total:,} orders are dealt with."


def _left(row: BulkSync) -> str:
    """What became of the orders that a stopped one gave back."""
    left, gone_on = bulk.rest(row).count(), bulk.gone_on(row).count()
    said = []
    if left:
        said.append(f"{left:,} {'is' if left == 1 else 'are'} Not synced again.")
    if gone_on:
        said.append(f"{gone_on:,} {'goes' if gone_on == 1 else 'go'} out with Automatic sync.")
    return " ".join(said)
