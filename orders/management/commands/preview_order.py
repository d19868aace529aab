from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from connectors import careless_json
from connectors.careless_json import storable
from connectors.errors import ConnectorError
from orders import previewing
from orders.models import Order
from orders.previewing import Preview
from orders.reasons import REASONS
from settings_app.commands import Spoken
from settings_app.models import TikTokShop


class Command(Spoken):
    help = "The Shopify order that a sync would create, through the code the sync runs; sends nothing"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("order_id", nargs="?", metavar="ORDER_ID")
        parser.add_argument("--payload", metavar="FILE", help="a TikTok order as JSON")
        parser.add_argument("--shop", metavar="SHOP_ID", help="the TikTok shop the file's order is of")

    def handle(self, *args: object, **options: Any) -> None:
        if bool(options["order_id"]) == bool(options["payload"]) or bool(options["payload"]) != bool(options["shop"]):
            self.fail("Give either ORDER_ID, or --payload FILE together with --shop SHOP_ID.", wrong_arguments=True)
        order = None if options["payload"] else self._stored(options["order_id"])
        raw, shop = (order.payload.raw, order.shop) if order else self._from_file(options)
        try:
            preview = previewing.preview(raw, shop, accept_difference=bool(order and order.accepts_difference))
        except ConnectorError as error:
            self.fail(f"Items could not be looked up: {error.sentence}")
        # what is there already is told beside the verdict: that stays one about TikTok's order and the rules
        there = (order.shopify_order_name or order.shopify_order_id or "") if order else ""
        facts = preview.as_json() | {"in_shopify": there or None}
        self.say(options, f"{_verdict(preview, there)}{_totals(preview)}", facts)

    def _stored(self, order_id: str) -> Order:
        order = Order.objects.select_related("shop__store", "payload").filter(tiktok_order_id=order_id).first()
        if order is None:
            self.fail(f"No order {order_id} was fetched; run fetch_orders, or check the id.")
        if not hasattr(order, "payload"):
            self.fail(f"What TikTok said of order {order_id} was cleared, so there is nothing to preview.")
        return order

    def _from_file(self, options: dict[str, Any]) -> tuple[dict[str, Any], TikTokShop]:
        shop = TikTokShop.objects.select_related("store").filter(shop_id=options["shop"]).first()
        if shop is None:
            self.fail(f"No TikTok shop with the id {options['shop']} is connected.")
        try:
            raw = storable(careless_json.read(Path(options["payload"]).read_bytes()))
        except (OSError, ValueError) as wrong:
            self.fail(f"{options['payload']} cannot be read as one JSON object ({wrong}).")
        if not isinstance(raw, dict):
            self.fail(f"{options['payload']} must hold one TikTok order as a JSON object.")
        return raw, shop


def _verdict(preview: Preview, there: str) -> str:
    if there:
        return f"It is in Shopify as {there}; a sync would send nothing."
    if preview.eligible:
        return "It would be created."
    reason = REASONS.get(preview.reason)
    why = " ".join(text for text in (reason.sentence if reason else "", preview.message) if text)
    return f"It would not be created: {why or preview.reason}"


def _totals(preview: Preview) -> str:
    """Both totals, where the order could be read so far."""
    if preview.mapped is None:
        return ""
    totals = preview.mapped.totals
    return f" TikTok {totals.tiktok}, Shopify {totals.shopify} {totals.currency}."
