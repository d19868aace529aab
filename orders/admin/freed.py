"""Where the orders went that a new link let go, in one sentence that counts each of them once."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from orders.admin.addresses import page
from orders.admin.need import ORDERS
from orders.linking import Freed
from settings_app.models import SyncSettings, TikTokShop


def freed_sentence(shop: TikTokShop, freed: Freed) -> SafeString:
    """ "12 orders stood still because of it: 9 go to Shopify now, 2 wait until …, 1 still waits for another item." """
    if not freed.all:
        return format_html("{}", "No order stood still because of it.")
    said = f"{freed.all:,} order{'' if freed.all == 1 else 's'} stood still because of it:"
    return format_html("{} {}.", said, format_html_join(", ", "{}", ((part,) for part in _parts(shop, freed))))


def _parts(shop: TikTokShop, freed: Freed) -> Iterator[SafeString]:
    automatic = SyncSettings.objects.filter(shop=shop, automatic_sync=True).exists()
    going = freed.queued + (freed.not_synced if automatic else 0)
    if going:
        when = f"as soon as {shop} is resumed" if shop.paused else "now"
        yield format_html("{}", f"{going:,} {'goes' if going == 1 else 'go'} to Shopify {when}")
    if freed.not_synced and not automatic:
        yield format_html(
            '<a class="ob-link" href="{}">{}</a> until you press Sync',
            page(ORDERS, filters=f"tab=not_synced&shop__id__exact={shop.pk}"),
            f"{freed.not_synced:,} {'waits' if freed.not_synced == 1 else 'wait'}",
        )
    if freed.wait:
        yield format_html(
            '{} for <a class="ob-link" href="{}">another item without link</a>',
            f"{freed.wait:,} still {'waits' if freed.wait == 1 else 'wait'}",
            page("admin:orders_productlink_changelist", filters="kind__exact=none"),
        )
