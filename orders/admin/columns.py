"""The columns of the order list: plain functions of a row, all data loaded beforehand."""

from __future__ import annotations

from collections import Counter

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from connectors.tiktok.statuses import OrderStatus
from orders.admin import marks, next_step
from orders.delivery_states import WorkStatus
from orders.models import Order
from orders.states import MOVING, DeliveryStatus, SyncStatus
from settings_app.templatetags.plain_times import moment

SHOWN_ITEMS = 2
ON_ITS_WAY = (OrderStatus.IN_TRANSIT, OrderStatus.DELIVERED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)


@admin.display(description="TikTok order", ordering="tiktok_order_id")
def tiktok_order(order: Order) -> SafeString:
    badges = [word for word, yes in (("Gift", order.is_gift), ("Sample", order.is_sample)) if yes]
    return format_html(
        '<span class="ob-id">{}</span>{}',
        order.tiktok_order_id,
        format_html_join("", ' <span class="ob-tag ob-plain">{}</span>', ((word,) for word in badges)),
    )


@admin.display(description="Buyer")
def buyer(order: Order) -> str:
    return order.buyer or "–"


@admin.display(description="Items")
def items(order: Order) -> SafeString:
    """SKUs with their number of pieces; no pictures, which would have to come from TikTok's servers."""
    counts: Counter[str] = Counter()
    titles: list[str] = []
    for item in order.items.all():
        if not item.is_cancelled:
            counts[item.seller_sku or item.title or item.sku_id] += 1
            titles.append(item.title or item.seller_sku)
    if not counts:
        return format_html("{}", "–")
    shown = [f"{name} × {pieces}" if pieces > 1 else name for name, pieces in counts.most_common(SHOWN_ITEMS)]
    more = len(counts) - len(shown)
    return format_html(
        '<span class="ob-items" title="{}">{}{}</span>',
        ", ".join(dict.fromkeys(titles)),
        format_html_join("", "<span>{}</span>", ((name,) for name in shown)),
        format_html("<span>+ {} more</span>", more) if more > 0 else "",
    )


@admin.display(description="Total", ordering="total")
def total(order: Order) -> SafeString:
    return format_html('<span class="ob-amount">{}</span>', marks.money(order.total, order.currency))


@admin.display(description="TikTok status", ordering="tiktok_status")
def tiktok_status(order: Order) -> str:
    return tiktok_words(order.tiktok_status)


def tiktok_words(status: str) -> str:
    return status.replace("_", " ").capitalize() or "–"


@admin.display(description="Sync status", ordering="sync_status")
def sync_status(order: Order) -> SafeString:
    """Where it stands, why, and whether TikTok changed the order after its sync."""
    why = marks.reason_of(order.reason, order.message)
    return format_html(
        '<span class="ob-status"{}>{}{}{}</span>',
        format_html(' data-moving="{}"', order.pk) if order.sync_status in MOVING else "",
        marks.pill(order.sync_status),
        mark_safe('<span class="ob-tag ob-warning">Changed on TikTok</span>') if _changed(order) else "",
        format_html('<span class="ob-why" title="{0}">{0}</span>', why) if why else "",
    )


@admin.display(description="Delivery", ordering="delivery_status")
def delivery(order: Order) -> SafeString:
    """TikTok's word, and what keeps it from Shopify."""
    work = getattr(order, "delivery_work", None)
    still = marks.reason_of(work.reason, work.message) if work and work.status == WorkStatus.STANDING_STILL else ""
    said = marks.pill(order.delivery_status) if order.delivery_status != DeliveryStatus.NONE else ""
    if not (said or still):
        return format_html("{}", "–")
    why = format_html('<span class="ob-why" title="{0}">{0}</span>', still) if still else ""
    return format_html('<span class="ob-status">{}{}</span>', said, why)


def _changed(order: Order) -> bool:
    return bool(getattr(order, "changed_unseen", False))


@admin.display(description="Ship by", ordering="ship_by")
def ship_by(order: Order) -> SafeString:
    return marks.ship_by_clock(order.ship_by, shipped=order.tiktok_status in ON_ITS_WAY)


@admin.display(description="Shopify order", ordering="shopify_order_name")
def shopify_order(order: Order) -> SafeString:
    if not order.shopify_order_id:
        return format_html("{}", "–")
    return format_html(
        '<a class="ob-link" href="{}" rel="noopener" target="_blank">{}'
        '<span class="ob-unseen"> in Shopify’s admin</span></a>',
        order.store.admin_order_url(order.shopify_order_id),
        order.shopify_order_name or "Open",
    )


@admin.display(description="Placed", ordering="placed_at")
def placed(order: Order) -> SafeString | str:
    return moment(order.placed_at)


@admin.display(description="Action")
def action(order: Order) -> SafeString:
    """A real submit button of the list's own form; greyed out with the reason where it cannot do anything."""
    if not getattr(order, "viewer_may_sync", False):
        return _disabled("Sync", order, "Your account may look, but not sync. Ask a manager for the Operator role.")
    if order.sync_status == SyncStatus.NEEDS_REVIEW or _changed(order):
        return format_html(
            '<a class="ob-button" href="{}">Review<span class="ob-unseen"> {}</span></a>',
            reverse("admin:orders_order_change", args=[order.pk]),
            order.tiktok_order_id,
        )
    if order.sync_status == SyncStatus.SYNCED:
        return _disabled("Synced", order, next_step.why_not(order))
    if not next_step.can_sync(order):
        return _disabled("Sync", order, next_step.why_not(order))
    return format_html(
        '<button type="submit" class="ob-button ob-primary" formmethod="post" formaction="{}">{}'
        '<span class="ob-unseen"> {}</span></button>',
        reverse("admin:orders_order_do", args=[order.pk, "sync"]),
        next_step.sync_label(order),
        order.tiktok_order_id,
    )


def _disabled(label: str, order: Order, why: str) -> SafeString:
    return format_html(
        '<span title="{why}"><button type="button" class="ob-button" disabled aria-describedby="why-{pk}">'
        '{label}</button><span class="ob-unseen" id="why-{pk}">{why}</span></span>',
        label=label,
        pk=order.pk,
        why=why,
    )
