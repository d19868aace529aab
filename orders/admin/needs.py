"""What needs a person, most urgent first, each with the button that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from orders.admin import access, tabs
from orders.admin import needs_of_work as work
from orders.admin.addresses import page
from orders.admin.health import background, is_late
from orders.admin.need import ORDERS, Need, in_words
from orders.insight import attention
from orders.insight.attention import Held
from orders.models import Order
from orders.webhooks import standing
from orders.wording import plain
from settings_app.models import Connection, ShopifyStore, TikTokShop
from settings_app.templatetags.plain_times import ago, ahead

AUTHORISATION_ENDS = timedelta(days=14)
RENEWING_FAILS = timedelta(hours=20)
"""A token is renewed a day ahead: with less left, four hours of trying did not help."""


def needs(request: HttpRequest) -> list[Need]:
    found = [
        *_silence(),
        *_connections(),
        *_shops(request),
        *work.deadlines(request),
        *work.standing(request),
        *_messages(),
        *work.changed(),
        *work.deliveries(),
        *work.waiting(request),
    ]
    return [*work.paused_bulks(request), *sorted(found, key=lambda need: not need.urgent)]


def all_of_them() -> tuple[int, str]:
    """How many orders need attention in all, and where they are listed."""
    return Order.objects.filter(tabs.NEEDS_ATTENTION).count(), page(ORDERS, filters=f"{tabs.PARAMETER}=attention")


def quiet() -> list[Held]:
    """Orders that stand still and that nobody here has to do anything about."""
    return [held for held in attention.held_up() if not held.needs_you]


def _silence() -> Iterator[Need]:
    now, seen = timezone.now(), background()
    if not TikTokShop.objects.exists():
        return
    if seen.timer_is_silent(now):
        yield Need(
            "The timer is silent: nothing happens by itself",
            f"It {seen.timer_words}. Until it runs, orders are neither fetched nor synced.",
            "Ask whoever runs this installation to start the timer (celery beat) again.",
            "See what is silent",
            "#health",
            urgent=True,
        )
    if seen.worker_is_silent():
        yield Need(
            "The worker is silent: nothing is fetched or synced",
            f"It {seen.worker_words}, although the timer asked it since.",
            "Ask whoever runs this installation to start the worker (celery worker) again.",
            "See what is silent",
            "#health",
            urgent=True,
        )


def _connections() -> Iterator[Need]:
    for store in ShopifyStore.objects.filter(connection=Connection.BROKEN):
        held = Order.objects.filter(store=store, reason="shopify_connection").count()
        yield Need(
            f"Shopify store {store} needs reconnecting",
            store.connection_error or "Shopify no longer lets this app in.",
            f"{in_words(held)} wait for it and go on by themselves." if held else "",
            "Mend the connection",
            page("admin:settings_app_shopifystore_change", store.pk),
            urgent=True,
        )
    soon = timezone.now() + AUTHORISATION_ENDS
    trouble = Q(connection=Connection.BROKEN) | ~Q(last_poll_error="") | Q(refresh_token_expires_at__lt=soon)
    unrenewed = Q(access_token_expires_at__lt=timezone.now() + RENEWING_FAILS) & ~Q(renewal_problem="")
    for shop in TikTokShop.objects.filter(trouble | unrenewed):
        url = page("admin:settings_app_tiktokshop_change", shop.pk)
        if shop.connection == Connection.BROKEN:
            title, sentence = f"TikTok shop {shop} needs reconnecting", plain(shop.connection_error)
        elif shop.last_poll_error:
            title, sentence = f"Fetching from {shop} fails", shop.last_poll_error
        elif shop.renewal_problem:
            title = f"TikTok's access to {shop} cannot be renewed"
            sentence = f"{plain(shop.renewal_problem)} What is in use ends {ahead(shop.access_token_expires_at)}."
        else:
            title = f"TikTok's permission for {shop} ends soon"
            sentence = f"It ends {ahead(shop.refresh_token_expires_at)}; after that no order is fetched."
        yield Need(title, sentence, "", "Mend the connection", url, urgent=True)


def _shops(request: HttpRequest) -> Iterator[Need]:
    """Shops that rest because somebody paused them, or that are not fetched although nothing is said to be wrong."""
    now, seen = timezone.now(), background()
    works = not (seen.timer_is_silent(now) or seen.worker_is_silent())
    for shop in TikTokShop.objects.filter(connection=Connection.CONNECTED).order_by("name"):
        if shop.paused:
            may = request.user.has_perm(access.SHOPS)
            yield Need(
                f"{shop} is paused",
                f"Nothing of it is fetched or synced; it was last fetched {ago(shop.last_polled_at)}.",
                "" if may else "Ask a manager to resume it.",
                "Resume" if may else "",
                page("admin:orders_order_resume", shop.pk) if may else "",
                changes=True,
            )
        elif works and is_late(shop, now) and not shop.last_poll_error:
            may = request.user.has_perm(access.SYNC)
            yield Need(
                f"{shop} was last fetched {ago(shop.last_polled_at)}",
                "It should be fetched every minute or so; new orders of it are missing here.",
                "Fetch it now; if it stays late, test its connection.",
                "Fetch now" if may else "",
                page("admin:orders_order_fetch", shop.pk) if may else "",
                urgent=True,
                more="See the connection",
                more_url=page("admin:settings_app_tiktokshop_change", shop.pk),
                changes=True,
            )


def _messages() -> Iterator[Need]:
    """What TikTok or Shopify sent that only a person can answer."""
    for kind, count in standing.kinds_for_staff().items():
        yield Need(
            standing.title_of(kind) if count == 1 else f"{standing.title_of(kind)}: {count:,} messages",
            "It stays here until somebody marks it as done.",
            "",
            "Read it" if count == 1 else "Read them",
            page("staff_events"),
        )
