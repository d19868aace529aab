"""*Set up* once everything runs: each step with what was found, and what is still left to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html

from orders import link_candidates
from orders.admin.addresses import page
from orders.admin.need import ORDERS, in_words
from orders.models import Order
from orders.states import SyncStatus
from settings_app import access
from settings_app.admin import shops as shop_page
from settings_app.admin import stores as store_page
from settings_app.admin.cells import plain
from settings_app.models import Connection, ShopifyStore, SyncSettings, TikTokShop
from settings_app.templatetags.plain_times import ago, moment


@dataclass(frozen=True)
class Found:
    """One shop or store of a step; `trouble` is "" where all is well."""

    name: str
    sentence: str
    trouble: str = ""
    url: str = ""
    words: str = ""


@dataclass(frozen=True)
class Step:
    title: str
    found: tuple[Found, ...]

    @property
    def done(self) -> bool:
        return bool(self.found) and not any(one.trouble for one in self.found)


@dataclass(frozen=True)
class Left:
    """Something still to do: what it is, and the button that leads there, "" where the viewer may not."""

    sentence: str
    button: str
    url: str


def steps() -> list[Step]:
    shops = list(TikTokShop.objects.filter(in_setup=False).select_related("store", "sync_settings").order_by("name"))
    stores = ShopifyStore.objects.prefetch_related("shops").order_by("name", "domain")
    fetched = dict(Order.objects.order_by().values_list("shop").annotate(count=Count("pk")))
    return [
        Step("TikTok Shop", tuple(_shop(shop) for shop in shops)),
        Step("Shopify", tuple(_store(store) for store in stores if store.shops.all())),
        Step("Settings", tuple(_settings(shop) for shop in shops)),
        Step("First fetch", tuple(_fetched(shop, fetched.get(shop.pk, 0)) for shop in shops)),
    ]


def _shop(shop: TikTokShop) -> Found:
    return Found(
        str(shop),
        format_html("connected since {}.", moment(shop.connected_at or shop.created_at)),
        plain(shop_page.state_of(shop)[2]) if shop.connection == Connection.BROKEN else "",
        page("admin:settings_app_tiktokshop_change", shop.pk),
        "Connection",
    )


def _store(store: ShopifyStore) -> Found:
    shops = ", ".join(sorted(str(shop) for shop in store.shops.all()))
    tone, _, sentence = store_page.state_of(store)
    return Found(
        str(store),
        f"receives the orders of {shops}.",
        plain(sentence) if tone == "bad" else "",
        page("admin:settings_app_shopifystore_change", store.pk),
        "Connection",
    )


def _settings(shop: TikTokShop) -> Found:
    settings = getattr(shop, "sync_settings", None) or SyncSettings(shop=shop)
    automatic = "on: new orders go by themselves" if settings.automatic_sync else "off: orders go when you press Sync"
    rests = " The shop is paused: nothing is fetched or synced until it is resumed." if shop.paused else ""
    return Found(
        str(shop),
        f"Automatic sync is {automatic}.{rests}",
        url=page("admin:settings_app_syncsettings_change", shop.pk),
        words="Settings",
    )


def _fetched(shop: TikTokShop, count: int) -> Found:
    never = "" if shop.last_polled_at else "not finished yet; it goes on by itself."
    if shop.paused:
        never = never and "begins when the shop is resumed."
    said = f"{in_words(count)} here, last fetched {ago(shop.last_polled_at)}." if not never else ""
    return Found(str(shop), said, never, page(ORDERS, filters=f"shop__id__exact={shop.pk}"), "Orders")


def left(request: HttpRequest) -> list[Left]:
    return list(_left(request))


def _left(request: HttpRequest) -> Iterator[Left]:
    for shop in TikTokShop.objects.filter(connection=Connection.BROKEN):
        url = f"{page('connect_tiktok')}?shop={shop.pk}"
        yield Left(f"{shop} needs reconnecting.", "Connect again", url)
    for store in ShopifyStore.objects.filter(connection=Connection.BROKEN):
        url = f"{page('connect_shopify')}?store={store.pk}" if request.user.has_perm(access.STORES) else ""
        yield Left(f"{store} needs reconnecting.", "Connect again", url)
    if items := link_candidates.holding_up():
        said = "1 item of your orders is" if items == 1 else f"{items:,} items of your orders are"
        url = page("admin:orders_productlink_changelist", filters="kind__exact=none")
        yield Left(f"{said} not linked to a Shopify product.", "Link products", url)
    by_hand = TikTokShop.objects.exclude(sync_settings__automatic_sync=True).filter(in_setup=False)
    waiting = Order.objects.filter(sync_status=SyncStatus.NOT_SYNCED, shop__in=by_hand).order_by()
    for pk, name, count in waiting.values_list("shop", "shop__name").annotate(count=Count("pk")):
        yield Left(
            f"{in_words(count)} of {name} {'waits' if count == 1 else 'wait'} until you press Sync.",
            "Show the orders",
            page(ORDERS, filters=f"tab=not_synced&shop__id__exact={pk}"),
        )
