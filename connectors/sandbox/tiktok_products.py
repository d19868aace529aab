"""Product search and detail, out of the sandbox catalogue: every shop sells all of it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from connectors.sandbox.catalogue import Item, catalogue
from connectors.sandbox.catalogue_products import ONLY
from connectors.sandbox.serving import Reply
from connectors.sandbox.tiktok_answers import (
    PRODUCT_MISSING,
    TOO_MANY_SELLER_SKUS,
    TOO_MANY_SKU_IDS,
    Refusal,
    done,
)
from connectors.sandbox.tiktok_calls import Call, in_window, page_of, texts

MOST_SKUS = 10
LISTED_AT = 1_780_000_000


def search(call: Call) -> Reply:
    """POST /product/202502/products/search; the external ids are in the detail only, as at TikTok."""
    filters = call.filters()
    seller_skus, sku_ids = texts(filters, "seller_skus"), texts(filters, "sku_ids")
    if len(seller_skus) > MOST_SKUS:
        raise Refusal(TOO_MANY_SELLER_SKUS, "The number of seller_skus exceeds 10.")
    if len(sku_ids) > MOST_SKUS:
        raise Refusal(TOO_MANY_SKU_IDS, "The number of sku_ids exceeds 10.")
    rows = []
    for product_id, items in _by_product():
        matches = any(_wanted(item, seller_skus, sku_ids) for item in items)
        row = _product(product_id, items)
        if matches and filters.get("status", "ALL") in ("ALL", row["status"]) and in_window(row, filters, closed=True):
            rows.append(row)
    page = page_of(call, rows, filters, lambda row: row)
    products = page.pop("rows")
    return done(page | {"products": products} if products else page)


def detail(call: Call) -> Reply:
    """GET /product/202309/products/{id}."""
    for product_id, items in _by_product():
        if product_id == call.place:
            product = _product(product_id, items)
            return done(product | {"product_status": product["status"], "skus": [_full_sku(item) for item in items]})
    raise Refusal(PRODUCT_MISSING, "The product does not exist.")


def _by_product() -> list[tuple[str, list[Item]]]:
    return [(product_id, list(items)) for product_id, items in groupby(catalogue(), key=lambda item: item.product_id)]


def _wanted(item: Item, seller_skus: list[str], sku_ids: list[str]) -> bool:
    if seller_skus and item.seller_sku not in seller_skus:
        return False
    return not sku_ids or item.sku_id in sku_ids


def _product(product_id: str, items: Iterable[Item]) -> dict[str, Any]:
    listed = list(items)
    changed = LISTED_AT + int(product_id[-3:]) * 60
    return {
        "id": product_id,
        "title": listed[0].title,
        "status": "ACTIVATE",
        "sales_regions": ["US"],
        "create_time": LISTED_AT,
        "update_time": changed,
        "is_not_for_sale": False,
        "skus": [_sku(item) for item in listed],
    }


def _sku(item: Item) -> dict[str, Any]:
    price = f"{item.price:.2f}"
    return {
        "id": item.sku_id,
        "seller_sku": item.seller_sku,
        "price": {"currency": "USD", "tax_exclusive_price": price, "sale_price": price},
        "inventory": [{"warehouse_id": "6955005333819123123", "quantity": 120}],
        "status_info": {"status": "NORMAL"},
    }


def _full_sku(item: Item) -> dict[str, Any]:
    sku = _sku(item)
    if item.external_sku_id:
        sku["external_sku_id"] = item.external_sku_id
    if item.barcode:
        sku["identifier_code"] = {"code": item.barcode, "type": "GTIN"}
    if item.variant_title != ONLY:
        attribute = {"id": "100000", "name": "Option", "value_id": "1", "value_name": item.variant_title}
        sku["sales_attributes"] = [attribute]
    if item.parts:
        sku["combined_skus"] = [{"sku_id": sku_id, "sku_count": count} for sku_id, count in item.parts]
    return sku
