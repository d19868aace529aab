"""The buttons of one order: POST only, permission checked here, history written, back to where one came from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from orders import claims, review, tasks
from orders.admin import access, history, next_step
from orders.delivery import changes_after_sync
from orders.delivery import claims as delivery_claims
from orders.models import Order, OrderChange
from orders.states import LABELS, AskedBy, SyncStatus

Action = tuple[str, Callable[[QuerySet[Order]], int], str]
HANDLED = "mark-as-handled"


def _accept(orders: QuerySet[Order]) -> int:
    accepted = review.accept_difference(orders, AskedBy.MANUAL)
    return accepted.queued + accepted.synced


def _sync(orders: QuerySet[Order]) -> int:
    """Counts a queued order that was moved up as well: `ask` answers only for newly queued ones."""
    moved_up = orders.filter(sync_status=SyncStatus.QUEUED).exclude(asked_by=AskedBy.MANUAL).count()
    return claims.ask(orders, AskedBy.MANUAL) + moved_up


def _resend(orders: QuerySet[Order]) -> int:
    return delivery_claims.resend(orders.values_list("pk", flat=True))


def _handled(orders: QuerySet[Order], shown_at: datetime | None = None) -> int:
    return changes_after_sync.handled(OrderChange.objects.filter(order__in=orders), shown_at)


# name in the address: permission, what it does, what the history says
ACTIONS: dict[str, Action] = {
    "sync": (access.SYNC, _sync, "Pressed Sync."),
    "ignore": (access.IGNORE, claims.ignore, "Ignored."),
    "stop-ignoring": (access.IGNORE, claims.stop_ignoring, "Stopped ignoring."),
    "accept": (access.REVIEW, _accept, "Accepted the difference."),
    "sync-again": (access.REVIEW, lambda orders: review.sync_again(orders, AskedBy.MANUAL), "Pressed Sync again."),
    "resend-delivery": (access.SYNC, _resend, "Pressed Resend delivery status."),
    HANDLED: (access.REVIEW, _handled, "Marked the changes on TikTok as handled."),
}

FOLLOWED_BY = {"resend-delivery": tasks.read_deliveries}

DONE: dict[str, str] = {
    "sync": "{order} is queued and goes out now.",
    "ignore": "{order} is ignored. Stop ignoring it whenever you want it in Shopify.",
    "stop-ignoring": "{order} is not ignored any more.",
    "accept": "The difference of {order} is accepted.",
    "sync-again": "{order} is queued; Shopify is searched for it first.",
    "resend-delivery": "Shopify is looked at again and told what it does not show of {order}’s delivery.",
    HANDLED: "The changes of {order} are marked as handled.",
}


@require_POST
def do(request: HttpRequest, object_id: int, what: str) -> HttpResponse:
    """Run one action on one order; says what happened, or why nothing did: as JSON to a list that stays open."""
    if what not in ACTIONS:
        raise Http404
    permission, act, said = ACTIONS[what]
    access.require(request, permission)
    order = get_object_or_404(Order.objects.select_related("bulk_sync"), pk=object_id)
    shown_at = moment_of(request)
    with transaction.atomic():
        rows = Order.objects.filter(pk=order.pk)
        done = _handled(rows, shown_at) if what == HANDLED else act(rows)
        if done:
            history.note(request, order, said)
        transaction.on_commit(lambda: tasks.publish(FOLLOWED_BY.get(what, tasks.dispatch_due)))
    if not done:
        order.refresh_from_db()
    told = DONE[what].format(order=order) if done else why_left(order, what)
    if not request.accepts("text/html"):
        return JsonResponse({"said": told})
    if done:
        here = reverse("admin:orders_order_change", args=[order.pk])
        linked = format_html('<a class="ob-link" href="{}">{}</a>', here, order)  # the tab may no longer list it
        messages.success(request, format_html(DONE[what], order=linked))
    else:
        messages.warning(request, told)
    return redirect(way_back(request, reverse("admin:orders_order_change", args=[order.pk])))


def why_left(order: Order, what: str) -> str:
    """Why nothing was done: most often somebody else, or the order's own progress, was faster."""
    if what == HANDLED and order.changes_after_sync.filter(seen_at__isnull=True).exists():
        return f"{order} was left as it is: TikTok changed it again while you looked. See what is new, then mark it."
    if what == HANDLED:
        return f"{order} was left as it is: everything on it is handled already."
    standing = LABELS[SyncStatus(order.sync_status)]
    return f"{order} was left as it is; it is {standing} now. {next_step.why_not(order)}".rstrip()


def moment_of(request: HttpRequest) -> datetime | None:
    """When the page was made that somebody looked at before pressing; None where the form does not say."""
    try:
        at = parse_datetime(request.POST.get("shown_at", ""))
    except ValueError:
        return None
    return at if at and timezone.is_aware(at) else None


def way_back(request: HttpRequest, otherwise: str) -> str:
    """The page named by the form's `back`, if it is one of ours."""
    back = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return back if back.startswith("/") and ours else otherwise
