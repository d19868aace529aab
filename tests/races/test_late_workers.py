"""A worker whose claim ended while it stood still, and another that went on: one order, and no answer is lost."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from connectors.shopify import orders as shopify_orders
from orders import attempts, creation, outcomes, verification
from orders.models import Order, SyncAttempt
from orders.states import AttemptResult, SyncStatus
from settings_app import clients
from tests.crash.conftest import Flow
from tests.races.conftest import At
from tests.races.together import looked_once, proven_absent, the_claim_ends, together
from tests.sandboxes import Sandbox
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_answer_that_comes_after_the_claim_ended_is_still_recorded(flow: Flow, at: At) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk

    def meanwhile() -> None:
        the_claim_ends()
        assert Order.objects.get().sync_status == SyncStatus.VERIFYING

    at("create.answered", lambda: together(1, meanwhile))
    creation.sync(pk)
    flow.once(1)
    assert SyncAttempt.objects.get().result == AttemptResult.DONE


def test_a_claim_that_ended_before_the_write_ahead_sends_nothing(flow: Flow, at: At) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    at("create.prepared", lambda: together(1, the_claim_ends))
    creation.sync(pk)
    assert flow.road.shopify_orders() == []
    creation.sync(pk)
    flow.once(1)


def test_a_claim_that_a_wrong_clock_ends_right_before_the_write_ahead_makes_no_second_order(
    flow: Flow, no_unique_mark: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_a_verifier_that_finds_it_and_the_late_answer_agree(flow: Flow, at: At) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk

    def meanwhile() -> None:
        the_claim_ends()
        verification.verify(pk)
        assert Order.objects.get().sync_status == SyncStatus.SYNCED

    at("create.answered", lambda: together(1, meanwhile))
    creation.sync(pk)
    flow.once(1)


def test_a_sender_that_slept_past_every_window_meets_the_unique_mark(flow: Flow, at: At) -> None:
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
    flow: Flow, no_unique_mark: Sandbox, at: At
) -> None:
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


def test_a_verifier_cut_off_between_finding_two_and_telling_so_makes_no_third(
    flow: Flow, no_unique_mark: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.ask(1)
    pk = Order.objects.get().pk
    no_unique_mark.faults({"operation": "OrderCreate", "do": "cut", "when": "after", "times": 2})
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
