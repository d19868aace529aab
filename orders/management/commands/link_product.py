from __future__ import annotations

import re
from typing import Any

from django.core.management.base import CommandParser

from connectors.errors import ConnectorError
from connectors.shopify import products
from connectors.shopify.products import Variant
from orders import linking, tasks
from orders.models import OrderItem
from orders.wording import plain
from settings_app import clients
from settings_app.commands import Spoken
from settings_app.models import TikTokShop

VARIANT_GID = re.compile(r"gid://shopify/ProductVariant/[0-9]{1,20}")
LONGEST_SKU_ID = 64

UNCHECKED = "The link is saved; the variant is looked for before an order with it is sent."


class Command(Spoken):
    help = "Link a TikTok SKU to a Shopify variant by hand, and let go what it held up"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--shop", metavar="SHOP_ID", required=True)
        parser.add_argument("sku_id", metavar="TIKTOK_SKU_ID")
        parser.add_argument("variant_gid", metavar="SHOPIFY_VARIANT_GID")

    def handle(self, *args: object, **options: Any) -> None:
        shop = TikTokShop.objects.select_related("store").filter(shop_id=options["shop"]).first()
        if shop is None:
            self.fail(f"No TikTok shop with the id {options['shop']} is connected.")
        gid, sku_id = options["variant_gid"], options["sku_id"]
        if not VARIANT_GID.fullmatch(gid):
            self.fail(
                f"{gid!r} is not a variant's id; give it as in gid://shopify/ProductVariant/44800000000001.",
                wrong_arguments=True,
            )
        if not 0 < len(sku_id) <= LONGEST_SKU_ID:
            self.fail(
                f"A TikTok SKU id has 1 to {LONGEST_SKU_ID} characters; copy it from the item's page.",
                wrong_arguments=True,
            )
        variant, trouble = self._seen(shop, gid)
        freed = linking.link_by_hand(shop, sku_id, variant) if variant else linking.link_unchecked(shop, sku_id, gid)
        tasks.publish(tasks.dispatch_due)
        if trouble:
            self.stderr.write(f"Shopify could not be asked now: {plain(trouble).rstrip('.')}. {UNCHECKED}")
        known = OrderItem.objects.filter(order__shop=shop, sku_id=sku_id).exists()
        if not known:
            self.stderr.write(f"No order of {shop} has an item with the TikTok SKU id {sku_id} yet; check the id.")
        facts = {"sku_id": sku_id, "variant": gid, "freed": freed.all, "in_orders": known, "checked": not trouble}
        self.say(
            options, f"Linked {sku_id} to {variant.product_title if variant else gid}; {freed.all} orders freed.", facts
        )

    def _seen(self, shop: TikTokShop, gid: str) -> tuple[Variant | None, str]:
        """The variant as it is in Shopify, or why the store cannot be asked now; a variant that is not there fails."""
        try:
            variant = products.variants_by_ids(clients.shopify(shop.store), [gid]).get(gid)
        except ConnectorError as error:
            return None, error.sentence
        if variant is None:
            self.fail(f"{shop.store.domain} has no variant {gid}; copy the id from the variant's page in Shopify.")
        return variant, ""
