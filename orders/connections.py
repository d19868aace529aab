"""What a failed call means for a whole shop or store: it backs off as one, or it is broken until somebody mends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from connectors.errors import ConnectorError, NotSent, Throttled, Unauthorized
from orders import claims
from orders.delivery.states import WorkStatus
from orders.models import DeliveryWork, Order
from orders.states import SyncStatus
from orders.timing import FIRST_BACKOFF, LONGEST_BACKOFF, NOT_YET, ODD_FAILURES
from settings_app import store_renewal
from settings_app.models import Connection, ShopifyStore, TikTokShop

EARLY_RENEWALS = timedelta(minutes=10)
"""A store's token that ends early is renewed by itself once in this time; if the new one ends too, a person looks."""

MISSING_ACCESS = ("delivery_not_allowed", "fulfilment_hidden", "not_routed_yet")
"""Why a delivery stands still that another consent may mend."""


def failed(side: ShopifyStore | TikTokShop, error: ConnectorError) -> timedelta:
    """Note a failed call; returns how long this side rests. Broken connections rest until they are mended."""
    rows: Any = type(side)._default_manager.filter(pk=side.pk)
    now = timezone.now()
    if isinstance(error, Unauthorized) and (_token_changed(side) or _can_renew(side, error)):
        return FIRST_BACKOFF
    if isinstance(error, Unauthorized):
        rows.update(connection=Connection.BROKEN, connection_error=error.sentence)
        if isinstance(side, ShopifyStore):
            _block_waiting(side, error.sentence)
        return LONGEST_BACKOFF
    if isinstance(error, Throttled):
        asked = timedelta(seconds=min(error.wait, LONGEST_BACKOFF.total_seconds()))
        _rest_until(rows, now + asked)
        return asked
    side.refresh_from_db(fields=["backoff_step", "backoff_until"])
    until: datetime | None = side.backoff_until
    if until and until > now:
        # a burst of failures at one moment is one step, not twenty
        return max(until - now, NOT_YET)
    step = side.backoff_step + 1
    if isinstance(error, NotSent):
        step = max(step, ODD_FAILURES + 1)  # nobody listens there: that is not chance
    rest = _rest(step)
    rows.filter(backoff_step=side.backoff_step).update(backoff_step=step, backoff_until=now + rest if rest else None)
    return max(rest, NOT_YET)


def _rest(step: int) -> timedelta:
    """How long a side rests after so many failures in a row: the first may be chance, then 5 s, doubling to 5 min."""
    if step <= ODD_FAILURES:
        return timedelta(0)
    rest: timedelta = FIRST_BACKOFF * 2 ** min(step - ODD_FAILURES - 1, 10)
    return min(LONGEST_BACKOFF, rest)


def may_be_called(now: datetime, side: str = "") -> Q:
    """Stores or shops that neither rest nor are broken; `side` is the way to them, such as "order__store"."""
    way = f"{side}__" if side else ""
    rested = Q(**{f"{way}backoff_until__isnull": True}) | Q(**{f"{way}backoff_until__lte": now})
    return rested & ~Q(**{f"{way}connection": Connection.BROKEN})


def resting_until(side: ShopifyStore | TikTokShop) -> datetime | None:
    """The end of its rest by the row as it is now; None when it may be called."""
    until = type(side)._default_manager.filter(pk=side.pk).values_list("backoff_until", flat=True).first()
    return until if until and until > timezone.now() else None


def is_broken(side: ShopifyStore | TikTokShop) -> bool:
    """Whether it waits for a person, by the row as it is now."""
    return type(side)._default_manager.filter(pk=side.pk, connection=Connection.BROKEN).exists()


def _token_changed(side: ShopifyStore | TikTokShop) -> bool:
    """Somebody renewed or reconnected while the call was under way: its refusal says nothing about the new token."""
    known = type(side)._default_manager.filter(pk=side.pk).values_list("access_token", flat=True).first()
    return bool(known and side.access_token) and known != side.access_token


def _can_renew(side: ShopifyStore | TikTokShop, error: Unauthorized) -> bool:
    """A token that ended early is dropped: the next call asks for a new one, and that one's refusal counts."""
    if not isinstance(side, ShopifyStore) or not store_renewal.renews(side) or not error.expired:
        return False
    now = timezone.now()
    row = ShopifyStore.objects.filter(pk=side.pk)
    if row.filter(refresh_claimed_until__gt=now).exists():
        return True  # a new pair is under way, and the old token may be dead already
    not_just_renewed = Q(early_renewal_until__isnull=True) | Q(early_renewal_until__lt=now)
    dropped = row.filter(not_just_renewed).update(
        access_token="", access_token_expires_at=None, early_renewal_until=now + EARLY_RENEWALS
    )
    return bool(dropped)


def _rest_until(rows: Any, until: object) -> None:
    rows.filter(Q(backoff_until__isnull=True) | Q(backoff_until__lt=until)).update(backoff_until=until)


def worked(side: ShopifyStore | TikTokShop) -> None:
    """A call went through: the back-off is over. By the row, for another worker may have begun it meanwhile."""
    backing_off = Q(backoff_step__gt=0) | Q(backoff_until__isnull=False)
    rows: Any = type(side)._default_manager.filter(backing_off, pk=side.pk)
    rows.update(backoff_step=0, backoff_until=None)


def answered_a_look(store: ShopifyStore) -> None:
    """Reads go through again, which says little about writes: one more failure of a create and the store rests."""
    ShopifyStore.objects.filter(pk=store.pk, backoff_step__gt=ODD_FAILURES).update(backoff_step=ODD_FAILURES)


def mended(side: ShopifyStore | TikTokShop) -> int:
    """The connection stands again; returns how many orders that frees."""
    type(side)._default_manager.filter(pk=side.pk).update(
        connection=Connection.CONNECTED, connection_error="", backoff_step=0, backoff_until=None
    )
    if isinstance(side, ShopifyStore):
        # what was looked for when the connection broke need not wait out its back-off
        Order.objects.filter(store=side, sync_status=SyncStatus.VERIFYING).update(next_attempt_at=None)
        # and access that was missing may have come with it
        DeliveryWork.objects.filter(order__store=side, reason__in=MISSING_ACCESS).update(next_attempt_at=timezone.now())
        DeliveryWork.objects.filter(order__store=side, status=WorkStatus.VERIFYING).update(next_attempt_at=None)
        return claims.release(Order.objects.filter(store=side, reason="shopify_connection"))
    return 0


def free_stranded() -> int:
    """Orders that were blocked for a connection that somebody mended at the same moment."""
    stranded = Order.objects.filter(reason="shopify_connection", store__connection=Connection.CONNECTED)
    return claims.release(stranded)


def _block_waiting(store: ShopifyStore, sentence: str) -> None:
    Order.objects.filter(store=store, sync_status=SyncStatus.QUEUED).update(
        sync_status=SyncStatus.BLOCKED,
        reason="shopify_connection",
        message=sentence,
        changed_at=timezone.now(),
        **claims.CLEARED,
    )
