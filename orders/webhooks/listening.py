"""What a new, mended or broken connection sets going: orders go on or are held, vendors learn where to send events."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from connectors.errors import ConnectorError
from orders import connections, tasks
from settings_app.models import ShopifyStore, TikTokShop
from settings_app.signals import connected, refused


@receiver(connected)
def connection_stands(sender: object, *, side: ShopifyStore | TikTokShop, **_: Any) -> None:
    connections.mended(side)
    type(side)._default_manager.filter(pk=side.pk).update(webhooks_due_at=None)  # beat finds it if the nudge is lost
    tasks.publish(tasks.register_webhooks, "shop" if isinstance(side, TikTokShop) else "store", side.pk)
    tasks.publish(tasks.dispatch_due)


@receiver(refused)
def connection_is_broken(sender: object, *, side: ShopifyStore | TikTokShop, error: ConnectorError, **_: Any) -> None:
    connections.failed(side, error)
