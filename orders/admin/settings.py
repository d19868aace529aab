"""Settings → Order: the list of shops with what was decided for each; one shop alone opens its page at once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from orders.admin import settings_page
from settings_app.models import SyncSettings, TikTokShop


@admin.display(description="TikTok shop", ordering="shop__name")
def shop(settings: SyncSettings) -> SafeString:
    return format_html('<span class="ob-link">{}</span>', settings.shop.name)


@admin.display(description="Automatic sync", ordering="automatic_sync")
def automatic_sync(settings: SyncSettings) -> SafeString:
    tone, word = ("good", "On") if settings.automatic_sync else ("warning", "Off")
    return format_html('<span class="ob-tag ob-{}">{}</span>', tone, word)


@admin.display(description="Items without link", ordering="unlinked_items")
def unlinked(settings: SyncSettings) -> str:
    return settings.get_unlinked_items_display()


@admin.display(description="Prices", ordering="price_mode")
def prices(settings: SyncSettings) -> str:
    return settings.get_price_mode_display()


@admin.register(SyncSettings)
class SyncSettingsAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    list_display = (shop, automatic_sync, prices, unlinked)
    list_select_related = ("shop",)
    ordering = ("shop__name",)
    list_before_template = "orders/settings/above_list.html"
    counted = ("TikTok shop", "TikTok shops")
    nothing_yet = "Connect a TikTok shop first; its settings appear here."
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncSettings]:
        settings: QuerySet[SyncSettings] = super().get_queryset(request)
        return settings

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shops = list(TikTokShop.objects.values_list("pk", flat=True)[:2])
        if len(shops) == 1 and self.has_view_permission(request):
            return redirect("admin:settings_app_syncsettings_change", shops[0])
        shown = {
            "title": "Settings → Order",
            "may_change": request.user.has_perm(settings_page.CHANGE),
            "never_saved": TikTokShop.objects.filter(sync_settings__isnull=True).order_by("name"),
            **(extra_context or {}),
        }
        answer: HttpResponse = super().changelist_view(request, shown)
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return settings_page.show(request, object_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SyncSettings | None = None) -> bool:
        return False
