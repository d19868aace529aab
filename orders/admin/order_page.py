"""One order: what to do next, both sides, its packages, everything that happened, and the attempts."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from connectors.redact import redact
from connectors.tiktok import payloads
from orders import claims, preparation
from orders.admin import access, columns, history, marks, next_step, row_facts, seller_center
from orders.admin.address_then import parts_then_and_now
from orders.admin.addresses import page
from orders.admin.as_sent import sent
from orders.admin.delivery_part import delivery_of, shown_in_shopify
from orders.admin.sides import Sides, sides, sides_in_shopify
from orders.admin.timeline import RESULTS, effect_words, timeline
from orders.delivery.states import Change
from orders.fetching.intake import rules_of
from orders.models import Order, OrderPayload, SyncAttempt
from orders.states import DELIVERY_LABELS, MOVING, SyncStatus
from settings_app.typed_text import is_row_number

MOST_ATTEMPTS = 50

# What the next step's button asks of the viewer.
NEEDED = {
    "sync": access.SYNC,
    "stop-ignoring": access.IGNORE,
    "accept": access.REVIEW,
    "sync-again": access.REVIEW,
    "resend-delivery": access.SYNC,
    "mark-as-handled": access.REVIEW,
}


@never_cache
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    """The page with personal data masked; changes nothing."""
    access.require(request, access.SEE)
    return _page(request, _order(object_id), personal=False)


@never_cache
@require_POST
def reveal(request: HttpRequest, object_id: int) -> HttpResponse:
    """The same page with names, addresses and raw data, once; who looked is written into the history first."""
    access.require(request, access.SEE)
    access.require(request, access.PERSONAL)
    order = _order(str(object_id))
    history.note(request, order, "Looked at personal data.")
    return _page(request, order, personal=True)


def _order(object_id: str) -> Order:
    rows = Order.objects.select_related("shop", "store", "bulk_sync")
    return get_object_or_404(rows, pk=object_id if is_row_number(object_id) else 0)


def _page(request: HttpRequest, order: Order, *, personal: bool) -> HttpResponse:
    attempts = list(order.attempts.all()[:MOST_ATTEMPTS])
    raw, compared, unreadable = _compared(order, personal=personal)
    delivery = delivery_of(order)
    step = (delivery.next_step() if order.sync_status == SyncStatus.SYNCED else None) or next_step.next_step(order)
    in_shopify = order.store.admin_order_url(order.shopify_order_id) if order.shopify_order_id else ""
    context = {
        **admin.site.each_context(request),
        "title": order.tiktok_order_id,
        "opts": Order._meta,
        "original": order,  # the heading names it
        "order": order,
        "status": marks.standing(order.sync_status, order.reason),
        "kinds": columns.kinds(order),
        "on_tiktok": seller_center.order_url(order.tiktok_order_id),
        "tiktok_status": columns.tiktok_words(order.tiktok_status),
        "why": marks.reason_of(order.reason, order.message),
        "clock": columns.ship_by(order),
        "step": step,
        "step_link": _address(request, order, step.link),
        "may_step": not step.does or access.may(request, NEEDED[step.does]),
        "may_ignore": access.may(request, access.IGNORE) and claims.can_be_ignored(order),
        "may_again": access.may(request, access.REVIEW)
        and order.sync_status == SyncStatus.NEEDS_REVIEW
        and not order.shopify_order_id,
        "in_shopify": in_shopify,
        "sides": compared,
        "unreadable": unreadable,
        "address_parts": parts_then_and_now(order) if compared else [],
        "delivery": delivery,
        "may_sync": access.may(request, access.SYNC),
        "may_review": access.may(request, access.REVIEW),
        "timeline": timeline(order, attempts),
        "attempts": [_attempt(attempt) for attempt in attempts],
        "moving": order.sync_status in MOVING and not personal,
        "may_reveal": access.may(request, access.PERSONAL),
        "personal": personal,
        "raw": json.dumps(raw, indent=2, cls=DjangoJSONEncoder, ensure_ascii=False) if personal else "",
        "here": reverse("admin:orders_order_change", args=[order.pk]),
    }
    return TemplateResponse(request, "admin/orders/order/page.html", context)


def _address(request: HttpRequest, order: Order, link: str) -> str:
    if not link:
        return ""
    if row_facts.is_held_by_link(order) and (missing := row_facts.unlinked_of([order]).get(order.pk)):
        return page("admin:orders_productlink_change", missing) if access.may(request, row_facts.LINKS) else ""
    if link == next_step.SELLER_CENTER:
        return seller_center.order_url(order.tiktok_order_id)
    return page("admin:orders_order_choose", order.pk) if link == "choose" else page(link)


def _compared(order: Order, *, personal: bool) -> tuple[Any, Sides | None, str]:
    """The raw data, both sides by the sync's own mapping, and what is wrong where it cannot be read."""
    try:
        raw = order.payload.raw
        facts = payloads.read_order(raw)
    except OrderPayload.DoesNotExist:
        return {}, None, "TikTok’s data of this order was cleared, as old orders’ data is."
    except payloads.Unreadable as wrong:
        return raw, None, wrong.sentence
    mapped = preparation.draft(facts, rules_of(order.shop), order.shop, accept_difference=order.accepts_difference)
    if not order.shopify_order_id:
        return raw, sides(facts, mapped, order.shop, personal=personal), ""
    compared = sides_in_shopify(
        facts,
        mapped,
        sent(order),
        order.shop,
        number=order.shopify_order_name,
        delivery=DELIVERY_LABELS[shown_in_shopify(order)],
        address_changed=order.changes_after_sync.filter(kind=Change.ADDRESS_CHANGED).exists(),
        personal=personal,
    )
    return raw, compared, ""


def _attempt(attempt: SyncAttempt) -> dict[str, object]:
    """Request and answer were masked when they were written; masking again costs nothing and forgets nothing."""
    return {
        "row": attempt,
        "what": effect_words(attempt.effect),
        "result": RESULTS[attempt.result],
        "request": json.dumps(redact(attempt.request), indent=2, ensure_ascii=False),
    }
