"""TikTok shops: is each connected, until when, and what went wrong last. Tokens are never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from settings_app import access
from settings_app.admin import cells, connection_page
from settings_app.admin.cells import cell
from settings_app.models import Connection, TikTokShop
from settings_app.templatetags.plain_times import ago, ahead, moment


def state_of(shop: TikTokShop) -> tuple[str, str, str]:
    """(good|warning|bad, word, sentence) in a seller's words."""
    if shop.connection == Connection.BROKEN:
        said = shop.connection_error or "TikTok no longer lets Orderbridge into this shop."
        return "bad", "Needs reconnecting", f"{said} No order is fetched until it is connected again."
    if shop.in_setup:
        return "warning", "In set-up", "Nothing is fetched or synced before the steps under Set up are done."
    if shop.paused:
        return "warning", "Paused", "Orders are neither fetched nor synced until somebody resumes the shop."
    if shop.last_poll_error:
        return "warning", "Trouble", shop.last_poll_error
    if shop.renewal_problem:
        return "warning", "Trouble", f"TikTok’s access could not be renewed, it is tried again: {shop.renewal_problem}"
    if shop.last_polled_at is None:
        return "warning", "Not fetched yet", "The first fetch begins within a minute."
    return "good", "Connected", f"Orders were last fetched {ago(shop.last_polled_at)}."


def facts_of(shop: TikTokShop) -> list[tuple[str, str]]:
    settings = getattr(shop, "sync_settings", None)
    return [
        ("Shop id at TikTok", shop.shop_id),
        ("Region", shop.region),
        ("Its orders go to", str(shop.store)),
        ("Automatic sync", "On" if settings and settings.automatic_sync else "Off"),
        ("Connected since", moment(shop.connected_at or shop.created_at)),
        ("Last fetched", ago(shop.last_polled_at)),
        ("Trouble at the last fetch", shop.last_poll_error or "none"),
        ("Access", _token(shop.access_token, shop.access_token_expires_at, "renewed by itself before")),
        ("Trouble renewing the access", shop.renewal_problem or "none"),
        ("TikTok tells of news at once (webhooks)", _webhooks(shop)),
        ("Buyers' data is cleared", f"{shop.keep_buyer_data_days} days after an order is closed"),
        (
            "TikTok's permission",
            _token(shop.refresh_token, shop.refresh_token_expires_at, "press Connect again before"),
        ),
    ]


def _webhooks(shop: TikTokShop) -> str:
    if shop.webhooks_problem:
        return f"{shop.webhooks_problem} Orders come with the regular fetch instead, a minute or so later."
    return (
        f"yes, checked {ago(shop.webhooks_checked_at)}"
        if shop.webhooks_checked_at
        else "not yet; orders come with the regular fetch, a minute or so later"
    )


def _token(token: str, ends: Any, then: str) -> str:
    if not token:
        return "missing; press Connect again"
    return f"ends {ahead(ends)}, {then}" if ends else "given without an end"


@admin.display(description="TikTok shop", ordering="name")
def name(shop: TikTokShop) -> SafeString:
    return cell(shop.name, shop.shop_id)


@admin.display(description="Connection", ordering="connection")
def connection(shop: TikTokShop) -> SafeString:
    return cells.state(*state_of(shop))


@admin.register(TikTokShop)
class TikTokShopAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    list_display = (name, connection, "store")
    list_select_related = ("store",)
    list_before_template = "settings_app/above_shops.html"
    ordering = ("name",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[TikTokShop]:
        shops: QuerySet[TikTokShop] = super().get_queryset(request)
        return shops.select_related("store", "sync_settings")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {
            "title": "TikTok shops",
            "may_connect": request.user.has_perm(access.SHOPS),
            **(extra_context or {}),
        }
        answer: HttpResponse = super().changelist_view(request, shown)
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shop = self.get_object(request, object_id)
        if shop is None:
            if not self.has_view_or_change_permission(request):
                raise PermissionDenied
            answer: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return answer
        return connection_page.show(request, shop, facts_of(shop), state_of(shop))

    def get_urls(self) -> list[URLPattern]:
        pages = (("test", self.test), ("keep", self.keep))
        own = [
            path(
                f"<int:object_id>/{word}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"settings_app_tiktokshop_{word}",
            )
            for word, view in pages
        ]
        return [*own, *super().get_urls()]

    def test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        shop = get_object_or_404(self.get_queryset(request), pk=object_id)
        tested = connection_page.run(request, shop)
        return connection_page.show(request, shop, facts_of(shop), state_of(shop), tested)

    def keep(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How long buyers' data is kept here."""
        shop = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not connection_page.may_change(request, shop):
            raise PermissionDenied
        field = TikTokShop._meta.get_field("keep_buyer_data_days")
        try:
            days = field.clean(request.POST.get("days", ""), shop)
        except ValidationError as wrong:
            messages.error(request, f"Not saved: {' '.join(wrong.messages)}")
        else:
            self.get_queryset(request).filter(pk=shop.pk).update(keep_buyer_data_days=days)
            self.log_change(request, shop, f"Buyers' data is kept {days} days, before {shop.keep_buyer_data_days}.")
            messages.success(request, f"Buyers' data of {shop} is cleared {days} days after an order is closed.")
        return redirect("admin:settings_app_tiktokshop_change", shop.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TikTokShop | None = None) -> bool:
        return False
