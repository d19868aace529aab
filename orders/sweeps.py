"""What needs no message to go on: claims that ended, links worth another look, connections worth another try."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.errors import ConnectorError
from connectors.shopify import shop as shopify_shop
from orders import attempts, claims, connections, held_up, linking
from orders.mapping.links import SkuOnOrder
from orders.models import Heartbeat, Order, ProductLink, SyncAttempt
from orders.states import OPEN_RESULTS, AttemptResult, SyncStatus
from orders.timing import LINK_SEARCH_AGAIN, LONGEST_BACKOFF, MOST_CLAIMS
from orders.wording import INTERRUPTED
from settings_app import clients
from settings_app.models import Connection, ShopifyStore, TikTokShop

BATCH = 500


def expired_claims() -> int:
    """Orders whose worker is gone: with an open attempt they are verified, otherwise they simply go again."""
    now = timezone.now()
    held = Order.objects.filter(sync_status=SyncStatus.SYNCING, claim_until__lt=now)
    ended = list(held.only("pk", "claim_until", "claim_token", "claims_without_progress")[:BATCH])
    for order in ended:
        _after_expiry(order)
    return len(ended)


def _after_expiry(order: Order) -> None:
    """Where an expired claim leads. The settle window counts from the claim's end: nobody can still be sending."""
    attempt = attempts.open_attempt(order.pk)
    message = ""
    reason = ""
    if order.claims_without_progress >= MOST_CLAIMS:
        status, reason, message = SyncStatus.NEEDS_REVIEW, "no_outcome", "Eight tries were cut short."
    elif attempt is not None:
        status = SyncStatus.VERIFYING
        message = "Orderbridge was interrupted while it sent it; looking whether it is in Shopify."
    else:
        status = SyncStatus.QUEUED
    if attempt is not None and attempt.unknown_since is None:
        SyncAttempt.objects.filter(pk=attempt.pk, result__in=OPEN_RESULTS).update(
            result=AttemptResult.UNKNOWN,
            unknown_since=order.claim_until,
            sentence=INTERRUPTED,
        )
    Order.objects.filter(pk=order.pk, sync_status=SyncStatus.SYNCING, claim_token=order.claim_token).update(
        sync_status=status,
        reason=reason,
        message=message,
        next_attempt_at=None,
        changed_at=timezone.now(),
        **claims.CLEARED,
    )


def search_links_again() -> int:
    """Items without a link that hold up orders: the seller may have added the SKU in Shopify since."""
    ripe = timezone.now() - LINK_SEARCH_AGAIN
    waiting = ProductLink.objects.filter(
        Q(checked_at__isnull=True) | Q(checked_at__lt=ripe), kind=ProductLink.Kind.NONE
    ).exclude(message__in=[linking.BY_HAND, held_up.AS_PARTS])
    searched = 0
    answering = connections.may_be_called(timezone.now(), "store")
    shops = TikTokShop.objects.filter(answering, links__in=waiting, paused=False)
    for shop in shops.select_related("store").distinct():
        rows = list(waiting.filter(shop=shop)[:50])
        items = [SkuOnOrder(row.sku_id, row.product_id, row.seller_sku, row.title, "") for row in rows]
        try:
            linking.search(shop, items, clients.shopify(shop.store), lambda shop=shop: clients.tiktok(shop))  # type: ignore[misc]
        except ConnectorError as error:
            connections.failed(shop.store, error)
            continue
        searched += len(rows)
    return searched


def _broken_and_rested() -> QuerySet[ShopifyStore]:
    rested = Q(backoff_until__isnull=True) | Q(backoff_until__lte=timezone.now())
    return ShopifyStore.objects.filter(rested, connection=Connection.BROKEN)


def a_broken_store_is_due() -> bool:
    return _broken_and_rested().exists()


def try_broken_stores() -> int:
    """A frozen shop that was paid for, or a token that was renewed elsewhere, mends without anybody telling us."""
    mended = 0
    for store in _broken_and_rested():
        # taken before it is asked, so that a store that hangs is not asked by every tick
        if not _broken_and_rested().filter(pk=store.pk).update(backoff_until=timezone.now() + LONGEST_BACKOFF):
            continue
        try:
            shopify_shop.shop_info(clients.shopify(store))
        except ConnectorError:
            continue
        connections.mended(store)
        mended += 1
    return mended


def beat(name: str) -> None:
    """Leave word that something in the background is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})
