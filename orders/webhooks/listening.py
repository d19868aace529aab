"""What a new or mended connection sets going: its orders are freed, and its vendor is told where to send events."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from orders import connections, tasks
from settings_app.models import ShopifyStore, TikTokShop
from settings_app.signals import connected


@receiver(connected)
def connection_stands(sender: object, *, side: ShopifyStore | TikTokShop, **_: Any) -> None:
    connections.mended(side)
    tasks.publish(tasks.register_webhooks, "shop" if isinstance(side, TikTokShop) else "store", side.pk)
    tasks.publish(tasks.dispatch_due)
