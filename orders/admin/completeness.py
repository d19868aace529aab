"""Completeness: the last 30 days as buckets that sum to the total, with every difference by name; *Compare now*."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from orders import reconciliation, tasks
from orders.admin import access, history
from orders.insight import comparing, completeness
from orders.models import Reconciliation


@require_POST
def compare(request: HttpRequest) -> HttpResponse:
    """Write down that the last days are to be compared; a task does it, the page shows how far it is."""
    access.require(request, access.SYNC)
    with transaction.atomic():
        everything = "everything" in request.POST
        shops = reconciliation.compare_now(completeness.DAYS - 1 if everything else reconciliation.DAYS)
        for shop in shops:
            history.note(request, shop, f"Pressed Compare {'the last 30 days ' if everything else ''}now.")
            transaction.on_commit(lambda pk=shop.pk: tasks.publish(tasks.reconcile_shop, pk))  # type: ignore[misc]
    if shops:
        named = ", ".join(str(shop) for shop in shops)
        messages.success(request, f"TikTok, Orderbridge and Shopify are being compared for {named}.")
    elif comparing.state().began_at:
        messages.info(request, "A comparison is under way already; this page shows how far it is.")
    else:
        messages.warning(
            request, "Nothing can be compared now: every TikTok shop is paused, or it or its store needs reconnecting."
        )
    return redirect("admin:orders_reconciliation_changelist")


@admin.register(Reconciliation)
class CompletenessAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """One page in place of a list: nothing here is edited, it is counted."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        counted = completeness.last_days()
        context = {
            **self.admin_site.each_context(request),
            "title": "Completeness",
            "completeness": counted,
            "begins": date_format(timezone.localtime(counted.begins_at), "g:i A"),
            "comparing": comparing.state(),
            "may_compare": access.may(request, access.SYNC),
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "orders/completeness.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(compare)
        return [path("compare/", view, name="orders_reconciliation_compare"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Reconciliation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Reconciliation | None = None) -> bool:
        return False
