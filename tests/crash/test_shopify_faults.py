"""What Shopify can do to a call, before and after its effect. The numbers are those of docs/guarantees.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.utils import timezone

from connectors import http
from orders import attempts, claims, connections, creation, dispatch, sweeps, tasks, verification
from orders.models import Order, SyncAttempt
from orders.states import AskedBy, AttemptResult, SyncStatus
from settings_app.models import Connection, ShopifyStore
from tests.crash.conftest import Flow
from tests.factories import raw_order
from tests.sandboxes import Sandbox
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db


def sync() -> Order:
    tasks.sync_order(Order.objects.get().pk)
    return Order.objects.get()


def end(flow: Flow, seconds: float = 20) -> Order:
    """Look and send again until the order stands, as beat would."""

    def over() -> bool:
        flow.verify_all()
        flow.due_again()
        for pk, status in Order.objects.values_list("pk", "sync_status"):
            {SyncStatus.VERIFYING: verification.verify, SyncStatus.QUEUED: creation.sync}[SyncStatus(status)](pk)
        return not flow.moving()

    wait_for(over, seconds, "the order to end")
    return Order.objects.get()


def create_fault(do: str, when: str = "before", **further: Any) -> dict[str, Any]:
    return {"operation": "OrderCreate", "when": when, "do": do, "times": 1, **further}


@pytest.mark.parametrize(
    ("number", "wish"),
    [
        (19, create_fault("cut", "after")),
        (20, create_fault("cut")),
        (21, create_fault("http", "after", status=502)),
        (22, create_fault("http", status=502)),
        (23, create_fault("truncate", "after")),
        (24, create_fault("late", seconds=1)),
    ],
)
def test_19_to_24_an_answer_that_is_lost_makes_no_second_order(flow: Flow, number: int, wish: dict[str, Any]) -> None:
    flow.ask(1)
    flow.road.shopify.faults(wish)
    assert sync().sync_status == SyncStatus.VERIFYING
    end(flow)
    flow.once(1)


@pytest.fixture
def other_store(flow: Flow, tmp_path: Path, settings: Any) -> Iterator[Callable[..., Sandbox]]:
    """Another sort of store in place of the usual one: `other_store("--search-lag", "2")`."""
    started: list[Sandbox] = []

    def start(*flags: str) -> Sandbox:
        sandbox = Sandbox("shopify", tmp_path, flags=flags)
        sandbox.start()
        started.append(sandbox)
        settings.SHOPIFY_API_URL = sandbox.url + "/{domain}"
        flow.road.shopify = sandbox
        return sandbox

    yield start
    for sandbox in started:
        sandbox.stop()


def test_25_a_search_index_five_minutes_behind_does_not_hide_an_order_with_a_custom_id(
    flow: Flow, other_store: Callable[..., Sandbox]
) -> None:
    store = other_store("--search-lag", "300")
    flow.ask(1)
    store.faults(create_fault("cut", "after"))
    assert sync().sync_status == SyncStatus.VERIFYING
    flow.verify_all()
    verification.verify(Order.objects.get().pk)  # the very first look
    flow.once(1)
    assert SyncAttempt.objects.get().negatives == 0


def test_26_without_the_custom_id_a_lagging_search_makes_no_second_order(
    flow: Flow, other_store: Callable[..., Sandbox]
) -> None:
    store = other_store("--refuse-definitions", "--search-lag", "2")
    flow.ask(1)
    store.faults(create_fault("cut", "after"))
    assert sync().sync_status == SyncStatus.VERIFYING
    verification.verify(Order.objects.get().pk)
    end(flow)
    assert ShopifyStore.objects.get().order_id_definition == ShopifyStore.Definition.UNAVAILABLE
    flow.once(1)
    assert SyncAttempt.objects.count() == 1


def test_27_twenty_throttles_in_a_row_lose_nothing_and_fail_nothing(flow: Flow) -> None:
    flow.ask(1)
    flow.road.shopify.faults({**create_fault("throttled", retry_after=0.1), "times": 20})
    for _ in range(20):
        order = sync()
        assert order.sync_status == SyncStatus.QUEUED
        assert order.claims_without_progress == 0
        flow.due_again()
    assert ShopifyStore.objects.get().backoff_step == 0  # throttled is not broken
    end(flow)
    flow.once(1)


def test_28_a_429_is_waited_out_for_as_long_as_shopify_asks(flow: Flow) -> None:
    flow.ask(1)
    flow.road.shopify.faults(create_fault("http", status=429, retry_after=7))
    order = sync()
    assert order.sync_status == SyncStatus.QUEUED
    assert order.next_attempt_at is not None
    assert 5 < (order.next_attempt_at - timezone.now()).total_seconds() <= 7
    assert flow.due() == []  # the store rests as one
    end(flow)
    flow.once(1)


def test_29_a_401_in_mid_batch_blocks_the_rest_until_it_mends_and_no_other_store(flow: Flow) -> None:
    flow.ask(3)
    pks = list(Order.objects.values_list("pk", flat=True))
    creation.sync(pks[0])
    flow.road.shopify.faults(create_fault("http", status=401))
    creation.sync(pks[1])
    assert flow.told() == {"synced": 1, "blocked": 2}
    assert ShopifyStore.objects.get().connection == Connection.BROKEN
    assert sweeps.try_broken_stores() == 1
    for pk in pks:
        creation.sync(pk)
    flow.once(3)


def test_29_what_is_being_looked_for_waits_for_a_broken_connection_and_goes_on_when_it_mends(flow: Flow) -> None:
    flow.ask(1)
    flow.road.shopify.faults(create_fault("cut", "after"))
    assert sync().sync_status == SyncStatus.VERIFYING
    flow.road.shopify.faults({**create_fault("http", status=401), "operation": "*"})
    flow.verify_all()
    verification.verify(Order.objects.get().pk)
    assert ShopifyStore.objects.get().connection == Connection.BROKEN
    flow.verify_all()
    assert dispatch.due_for_verification() == []  # not asked at every tick
    assert sweeps.try_broken_stores() == 1
    assert dispatch.due_for_verification() == [Order.objects.get().pk]
    assert end(flow).sync_status == SyncStatus.SYNCED
    flow.once(1)


def test_30_what_shopify_refuses_is_told_in_its_own_words(flow: Flow, other_store: Callable[..., Sandbox]) -> None:
    other_store("--refuse-unknown-variant")
    [line] = raw_order()["line_items"]
    flow.road.stored(raw_order(line_items=[{**line, "seller_sku": "GONE"}]))
    claims.ask(Order.objects.all(), AskedBy.MANUAL)
    Order.objects.get().shop.links.update(variant_gid="gid://shopify/ProductVariant/404")
    order = sync()
    if order.sync_status == SyncStatus.QUEUED:  # the link is looked at once more, and another is searched for by SKU
        order = sync()
    assert order.sync_status in (SyncStatus.FAILED, SyncStatus.BLOCKED)
    assert order.message
    assert flow.road.shopify_orders() == []


def test_31_an_order_that_shopify_says_exists_is_adopted(flow: Flow, redis_url: str) -> None:
    flow.ask(1)
    sync()
    # our database and Redis forgot it, and the look before the create was made before it existed
    with redis.Redis.from_url(redis_url) as client:
        client.delete(*client.scan_iter("orderbridge:sent:*"))
    SyncAttempt.objects.all().delete()
    Order.objects.update(sync_status=SyncStatus.QUEUED, shopify_order_id=None, looked_up_at=timezone.now())
    assert sync().sync_status == SyncStatus.VERIFYING
    assert SyncAttempt.objects.get().code == "mark_taken"
    assert end(flow).sync_status == SyncStatus.SYNCED
    flow.once(1)


def test_32_a_slow_drip_of_bytes_ends_at_the_deadline(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.ask(1)
    sync_defaults = dict(http.send.__kwdefaults__ or {})
    flow.road.shopify.faults(create_fault("drip", "after"))
    with monkeypatch.context() as hurried:
        hurried.setattr(http.send, "__kwdefaults__", {**sync_defaults, "deadline": 2.0})
        began = timezone.now()
        assert sync().sync_status == SyncStatus.VERIFYING
    assert timezone.now() - began < timedelta(seconds=6)
    assert SyncAttempt.objects.get().code == "timeout"
    end(flow)
    flow.once(1)


def test_one_odd_failure_does_not_stop_the_store(flow: Flow) -> None:
    flow.ask(2)
    flow.road.shopify.faults(create_fault("http", status=502))
    first, second = Order.objects.order_by("pk")
    creation.sync(first.pk)
    assert flow.due() == [second.pk]


def test_a_real_outage_makes_the_store_rest_and_a_single_order_finds_out(flow: Flow) -> None:
    flow.ask(6)
    flow.road.shopify.faults({**create_fault("http", status=502), "times": None})
    for pk in Order.objects.values_list("pk", flat=True)[:3]:
        creation.sync(pk)
    store = ShopifyStore.objects.get()
    assert connections.resting_until(store)
    assert flow.due() == []
    creation.sync(Order.objects.filter(sync_status=SyncStatus.QUEUED)[0].pk)
    assert SyncAttempt.objects.count() == 3  # a message that was under way is not sent into the outage
    assert Order.objects.filter(claims_without_progress__gt=0).count() == 0
    ShopifyStore.objects.update(backoff_until=None)
    assert len(flow.due()) == 1


def test_a_night_of_outage_leaves_nothing_failed(flow: Flow, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.ask(2)
    monkeypatch.setattr(http, "_pause", lambda seconds: None)
    there, settings.SHOPIFY_API_URL = settings.SHOPIFY_API_URL, "http://127.0.0.1:9"
    for _ in range(12):
        flow.due_again()
        for pk in Order.objects.values_list("pk", flat=True):
            creation.sync(pk)
    store = ShopifyStore.objects.get()
    assert store.backoff_until is not None
    assert store.backoff_until - timezone.now() > timedelta(minutes=4)
    assert flow.told() == {"queued": 2}
    settings.SHOPIFY_API_URL = there
    flow.due_again()
    for pk in Order.objects.values_list("pk", flat=True):
        creation.sync(pk)
    flow.once(2)
    assert ShopifyStore.objects.get().backoff_step == 0


def test_an_order_that_kills_its_worker_every_time_is_given_to_a_person(flow: Flow) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    for _ in range(12):
        flow.due_again()
        flow.verify_all()
        token = claims.claim_queued(pk)
        if token is None:
            break
        order = Order.objects.get()
        if order.claims_without_progress % 2:  # every other time it gets as far as the write-ahead
            attempts.write_ahead(order, token, {})
        flow.claims_end()
        SyncAttempt.objects.filter(result=AttemptResult.UNKNOWN).update(
            unknown_since=timezone.now() - timedelta(hours=1),
            first_negative_at=timezone.now() - timedelta(hours=1),
            negatives=5,
        )
        verification.verify(pk)
    order = Order.objects.get()
    assert (order.sync_status, order.reason) == (SyncStatus.NEEDS_REVIEW, "no_outcome")


def test_a_look_up_that_is_odd_for_one_order_does_not_hold_up_the_others(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.errors import BadAnswer
    from orders import adoption

    flow.ask(3)
    sent: list[int] = []

    def odd(*_: Any) -> None:
        raise BadAnswer("Shopify described an order without its id, time or total", code="bad_order")

    monkeypatch.setattr(adoption, "look_first", odd)
    monkeypatch.setattr(tasks, "publish", lambda task, *args, **_: sent.append(args[0]) or True)
    tasks.dispatch_store(flow.road.shop.store_id)
    assert sorted(sent) == sorted(Order.objects.values_list("pk", flat=True))
