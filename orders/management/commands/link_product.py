from __future__ import annotations

import re
from typing import Any

from django.core.management.base import CommandParser

from connectors.errors import ConnectorError
from connectors.shopify import products
from orders import linking, tasks
from orders.models import OrderItem
from settings_app import clients
from settings_app.commands import Spoken
from settings_app.models import TikTokShop

VARIANT_GID = re.compile(r"gid://shopify/ProductVariant/[0-9]{1,20}")


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
        try:
            variant = products.variants_by_ids(clients.shopify(shop.store), [gid]).get(gid)
        except ConnectorError as error:
            self.fail(f"Shopify could not be asked for the variant: {error.sentence}")
        if variant is None:
            self.fail(f"{shop.store.domain} has no variant {gid}; copy the id from the variant's page in Shopify.")
        known = OrderItem.objects.filter(order__shop=shop, sku_id=sku_id).exists()
        if not known:
            self.stderr.write(f"No order of {shop} has an item with the TikTok SKU id {sku_id} yet; check the id.")
        freed = linking.link_by_hand(shop, sku_id, variant)
        tasks.publish(tasks.dispatch_due)
        facts = {"sku_id": sku_id, "variant": variant.gid, "freed": freed, "in_orders": known}
        self.say(options, f"Linked {sku_id} to {variant.product_title}; {freed} orders freed.", facts)
