"""The only Celery file: every task is one call, every message only a nudge that may be lost, doubled or late."""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from connectors.errors import BadAnswer, ConnectorError, Refused, Throttled
from orders import (
    adoption,
    broker,
    bulk,
    connections,
    creation,
    dispatch,
    keeping,
    link_candidates,
    privacy,
    reconciliation,
    scanning,
    sweeps,
    verification,
)
from orders.delivery import changes_after_sync, delivering
from orders.delivery import claims as delivery_claims
from orders.delivery import due as delivery_due
from orders.delivery import verification as delivery_verification
from orders.fetching import freshness, intake, open_orders
from orders.models import Order
from orders.webhooks import inbox, standing
from settings_app.models import ShopifyStore, TikTokShop

log = logging.getLogger(__name__)


def publish(task: Callable[..., object], *args: object, expires: float | None = None) -> bool:
    """Send a nudge; a broker that is away costs nothing but time, the row is due and beat will find it.

    A silent broker costs a few seconds once: after a failure it is left alone, so that no web request waits twice.
    """
    if broker.rests():
        return False
    try:
        task.apply_async(args=args, expires=expires)  # type: ignore[attr-defined]  # a Celery task
    except (OperationalError, RedisError, OSError) as error:
        broker.let_rest()
        log.warning("a nudge was not published (%s); the sweep finds the work", type(error).__name__)
        return False
    return True


@shared_task(ignore_result=True)
def fetch_all_shops() -> None:
    for pk in TikTokShop.objects.filter(paused=False).values_list("pk", flat=True):
        publish(fetch_shop, pk, expires=settings.FETCH_INTERVAL_SECONDS * 2)


@shared_task(ignore_result=True)
def fetch_shop(shop_pk: int, by_hand: bool = False) -> None:
    """`by_hand` asks TikTok even while the shop rests after failures."""
    fetched = intake.fetch(shop_pk, by_hand=by_hand)
    if fetched.stored.new or fetched.stored.changed:
        publish(dispatch_due)
    if fetched.more:
        publish(fetch_shop, shop_pk)


@shared_task(ignore_result=True)
def dispatch_due() -> None:
    if broker.has_forgotten():
        dispatch.forget_nudges()
        delivery_claims.forget_nudges()
    bulk.settle_stopped()
    if sweeps.a_broken_store_is_due():
        publish(try_broken_stores, expires=60)
    dispatch.withdraw_automatic()
    dispatch.queue_automatic()
    for pk in dispatch.stores_with_due_orders():
        publish(dispatch_store, pk, expires=60)
    for pk in dispatch.due_for_verification():
        publish(verify_order, pk)


@shared_task(ignore_result=True)
def dispatch_store(store_pk: int) -> None:
    """Send the next orders of a store on their way, after one look at both vendors for all of them."""
    order_pks = dispatch.due(store_pk)
    if not order_pks:
        return
    store = ShopifyStore.objects.get(pk=store_pk)
    order_pks = freshness.ensure(order_pks)
    try:
        if not adoption.look_first(store, order_pks):
            dispatch.withdraw(order_pks, scanning.UNDER_WAY)
            return  # the next tick goes on
        delivery_claims.order_is_in_shopify(order_pks)  # those that were found there
    except ConnectorError as error:
        # an answer that is odd for one of them must not hold up the others: each looks by itself before its create
        odd = isinstance(error, Refused | BadAnswer) and error.http_status in (None, 200)
        if not odd:
            connections.failed(store, error)
            dispatch.withdraw(order_pks, error.sentence)
            return
    dispatch.on_their_way(order_pks)
    dispatch.withdraw([pk for pk in order_pks if not publish(sync_order, pk)])


@shared_task(ignore_result=True)
def sync_order(order_pk: int) -> None:
    creation.sync(order_pk, SoftTimeLimitExceeded)
    delivery_claims.order_is_in_shopify([order_pk])
    store_pk = Order.objects.filter(pk=order_pk).values_list("store", flat=True).first()
    if store_pk is not None and dispatch.wants_more(store_pk):
        publish(dispatch_store, store_pk, expires=60)


@shared_task(ignore_result=True)
def verify_order(order_pk: int) -> None:
    verification.verify(order_pk)
    delivery_claims.order_is_in_shopify([order_pk])


@shared_task(ignore_result=True)
def sweep() -> None:
    """Only the database is asked here: a vendor that hangs must not keep expired claims waiting."""
    sweeps.expired_claims()
    connections.free_stranded()
    delivery_due.expired_claims()
    delivery_claims.promote_waiting()
    link_candidates.note_new_items()
    publish(search_links_again, expires=60)
    publish(read_open_orders, expires=60)
    for pk in reconciliation.put_off():
        publish(reconcile_shop, pk, expires=25)


@shared_task(ignore_result=True)
def search_links_again() -> None:
    sweeps.search_links_again()


@shared_task(ignore_result=True)
def try_broken_stores() -> None:
    """At once after the first refusal, which may have been a hiccup, then every five minutes."""
    if sweeps.try_broken_stores():
        publish(dispatch_due)


@shared_task(ignore_result=True)
def beat_heartbeat() -> None:
    """A worker's answer to beat's tick, which beat itself wrote down when it sent this (project.celery)."""
    sweeps.beat("worker")


@shared_task(ignore_result=True)
def read_deliveries() -> None:
    """Send on their way: what Shopify is to be told of deliveries, looks for unknown outcomes, and tags."""
    for pk in delivery_due.stores_with_due():
        publish(deliver_store, pk, expires=60)
    for pk in delivery_due.due_for_verification():
        publish(verify_delivery, pk)
    for pk in changes_after_sync.orders_to_tag():
        publish(tag_changes, pk)


@shared_task(ignore_result=True)
def deliver_store(store_pk: int) -> None:
    delivery_claims.withdraw([pk for pk in delivery_due.due(store_pk) if not publish(deliver, pk)])


@shared_task(ignore_result=True)
def deliver(order_pk: int) -> None:
    delivering.deliver(order_pk, SoftTimeLimitExceeded)
    store_pk = Order.objects.filter(pk=order_pk).values_list("store", flat=True).first()
    if store_pk is not None and delivery_due.wants_more(store_pk):
        publish(deliver_store, store_pk, expires=60)


@shared_task(ignore_result=True)
def verify_delivery(order_pk: int) -> None:
    delivery_verification.verify(order_pk)


@shared_task(ignore_result=True)
def tag_changes(order_pk: int) -> None:
    changes_after_sync.tag(order_pk)


@shared_task(ignore_result=True)
def read_open_orders() -> None:
    open_orders.read_open_orders()


@shared_task(ignore_result=True)
def work_inbox(source: str, sender: str) -> None:
    """Work the webhooks of one shop or store; orders that changed go on at once."""
    worked = inbox.work(source, sender)
    if worked.changed:
        publish(dispatch_due)
        publish(read_deliveries)
    if worked.more:
        publish(work_inbox, source, sender)


@shared_task(ignore_result=True)
def read_inbox() -> None:
    """Webhooks whose nudge was lost, or that wait for another try; vendors that do not know yet where to send them."""
    for source, sender in inbox.senders_with_work():
        publish(work_inbox, source, sender, expires=60)
    for kind, pk in keeping.subscriptions_due():
        publish(register_webhooks, kind, pk, expires=60)


@shared_task(ignore_result=True)
def upkeep() -> None:
    """What is due now and then: tokens, connections, and data that is no longer needed."""
    keeping.renew_tokens()
    keeping.try_broken_shops()
    standing.close_settled()
    if keeping.is_due("retention", keeping.DAY):
        privacy.clear_old()
    for pk in reconciliation.due(timezone.now()):
        publish(reconcile_shop, pk, expires=600)


@shared_task(ignore_result=True, soft_time_limit=240, time_limit=280)  # still under the visibility timeout
def reconcile_shop(shop_pk: int) -> None:
    """The comparison of TikTok, here and Shopify that is due, a part at a time.

    Throttled, it goes on with the next sweep; after another failure with the next upkeep.
    """
    shop = TikTokShop.objects.select_related("store").get(pk=shop_pk)
    try:
        if reconciliation.go_on(shop):
            publish(reconcile_shop, shop_pk)
    except Throttled:
        reconciliation.note_problem(shop, reconciliation.WAITS)
    except ConnectorError as error:
        reconciliation.note_problem(shop, error.sentence)
        log.warning("%s could not be compared with Shopify: %s", shop, error.sentence)


@shared_task(ignore_result=True)
def register_webhooks(kind: str, pk: int) -> None:
    """After a connection, and daily: the vendor is told where to send its events."""
    keeping.register(kind, pk)
