"""Two workers at one order, held at an exact point (RunBefore) or let loose together, on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from connectors.shopify import orders as shopify_orders
from orders import attempts, claims, creation, dispatch, outcomes, sweeps, verification
from orders.models import Order, SyncAttempt
from orders.states import AttemptResult, SyncStatus
from settings_app import clients
from tests.crash.conftest import Flow, flow, queued, road
from tests.factories import OrderFactory, ShopFactory
from tests.sandboxes import Sandbox
from tests.waiting import wait_for

__all__ = ["flow", "queued", "road"]

pytestmark = pytest.mark.django_db(transaction=True)


def together(number: int, work: Callable[[], Any]) -> list[Any]:
    """What each of `number` threads got, all let loose at once, each on a database connection of its own."""
    gate, got = threading.Barrier(number, timeout=20), []

    def run() -> None:
        try:
            gate.wait()
            got.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Callable[[], object]], None]]:
    """Run something at a named crash point, once, instead of dying there."""
    wanted: dict[str, Callable[[], object]] = {}

    def arrive(name: str) -> None:
        if work := wanted.pop(name, None):
            work()

    for module in (creation, verification):
        monkeypatch.setattr(module, "crash_point", arrive)
    yield wanted.__setitem__
    assert not wanted, f"never got to {list(wanted)}"


def the_claim_ends() -> None:
    Order.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    sweeps.expired_claims()


def proven_absent(pk: int) -> None:
    """The other worker looks over a settle window that is long over."""
    long_ago = timezone.now() - timedelta(hours=1)
    SyncAttempt.objects.update(unknown_since=long_ago, first_negative_at=long_ago, negatives=5)
    Order.objects.update(next_attempt_at=None)
    verification.verify(pk)
    assert Order.objects.get().sync_status == SyncStatus.QUEUED


def looked_once(pk: int) -> None:
    Order.objects.update(next_attempt_at=None, claim_until=None)
    verification.verify(pk)


def test_eight_workers_at_one_queued_order_make_one_attempt(flow: Flow) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    together(8, lambda: creation.sync(pk))
    flow.once(1)
    assert SyncAttempt.objects.count() == 1


def test_two_hundred_orders_are_claimed_once_each_by_eight_workers() -> None:
    shop = ShopFactory.create()
    pks = [OrderFactory.create(shop=shop, queued=True).pk for _ in range(200)]
    taken = together(8, lambda: [pk for pk in pks if claims.claim_queued(pk)])
    assert sorted(pk for mine in taken for pk in mine) == pks


def test_two_dispatchers_send_no_order_twice() -> None:
    shop = ShopFactory.create()
    for _ in range(60):
        OrderFactory.create(shop=shop, queued=True)
    sent = [pk for picked in together(4, lambda: dispatch.due(shop.store_id)) for pk in picked]
    assert len(sent) == len(set(sent))


def test_a_second_open_attempt_is_impossible_whatever_the_code_does(flow: Flow) -> None:
    flow.ask(1)
    order = Order.objects.get()
    token = claims.claim_queued(order.pk)
    assert token is not None
    made = [one for one in together(6, lambda: attempts.write_ahead(order, token, {})) if one]
    assert len(made) == 1
    with pytest.raises(IntegrityError):
        SyncAttempt.objects.create(order=order, number=99, token=token, started_at=timezone.now(), request={})


@pytest.mark.parametrize("point", ["create.claimed", "create.looked", "create.prepared", "create.written"])
def test_another_worker_at_the_same_point_finds_nothing_to_do(flow: Flow, at: Any, point: str) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    at(point, lambda: together(1, lambda: (creation.sync(pk), verification.verify(pk))))
    creation.sync(pk)
    flow.once(1)
    assert SyncAttempt.objects.count() == 1


def test_an_answer_that_comes_after_the_claim_ended_is_still_recorded(flow: Flow, at: Any) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk

    def meanwhile() -> None:
        the_claim_ends()
        assert Order.objects.get().sync_status == SyncStatus.VERIFYING

    at("create.answered", lambda: together(1, meanwhile))
    creation.sync(pk)
    flow.once(1)
    assert SyncAttempt.objects.get().result == AttemptResult.DONE


def test_a_claim_that_ended_before_the_write_ahead_sends_nothing(flow: Flow, at: Any) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    at("create.prepared", lambda: together(1, the_claim_ends))
    creation.sync(pk)
    assert flow.road.shopify_orders() == []
    creation.sync(pk)
    flow.once(1)


def test_a_claim_that_a_wrong_clock_ends_right_before_the_write_ahead_makes_no_second_order(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    store = Sandbox("shopify", tmp_path, flags=("--refuse-definitions",))
    store.start()
    settings.SHOPIFY_API_URL = store.url + "/{domain}"
    flow.road.shopify = store
    flow.ask(1)
    pk = Order.objects.get().pk
    write_ahead, others = attempts.write_ahead, list[threading.Thread]()

    def after_another_worker(*arguments: Any, **named: Any) -> SyncAttempt | None:
        if not others:
            others.append(threading.Thread(target=together, args=(1, lambda: (the_claim_ends(), creation.sync(pk)))))
            others[0].start()
            others[0].join(2)  # either it is through by then, or it waits for this claim's transaction
        return write_ahead(*arguments, **named)

    monkeypatch.setattr(attempts, "write_ahead", after_another_worker)
    creation.sync(pk)
    others[0].join()
    flow.once(1)
    store.stop()


def test_a_verifier_that_finds_it_and_the_late_answer_agree(flow: Flow, at: Any) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk

    def meanwhile() -> None:
        the_claim_ends()
        verification.verify(pk)
        assert Order.objects.get().sync_status == SyncStatus.SYNCED

    at("create.answered", lambda: together(1, meanwhile))
    creation.sync(pk)
    flow.once(1)


def test_a_sender_that_slept_past_every_window_meets_the_unique_mark(flow: Flow, at: Any) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk

    def meanwhile() -> None:
        the_claim_ends()
        proven_absent(pk)
        creation.sync(pk)

    at("create.written", lambda: together(1, meanwhile))
    creation.sync(pk)
    flow.once(1)


def test_without_the_unique_mark_such_a_sender_is_shown_to_a_person(
    flow: Flow, at: Any, tmp_path: Path, settings: Any
) -> None:
    store = Sandbox("shopify", tmp_path, flags=("--refuse-definitions",))
    store.start()
    settings.SHOPIFY_API_URL = store.url + "/{domain}"
    flow.road.shopify = store
    flow.ask(1)
    pk = Order.objects.get().pk

    def meanwhile() -> None:
        the_claim_ends()
        proven_absent(pk)
        creation.sync(pk)

    at("create.written", lambda: together(1, meanwhile))
    creation.sync(pk)
    assert len(flow.road.shopify_orders()) == 2
    order = Order.objects.get()
    assert (order.sync_status, order.reason) == (SyncStatus.NEEDS_REVIEW, "several_in_shopify")
    assert "#1001" in order.message
    assert "#1002" in order.message
    store.stop()


def test_a_verifier_cut_off_between_finding_two_and_telling_so_makes_no_third(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    store = Sandbox("shopify", tmp_path, flags=("--refuse-definitions",))
    store.start()
    settings.SHOPIFY_API_URL = store.url + "/{domain}"
    flow.road.shopify = store
    flow.ask(1)
    pk = Order.objects.get().pk
    store.faults({"operation": "OrderCreate", "do": "cut", "when": "after", "times": 2})
    creation.sync(pk)
    SyncAttempt.objects.update(result=AttemptResult.ABSENT)  # a search that lagged longer than the settle window
    Order.objects.update(sync_status=SyncStatus.QUEUED, next_attempt_at=None)
    creation.sync(pk)
    assert len(flow.road.shopify_orders()) == 2

    client, tiktok_id = clients.shopify(Order.objects.get().store), Order.objects.get().tiktok_order_id
    shown = partial(shopify_orders.find_by_source_identifier, client, tiktok_id)
    wait_for(lambda: len(list(shown())) == 2, 10, "the search to show both")

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(outcomes, "for_review", cut)
        with pytest.raises(KeyboardInterrupt):
            looked_once(pk)
    for _ in range(3):
        looked_once(pk)
        creation.sync(pk)
    assert len(flow.road.shopify_orders()) == 2
    order = Order.objects.get()
    assert (order.sync_status, order.reason) == (SyncStatus.NEEDS_REVIEW, "several_in_shopify")
    store.stop()


def test_an_order_being_verified_without_an_open_attempt_is_looked_for_anew(flow: Flow) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    flow.road.shopify.faults({"operation": "OrderCreate", "do": "cut", "when": "after", "times": 1})
    creation.sync(pk)
    SyncAttempt.objects.update(result=AttemptResult.DONE)  # closed, and its worker gone before the row said so
    Order.objects.update(looked_up_at=timezone.now())
    looked_once(pk)
    creation.sync(pk)
    flow.once(1)


def test_two_verifiers_count_one_look_once(flow: Flow) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    flow.road.shopify.faults({"operation": "OrderCreate", "do": "cut", "times": 1})
    creation.sync(pk)
    Order.objects.update(next_attempt_at=None)
    together(4, lambda: verification.verify(pk))
    assert SyncAttempt.objects.get().negatives == 1
    wait_for(
        lambda: (
            flow.verify_all()
            or verification.verify(pk)
            or not SyncAttempt.objects.filter(result__in=["unknown", "started"])
        ),
        15,
        "the proof of absence",
    )
    creation.sync(pk)
    flow.once(1)


def test_a_cancellation_that_arrives_with_the_claim_changes_no_claimed_order(flow: Flow, at: Any) -> None:
    from orders.fetching import storing
    from settings_app.rules import Rules
    from tests.factories import raw_order

    flow.ask(1)
    order = Order.objects.get()
    cancelled = raw_order(order.tiktok_order_id, status="CANCELLED", update_time=1763990000)
    at("create.prepared", lambda: together(1, lambda: storing.store(flow.road.shop, [cancelled], Rules())))
    creation.sync(order.pk)
    flow.once(1)
    assert Order.objects.get().tiktok_status == "CANCELLED"
