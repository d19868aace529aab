"""Bulk actions: first how many will go, how many cannot and why, then one UPDATE for all of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from orders import bulk, link_candidates, review, tasks
from orders.admin import access, history
from orders.admin.row_actions import moment_of
from orders.admin.selection_kinds import REVIEWED, SELECTIONS, SENDS, Orders, Selection
from orders.models import OrderChange
from orders.states import SyncStatus
from settings_app.typed_text import is_row_number


def run(selection: Selection, model_admin: Any, request: HttpRequest, orders: Orders) -> HttpResponse | None:
    """Show the confirmation, or do it when it was confirmed. `orders` is a queryset and stays one."""
    access.require(request, selection.permission)
    upper = request.POST.get("up_to", "")
    if is_row_number(upper):
        orders = orders.filter(pk__lte=int(upper))  # orders that came since the confirmation were not counted in it
    if "confirmed" not in request.POST:
        return _ask_first(selection, model_admin, request, orders)
    going, shown_at = selection.go(orders), moment_of(request)
    if selection.newer and shown_at:
        going = selection.newer(going, shown_at)
    count = _count(going)
    with transaction.atomic():
        if count:
            history.note_all(request, going, selection.said)
        sent_off = selection.act(request, going, _count(orders) - count) if count else None
        transaction.on_commit(lambda: tasks.publish(tasks.dispatch_due))
    _tell_what_moved(request, count)
    if sent_off is None:
        return None
    return redirect(reverse("admin:orders_bulksync_change", args=[sent_off.pk]))


def _tell_what_moved(request: HttpRequest, count: int) -> None:
    """What somebody else, or the orders' own progress, did between the confirmation and its button."""
    counted = request.POST.get("counted", "")
    moved = max(0, int(counted) - count) if is_row_number(counted) else 0
    if not count:
        messages.warning(request, "Nothing was done: none of these orders waits for it any more.")
    elif moved:
        which = "1 order" if moved == 1 else f"{moved:,} orders"
        messages.warning(
            request, f"{which} moved on while you looked and {'was' if moved == 1 else 'were'} left alone."
        )


def _ask_first(selection: Selection, model_admin: Any, request: HttpRequest, orders: Orders) -> HttpResponse:
    plain = orders.order_by()
    selected = _count(plain)
    going = _count(selection.go(plain))
    held = _count(link_candidates.held_by_an_item(selection.go(plain))) if selection.name in SENDS else 0
    staying = plain.exclude(pk__in=selection.go(plain).values("pk"))
    changes = OrderChange.objects.filter(seen_at__isnull=True)
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
        "groups": _why(selection, staying, selected - going),
        "sends": selection.name in SENDS,
        "shown_at": changes.aggregate(last=Max("noticed_at"))["last"] if selection.newer else None,
        "up_to": plain.aggregate(last=Max("pk"))["last"] or 0,
        "checked": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "select_across": request.POST.get("select_across", "0"),
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/orders/order/confirm.html", context)


def _why(selection: Selection, staying: Orders, count: int) -> Sequence[bulk.Group]:
    if not count:
        return ()
    return (bulk.Group(count, selection.stays),) if selection.stays else bulk.groups(staying)


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


CHOOSE = ("choose_order", REVIEWED | {SyncStatus.BLOCKED})


def offered(shown: Container[SyncStatus]) -> set[str]:
    """The actions that can do something in a list which shows orders of these statuses alone."""
    each = (*((selection.name, selection.statuses) for selection in SELECTIONS), CHOOSE)
    return {name for name, statuses in each if any(status in shown for status in statuses)}


def actions() -> dict[str, tuple[Callable[..., Any], str, str]]:
    """As Django's `get_actions` wants them: name → (function, name, label)."""

    def function(selection: Selection) -> Callable[..., Any]:
        return lambda model_admin, request, orders: run(selection, model_admin, request, orders)

    found = {selection.name: (function(selection), selection.name, selection.label) for selection in SELECTIONS}
    return {**found, "choose_order": (choose_order, "choose_order", "Choose this order")}
