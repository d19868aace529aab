"""Searching the live Shopify store for the variant that an item is."""

from __future__ import annotations

import re

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from connectors.errors import ConnectorError
from connectors.shopify import products
from connectors.shopify.products import Variant
from orders import held_up
from orders.admin.freed import going_now
from orders.models import ProductLink
from settings_app import clients
from settings_app.models import ShopifyStore, TikTokShop
from settings_app.typed_text import is_row_number

GID = re.compile(r"^(?:gid://shopify/ProductVariant/)?(\d{8,})$")
MOST = 50


def found(store: ShopifyStore, text: str) -> tuple[list[Variant], str]:
    """Variants for what was typed (title, SKU, barcode or a variant's number), or why the store could not be asked."""
    text = text.strip()
    if not text:
        return [], ""
    try:
        client = clients.shopify(store)
        number = GID.match(text)
        if number:
            variant = by_gid(store, f"gid://shopify/ProductVariant/{number[1]}")
            if variant:
                return [variant], ""
        return list(products.search_variants(client, text, limit=MOST)), ""
    except ConnectorError as error:
        return [], f"Shopify could not be searched: {error.sentence}"


def guesses(seller_sku: str, title: str) -> list[str]:
    """What to search for before anybody typed: the SKU, then the title, then less and less of it."""
    name = re.split(r" – |,|\(", title)[0].strip()
    words = name.split()
    tries = [seller_sku, title, name, " ".join(words[:2]), *words[:1]]
    return [text for text in dict.fromkeys(text.strip() for text in tries) if text]


def first_found(store: ShopifyStore, texts: list[str]) -> tuple[str, list[Variant], str]:
    """The first of `texts` that Shopify has something for; the last one where it has nothing for any."""
    for text in texts:
        hits, trouble = found(store, text)
        if hits or trouble:
            return text, hits, trouble
    return (texts[0] if texts else ""), [], ""


def by_gid(store: ShopifyStore, gid: str) -> Variant | None:
    """The variant as it is in Shopify now. Raises the error family of `connectors.errors`."""
    return products.variants_by_ids(clients.shopify(store), [gid]).get(gid)


@require_GET
def variants(request: HttpRequest, shop_pk: int) -> HttpResponse:
    """The select box alone, for the search field that asks while somebody types."""
    if not request.user.has_perm("orders.change_productlink"):
        raise PermissionDenied
    shop = get_object_or_404(TikTokShop.objects.select_related("store"), pk=shop_pk)
    text = request.GET.get("q", "")
    hits, trouble = found(shop.store, text)
    wanted = request.GET.get("link", "")
    link = ProductLink.objects.filter(shop=shop, pk=wanted).first() if is_row_number(wanted) else None
    shown = {"hits": hits, "trouble": trouble, "text": text.strip(), "sends": sends(link) if link else 0}
    return render(request, "orders/links/variants.html", shown)


def sends(link: ProductLink) -> int:
    """How many orders go to Shopify as soon as this item is linked, without another click."""
    return going_now(link.shop, held_up.would_free(link.shop, [link.sku_id]))
