"""Before an item is linked to a product that looks like another one: both are shown, and somebody says yes."""

from __future__ import annotations

import re

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from connectors.shopify.products import Variant
from orders import linking
from orders.models import ProductLink

WORD = re.compile(r"[^\W\d_]{3,}")
SAYS_NOTHING = frozenset({"and", "for", "from", "pack", "set", "sku", "the", "title", "default", "with"})
SHORTEST_WITHIN = 3
"""A SKU of at least so many characters within the other one is taken for the same product."""


def looks_different(link: ProductLink, variant: Variant) -> bool:
    """Whether neither the names nor the SKUs have anything in common; what is missing on a side says nothing."""
    if _same_sku(link.seller_sku, variant.sku):
        return False
    ours = _words(link.title) | _words(link.seller_sku)
    theirs = _words(linking.title_of(variant)) | _words(variant.sku)
    return not ours & theirs


def _same_sku(ours: str, theirs: str) -> bool:
    one, other = sorted((_folded(ours), _folded(theirs)), key=len)
    return len(one) >= SHORTEST_WITHIN and one in other


def _folded(sku: str) -> str:
    return "".join(character for character in sku.casefold() if character.isalnum())


def _words(text: str) -> set[str]:
    """Words of three letters or more, one and many alike."""
    return {word.removesuffix("s") for word in WORD.findall(text.casefold())} - SAYS_NOTHING


def ask(request: HttpRequest, link: ProductLink, variant: Variant) -> HttpResponse:
    """The question; only a POST with `confirmed` links."""
    held, waiting = getattr(link, "held", 0), getattr(link, "waiting", 0)
    context = {
        **admin.site.each_context(request),
        "title": "These look different",
        "opts": ProductLink._meta,
        "original": link,
        "link": link,
        "variant": variant,
        "product": linking.title_of(variant),
        "orders": held + waiting,
    }
    return TemplateResponse(request, "orders/links/different.html", context)
