"""Variants of a store's products: by SKU, by id, and for a person's search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.errors import BadAnswer
from connectors.shopify import costs, failures, reading
from connectors.shopify.client import Result, ShopifyClient
from connectors.shopify.search import dropped_terms, patiently, quoted, starts_with

SKUS_AT_ONCE = 20
MOST_PAGES = 8
"""Of 250 hits each, for one batch of SKUs: more means that the search was not understood."""

_VARIANT_GID = re.compile(r"gid://shopify/ProductVariant/[0-9]+")


@dataclass(frozen=True)
class Variant:
    """A Shopify variant; `price` in the store's currency; `product_status` ACTIVE, DRAFT, ARCHIVED, UNLISTED."""

    gid: str
    sku: str
    title: str
    product_title: str
    product_status: str
    price: Decimal
    barcode: str


def near(sku: str) -> str:
    """A SKU without its capitals and spaces: hits that are near, but not exact, are equal in this."""
    return "".join(sku.split()).casefold()


def variants_by_skus(client: ShopifyClient, skus: Sequence[str]) -> dict[str, tuple[Variant, ...]]:
    """Every asked SKU with the variants whose SKU is equal or near (see `near`); exactness is the caller's to judge.

    One request for up to 20 SKUs. SKUs are not unique in Shopify, and its search is loose and a little behind.
    """
    wanted = list(dict.fromkeys(skus))
    asked = [sku for sku in wanted if sku.strip()]
    hits: dict[str, dict[str, Variant]] = {}
    for start in range(0, len(asked), SKUS_AT_ONCE):
        batch = asked[start : start + SKUS_AT_ONCE]
        for variant in _search(client, " OR ".join(f"sku:{quoted(sku.strip())}" for sku in batch)):
            hits.setdefault(near(variant.sku), {})[variant.gid] = variant
    return {sku: tuple(hits.get(near(sku), {}).values()) if sku.strip() else () for sku in wanted}


def variants_by_ids(client: ShopifyClient, gids: Sequence[str]) -> dict[str, Variant | None]:
    """Variants as they are now; None for one that is gone or whose id is not a variant's. At most 250."""
    wanted = list(dict.fromkeys(gids))
    # A malformed id would make Shopify refuse the whole request.
    asked = [gid for gid in wanted if _VARIANT_GID.fullmatch(gid)]
    found: dict[str, Variant | None] = dict.fromkeys(wanted)
    if len(asked) > costs.PAGE:
        raise ValueError(f"variants_by_ids takes {costs.PAGE} ids at once, not {len(asked)}")
    if asked:
        result = client.run("variants_by_ids", {"ids": asked}, cost=costs.variants_by_ids(len(asked)))
        _complete(result)
        for raw in reading.entries(result.data, "nodes"):
            if raw.get("__typename") == "ProductVariant" and raw.get("id") in found:
                found[str(raw["id"])] = _variant(raw)
    return found


def search_variants(client: ShopifyClient, text: str, limit: int = 20) -> tuple[Variant, ...]:
    """Variants for what a person typed: titles, SKUs, barcodes; words may be beginnings. Nothing for nothing."""
    query = starts_with(text)
    if not query:
        return ()
    cost = costs.connection(limit, costs.VARIANT)
    result = client.run("variants_search", {"query": query, "first": limit, "after": None}, cost=cost)
    _complete(result)
    return tuple(_variant(raw) for raw in reading.entries(result.data, "productVariants"))


def _search(client: ShopifyClient, query: str) -> Iterator[Variant]:
    after: str | None = None
    for _ in range(MOST_PAGES):
        variables = {"query": query, "first": costs.PAGE, "after": after}
        result = patiently(client, "variants_search", variables)
        _complete(result)
        dropped = dropped_terms(result, "productVariants")
        if dropped:
            raise BadAnswer(f"Shopify did not search as asked ({'; '.join(dropped)})", code="search_dropped")
        for raw in reading.entries(result.data, "productVariants"):
            yield _variant(raw)
        if not reading.has_more(result.data, "productVariants"):
            return
        page = reading.entry(reading.entry(result.data, "productVariants"), "pageInfo")
        after = reading.text(page.get("endCursor"))
    raise BadAnswer("Shopify finds too many variants for these SKUs", code="too_many")


def _complete(result: Result) -> None:
    """A partial answer would look like a variant that is gone."""
    if result.errors:
        raise failures.partial(result.errors, "read the products", request_id=result.request_id)


def _variant(raw: dict[str, Any]) -> Variant:
    product = reading.entry(raw, "product")
    return Variant(
        gid=reading.text(raw.get("id")),
        sku=reading.text(raw.get("sku")),
        title=reading.text(raw.get("title")),
        product_title=reading.text(product.get("title")),
        product_status=reading.text(product.get("status")),
        price=reading.amount(raw.get("price")) or Decimal(0),
        barcode=reading.text(raw.get("barcode")),
    )
