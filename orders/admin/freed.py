"""Where the orders went that a new link let go, in one sentence that counts each of them once."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from orders.admin.addresses import page
from orders.admin.need import ORDERS
from orders.held_up import Freed
from settings_app.models import SyncSettings, TikTokShop


def freed_sentence(shop: TikTokShop, freed: Freed, sku: str = "") -> SafeString:
    """`sku` is the item's own, by which its orders are found.

    "12 orders waited for it: 9 go to Shopify now, 2 wait until …, 1 still waits for another item."
    """
    if not freed.all:
        return format_html("{}", "No order waited for it.")
    said = f"{freed.all:,} order{'' if freed.all == 1 else 's'} waited for it:"
    parts = format_html_join(", ", "{}", ((part,) for part in _parts(shop, freed, sku)))
    return format_html("{} {}.", said, parts)


def going_now(shop: TikTokShop, freed: Freed) -> int:
    """Those of the orders that go to Shopify without another click."""
    return freed.queued + (freed.not_synced if _automatic(shop) else 0)


def _automatic(shop: TikTokShop) -> bool:
    return SyncSettings.objects.filter(shop=shop, automatic_sync=True).exists()


def _parts(shop: TikTokShop, freed: Freed, sku: str) -> Iterator[SafeString]:
    automatic, going = _automatic(shop), going_now(shop, freed)
    if going:
        when = f"as soon as {shop} is resumed" if shop.paused else "now"
        goes = f"{going:,} {'goes' if going == 1 else 'go'} to Shopify {when}"
        watched = page(ORDERS, filters=urlencode({"q": sku, "shop__id__exact": shop.pk})) if sku else ""
        yield _linked(goes, watched)
    if freed.not_synced and not automatic:
        yield format_html(
            '<a class="ob-link" href="{}">{}</a> until you press Sync',
            page(ORDERS, filters=f"tab=not_synced&shop__id__exact={shop.pk}"),
            f"{freed.not_synced:,} {'waits' if freed.not_synced == 1 else 'wait'}",
        )
    if freed.wait:
        yield format_html(
            '{} for <a class="ob-link" href="{}">another item that is not linked</a>',
            f"{freed.wait:,} still {'waits' if freed.wait == 1 else 'wait'}",
            page("admin:orders_productlink_changelist", filters="kind__exact=none"),
        )


def _linked(words: str, url: str) -> SafeString:
    return format_html('<a class="ob-link" href="{}">{}</a>' if url else "{1}", url, words)
