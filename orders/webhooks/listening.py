"""What others of the house set going: connections that stand or break, settings that change."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from connectors.errors import ConnectorError
from orders import connections, settings_changed, tasks
from settings_app.models import ShopifyStore, SyncSettings, TikTokShop
from settings_app.rules import Rules
from settings_app.signals import connected, refused, rules_changed


@receiver(connected)
def connection_stands(sender: object, *, side: ShopifyStore | TikTokShop, **_: Any) -> None:
    connections.mended(side)
    type(side)._default_manager.filter(pk=side.pk).update(webhooks_due_at=None)  # beat finds it if the nudge is lost
    tasks.publish(tasks.register_webhooks, "shop" if isinstance(side, TikTokShop) else "store", side.pk)
    tasks.publish(tasks.dispatch_due)


@receiver(refused)
def connection_is_broken(sender: object, *, side: ShopifyStore | TikTokShop, error: ConnectorError, **_: Any) -> None:
    connections.failed(side, error)


@receiver(rules_changed)
def settings_are_others(
    sender: object, *, shop: TikTokShop, before: Rules, after: Rules, command: str, **_: Any
) -> int:
    from orders.admin import history, settings_form  # pages are loaded after their models, and this before

    if command:
        changes = "; ".join(settings_form.changes_in_words(before, after))
        history.note_command(command, SyncSettings.objects.get(shop=shop), changes)
    transaction.on_commit(lambda: tasks.publish(tasks.dispatch_due))
    return settings_changed.release(shop, before, after)
