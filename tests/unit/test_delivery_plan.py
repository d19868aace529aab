"""Which fulfilment carries what: nothing that Shopify shows as shipped is shipped again, and nothing is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.shopify.fulfillments import (
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    OrderFulfillments,
    OrderLine,
    Tracking,
)
from orders.delivery.plan import Create, Held, Use, Wanted, plan


def fulfilment(gid: str, units: Mapping[str, int], number: str = "", status: str = "SUCCESS") -> Fulfillment:
    tracking = (Tracking(number),) if number else ()
    return Fulfillment(gid, status, "FULFILLED", None, None, None, tracking, tuple(units.items()), ())


def waiting(gid: str, units: Mapping[str, int], status: str = "OPEN", *, can: bool = True) -> FulfillmentOrder:
    lines = [FulfillmentOrderLine(f"{gid}-{line}", line, "", "", left, left) for line, left in units.items()]
    return FulfillmentOrder(gid, status, "ShipBob", can, tuple(lines))


def shown(*parts: Any) -> OrderFulfillments:
    orders = tuple(part for part in parts if isinstance(part, FulfillmentOrder))
    made = tuple(part for part in parts if isinstance(part, Fulfillment))
    lines = tuple(part for part in parts if isinstance(part, OrderLine))
    return OrderFulfillments("o", "#1", None, lines, orders, made)


def test_an_order_over_two_locations_gets_a_fulfilment_each() -> None:
    found = plan([Wanted("P", {"a": 1, "b": 2}, "T")], [], shown(waiting("F", {"a": 1}), waiting("G", {"b": 2})))
    assert found.creates == (
        Create("P", "F", (("F-a", 1),), {"a": 1}),
        Create("P", "G", (("G-b", 2),), {"b": 2}),
    )
    assert found.reason == ""


def test_two_packages_share_a_line_without_shipping_a_unit_twice() -> None:
    wanted = [Wanted("P", {"a": 1}, "T1"), Wanted("Q", {"a": 1}, "T2")]
    found = plan(wanted, [], shown(waiting("F", {"a": 2})))
    assert [(one.package_id, one.lines) for one in found.creates] == [("P", (("F-a", 1),)), ("Q", (("F-a", 1),))]


def test_the_fulfilment_with_the_packages_number_is_its_own_whichever_package_comes_first() -> None:
    wanted = [Wanted("P", {"a": 1}, "T1"), Wanted("Q", {"a": 1}, "T2", moves=False)]
    found = plan(wanted, [], shown(fulfilment("X", {"a": 1}, "T2"), waiting("F", {"a": 1})))
    assert found.uses == ()
    assert [one.package_id for one in found.creates] == ["P"]


def test_a_fulfilment_of_just_these_lines_is_used_before_one_of_more() -> None:
    made = [fulfilment("X", {"a": 1, "b": 1}), fulfilment("Y", {"a": 1})]
    assert plan([Wanted("P", {"a": 1}, "T")], [], shown(*made)).uses == (Use("P", "Y", {"a": 1}),)


def test_one_fulfilment_of_everything_serves_every_package() -> None:
    wanted = [Wanted("P", {"a": 1}, "T1"), Wanted("Q", {"b": 1}, "T2")]
    found = plan(wanted, [], shown(fulfilment("X", {"a": 1, "b": 1})))
    assert found.uses == (Use("P", "X", {"a": 1}), Use("Q", "X", {"b": 1}))
    assert found.creates == ()


def test_what_is_known_to_be_carried_is_left_alone() -> None:
    held = [Held("P", "X", {"a": 1})]
    found = plan([Wanted("P", {"a": 1}, "T")], held, shown(fulfilment("X", {"a": 1}, "OTHER")))
    assert (found.uses, found.creates, found.reason) == ((), (), "")


def test_a_cancelled_unit_of_the_same_product_leaves_its_parcel_to_nobody() -> None:
    held = [Held("gone", "X", {"a": 1})]
    found = plan([Wanted("Q", {"a": 1}, "T2")], held, shown(fulfilment("X", {"a": 1}, "T1"), waiting("F", {"a": 1})))
    assert found.uses == ()
    assert [one.package_id for one in found.creates] == ["Q"]


def test_units_that_moved_to_another_package_after_they_were_shipped_are_not_shipped_again() -> None:
    held = [Held("gone", "X", {"a": 1})]
    found = plan([Wanted("Q", {"a": 1}, "T2")], held, shown(fulfilment("X", {"a": 1}, "T1")))
    assert found.uses == (Use("Q", "X", {"a": 1}),)
    assert found.reason == ""


def test_a_cancelled_fulfilment_carries_nothing() -> None:
    found = plan([Wanted("P", {"a": 1}, "T")], [], shown(fulfilment("X", {"a": 1}, "T", "CANCELLED")))
    assert found.uses == ()


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        ([waiting("F", {"a": 1}, "ON_HOLD", can=False)], "fulfilment_on_hold"),
        ([waiting("F", {"a": 1}, "SCHEDULED", can=False)], "fulfilment_scheduled"),
        ([waiting("F", {"a": 1}, can=False)], "fulfilment_elsewhere"),
        ([waiting("F", {"a": 0}, "CLOSED", can=False)], "nothing_left_to_fulfil"),
        ([waiting("F", {"b": 1})], "nothing_left_to_fulfil"),
        ([], "not_routed_yet"),
    ],
)
def test_what_cannot_ship_says_why(orders: list[FulfillmentOrder], reason: str) -> None:
    found = plan([Wanted("P", {"a": 1}, "T")], [], shown(*orders))
    assert (found.creates, found.reason) == ((), reason)
    assert found.message.startswith("1 unit is not fulfilled yet")


def test_what_can_ship_goes_although_the_rest_is_held() -> None:
    orders = [waiting("F", {"a": 1}), waiting("G", {"b": 1}, "ON_HOLD", can=False)]
    found = plan([Wanted("P", {"a": 1, "b": 1}, "T")], [], shown(*orders))
    assert [one.fulfilment_order_gid for one in found.creates] == ["F"]
    assert found.reason == "fulfilment_on_hold"


@pytest.mark.parametrize(("unfulfilled", "reason"), [(1, "fulfilment_hidden"), (0, "nothing_left_to_fulfil")])
def test_units_that_nobody_shows_are_hidden_only_while_shopify_counts_them(unfulfilled: int, reason: str) -> None:
    line = OrderLine("b", "Soap", "", "", 1, None, unfulfilled)
    found = plan([Wanted("P", {"a": 1, "b": 1}, "T")], [], shown(waiting("F", {"a": 1}), line))
    assert [one.units for one in found.creates] == [{"a": 1}]
    assert found.reason == reason
