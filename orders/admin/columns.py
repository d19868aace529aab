"""The columns of the order list: plain functions of a row, all data loaded beforehand."""

from __future__ import annotations

from collections import Counter

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from connectors.tiktok.statuses import OrderStatus
from orders.admin import marks, next_step, seller_center, tabs
from orders.delivery.states import WorkStatus
from orders.models import Order
from orders.states import MOVING, DeliveryStatus, SyncStatus
from settings_app.templatetags.plain_times import moment

SHOWN_ITEMS = 2
ON_ITS_WAY = (OrderStatus.IN_TRANSIT, OrderStatus.DELIVERED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)


@admin.display(description="TikTok order", ordering="placed_at")
def tiktok_order(order: Order) -> SafeString:
    """Its id, its shop where there are several, when it was placed and by whom (masked)."""
    badges = kinds(order)
    about = [text for text in (getattr(order, "shown_shop", ""), moment(order.placed_at), order.buyer) if text]
    return format_html(
        '<a class="ob-link ob-id" href="{}">{}</a>{}<span class="ob-about">{}</span>',
        reverse("admin:orders_order_change", args=[order.pk]),
        order.tiktok_order_id,
        format_html_join("", ' <span class="ob-tag ob-plain">{}</span>', ((word,) for word in badges)),
        format_html_join(mark_safe(" · "), '<span class="ob-whole">{}</span>', ((text,) for text in about)),
    )


def kinds(order: Order) -> list[str]:
    """What is special about it, as far as its row tells; *Zero price* where nothing else says why it cost nothing."""
    known = [word for word, yes in (("Gift", order.is_gift), ("Sample", order.is_sample)) if yes]
    return known if order.total != 0 or order.is_sample else [*known, "Zero price"]


@admin.display(description="Items")
def items(order: Order) -> SafeString:
    """SKUs with their number of pieces; no pictures, which would have to come from TikTok's servers."""
    counts: Counter[str] = Counter()
    titles: list[str] = []
    everything = list(order.items.all())
    kept = [item for item in everything if not item.is_cancelled]
    for item in kept or everything:  # of an order cancelled as a whole: what was ordered
        counts[item.seller_sku or item.title or item.sku_id] += 1
        titles.append(item.title or item.seller_sku)
    if not counts:
        return format_html("{}", "–")
    gone = len(everything) - len(kept)
    cancelled = "" if not gone else f"{gone} cancelled" if kept else "all cancelled"
    shown = [f"{name} × {pieces}" if pieces > 1 else name for name, pieces in counts.most_common(SHOWN_ITEMS)]
    more = len(counts) - len(shown)
    return format_html(
        '<span class="ob-items" title="{}">{}{}{}</span>',
        ", ".join(dict.fromkeys(titles)),
        format_html_join("", "<span>{}</span>", ((name,) for name in shown)),
        format_html("<span>+ {} more</span>", more) if more > 0 else "",
        format_html('<span class="ob-about">{}</span>', cancelled) if cancelled else "",
    )


@admin.display(description="Total", ordering="total")
def total(order: Order) -> SafeString:
    """TikTok's own total, in which cancelled items may still be counted: then the cell says whose it is."""
    part = len({item.is_cancelled for item in order.items.all()}) > 1
    return format_html(
        '<span class="ob-amount">{}</span>{}',
        marks.money(order.total, order.currency),
        mark_safe('<span class="ob-about">TikTok’s total</span>') if part else "",
    )


@admin.display(description="On TikTok", ordering="ship_by")
def tiktok_status(order: Order) -> SafeString:
    """TikTok's status, and how long is left to ship; sorted by what must ship first."""
    clock = ship_by(order)
    return format_html(
        '<span class="ob-status"><span>{}</span>{}</span>',
        tiktok_words(order.tiktok_status),
        "" if clock == "–" else clock,
    )


def tiktok_words(status: str) -> str:
    return status.replace("_", " ").capitalize() or "–"


@admin.display(description="Sync status", ordering="sync_status")
def sync_status(order: Order) -> SafeString:
    """Where it stands, why, and whether TikTok changed the order after its sync."""
    why = marks.reason_of(order.reason, order.message)
    return format_html(
        '<span class="ob-status" data-order="{}"{}>{}{}{}</span>',
        order.pk,
        " data-moving" if order.sync_status in MOVING else "",
        marks.standing(order.sync_status, order.reason),
        _changed_badge(order),
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


def _delivery_needs_staff(order: Order) -> bool:
    work = getattr(order, "delivery_work", None)
    if work is None or order.sync_status != SyncStatus.SYNCED:
        return False
    return work.status == WorkStatus.STANDING_STILL and work.reason in tabs.MENDED_BY_STAFF


def _changed(order: Order) -> str:
    return str(getattr(order, "changed_unseen", ""))


def _changed_badge(order: Order) -> SafeString | str:
    """What TikTok did to an order that is in Shopify; a cancelled one stays marked when somebody saw to it."""
    if said := _changed(order):
        return format_html('<span class="ob-tag ob-warning">{}</span>', said)
    if order.shopify_order_id and order.tiktok_status == OrderStatus.CANCELLED:
        return mark_safe('<span class="ob-tag ob-plain">Cancelled on TikTok</span>')
    return ""


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


@admin.display(description="Action")
def action(order: Order) -> SafeString:
    """A real submit button of the list's own form; greyed out with the reason where it cannot do anything."""
    changed = bool(_changed(order)) or _delivery_needs_staff(order)
    if order.sync_status == SyncStatus.SYNCED and not (changed and getattr(order, "viewer_may_sync", False)):
        return _disabled("Synced", order, next_step.why_not(order))
    if not getattr(order, "viewer_may_sync", False):
        return _disabled("Sync", order, "Your account may look, but not sync. Ask a manager for the Operator role.")
    if order.sync_status == SyncStatus.NEEDS_REVIEW or changed:
        return format_html(
            '<a class="ob-button" href="{}">Review<span class="ob-unseen"> {}</span></a>',
            reverse("admin:orders_order_change", args=[order.pk]),
            order.tiktok_order_id,
        )
    if link := getattr(order, "link_to_mend", None):
        return format_html(
            '<a class="ob-button ob-primary" href="{}">Link<span class="ob-unseen"> the product of {}</span></a>',
            reverse("admin:orders_productlink_change", args=[link]),
            order.tiktok_order_id,
        )
    if order.sync_status == SyncStatus.BLOCKED and order.reason == "buyer_cancellation_pending":
        return format_html(
            '<a class="ob-button ob-primary" href="{}" rel="noopener" target="_blank">Answer'
            '<span class="ob-unseen"> the buyer’s request to cancel {} in Seller Center</span></a>',
            seller_center.order_url(order.tiktok_order_id),
            order.tiktok_order_id,
        )
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
