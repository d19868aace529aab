"""Bulk actions: first how many will go, how many cannot and why, then one UPDATE for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from orders import bulk, claims, link_candidates, review, tasks
from orders.admin import access, history
from orders.delivery import claims as delivery_claims
from orders.delivery.states import WorkStatus
from orders.models import BulkSync, Order
from orders.states import AskedBy, SyncStatus
from settings_app.typed_text import is_row_number

Orders = QuerySet[Order]


@dataclass(frozen=True)
class Selection:
    """A bulk action. `go` picks those of a selection that can go; `act` moves them.

    `act` is told how many of the selection stay behind, and returns the bulk sync that it started, if any.
    """

    name: str
    label: str
    permission: str
    go: Callable[[Orders], Orders]
    act: Callable[[HttpRequest, Orders, int], BulkSync | None]
    explains: str
    said: str


def _retryable(orders: Orders) -> Orders:
    return claims.can_be_asked(orders).filter(sync_status__in=[SyncStatus.FAILED, SyncStatus.BLOCKED])


def _ignorable(orders: Orders) -> Orders:
    return orders.filter(claims.IGNORABLE)


def _ignored(orders: Orders) -> Orders:
    return orders.filter(sync_status=SyncStatus.IGNORED)


def _start(label: str) -> Callable[[HttpRequest, Orders, int], BulkSync]:
    def start(request: HttpRequest, orders: Orders, left_out: int) -> BulkSync:
        assert request.user.is_authenticated
        return bulk.start(orders, request.user, label, left_out=left_out)

    return start


def _orders(count: int, one: str, many: str) -> str:
    return f"{count:,} order {one}" if count == 1 else f"{count:,} orders {many}"


def _ignore(request: HttpRequest, orders: Orders, _: int) -> None:
    messages.success(request, f"{_orders(claims.ignore(orders), 'is', 'are')} ignored now.")


def _stop_ignoring(request: HttpRequest, orders: Orders, _: int) -> None:
    messages.success(request, f"{_orders(claims.stop_ignoring(orders), 'is', 'are')} no longer ignored.")


def _accept(request: HttpRequest, orders: Orders, left_out: int) -> BulkSync | None:
    sent_off = BulkSync.objects.create(started_by_id=request.user.pk, action="Accept difference", left_out=left_out)
    accepted = review.accept_difference(orders, AskedBy.BULK, sent_off)
    if accepted.synced:
        said = _orders(accepted.synced, "that was in Shopify already is", "that were in Shopify already are")
        messages.success(request, f"{said} synced now.")
    return _keep(sent_off, accepted.queued)


def _sync_again(request: HttpRequest, orders: Orders, left_out: int) -> BulkSync | None:
    sent_off = BulkSync.objects.create(started_by_id=request.user.pk, action="Sync again", left_out=left_out)
    return _keep(sent_off, review.sync_again(orders, AskedBy.BULK, sent_off))


def _deliverable(orders: Orders) -> Orders:
    resting = [WorkStatus.DONE, WorkStatus.STANDING_STILL, WorkStatus.DUE]
    return orders.filter(shopify_order_id__isnull=False, delivery_work__status__in=resting)


def _resend(request: HttpRequest, orders: Orders, _: int) -> None:
    count = delivery_claims.resend(orders.order_by().values_list("pk", flat=True))
    transaction.on_commit(lambda: tasks.publish(tasks.read_deliveries))
    messages.success(
        request, f"The delivery of {_orders(count, 'is', 'is')} compared with Shopify and sent where it is missing."
    )


def _keep(sent_off: BulkSync, queued: int) -> BulkSync | None:
    if not queued:
        sent_off.delete()
        return None
    sent_off.asked = queued
    sent_off.save(update_fields=["asked"])
    return sent_off


SELECTIONS: tuple[Selection, ...] = (
    Selection(
        "sync_selected",
        "Sync selected",
        access.SYNC,
        claims.can_be_asked,
        _start("Sync selected"),
        "Each of them is created in Shopify once, oldest first.",
        "Sent off with Sync selected.",
    ),
    Selection(
        "retry",
        "Retry",
        access.SYNC,
        _retryable,
        _start("Retry"),
        "Failed and blocked orders are tried again; what still stands in their way stops them again.",
        "Sent off with Retry.",
    ),
    Selection(
        "ignore",
        "Ignore",
        access.IGNORE,
        _ignorable,
        _ignore,
        "They stay out of Shopify until somebody stops ignoring them.",
        "Ignored with a selection.",
    ),
    Selection(
        "stop_ignoring",
        "Stop ignoring",
        access.IGNORE,
        _ignored,
        _stop_ignoring,
        "They are Not synced again; Automatic sync takes them if it is on.",
        "Stopped ignoring with a selection.",
    ),
    Selection(
        "accept_difference",
        "Accept difference",
        access.REVIEW,
        review.with_difference,
        _accept,
        "The difference is booked as “TikTok adjustment” in orders that go out now; orders that are in Shopify already "
        "become Synced as they are.",
        "Accepted the difference with a selection.",
    ),
    Selection(
        "sync_again",
        "Sync again",
        access.REVIEW,
        review.to_sync_again,
        _sync_again,
        "Shopify is searched for each of them first, so none is created twice.",
        "Sent off with Sync again.",
    ),
    Selection(
        "resend_delivery",
        "Resend delivery status",
        access.SYNC,
        _deliverable,
        _resend,
        "Shopify is looked at again and told what it does not show; nothing is sent twice.",
        "Resent the delivery status with a selection.",
    ),
)


SENDS = ("sync_selected", "retry", "sync_again")
"""Selections that end in Shopify, where an item without link stops an order."""


def run(selection: Selection, model_admin: Any, request: HttpRequest, orders: Orders) -> HttpResponse | None:
    """Show the confirmation, or do it when it was confirmed. `orders` is a queryset and stays one."""
    access.require(request, selection.permission)
    upper = request.POST.get("up_to", "")
    if is_row_number(upper):
        orders = orders.filter(pk__lte=int(upper))  # orders that came since the confirmation were not counted in it
    if "confirmed" not in request.POST:
        return _ask_first(selection, model_admin, request, orders)
    going = selection.go(orders)
    left_out = _count(orders) - _count(going)
    with transaction.atomic():
        history.note_all(request, going, selection.said)
        sent_off = selection.act(request, going, left_out)
        transaction.on_commit(lambda: tasks.publish(tasks.dispatch_due))
    if sent_off is None:
        return None
    return redirect(reverse("admin:orders_bulksync_change", args=[sent_off.pk]))


def _ask_first(selection: Selection, model_admin: Any, request: HttpRequest, orders: Orders) -> HttpResponse:
    plain = orders.order_by()
    selected = _count(plain)
    going = _count(selection.go(plain))
    held = _count(link_candidates.held_by_an_item(selection.go(plain))) if selection.name in SENDS else 0
    staying = plain.exclude(pk__in=selection.go(plain).values("pk"))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{selection.label}?",
        "opts": model_admin.opts,
        "selection": selection,
        "selected": selected,
        "going": going,
        "held": held,
        "free": going - held,
        "staying": selected - going,
        "groups": bulk.groups(staying) if selected > going else (),
        "up_to": plain.aggregate(last=Max("pk"))["last"] or 0,
        "checked": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "select_across": request.POST.get("select_across", "0"),
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/orders/order/confirm.html", context)


def _count(orders: Orders) -> int:
    return orders.order_by().values("pk").distinct().count()


def choose_order(model_admin: Any, request: HttpRequest, orders: Orders) -> HttpResponse | None:
    """*Choose this order* is decided order by order: straight to the one, or a list of them."""
    access.require(request, access.REVIEW)
    waiting = orders.filter(review.CHOOSABLE)
    first = list(waiting.order_by("placed_at")[:100])
    if not first:
        messages.warning(request, "None of these orders waits for a choice between Shopify orders.")
        return None
    if len(first) == 1:
        return redirect(reverse("admin:orders_order_choose", args=[first[0].pk]))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Choose the Shopify order of each",
        "opts": model_admin.opts,
        "waiting": first,
        "count": _count(waiting),
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/orders/order/choices.html", context)


def actions() -> dict[str, tuple[Callable[..., Any], str, str]]:
    """As Django's `get_actions` wants them: name → (function, name, label)."""

    def function(selection: Selection) -> Callable[..., Any]:
        return lambda model_admin, request, orders: run(selection, model_admin, request, orders)

    offered = {selection.name: (function(selection), selection.name, selection.label) for selection in SELECTIONS}
    return {**offered, "choose_order": (choose_order, "choose_order", "Choose this order")}
