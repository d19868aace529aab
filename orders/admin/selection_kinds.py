"""What each bulk action is for: which orders of a selection can go, what becomes of them, and the words for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from orders import bulk, claims, review, tasks
from orders.admin import access, history
from orders.admin.row_actions import moment_of
from orders.delivery import changes_after_sync
from orders.delivery import claims as delivery_claims
from orders.delivery.states import WorkStatus
from orders.models import BulkSync, Order, OrderChange
from orders.states import AskedBy, SyncStatus

Orders = QuerySet[Order]


@dataclass(frozen=True)
class Selection:
    """A bulk action. `go` picks those of a selection that can go; `act` moves them.

    `act` is told how many of the selection stay behind, and returns the bulk sync that it started, if any.
    `statuses` are those in which an order may be what this is for: elsewhere the list does not offer it.
    `stays` says why the others cannot where their status does not tell; `newer` leaves out those of which something
    came after the confirmation was shown.
    """

    name: str
    label: str
    permission: str
    go: Callable[[Orders], Orders]
    act: Callable[[HttpRequest, Orders, int], BulkSync | None]
    explains: str
    said: str
    statuses: frozenset[SyncStatus]
    stays: str = ""
    newer: Callable[[Orders, datetime], Orders] | None = None


def _retryable(orders: Orders) -> Orders:
    return claims.can_be_asked(orders).filter(sync_status__in=[SyncStatus.FAILED, SyncStatus.BLOCKED])


def _ignorable(orders: Orders) -> Orders:
    return orders.filter(claims.IGNORABLE)


def _ignored(orders: Orders) -> Orders:
    return orders.filter(sync_status=SyncStatus.IGNORED)


def _start(label: str) -> Callable[[HttpRequest, Orders, int], BulkSync | None]:
    def start(request: HttpRequest, orders: Orders, left_out: int) -> BulkSync | None:
        assert request.user.is_authenticated
        sent_off = bulk.start(orders, request.user, label, left_out=left_out)
        return _keep(sent_off, sent_off.asked)

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


def _to_handle(orders: Orders) -> Orders:
    return orders.filter(Exists(OPEN_CHANGES), shopify_order_id__isnull=False)


OPEN_CHANGES = OrderChange.objects.filter(seen_at__isnull=True, order=OuterRef("pk")).order_by()
"""Asked for order by order, which has an index: of twenty thousand rows just made the planner knows nothing yet."""


def _changed_since(orders: Orders, shown_at: datetime) -> Orders:
    return orders.filter(~Exists(OPEN_CHANGES.filter(noticed_at__gt=shown_at)))


def _mark_as_handled(request: HttpRequest, orders: Orders, _: int) -> None:
    pks = list(orders.order_by("pk").values_list("pk", flat=True).distinct())
    done = 0
    for start in range(0, len(pks), history.BATCH):  # ids by the thousand: see OPEN_CHANGES
        changes = OrderChange.objects.filter(order__in=pks[start : start + history.BATCH])
        done += changes_after_sync.handled(changes, moment_of(request))
    if done:
        messages.success(request, f"{_orders(len(pks), 'is', 'are')} marked as handled.")
    else:
        messages.warning(request, "Nothing was done: somebody else marked these orders as handled just now.")


def _keep(sent_off: BulkSync, queued: int) -> BulkSync | None:
    if not queued:
        sent_off.delete()
        return None
    sent_off.asked = queued
    sent_off.save(update_fields=["asked"])
    return sent_off


NEVER_ASKED = frozenset({SyncStatus.NOT_SYNCED})
HELD = frozenset({SyncStatus.FAILED, SyncStatus.BLOCKED})
REVIEWED = frozenset({SyncStatus.NEEDS_REVIEW})
IN_SHOPIFY = frozenset({SyncStatus.SYNCED, SyncStatus.NEEDS_REVIEW})

SELECTIONS: tuple[Selection, ...] = (
    Selection(
        "sync_selected",
        "Sync selected",
        access.SYNC,
        claims.can_be_asked,
        _start("Sync selected"),
        "Each of them is created in Shopify once, oldest first.",
        "Sent off with Sync selected.",
        NEVER_ASKED,
    ),
    Selection(
        "retry",
        "Retry",
        access.SYNC,
        _retryable,
        _start("Retry"),
        "Failed and blocked orders are tried again; what still stands in their way stops them again.",
        "Sent off with Retry.",
        HELD,
    ),
    Selection(
        "ignore",
        "Ignore",
        access.IGNORE,
        _ignorable,
        _ignore,
        "They stay out of Shopify until somebody stops ignoring them.",
        "Ignored with a selection.",
        frozenset(claims.NOT_UNDER_WAY) | REVIEWED,
    ),
    Selection(
        "stop_ignoring",
        "Stop ignoring",
        access.IGNORE,
        _ignored,
        _stop_ignoring,
        "They are Not synced again; Automatic sync takes them if it is on.",
        "Stopped ignoring with a selection.",
        frozenset({SyncStatus.IGNORED}),
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
        REVIEWED,
    ),
    Selection(
        "sync_again",
        "Sync again",
        access.REVIEW,
        review.to_sync_again,
        _sync_again,
        "Shopify is searched for each of them first, so none is created twice.",
        "Sent off with Sync again.",
        REVIEWED,
    ),
    Selection(
        "mark_as_handled",
        "Mark as handled",
        access.REVIEW,
        _to_handle,
        _mark_as_handled,
        "What TikTok cancelled or changed on them after their sync stops asking for you. Nothing changes in Shopify: "
        "cancel or refund there first, where that is needed.",
        "Marked the changes on TikTok as handled with a selection.",
        IN_SHOPIFY,
        stays="Nothing of them is left to handle: TikTok changed nothing since their sync, or it was handled already.",
        newer=_changed_since,
    ),
    Selection(
        "resend_delivery",
        "Resend delivery status",
        access.SYNC,
        _deliverable,
        _resend,
        "Shopify is looked at again and told what it does not show; nothing is sent twice.",
        "Resent the delivery status with a selection.",
        IN_SHOPIFY,
    ),
)


SENDS = ("sync_selected", "retry", "sync_again")
"""Selections that end in Shopify, where an item without link stops an order."""
