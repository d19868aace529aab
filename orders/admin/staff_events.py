"""Messages of TikTok and Shopify that only a person can answer, and *Done* with who and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from orders.admin import access, history
from orders.admin.addresses import page
from orders.models import Order, WebhookEvent
from orders.webhooks import standing
from orders.wording import plain
from settings_app.models import ShopifyStore, TikTokShop

CLOSED_SHOWN = 20
DONE = "Done. "


@dataclass(frozen=True)
class Shown:
    """One message: `links` are (words, address) of the orders it speaks of."""

    pk: int
    title: str
    sender: str
    at: datetime
    sentence: str
    links: tuple[tuple[str, str], ...]


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    access.require(request, access.SEE)
    context = {
        **admin.site.each_context(request),
        "title": "Messages to answer",
        "waiting": _shown(standing.for_staff()),
        "closed": _closed(),
        "may_close": access.may(request, access.REVIEW),
    }
    return TemplateResponse(request, "orders/staff_events.html", context)


@require_POST
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody saw to it. Of two who press at one moment the first is named."""
    access.require(request, access.REVIEW)
    event = get_object_or_404(WebhookEvent, pk=pk)
    if standing.seen_to(event.pk):
        history.note(request, event, DONE + plain(event.note))
        messages.success(request, "Marked as done.")
    else:
        messages.info(request, "Nothing was changed: it was done already.")
    return redirect("staff_events")


def _shown(events: Sequence[WebhookEvent]) -> list[Shown]:
    domains = {event.sender for event in events}
    stores = {store.domain.lower(): str(store) for store in ShopifyStore.objects.filter(domain__in=domains)}
    shops = {shop.shop_id: str(shop) for shop in TikTokShop.objects.filter(shop_id__in=domains)}
    gids = {event.pk: _gids(event) for event in events}
    known = Order.objects.filter(shopify_order_id__in=[gid for some in gids.values() for gid in some])
    orders = {order.shopify_order_id: order for order in known.only("pk", "tiktok_order_id", "shopify_order_id")}
    return [
        Shown(
            event.pk,
            standing.title_of(event.kind),
            stores.get(event.sender) or shops.get(event.sender) or event.sender,
            event.happened_at or event.received_at,
            plain(event.note),
            tuple(
                (f"Order {orders[gid].tiktok_order_id}", page("admin:orders_order_change", orders[gid].pk))
                for gid in gids[event.pk]
                if gid in orders
            ),
        )
        for event in events
    ]


def _gids(event: WebhookEvent) -> list[str]:
    numbers = [event.data.get("id"), *event.data.get("order_ids", [])]
    return [f"gid://shopify/Order/{number}" for number in numbers if number]


def _closed() -> list[LogEntry]:
    kind = ContentType.objects.get_for_model(WebhookEvent)
    entries = LogEntry.objects.filter(content_type=kind, change_message__startswith=DONE).select_related("user")
    closed = list(entries.order_by("-action_time")[:CLOSED_SHOWN])
    for entry in closed:
        entry.change_message = entry.change_message.removeprefix(DONE)
    return closed
