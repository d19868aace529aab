"""An item that is sold on TikTok and linked to nothing yet."""

from __future__ import annotations

import re
from typing import Any

from connectors.shopify import products
from orders.models import ProductLink
from settings_app import clients
from tests.factories import LinkFactory, raw_order
from tests.flows.conftest import Road
from tests.flows.reading import messages

LIST = "/admin/orders/productlink/"

SKU_ID = raw_order()["line_items"][0]["sku_id"]


def not_linked(road: Road, sku: str = "SOAP-LAV") -> ProductLink:
    row: ProductLink = LinkFactory.create(
        shop=road.shop, sku_id=SKU_ID, seller_sku=sku, title="Lavender soap", kind="none", variant_gid=""
    )
    return row


def words(answer: Any) -> str:
    """What stands above the page, without the links in it."""
    return re.sub(r"<[^>]+>", "", messages(answer))


def variants(road: Road, sku: str) -> Any:
    """What Shopify has under this SKU once the store sells it."""
    road.variant(sku)
    return products.variants_by_skus(clients.shopify(road.shop.store), [sku])[sku]
