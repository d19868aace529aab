from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from orders import privacy
from orders.models import Order
from settings_app.commands import Spoken


class Command(Spoken):
    help = "Erase one buyer's personal data from everything stored here (Shopify and TikTok keep their own copies)"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--order", metavar="ORDER_ID", help="the buyer of this TikTok order, in all their orders")
        who.add_argument("--buyer", metavar="USER_ID", help="TikTok's number for the buyer")
        who.add_argument("--email", help="the relay e-mail of their orders")

    def handle(self, *args: object, **options: Any) -> None:
        erased = privacy.erase(Order.objects.filter(pk__in=self._orders(options).values("pk")))
        if not erased.orders and not erased.under_way:
            self.fail("Nothing of this buyer is stored here.")
        if erased.under_way:
            self.fail(
                f"{erased.orders} orders were erased; {', '.join(erased.under_way)} is being sent to Shopify now. "
                "Run this again in a few minutes."
            )
        self.say(
            options,
            f"The buyer's data of {erased.orders} orders was erased here; Shopify keeps its own copy.",
            {"orders": erased.orders},
        )

    def _orders(self, options: dict[str, Any]) -> Any:
        if options["email"]:
            return privacy.orders_of_buyer(email=options["email"])
        if options["buyer"]:
            return privacy.orders_of_buyer(user_id=options["buyer"])
        order = Order.objects.filter(tiktok_order_id=options["order"]).first()
        if order is None:
            self.fail(f"There is no order {options['order']} here.")
        buyer = privacy.buyer_of(order)
        return privacy.orders_of_buyer(user_id=buyer) if buyer else Order.objects.filter(pk=order.pk)
