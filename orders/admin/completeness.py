"""Completeness: the last 30 days as buckets that sum to the total, with every difference by name."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from orders.insight import completeness
from orders.models import Reconciliation


@admin.register(Reconciliation)
class CompletenessAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """One page in place of a list: nothing here is edited, it is counted."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Completeness",
            "completeness": completeness.last_days(),
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "orders/completeness.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Reconciliation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Reconciliation | None = None) -> bool:
        return False
