"""The catalogue: seeding it, searching it, and showing it to GraphQL."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from connectors.sandbox.shopify_places import place_of
from connectors.sandbox.shopify_search import Term, compare, has_words, matches, parse_query
from connectors.sandbox.shopify_shop import Shop, gid
from connectors.sandbox.store import Store

Document = dict[str, Any]
View = dict[str, Any]
FIRST_VARIANT = 44_800_000_000_001
FIRST_PRODUCT = 8_200_000_000_001

VARIANT_FIELDS = frozenset(
    """barcode collection delivery_profile_id exclude_composite exclude_variants_with_components gift_card id
    inventory_quantity location_id managed managed_by product_id product_ids product_publication_status product_status
    product_type publishable_status published_status requires_components sku tag taxable title updated_at vendor
    default""".split()
)
PRODUCT_FIELDS = frozenset("id title sku barcode status tag vendor product_type handle updated_at default".split())


def seed(store: Store, products: list[Document], domain: str = "") -> list[Document]:
    """Add products; `domain` "" is every store. Each entry: title, sku, price, and what else is known of it.

    Optional: variants (a list of the same keys), id and product_id (bare numbers), variant_title, barcode, inventory,
    policy CONTINUE or DENY, tracked, requires_shipping, status, vendor, location (a name). Returns the variants.
    """
    made = []
    for product in products:
        product_id = str(product.get("product_id") or store.next_number("product ids", FIRST_PRODUCT))
        for variant in product.get("variants") or [product]:
            about = {**product, **variant}
            number = str(about.get("id") or store.next_number("variant ids", FIRST_VARIANT)).rsplit("/", 1)[-1]
            made.append(store.put("variants", number, _variant(number, product_id, about, domain)))
    return made


def _variant(number: str, product_id: str, about: Document, domain: str) -> Document:
    location = about.get("location")
    place = place_of(location) if location else None
    return {
        "number_id": number,
        "product_id": product_id.rsplit("/", 1)[-1],
        "store": domain,
        "product_title": about.get("title") or "",
        "title": about.get("variant_title") or "Default Title",
        "sku": about.get("sku"),
        "barcode": about.get("barcode") or None,
        "price": str(about.get("price") or "0"),
        "inventory": int(about.get("inventory", 100)),
        "policy": about.get("policy") or "DENY",
        "tracked": bool(about.get("tracked", True)),
        "requires_shipping": bool(about.get("requires_shipping", True)),
        "status": about.get("status") or "ACTIVE",
        "vendor": about.get("vendor") or "",
        "location": place,
    }


def variant_view(shop: Shop, variant: Document) -> View:
    price = text_price(variant["price"])
    whole = variant["product_title"]
    name = whole if variant["title"] == "Default Title" else f"{whole} - {variant['title']}"
    return {
        "__typename": "ProductVariant",
        "id": gid("ProductVariant", variant["number_id"]),
        "legacyResourceId": variant["number_id"],
        "sku": variant["sku"],
        "barcode": variant["barcode"],
        "title": variant["title"],
        "displayName": name,
        "price": price,
        "compareAtPrice": None,
        "taxable": True,
        "position": 1,
        "availableForSale": variant["status"] == "ACTIVE",
        "inventoryPolicy": variant["policy"],
        "inventoryQuantity": shop.stock(variant),
        "sellableOnlineQuantity": shop.stock(variant),
        "selectedOptions": [{"name": "Title", "value": variant["title"], "optionValue": None}],
        "image": lambda **_: None,
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
        "product": lambda: product_view(shop, variant),
        "inventoryItem": {
            "__typename": "InventoryItem",
            "id": gid("InventoryItem", variant["number_id"]),
            "legacyResourceId": variant["number_id"],
            "sku": variant["sku"],
            "tracked": variant["tracked"],
            "requiresShipping": variant["requires_shipping"],
        },
    }


def product_view(shop: Shop, variant: Document) -> View:
    """The product of a variant."""
    number = variant["product_id"]
    return {
        "__typename": "Product",
        "id": gid("Product", number),
        "legacyResourceId": number,
        "title": variant["product_title"],
        "status": variant["status"],
        "vendor": variant["vendor"],
        "handle": "-".join(variant["product_title"].lower().split()),
        "productType": "",
        "tags": [],
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
        "featuredImage": None,
        "onlineStoreUrl": None,
        "totalInventory": lambda: sum(shop.stock(each) for each in _siblings(shop, number)),
        "variantsCount": lambda **_: {"count": len(_siblings(shop, number)), "precision": "EXACT"},
        "variants": lambda **_: [variant_view(shop, each) for each in _siblings(shop, number)],
    }


def text_price(price: str) -> str:
    """Prices of the catalogue are Money text with two places."""
    return str(Decimal(price).quantize(Decimal("0.01")))


def _siblings(shop: Shop, product: str) -> list[Document]:
    return [variant for variant in shop.variants() if variant["product_id"] == product]


def search_variants(shop: Shop, query: str, note: Any) -> list[Document]:
    """Tokenised and case-insensitive, as recorded: an exact SKU is for the caller to pick out."""
    asked = parse_query(query, VARIANT_FIELDS)
    note(asked)
    rows = [variant for variant in shop.variants() if matches(asked.tree, partial(_fits, variant))]
    return sorted(rows, key=lambda variant: int(variant["number_id"]))


def search_products(shop: Shop, query: str, note: Any) -> list[Document]:
    """One variant of each product found, for `product_view`."""
    asked = parse_query(query, PRODUCT_FIELDS)
    note(asked)
    found: dict[str, Document] = {}
    for variant in shop.variants():
        if matches(asked.tree, partial(_fits, variant, product=True)):
            found.setdefault(variant["product_id"], variant)
    return sorted(found.values(), key=lambda variant: int(variant["product_id"]))


def _fits(variant: Document, term: Term, *, product: bool = False) -> bool:
    match term.field:
        case "" | "default":
            whole = f"{variant['product_title']} {variant['title']} {variant['sku'] or ''} {variant['barcode'] or ''}"
            return has_words(whole, term)
        case "sku":
            return has_words(variant["sku"] or "", term)
        case "title":
            return has_words(variant["product_title"] if product else variant["title"], term)
        case "id":
            return compare(variant["product_id"] if product else variant["number_id"], term)
        case "product_id":
            return compare(variant["product_id"], term)
        case "product_ids":
            return variant["product_id"] in term.value.split(",")
        case "status" | "product_status":
            return compare(variant["status"], term)
        case "barcode" | "vendor":
            return compare(variant[term.field] or "", term)
    return True
