"""The first connection in four steps: TikTok, Shopify, settings, first fetch. Nothing is sent unasked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from orders import tasks
from orders.admin import history, setup_done
from orders.admin.settings_form import LABELS, in_words
from orders.models import FetchCursor, Order
from settings_app import access, tiktok_consent
from settings_app.models import Connection, PendingAuthorization, ShopifyStore, SyncSettings, TikTokShop
from settings_app.typed_text import is_row_number

SETTINGS = "settings_app.change_syncsettings"


@dataclass(frozen=True)
class Progress:
    """How far the first fetch of a shop is: percent of the days it reaches back, and the orders found so far."""

    shop: TikTokShop
    started: bool
    percent: int
    orders: int
    problem: str

    @property
    def done(self) -> bool:
        return self.started and self.percent >= 100


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Where the set-up stands, with the one thing to do next."""
    user = access.person(request, access.SHOPS)
    pending = PendingAuthorization.objects.filter(user=user).order_by("-pk").first()
    consent = tiktok_consent.read(pending) if pending else None
    new_shops = tiktok_consent.still_new(consent) if consent else []
    stores = list(ShopifyStore.objects.filter(connection=Connection.CONNECTED).order_by("name", "domain"))
    shops = list(TikTokShop.objects.filter(in_setup=True).select_related("store").order_by("name"))
    progress = [_progress(shop) for shop in shops]
    context = {
        **admin.site.each_context(request),
        "title": "Set up",
        "new_shops": new_shops,
        "refused": consent.refused if consent else "",
        "stores": stores,
        "shops": [(shop, _settings_in_words(shop)) for shop in shops],
        "progress": progress,
        "fetching": any(one.started and not one.done for one in progress),
        "started": bool(progress) and all(one.started for one in progress),
        "done": bool(progress) and all(one.done for one in progress),
        "orders": sum(one.orders for one in progress),
        "may_connect_store": request.user.has_perm(access.STORES),
    }
    if not (shops or new_shops) and TikTokShop.objects.exists():
        context |= {"steps": setup_done.steps(), "left": setup_done.left(request)}
        return TemplateResponse(request, "orders/setup_done.html", context)
    return TemplateResponse(request, "orders/setup.html", context)


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """The chosen shops of the consent get their store; nothing is fetched yet."""
    user = access.person(request, access.SHOPS)
    pending = PendingAuthorization.objects.filter(user=user).order_by("-pk").first()
    given = request.POST.get("store", "")
    store = get_object_or_404(ShopifyStore, pk=int(given)) if is_row_number(given) else None
    chosen = request.POST.getlist("shop")
    if pending is None:
        messages.error(request, "TikTok's consent is used up or older than a day. Connect the TikTok shop again.")
    elif store is None or not chosen:
        messages.error(request, "Choose at least one TikTok shop and the Shopify store that its orders shall go to.")
    else:
        for shop in tiktok_consent.connect_shops(pending, chosen, store):
            SyncSettings.objects.get_or_create(shop=shop)
            history.note(request, shop, f"Connected with {store.domain}.")
            messages.success(request, f"{shop} is connected with {store}. Nothing is fetched yet.")
    return redirect("setup")


@require_POST
def fetch(request: HttpRequest) -> HttpResponse:
    """The first fetch: orders come here, none goes to Shopify."""
    access.person(request, access.SHOPS)
    shops = TikTokShop.objects.filter(in_setup=True, paused=True)
    for shop in shops:
        history.note(request, shop, "Started the first fetch.")
        TikTokShop.objects.filter(pk=shop.pk).update(paused=False)
        transaction.on_commit(lambda pk=shop.pk: tasks.publish(tasks.fetch_shop, pk))  # type: ignore[misc]
    return redirect("setup")


@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """The end of the set-up: *Automatic sync* only when this very press asks for it."""
    access.person(request, access.SHOPS)
    automatic = request.POST.get("automatic") == "yes"
    if automatic:
        access.person(request, SETTINGS)
    shops = [shop for shop in TikTokShop.objects.filter(in_setup=True, paused=False) if _progress(shop).done]
    for shop in shops:
        if automatic:
            SyncSettings.objects.filter(shop=shop).update(automatic_sync=True)
        TikTokShop.objects.filter(pk=shop.pk).update(in_setup=False)
        history.note(request, shop, f"Finished the set-up; Automatic sync is {'on' if automatic else 'off'}.")
    if not shops:
        messages.warning(request, "The first fetch is not finished yet.")
        return redirect("setup")
    if automatic:
        messages.success(request, "Automatic sync is on: the fetched orders go to Shopify now, new ones as they come.")
        transaction.on_commit(lambda: tasks.publish(tasks.dispatch_due))
    else:
        messages.success(request, "The set-up is finished. Select orders and press Sync whenever you like.")
    return redirect("admin:orders_order_changelist")


def _progress(shop: TikTokShop) -> Progress:
    orders = Order.objects.filter(shop=shop).count()
    problem = shop.connection_error if shop.connection == Connection.BROKEN else shop.last_poll_error
    if shop.paused:
        return Progress(shop, False, 0, orders, problem)
    if shop.last_polled_at is not None:
        return Progress(shop, True, 100, orders, problem)
    settings = SyncSettings.objects.filter(shop=shop).first()
    days = settings.backfill_days if settings else 7
    cursor = FetchCursor.objects.filter(shop=shop).first()
    if cursor is None or cursor.watermark is None or not days:
        return Progress(shop, True, 0, orders, problem)
    left = timezone.now() - cursor.watermark
    percent = 100 - round(100 * left / timedelta(days=days))
    return Progress(shop, True, max(0, min(99, percent)), orders, problem)


def _settings_in_words(shop: TikTokShop) -> list[tuple[str, str]]:
    settings = SyncSettings.objects.filter(shop=shop).first() or SyncSettings(shop=shop)
    return [(LABELS[name], in_words(name, getattr(settings, name))) for name in LABELS if name != "automatic_sync"]
