"""Link products: which Shopify product each TikTok item is, what is not linked and how many orders that holds up."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.views import ChangeList

from orders import held_up, link_candidates, linking
from orders.admin import auto_link, link_page, link_search
from orders.models import ProductLink
from settings_app.admin.cells import cell
from settings_app.models import TikTokShop

CHANGE = link_page.CHANGE
TABS = (
    ("", "All", ""),
    ("none", "Not linked", "kind__exact=none"),
    ("automatic", "Linked automatically", "kind__exact=automatic"),
    ("manual", "Linked by hand", "kind__exact=manual"),
    ("parts", "As parts", urlencode({"message__exact": held_up.AS_PARTS})),
)
"""(code, label, filters); the numbers of the others sum up to that of *All*."""


@admin.display(description="TikTok item", ordering="title")
def item(link: ProductLink) -> SafeString:
    return cell(link.title or link.sku_id, f"SKU {link.seller_sku or 'none'} · {link.shop.name}")


@admin.display(description="Shopify product", ordering="shopify_title")
def product(link: ProductLink) -> SafeString:
    if link.message == held_up.AS_PARTS:
        return cell("", f"{held_up.AS_PARTS} Link it only if Shopify has the bundle as one product.")
    if link.kind == ProductLink.Kind.NONE:
        return cell("", link.message or "No Shopify product found.")
    if not link.shopify_title:
        return cell(link.variant_gid, linking.NOT_SEEN_YET)
    return cell(link.shopify_title, " · ".join(filter(None, (f"SKU {link.shopify_sku or 'none'}", link.message))))


@admin.display(description="Linked", ordering="kind")
def linked(link: ProductLink) -> SafeString:
    if link.message == held_up.AS_PARTS:
        return format_html('<span class="ob-tag">{}</span>', "As its parts")
    tone = "warning" if link.kind == ProductLink.Kind.NONE else "good"
    return format_html('<span class="ob-tag ob-{}">{}</span>', tone, link.get_kind_display())


@admin.display(description="Orders held up", ordering="held")
def held(link: ProductLink) -> SafeString | str:
    if link.kind != ProductLink.Kind.NONE or link.message == held_up.AS_PARTS:
        return "–"
    count, waiting = getattr(link, "held", 0), getattr(link, "waiting", 0)
    if waiting:
        return cell(str(count), f"and {waiting} not synced yet")
    return str(count)


@admin.display(description="Action")
def action(link: ProductLink) -> SafeString | str:
    """Unlinking is a submit button of the list's own form: the page's CSRF token goes with it, a GET does nothing."""
    if not getattr(link, "viewer_may_change", False):
        return ""
    name = link.title or link.sku_id
    if link.kind == ProductLink.Kind.NONE:
        look = "" if link.message == held_up.AS_PARTS else " ob-primary"
        address = reverse("admin:orders_productlink_change", args=[link.pk])
        return format_html('<a class="ob-button{}" href="{}" aria-label="Link {}">Link</a>', look, address, name)
    return format_html(
        '<button class="ob-button" type="submit" formmethod="post" formaction="{}" aria-label="Unlink {}">'
        "Unlink</button>",
        reverse("admin:orders_productlink_unlink", args=[link.pk]),
        name,
    )


class LinkList(ChangeList):  # type: ignore[misc]  # unfold has no types
    """The page of items, each with the orders that hold it inside a bundle."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[ProductLink] = list(self.result_list)  # type: ignore[has-type]
        link_candidates.count_bundles(rows)
        self.result_list = rows


@admin.register(ProductLink)
class ProductLinkAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    list_display = (item, product, linked, held, action)
    list_filter = (("kind", ChoicesDropdownFilter), ("shop", RelatedDropdownFilter))
    list_select_related = ("shop",)
    list_per_page = 50
    ordering = (Lower("title"),)  # only so that no column claims to be what `get_ordering` sorts by
    list_fullwidth = True
    show_full_result_count = False
    search_fields = ("title", "seller_sku", "sku_id", "shopify_sku", "shopify_title")
    search_help_text = "Item, SKU or Shopify product"
    list_before_template = "orders/links/above_list.html"
    counted = ("item", "items")
    nothing_yet = "Items appear here with the first orders that are fetched."
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LinkList]:
        return LinkList

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductLink]:
        unlinked_first = Case(When(held_up.HOLDS, then=Value(0)), default=Value(1), output_field=IntegerField())
        may_change = Value(request.user.has_perm(CHANGE))
        rows = ProductLink.objects.all()
        if request.GET.get("kind__exact") == ProductLink.Kind.NONE:
            rows = rows.filter(held_up.HOLDS)
        links = link_candidates.with_counts(rows)
        return links.annotate(linked_last=unlinked_first, viewer_may_change=may_change)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("linked_last", "-held", "-waiting", "title", "pk")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        counts = dict(ProductLink.objects.order_by().values_list("kind").annotate(count=Count("id")))
        counts[""] = sum(counts.values())
        counts["none"] = ProductLink.objects.filter(held_up.HOLDS).count()
        counts["parts"] = ProductLink.objects.filter(kind=ProductLink.Kind.NONE, message=held_up.AS_PARTS).count()
        by_parts = request.GET.get("message__exact") == held_up.AS_PARTS
        chosen = "parts" if by_parts else request.GET.get("kind__exact", "")
        shown = {
            "title": "Link products",
            "link_tabs": [
                (filters, label, counts.get(code, 0), code == chosen)
                for code, label, filters in TABS
                if code != "parts" or by_parts or counts["parts"]
            ],
            "link_shops": list(TikTokShop.objects.order_by("name")),
            "new_items": link_candidates.never_looked_for().values("order__shop", "sku_id").distinct().count(),
            "may_link": request.user.has_perm(CHANGE),
            **(extra_context or {}),
        }
        answer: HttpResponse = super().changelist_view(request, shown)
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return link_page.show(request, object_id)

    def get_urls(self) -> list[URLPattern]:
        pages = (
            ("auto-link/<int:shop_pk>/", auto_link.find, "auto_link"),
            ("auto-link/<int:shop_pk>/confirm/", auto_link.confirm, "auto_link_confirm"),
            ("variants/<int:shop_pk>/", link_search.variants, "variants"),
            ("<int:object_id>/unlink/", link_page.unlink, "unlink"),
        )
        own = [
            path(address, self.admin_site.admin_view(view), name=f"orders_productlink_{name}")
            for address, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ProductLink | None = None) -> bool:
        return False
