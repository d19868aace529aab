"""Before an item is linked to a product that looks like another one: both are shown, and somebody says yes."""

from __future__ import annotations

import re
from decimal import Decimal
from difflib import SequenceMatcher

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from connectors.shopify.products import Variant
from orders import linking
from orders.admin import link_search
from orders.models import OrderItem, ProductLink

WORD = re.compile(r"[^\W_]+")
SAYS_NOTHING = frozenset({"a", "and", "default", "for", "from", "in", "of", "sku", "the", "title", "with"})
COUNTS = frozenset(
    {"bundle", "dozen", "duo", "kit", "pack", "pair", "pc", "piece", "quad", "set", "single", "trio", "twin"}
)
"""Words that say how many: one soap and three of it share every other word."""

NEARLY = 0.85
"""So alike (difflib) are two spellings of one word: *lavander* and *lavender*, but not *cherry* and *berry*."""


def looks_different(link: ProductLink, variant: Variant) -> bool:
    """Whether a person should look at both before they are linked: the SKUs differ and the names are not nearly equal.

    Nearly equal: more than three quarters of the shorter name is in the longer one, two words at least, both say the
    same of how many it is, and what tells the variant from its sisters ("Fig") is in the item's name.
    """
    if _folded(link.seller_sku) and _folded(link.seller_sku) == _folded(variant.sku):
        return False
    ours, theirs = _words(link.title), _words(linking.title_of(variant))
    if ours == theirs:
        return not ours
    if (ours ^ theirs) & COUNTS or not all(_within(word, ours) for word in _words(variant.title)):
        return True
    shorter, longer = sorted((ours - COUNTS, theirs - COUNTS), key=len)
    shared = sum(_within(word, longer) for word in shorter)
    return shared < 2 or shared * 4 <= len(shorter) * 3


def _folded(sku: str) -> str:
    return "".join(character for character in sku.casefold() if character.isalnum())


def _words(text: str) -> set[str]:
    """Words and numbers, one and many alike."""
    found = WORD.findall(text.casefold())
    return {word.removesuffix("s") if len(word) > 3 else word for word in found} - SAYS_NOTHING


def _within(word: str, words: set[str]) -> bool:
    return word in words or (len(word) > 4 and any(SequenceMatcher(None, word, one).ratio() >= NEARLY for one in words))


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
        "price": _price_on_tiktok(link),
        "sends": link_search.sends(link),
    }
    return TemplateResponse(request, "orders/links/different.html", context)


def _price_on_tiktok(link: ProductLink) -> Decimal | None:
    """What buyers paid for one of it last; None where no order says."""
    sold = OrderItem.objects.filter(order__shop=link.shop_id, sku_id=link.sku_id, price__isnull=False)
    return sold.order_by("-order__placed_at").values_list("price", flat=True).first()
