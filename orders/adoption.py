"""Orders that are in Shopify already: ours are adopted, another connector's block the sync, nothing is doubled."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.shopify import orders as shopify_orders
from connectors.shopify.orders import Found
from orders import attempts, claims, scanning
from orders.models import Order, SyncAttempt
from orders.states import OPEN_RESULTS, AttemptResult, SyncStatus
from orders.timing import LOOK_FRESH
from settings_app import clients
from settings_app.models import ShopifyStore

log = logging.getLogger(__name__)

FOREIGN = "foreign:"
MOST_AT_ONCE = 50


def ensure_definition(store: ShopifyStore) -> None:
    """The metafield definition that makes the custom id a look-up key; made before a store's first create.

    Where it cannot be made, that is noted and the other look-ups serve.
    """
    if store.order_id_definition != ShopifyStore.Definition.UNKNOWN:
        return
    made = shopify_orders.ensure_order_id_definition(clients.shopify(store))
    store.order_id_definition = ShopifyStore.Definition.READY if made.ready else ShopifyStore.Definition.UNAVAILABLE
    store.order_id_definition_note = made.sentence
    store.save(update_fields=["order_id_definition", "order_id_definition_note"])


def distrust_definition(store: ShopifyStore) -> None:
    """Shopify misses it: it is made again before the next create, or found to be impossible."""
    ShopifyStore.objects.filter(pk=store.pk).update(order_id_definition=ShopifyStore.Definition.UNKNOWN)


def look_first(store: ShopifyStore, order_pks: Sequence[int]) -> bool:
    """Ask Shopify, for many orders in one query, whether they are there; raises the errors of a failed look.

    False while what other apps made is still being read: nothing may be created before.
    """
    old = Q(looked_up_at__isnull=True) | Q(looked_up_at__lt=timezone.now() - LOOK_FRESH)
    rows = Order.objects.filter(old, pk__in=order_pks, sync_status=SyncStatus.QUEUED)
    # what has an open attempt was sent before: it is verified, not looked for as something new
    sent_before = SyncAttempt.objects.filter(effect=attempts.CREATE, result__in=OPEN_RESULTS)
    new = list(rows.exclude(pk__in=sent_before.values("order")))
    if not new:
        return True
    ensure_definition(store)
    read_at = scanning.read_through(store, new)
    if read_at is None:
        return False
    for start in range(0, len(new), MOST_AT_ONCE):
        batch = new[start : start + MOST_AT_ONCE]
        found = look(store, [order.tiktok_order_id for order in batch])
        for order in batch:
            settle(order, found.get(order.tiktok_order_id, ()), read_at)
    return True


def look(store: ShopifyStore, tiktok_order_ids: Sequence[str]) -> dict[str, list[Found]]:
    """By search and custom id as of now, and among what was read of other apps; at most 50 ids."""
    searched = shopify_orders.look_up(clients.shopify(store), tiktok_order_ids)
    read = scanning.known(store, tiktok_order_ids)
    return {one: [*searched.get(one, ()), *read.get(one, ())] for one in tiktok_order_ids}


def was_looked_for(order: Order) -> bool:
    """Whether the order's last look is fresh enough to create it now."""
    return order.looked_up_at is not None and timezone.now() - order.looked_up_at < LOOK_FRESH


def note_absent(order: Order, read_at: datetime) -> None:
    """It may be created now. The look is as old as the older of its two parts."""
    Order.objects.filter(pk=order.pk).update(looked_up_at=min(timezone.now(), read_at))


def settle(order: Order, found: Sequence[Found], read_at: datetime) -> bool:
    """What a look before the first create means for one queued order; True when it may be created."""
    ours, foreign = split(order.tiktok_order_id, found, sent=False)
    queued = Order.objects.filter(pk=order.pk, sync_status=SyncStatus.QUEUED)
    if len(ours) > 1:
        _stop(queued, SyncStatus.NEEDS_REVIEW, "several_in_shopify", f"Found: {names(ours)}.")
    elif ours:
        adopt(order, ours[0], queued)
    elif foreign:
        _stop(queued, SyncStatus.BLOCKED, "already_in_shopify", f"Found: {names(foreign)}.")
    else:
        note_absent(order, read_at)
        return True
    return False


def split(tiktok_order_id: str, found: Sequence[Found], *, sent: bool = True) -> tuple[list[Found], list[Found]]:
    """Those that carry our mark of this order, and those that carry another connector's.

    EcomSend writes the same attribute as we do, and none of our surer marks: where nothing was `sent` by us, an order
    with the attribute alone is taken for its work.
    """
    ours: dict[str, Found] = {}
    foreign: dict[str, Found] = {}
    for candidate in found:
        mark = candidate.marks_of(tiktok_order_id)
        if mark is not None:
            theirs = mark.startswith(FOREIGN) or (mark == "attribute" and not sent)
            (foreign if theirs else ours).setdefault(candidate.gid, candidate)
    return list(ours.values()), [order for gid, order in foreign.items() if gid not in ours]


def names(found: Sequence[Found]) -> str:
    return ", ".join(order.name or order.gid for order in found)


def adopt(order: Order, found: Found, rows: QuerySet[Order] | None = None) -> bool:
    """Take an order that is already in Shopify as this order's; False when it is another order's already."""
    queryset = rows if rows is not None else Order.objects.filter(pk=order.pk)
    try:
        with transaction.atomic():
            taken = queryset.update(
                sync_status=SyncStatus.SYNCED,
                shopify_order_id=found.gid,
                shopify_order_name=found.name,
                synced_at=timezone.now(),
                reason="",
                message="",
                changed_at=timezone.now(),
                **claims.CLEARED,
            )
            attempt = attempts.open_attempt(order.pk) if taken else None
            if attempt is not None:
                attempts.close(attempt, AttemptResult.DONE, gid=found.gid, sentence=f"Found as {found.name}.")
    except IntegrityError:
        log.warning("%s already belongs to another order; %s is left for review", found.gid, order.tiktok_order_id)
        message = f"{found.name} carries its mark, but belongs to another TikTok order here."
        _stop(Order.objects.filter(pk=order.pk), SyncStatus.NEEDS_REVIEW, "several_in_shopify", message)
        return False
    return bool(taken)


def _stop(rows: QuerySet[Order], status: SyncStatus, reason: str, message: str) -> None:
    rows.update(sync_status=status, reason=reason, message=message, changed_at=timezone.now(), **claims.CLEARED)
