from __future__ import annotations

import pytest

from connectors.tiktok.payloads import read_order
from orders.eligibility import Blocked, Eligible, NotOurs, Verdict, Wait, decide
from settings_app.rules import Rules
from tests.factories import raw_order


def verdict(rules: Rules | None = None, **changes: object) -> Verdict:
    return decide(read_order(raw_order(**changes)), rules or Rules())


@pytest.mark.parametrize(
    "status", ["AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED"]
)
def test_a_paid_order_is_never_left_behind_however_far_it_is(status: str) -> None:
    assert verdict(status=status) == Eligible()


@pytest.mark.parametrize("status", ["UNPAID", "ON_HOLD"])
def test_an_order_that_may_still_vanish_is_not_taken(status: str) -> None:
    assert verdict(status=status) == NotOurs()


def test_an_order_from_tiktoks_warehouse_is_not_shipped_twice() -> None:
    assert verdict(fulfillment_type="FULFILLMENT_BY_TIKTOK") == NotOurs()


@pytest.mark.parametrize("status", ["CANCELLED", "CANCEL"])
def test_a_cancelled_order_is_not_created_in_either_spelling(status: str) -> None:
    assert verdict(status=status) == Blocked("cancelled_before_sync")


def test_a_status_tiktok_invents_tomorrow_is_parked_and_named() -> None:
    found = verdict(status="AWAITING_DRONE")
    assert isinstance(found, Blocked)
    assert found.reason == "unreadable_order"
    assert "AWAITING_DRONE" in found.message


def test_a_fulfilment_type_tiktok_invents_tomorrow_is_parked() -> None:
    found = verdict(fulfillment_type="FULFILLMENT_BY_MOON")
    assert isinstance(found, Blocked)
    assert "FULFILLMENT_BY_MOON" in found.message


def test_a_pending_cancellation_is_waited_for() -> None:
    assert verdict(is_buyer_request_cancel=True) == Wait("buyer_cancellation_pending")


@pytest.mark.parametrize("flag", ["is_sample_order", "is_refundable_sample"])
def test_samples_are_left_out_only_where_the_seller_says_so(flag: str) -> None:
    assert verdict(**{flag: True}) == Eligible()
    assert verdict(Rules(samples="ignore"), **{flag: True}) == Blocked("sample_excluded")


def test_an_order_in_another_currency_is_named() -> None:
    found = verdict(payment={"currency": "GBP", "total_amount": "5"})
    assert isinstance(found, Blocked)
    assert found.reason == "currency_mismatch"


def test_an_order_whose_total_tiktok_does_not_tell_never_becomes_a_free_one() -> None:
    without = {key: value for key, value in raw_order()["payment"].items() if key != "total_amount"}
    for payment in (None, {}, without, {**without, "total_amount": ""}):
        found = verdict(payment=payment)
        assert isinstance(found, Blocked)
        assert found.reason == "unreadable_order"
        assert "payment.total_amount" in found.message


def test_a_unit_without_a_price_is_named_and_a_gift_needs_none() -> None:
    line = {key: value for key, value in raw_order()["line_items"][0].items() if key != "sale_price"}
    found = verdict(line_items=[line])
    assert isinstance(found, Blocked)
    assert "line_items.0.sale_price" in found.message
    assert verdict(line_items=[raw_order()["line_items"][0], {**line, "is_gift": True}]) == Eligible()


def test_a_sample_that_costs_nothing_is_still_taken() -> None:
    free = {**raw_order()["payment"], "total_amount": "0"}
    assert verdict(is_sample_order=True, payment=free) == Eligible()
