"""Shopify stores: is each connected, what stands in the way, and what is known of it. Tokens are never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from settings_app import access, scopes, store_renewal
from settings_app.admin import cells, connection_page
from settings_app.admin.cells import cell
from settings_app.models import Connection, ShopifyStore
from settings_app.templatetags.plain_times import ago, ahead

UNASKED = "shown after Test connection"


def state_of(store: ShopifyStore) -> tuple[str, str, str]:
    """(good|warning|bad, word, sentence) in a seller's words."""
    if store.connection == Connection.BROKEN:
        said = store.connection_error or "Shopify no longer lets this app in."
        return "bad", "Needs reconnecting", f"{said} Its orders wait and go on by themselves once it works again."
    if not store.access_token and not store_renewal.renews(store):
        return "bad", "Not connected", "Shopify has not let Orderbridge into this store yet. Press Connect again."
    if store.backoff_until and store.backoff_until > timezone.now():
        return (
            "warning",
            "Resting",
            f"Shopify did not answer as it should; the next try is {ahead(store.backoff_until)}. No order is lost.",
        )
    return "good", "Connected", "Orders can go to this store."


def facts_of(store: ShopifyStore) -> list[tuple[str, str]]:
    shops = ", ".join(shop.name for shop in store.shops.all())
    return [
        ("Store address", store.domain),
        ("TikTok shops that sync into it", shops or "none"),
        ("Currency", store.currency or UNASKED),
        ("Access", _access(store)),
        ("Permissions", scopes.missing_sentence(store.scopes) or "Orderbridge may do everything that it has to")
        if store.scopes
        else ("Permissions", UNASKED),
        ("Ships from", store.location or UNASKED),
        ("Shopify’s version", store.served_version or UNASKED),
        ("Last looked at", ago(store.checked_at)),
        ("Trouble with news from Shopify (webhooks)", store.webhooks_problem or "none"),
        ("TikTok order id in Shopify", _definition(store)),
        ("Trouble with the connection", store.connection_error or "none"),
    ]


def _access(store: ShopifyStore) -> str:
    if not store.access_token and not store_renewal.renews(store):
        return "missing; press Connect again"
    said = store.get_access_display()
    if store.refresh_token:
        said += "; Orderbridge renews it by itself"
    elif store.access_token_expires_at:
        said += f"; it ends {ahead(store.access_token_expires_at)}"
    return said


def _definition(store: ShopifyStore) -> str:
    said = {
        ShopifyStore.Definition.READY: "kept in a field of its own, unique in the store",
        ShopifyStore.Definition.UNAVAILABLE: "no field of its own could be made; orders are found by their other marks",
    }.get(ShopifyStore.Definition(store.order_id_definition), "checked before the first order")
    return f"{said} ({store.order_id_definition_note})" if store.order_id_definition_note else said


@admin.display(description="Shopify store", ordering="domain")
def name(store: ShopifyStore) -> SafeString:
    return cell(str(store), store.domain)


@admin.display(description="Connection", ordering="connection")
def connection(store: ShopifyStore) -> SafeString:
    return cells.state(*state_of(store))


@admin.display(description="TikTok shops")
def shops(store: ShopifyStore) -> str:
    return ", ".join(shop.name for shop in store.shops.all()) or "none"


@admin.register(ShopifyStore)
class ShopifyStoreAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    list_display = (name, connection, shops)
    list_before_template = "settings_app/above_stores.html"
    ordering = ("domain",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShopifyStore]:
        stores: QuerySet[ShopifyStore] = super().get_queryset(request)
        return stores.prefetch_related("shops")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {
            "title": "Shopify stores",
            "may_connect": request.user.has_perm(access.STORES),
            **(extra_context or {}),
        }
        answer: HttpResponse = super().changelist_view(request, shown)
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        store = self.get_object(request, object_id)
        if store is None:
            if not self.has_view_or_change_permission(request):
                raise PermissionDenied
            answer: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return answer
        return connection_page.show(request, store, facts_of(store), state_of(store))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.test))
        return [path("<int:object_id>/test/", view, name="settings_app_shopifystore_test"), *super().get_urls()]

    def test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        store = get_object_or_404(self.get_queryset(request), pk=object_id)
        tested = connection_page.run(request, store)
        return connection_page.show(request, store, facts_of(store), state_of(store), tested)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ShopifyStore | None = None) -> bool:
        return False
