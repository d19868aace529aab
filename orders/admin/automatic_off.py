"""Turning Automatic sync off from another page than Settings → Order: same right, same road, same history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest

from orders.admin import history
from orders.admin.settings_form import changes_in_words
from orders.models import Order
from orders.states import AskedBy, SyncStatus
from settings_app.connect import save_rules
from settings_app.models import SyncSettings, TikTokShop

CHANGE = "settings_app.change_syncsettings"


def kept_back(shops: Sequence[TikTokShop]) -> int:
    """What Automatic sync had asked for and was not sent: the next tick of the dispatch takes it back."""
    return Order.objects.filter(shop__in=shops, sync_status=SyncStatus.QUEUED, asked_by=AskedBy.AUTOMATIC).count()


def turn_off(request: HttpRequest, shops: Sequence[TikTokShop]) -> None:
    """Within the caller's transaction; the caller has asked for `CHANGE`. Where it is off already nothing changes."""
    on = SyncSettings.objects.select_for_update(of=("self",)).filter(shop__in=shops, automatic_sync=True)
    for settings in on.select_related("shop").order_by("pk"):
        before = settings.rules()
        after = replace(before, automatic_sync=False)
        save_rules(settings, before, after)
        history.note(request, settings, "; ".join(changes_in_words(before, after)))
