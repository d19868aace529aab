"""Finding orders by what people have at hand: TikTok id, Shopify number, SKU, tracking number (also several), title."""

from __future__ import annotations

import re

from django.db.models import Q, QuerySet

from orders.models import ItemTitle, Order, OrderItem, Package

MOST_TERMS = 200
MOST_WORDS_OF_A_TITLE = 12
"""More words than a product's name are a pasted list."""

SHORTEST_WORD = 3
"""One or two letters are in nearly every title."""

LONGEST_TRACKING = 64


def found(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Orders that one of the words means; a pasted list of ids finds all of them. SKUs may hold spaces."""
    text = text.strip()
    if not text:
        return orders
    words = [word for word in re.split(r"[\s,;]+", text) if word][:MOST_TERMS]
    if len(words) > 1 and len(together := "".join(words)) <= LONGEST_TRACKING:
        parcel = orders.filter(_tracked(together))  # carriers print tracking numbers in groups
        if parcel.exists():
            return parcel
    meant = _one(text)
    if len(words) > 1:
        meant |= _several(words)
    if (titles := _titles(words)).exists():
        meant |= Q(pk__in=OrderItem.objects.filter(title__in=titles.values("title")).values("order"))
    return orders.filter(meant)


def _titles(words: list[str]) -> QuerySet[ItemTitle]:
    """Titles of items that hold all the words, in any order; looked for among the titles, not among the orders."""
    if len(words) > MOST_WORDS_OF_A_TITLE or max(map(len, words), default=0) < SHORTEST_WORD:
        return ItemTitle.objects.none()
    found = ItemTitle.objects.all()
    for word in words:
        found = found.filter(title__icontains=word)
    return found


def _tracked(number: str) -> Q:
    items = OrderItem.objects.filter(tracking_number__iexact=number)
    packages = Package.objects.filter(tracking_number__iexact=number)
    return Q(pk__in=items.values("order")) | Q(pk__in=packages.values("order"))


def _one(word: str) -> Q:
    bare = word.lstrip("#")
    items = OrderItem.objects.filter(Q(seller_sku__istartswith=word) | Q(tracking_number__iexact=bare))
    return (
        Q(tiktok_order_id__startswith=bare)
        | Q(shopify_order_name__in=[word, bare, f"#{bare}"])
        | Q(pk__in=items.values("order"))
        | Q(pk__in=Package.objects.filter(tracking_number=bare).values("order"))
    )


def _several(words: list[str]) -> Q:
    bare = [word.lstrip("#") for word in words]
    names = [*bare, *(f"#{word}" for word in bare)]
    items = OrderItem.objects.filter(Q(seller_sku__in=words) | Q(tracking_number__in=bare))
    packages = Package.objects.filter(tracking_number__in=bare)
    return (
        Q(tiktok_order_id__in=bare)
        | Q(shopify_order_name__in=names)
        | Q(pk__in=items.values("order"))
        | Q(pk__in=packages.values("order"))
    )
