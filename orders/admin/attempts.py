"""*Attempts*: every try at an effect on Shopify, over all orders, for looking only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from orders.admin import access
from orders.admin.timeline import RESULTS, effect_words
from orders.models import SyncAttempt
from orders.states import AttemptResult
from settings_app.templatetags.plain_times import moment
from settings_app.typed_text import is_row_number

TONES = {
    AttemptResult.DONE: "ob-good",
    AttemptResult.REFUSED: "ob-bad",
    AttemptResult.UNKNOWN: "ob-warning",
    AttemptResult.STARTED: "ob-moving",
}


@admin.display(description="Started", ordering="started_at")
def started(attempt: SyncAttempt) -> SafeString | str:
    return moment(attempt.started_at)


@admin.display(description="TikTok order")
def tiktok_order(attempt: SyncAttempt) -> SafeString:
    return format_html(
        '<a class="ob-link" href="{}">{}</a>',
        reverse("admin:orders_order_change", args=[attempt.order_id]),
        attempt.order.tiktok_order_id,
    )


@admin.display(description="What was sent", ordering="effect")
def effect(attempt: SyncAttempt) -> str:
    return effect_words(attempt.effect)


@admin.display(description="Result", ordering="result")
def result(attempt: SyncAttempt) -> SafeString:
    tone = TONES.get(AttemptResult(attempt.result), "ob-plain")
    return format_html('<span class="ob-tag {}">{}</span>', tone, RESULTS[attempt.result])


@admin.display(description="What happened")
def sentence(attempt: SyncAttempt) -> SafeString:
    return format_html('<span class="ob-why" title="{0}">{0}</span>', attempt.sentence or "–")


@admin.register(SyncAttempt)
class SyncAttemptAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    list_display = (started, tiktok_order, effect, result, sentence)
    list_filter = (("result", ChoicesDropdownFilter),)
    list_filter_submit = True
    list_select_related = ("order",)
    list_per_page = 50
    list_fullwidth = True
    search_fields = ("order__tiktok_order_id", "request_id")
    search_help_text = "TikTok id or Shopify's request id"
    show_full_result_count = False
    nothing_yet = "Nothing was sent to Shopify yet."
    actions = None

    class Media:
        css = {"all": ("orders/orders.css",)}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Attempts are read on their order's page."""
        access.require(request, access.SEE)
        attempt = get_object_or_404(SyncAttempt, pk=object_id if is_row_number(object_id) else 0)
        return redirect(reverse("admin:orders_order_change", args=[attempt.order_id]) + "#attempts")

    def has_view_permission(self, request: HttpRequest, obj: SyncAttempt | None = None) -> bool:
        return access.may(request, access.SEE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SyncAttempt | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SyncAttempt | None = None) -> bool:
        return False
