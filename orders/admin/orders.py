"""The Orders page: the list, its buttons, and the addresses behind them."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString, mark_safe
from unfold.admin import ModelAdmin, checkbox
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.views import ChangeList

from orders.admin import (
    access,
    choosing,
    columns,
    export,
    fetching,
    filters,
    live,
    order_page,
    preview,
    row_actions,
    row_facts,
    searching,
    selection_kinds,
    selections,
    tabs,
)
from orders.models import Order

PLACEHOLDER = "the-orders-key"


@cache
def _checkbox() -> str:
    return str(checkbox.render(ACTION_CHECKBOX_NAME, PLACEHOLDER))


class OrderList(ChangeList):  # type: ignore[misc]  # unfold has no types
    """The page of rows, each knowing whether this viewer may sync it."""

    def __init__(self, *args: Any) -> None:
        self.addresses: dict[str, str] = {}
        super().__init__(*args)

    def get_query_string(self, new_params: dict[str, Any] | None = None, remove: list[str] | None = None) -> str:
        """Made once each: the theme asks for the addresses of all column heads anew for every row."""
        wanted = repr((new_params, remove))
        if wanted not in self.addresses:
            self.addresses[wanted] = super().get_query_string(new_params, remove)
        return self.addresses[wanted]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.has_active_filters = bool(set(self.filter_params) - tabs.NO_FILTERS)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        row_facts.tell(request, rows)
        self.result_list = rows


@admin.register(Order)
class OrderAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = (
        columns.tiktok_order,
        columns.items,
        columns.total,
        columns.sync_status,
        columns.shopify_order,
        columns.tiktok_status,
        columns.delivery,
        columns.action,
    )
    list_filter = (
        tabs.TabFilter,
        ("sync_status", ChoicesDropdownFilter),
        filters.ReasonFilter,
        filters.KindFilter,
        filters.ShippingFilter,
        filters.DeadlineFilter,
        ("delivery_status", ChoicesDropdownFilter),
        filters.ChangedFilter,
        ("shop", RelatedDropdownFilter),
        ("placed_at", filters.PlacedFilter),
    )
    list_display_links = None  # the first column links the order number alone
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    list_select_related = ("store", "bulk_sync", "delivery_work")
    show_full_result_count = False
    search_fields = ("tiktok_order_id",)  # what is searched is decided in get_search_results
    search_help_text = "Order number, item, SKU or tracking number"
    ordering = ("-placed_at", "-id")
    list_before_template = "admin/orders/order/above_list.html"
    list_after_template = None

    class Media:
        css = {"all": ("orders/orders.css",)}
        js = ("orders/live_list.js",)

    @admin.display(description=mark_safe(checkbox.render("action_toggle_all", 1)))  # noqa: S308
    def action_checkbox(self, obj: Order) -> SafeString:
        """The theme's own, rendered once for all rows instead of once for each."""
        return mark_safe(_checkbox().replace(PLACEHOLDER, str(obj.pk)))  # noqa: S308

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OrderList]:
        return OrderList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        orders: QuerySet[Order] = super().get_queryset(request)
        return orders.prefetch_related("items")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """A list of what must ship soon begins with what is most urgent; a clicked column still wins."""
        return ("ship_by", "id") if request.GET.get("deadline") else self.ordering

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        return searching.found(queryset, search_term), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        permitted = {choice.name for choice in selection_kinds.SELECTIONS if access.may(request, choice.permission)}
        if access.may(request, access.REVIEW):
            permitted.add("choose_order")
        if request.method == "GET":  # what is posted is checked order by order, whatever the list had offered
            permitted &= selections.offered(tabs.statuses_shown(request))
        return {name: action for name, action in selections.actions().items() if name in permitted}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {
            "title": "Orders",
            "order_tabs": tabs.tabs(request),
            "shops": fetching.shops(),
            "may_preview": access.may(request, access.PERSONAL),
            "may_fetch": access.may(request, access.SYNC),
            "may_pause": access.may(request, access.SHOPS),
            "may_sync_selected": "sync_selected" in self.get_actions(request),
            **(extra_context or {}),
        }
        answer: HttpResponse = super().changelist_view(request, shown)
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return order_page.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        pages = (
            ("preview/", preview.preview, "preview"),
            ("states/", live.states, "states"),
            ("export/", export.csv_file, "export"),
            ("fetch/<int:shop_pk>/", fetching.fetch_now, "fetch"),
            ("fetch-period/<int:shop_pk>/", fetching.fetch_period, "fetch_period"),
            ("pause/<int:shop_pk>/", fetching.pause, "pause"),
            ("resume/<int:shop_pk>/", fetching.resume, "resume"),
            ("<int:object_id>/do/<slug:what>/", row_actions.do, "do"),
            ("<int:object_id>/choose/", choosing.choose, "choose"),
            ("<int:object_id>/reveal/", order_page.reveal, "reveal"),
        )
        own = [
            path(address, self.admin_site.admin_view(view), name=f"orders_order_{name}")
            for address, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False
