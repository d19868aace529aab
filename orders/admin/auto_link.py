"""Auto-link same products: first the matches are shown, then those that somebody left ticked are linked."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from connectors.errors import ConnectorError
from connectors.shopify import products
from connectors.tiktok.client import TikTokClient
from orders import held_up, link_candidates, linking, tasks
from orders.admin import history
from orders.admin.freed import freed_sentence
from orders.admin.link_page import CHANGE
from orders.models import ProductLink
from settings_app import clients
from settings_app.models import TikTokShop
from settings_app.typed_text import is_row_number


def _the_shop(request: HttpRequest, shop_pk: int) -> TikTokShop:
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    return get_object_or_404(TikTokShop.objects.select_related("store"), pk=shop_pk)


def _tiktok(shop: TikTokShop) -> TikTokClient | None:
    try:
        return clients.tiktok(shop)
    except ConnectorError:
        return None  # equal SKUs can be found without TikTok


@require_POST
def find(request: HttpRequest, shop_pk: int) -> HttpResponse:
    """Look for every item without a link and show what was found; nothing is linked yet."""
    shop = _the_shop(request, shop_pk)
    link_candidates.note_new_items([shop])
    try:
        found = link_candidates.matches(shop, clients.shopify(shop.store), _tiktok(shop))
    except ConnectorError as error:
        messages.error(request, f"Nothing was linked, Shopify could not be searched: {error.sentence}")
        return redirect("admin:orders_productlink_changelist")
    sure = [match for match in found if match.variant]
    unlinked = ProductLink.objects.filter(held_up.HOLDS, shop=shop).count()
    context = {
        **admin.site.each_context(request),
        "title": "Auto-link same products",
        "opts": ProductLink._meta,
        "shop": shop,
        "sure": sure,
        "unsure": [match for match in found if not match.variant],
        "left_over": unlinked - sum(match.row.message != held_up.AS_PARTS for match in found),
    }
    return TemplateResponse(request, "orders/links/matches.html", context)


@require_POST
def confirm(request: HttpRequest, shop_pk: int) -> HttpResponse:
    """Link the ticked matches; each is read from Shopify again, so that nothing else than a live variant is linked."""
    shop = _the_shop(request, shop_pk)
    wanted = dict(choice.split("|", 1) for choice in request.POST.getlist("match") if "|" in choice)
    ticked = [pk for pk in wanted if is_row_number(pk)]
    rows = {str(row.pk): row for row in ProductLink.objects.filter(shop=shop, pk__in=ticked)}
    if not rows:
        messages.info(request, "Nothing was ticked, so nothing was linked.")
        return redirect("admin:orders_productlink_changelist")
    try:
        gids = sorted({wanted[pk] for pk in rows})
        variants = products.variants_by_ids(clients.shopify(shop.store), gids)
    except ConnectorError as error:
        messages.error(request, f"Nothing was linked: {error.sentence}")
        return redirect("admin:orders_productlink_changelist")
    chosen = {row.sku_id: variant for pk, row in rows.items() if (variant := variants.get(wanted[pk]))}
    with transaction.atomic():
        linked, freed = link_candidates.link_matches(shop, chosen)
        for row in rows.values():
            if row.sku_id in chosen:
                history.note(request, row, f"Auto-linked to {linking.title_of(chosen[row.sku_id])}.")
        transaction.on_commit(lambda: tasks.publish(tasks.dispatch_due))
    items = f"{linked:,} item{'' if linked == 1 else 's'} linked."
    messages.success(request, format_html("{} {}", items, freed_sentence(shop, freed)))
    return redirect("admin:orders_productlink_changelist")
