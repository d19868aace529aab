"""One item: what it is linked to, the search for another Shopify product, and what a new link sets free."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from connectors.errors import ConnectorError
from connectors.shopify.products import Variant
from orders import held_up, link_candidates, linking, tasks
from orders.admin import history, link_doubt, link_search
from orders.admin.freed import freed_sentence
from orders.models import ProductLink
from orders.wording import plain
from settings_app.typed_text import is_row_number

SEE = "orders.view_productlink"
CHANGE = "orders.change_productlink"


def _the_link(object_id: str | int) -> ProductLink:
    links = link_candidates.with_counts(ProductLink.objects.select_related("shop__store"))
    link = get_object_or_404(links, pk=object_id if is_row_number(str(object_id)) else 0)
    link_candidates.count_bundles([link])
    return link


def show(request: HttpRequest, object_id: str) -> HttpResponse:
    """GET shows the item and searches; POST with `variant` links it."""
    may_link = request.user.has_perm(CHANGE)
    if not (may_link or request.user.has_perm(SEE)):
        raise PermissionDenied
    link = _the_link(object_id)
    if request.method == "POST":
        if not may_link:
            raise PermissionDenied
        return _save(request, link)
    typed = request.GET.get("q")
    text, hits, trouble = _searched(link, typed) if may_link else ("", [], "")
    context = {
        **admin.site.each_context(request),
        "title": str(link),
        "opts": ProductLink._meta,
        "link": link,
        "may_link": may_link,
        "text": text,
        "hits": hits,
        "sends": link_search.sends(link) if hits else 0,
        "trouble": trouble,
        "guessed": bool(typed is None and hits and link.seller_sku and text != link.seller_sku),
        "as_parts": link.message == held_up.AS_PARTS,
        "not_seen_yet": linking.NOT_SEEN_YET,
        "waiting_orders": link_candidates.holding(link).order_by("placed_at")[:10],
    }
    return TemplateResponse(request, "orders/links/link.html", context)


def _searched(link: ProductLink, typed: str | None) -> tuple[str, list[Variant], str]:
    """What was searched for, what was found and what went wrong; nothing typed yet means a guess that finds most."""
    if typed is not None:
        return typed.strip(), *link_search.found(link.shop.store, typed)
    return link_search.first_found(link.shop.store, link_search.guesses(link.seller_sku, link.title))


def _save(request: HttpRequest, link: ProductLink) -> HttpResponse:
    gid = request.POST.get("variant", "")
    try:
        variant = link_search.by_gid(link.shop.store, gid) if gid else None
    except ConnectorError as error:
        trouble = plain(error.sentence).rstrip(".")
        messages.error(request, f"Not linked: {trouble}. Nothing changed; press Link again when Shopify answers.")
        return redirect("admin:orders_productlink_change", link.pk)
    if variant is None:
        messages.warning(request, "Choose one of the Shopify products in the list, then press Link.")
        return redirect("admin:orders_productlink_change", link.pk)
    if link_doubt.looks_different(link, variant) and request.POST.get("confirmed") != "yes":
        return link_doubt.ask(request, link, variant)
    with transaction.atomic():
        freed = linking.link_by_hand(link.shop, link.sku_id, variant)
        history.note(request, link, f"Linked to {linking.title_of(variant)}.")
        transaction.on_commit(lambda: tasks.publish(tasks.dispatch_due))
    sentence = freed_sentence(link.shop, freed, link.seller_sku)
    messages.success(
        request,
        format_html(
            '{} is linked to {}. {} Wrong product? <a class="ob-link" href="{}">Unlink it</a>; '
            "orders that are in Shopify by then stay as they are.",
            link,
            linking.title_of(variant),
            sentence,
            reverse("admin:orders_productlink_change", args=[link.pk]),
        ),
    )
    for twin in _same_sku_elsewhere(link):
        messages.info(
            request,
            format_html(
                'In {} the SKU {} is still not linked: <a class="ob-link" href="{}">link it there too</a>.',
                twin.shop,
                twin.seller_sku,
                reverse("admin:orders_productlink_change", args=[twin.pk]),
            ),
        )
    return redirect("admin:orders_productlink_changelist")


def _same_sku_elsewhere(link: ProductLink) -> QuerySet[ProductLink]:
    """Links are per shop: the same SKU may wait in another shop of the same store."""
    twins = ProductLink.objects.filter(
        kind=ProductLink.Kind.NONE, seller_sku=link.seller_sku, shop__store=link.shop.store_id
    )
    return twins.exclude(shop=link.shop_id).exclude(seller_sku="").select_related("shop")[:3]


@require_POST
def unlink(request: HttpRequest, object_id: int) -> HttpResponse:
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    link = _the_link(object_id)
    if link.kind == ProductLink.Kind.NONE:
        messages.info(request, f"{link} is not linked.")
    else:
        was = link.shopify_title or link.variant_gid
        with transaction.atomic():
            linking.unlink(link)
            history.note(request, link, f"Unlinked from {was}.")
        messages.success(
            request,
            f"{link} is no longer linked to {was}. Orders with it that have "
            "not gone yet wait until you link it; those in Shopify stay as they are.",
        )
    return redirect("admin:orders_productlink_changelist")
