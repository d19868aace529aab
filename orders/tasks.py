"""The only Celery file: every task is one call, every message only a nudge that may be lost, doubled or late."""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from connectors.errors import ConnectorError
from orders import adoption, connections, creation, dispatch, freshness, intake, sweeps, verification
from orders.models import Order
from settings_app.models import ShopifyStore, TikTokShop

log = logging.getLogger(__name__)


def publish(task: Callable[..., object], *args: object, expires: float | None = None) -> bool:
    """Send a nudge; a broker that is away costs nothing but time, the row is due and beat will find it."""
    try:
        task.apply_async(args=args, expires=expires)  # type: ignore[attr-defined]  # a Celery task
    except (OperationalError, OSError) as error:
        log.warning("a nudge was not published (%s); the sweep finds the work", type(error).__name__)
        return False
    return True


@shared_task(ignore_result=True)
def fetch_all_shops() -> None:
    for pk in TikTokShop.objects.filter(paused=False).values_list("pk", flat=True):
        publish(fetch_shop, pk, expires=settings.FETCH_INTERVAL_SECONDS * 2)


@shared_task(ignore_result=True)
def fetch_shop(shop_pk: int) -> None:
    fetched = intake.fetch(shop_pk)
    if fetched.stored.new or fetched.stored.changed:
        publish(dispatch_due)
    if fetched.more:
        publish(fetch_shop, shop_pk)


@shared_task(ignore_result=True)
def dispatch_due() -> None:
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
        adoption.look_first(store, order_pks)
    except ConnectorError as error:
        connections.failed(store, error)
        dispatch.withdraw(order_pks)
        return
    for pk in order_pks:
        publish(sync_order, pk)


@shared_task(ignore_result=True)
def sync_order(order_pk: int) -> None:
    creation.sync(order_pk)
    store_pk = Order.objects.filter(pk=order_pk).values_list("store", flat=True).first()
    if store_pk is not None and dispatch.wants_more(store_pk):
        publish(dispatch_store, store_pk, expires=60)


@shared_task(ignore_result=True)
def verify_order(order_pk: int) -> None:
    verification.verify(order_pk)


@shared_task(ignore_result=True)
def sweep() -> None:
    sweeps.expired_claims()
    sweeps.try_broken_stores()
    sweeps.search_links_again()


@shared_task(ignore_result=True)
def beat_heartbeat() -> None:
    sweeps.beat("beat")
