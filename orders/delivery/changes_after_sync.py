"""Changes on TikTok after an order was synced: noted with the order, tagged in Shopify at once, listed for staff.

Tags are added by tagsAdd, which is harmless to repeat, so this needs no attempt: what is not known to be tagged is
tagged again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.errors import ConnectorError, Refused, Throttled
from connectors.shopify import orders as shopify_orders
from connectors.tiktok import payloads
from orders import connections
from orders.delivery.states import TAGS, Change
from orders.mapping.changes import changes_between
from orders.models import Order, OrderChange, OrderPayload
from orders.states import SyncStatus
from orders.timing import NUDGE
from settings_app import clients
from settings_app.models import Connection

log = logging.getLogger(__name__)

SENT = (SyncStatus.SYNCING, SyncStatus.VERIFYING, SyncStatus.SYNCED, SyncStatus.NEEDS_REVIEW)
"""From the claim on, a Shopify order may be made from what TikTok said before."""

REFUSED_REST = timedelta(hours=12)

LONGEST_SENTENCE = 500
"""The length of its column: a reason that TikTok tells at length must not lose the change."""


def note(row: Order, after: payloads.Order, now: datetime) -> None:
    """Compare with what is stored; to be called before the stored answer is replaced, in the same transaction."""
    if row.sync_status not in SENT:
        return
    try:
        before = payloads.read_order(row.payload.raw)
    except (payloads.Unreadable, OrderPayload.DoesNotExist):
        return
    found = changes_between(before, after)
    if (before.is_buyer_request_cancel and not after.is_buyer_request_cancel) or Change.CANCELLED in found:
        handled(row.changes_after_sync.filter(kind=Change.CANCEL_REQUESTED))  # decided on, or taken back
    if Change.ADDRESS_CHANGED in found:
        # the first one stays: that is what Shopify got, however often it is changed again
        old = OrderPayload.objects.filter(order=row, address_sent__isnull=True, erased_at__isnull=True)
        old.update(address_sent=row.payload.raw.get("recipient_address"))
    for kind, sentence in found.items():
        OrderChange.objects.update_or_create(
            order=row,
            kind=str(kind),
            defaults={
                "sentence": sentence[:LONGEST_SENTENCE],
                "noticed_at": now,
                "tagged_at": None,
                "next_attempt_at": None,
                "trouble": "",
                "seen_at": None,
            },
        )


def handled(changes: QuerySet[OrderChange], shown_at: datetime | None = None) -> int:
    """They were handled, by staff or by what happened; the tag in Shopify stays, as a record.

    What was noticed after `shown_at`, the moment of the page that was looked at, nobody has seen yet: it stays open.
    """
    seen = changes.filter(noticed_at__lte=shown_at) if shown_at else changes
    return seen.filter(seen_at__isnull=True).update(seen_at=timezone.now())


def orders_to_tag(limit: int = 100) -> list[int]:
    """Orders whose tags are due now; each is put off a little, so that a second look does not find it again."""
    now = timezone.now()
    callable_now = Q(order__store__backoff_until__isnull=True) | Q(order__store__backoff_until__lte=now)
    due = OrderChange.objects.filter(
        Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now),
        callable_now,
        tagged_at__isnull=True,
        order__shopify_order_id__isnull=False,
    ).exclude(order__store__connection=Connection.BROKEN)
    order_pks = list(dict.fromkeys(due.order_by("noticed_at").values_list("order", flat=True)[:limit]))
    OrderChange.objects.filter(order__in=order_pks, tagged_at__isnull=True).update(next_attempt_at=now + NUDGE)
    return order_pks


def tag(order_pk: int) -> None:
    """Add the tags of an order's changes in one call."""
    order = Order.objects.select_related("store").get(pk=order_pk)
    changes = list(OrderChange.objects.filter(order=order, tagged_at__isnull=True))
    if not changes or not order.shopify_order_id:
        return
    mine = OrderChange.objects.filter(pk__in=[change.pk for change in changes])
    tags = sorted(TAGS[Change(change.kind)] for change in changes)
    try:
        shopify_orders.add_tags(clients.shopify(order.store), order.shopify_order_id, tags)
    except Refused as refusal:
        mine.update(trouble=refusal.sentence, next_attempt_at=timezone.now() + REFUSED_REST)
    except ConnectorError as error:
        rest = connections.failed(order.store, error)
        if not isinstance(error, Throttled):
            log.warning("tags of %s were not added: %s", order.tiktok_order_id, error.sentence)
        mine.update(trouble=error.sentence, next_attempt_at=timezone.now() + rest)
    else:
        connections.worked(order.store)
        _tagged(changes)


def _tagged(changes: Iterable[OrderChange]) -> None:
    """Only what stands as it was read: a further change of the kind, come meanwhile, is tagged once more."""
    for change in changes:
        OrderChange.objects.filter(pk=change.pk, noticed_at=change.noticed_at).update(
            tagged_at=timezone.now(), trouble="", next_attempt_at=None
        )
