"""What staff, carriers and other services do in the stand-in's store looks to an app as it does in a real one."""

from __future__ import annotations

import time
from typing import Any

import pytest

from connectors.sandbox.shopify import SCOPES
from tests.conformance.shopify_caller import STORE, Caller, line
from tests.conformance.test_shopify_fulfilment import EVENT, FULFIL

LOOK = """query L($id: ID!) { order(id: $id) {
  lineItems(first: 5) { nodes { sku unfulfilledQuantity } }
  fulfillmentOrders(first: 9) { nodes { id status requestStatus assignedLocation { name location { id } }
    supportedActions { action } fulfillmentHolds { reason displayReason reasonNotes }
    lineItems(first: 5) { nodes { id sku totalQuantity remainingQuantity } } } }
  fulfillments { id displayStatus inTransitAt deliveredAt trackingInfo { number } events(first: 5) { nodes { id } } }
} }"""


def deed(shopify: Caller, name: str, **wish: Any) -> Any:
    answer = shopify.http.post(f"{shopify.url}/_sandbox/{name}", json={"store": STORE, **wish}, timeout=20)
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture
def order(shopify: Caller) -> str:
    """Two lavender soaps and one oat soap."""
    lavender, oat = shopify.seed({"title": "Lavender", "sku": "LAV"}, {"title": "Oat", "sku": "OAT"})
    lines = [line(variantId=lavender, quantity=2), line(variantId=oat)]
    return str(shopify.create(lineItems=lines)["order"]["id"])


def parts(shopify: Caller, order: str) -> list[Any]:
    return list(shopify.data(LOOK, {"id": order})["order"]["fulfillmentOrders"]["nodes"])


def standing(shopify: Caller, order: str) -> list[tuple[str, str, int]]:
    """(status, place, units left) of each fulfilment order."""
    return [
        (
            part["status"],
            part["assignedLocation"]["name"],
            sum(n["remainingQuantity"] for n in part["lineItems"]["nodes"]),
        )
        for part in parts(shopify, order)
    ]


def refused(shopify: Caller, part: Any) -> str:
    group = {"fulfillmentOrderId": part["id"]}
    payload = shopify.data(FULFIL, {"f": {"lineItemsByFulfillmentOrder": [group]}})["fulfillmentCreate"]
    return str(payload["userErrors"][0]["message"] if payload["userErrors"] else "")


def test_goods_lie_where_the_seed_says_even_one_line_at_two_places(shopify: Caller) -> None:
    deed(shopify, "locations", skus={"LAV": ["Main warehouse", "Outlet"], "OAT": "Outlet"})
    lavender, oat = shopify.seed({"title": "Lavender", "sku": "LAV"}, {"title": "Oat", "sku": "OAT"})
    made = shopify.create(lineItems=[line(variantId=lavender, quantity=3), line(variantId=oat)])["order"]
    assert standing(shopify, made["id"]) == [("OPEN", "Main warehouse", 2), ("OPEN", "Outlet", 2)]


def test_a_hold_says_why_and_nothing_is_fulfilled_until_it_is_released(shopify: Caller, order: str) -> None:
    deed(shopify, "hold", order=order, sku="OAT", reason="HIGH_RISK_OF_FRAUD", notes="Call the buyer")
    free, held = parts(shopify, order)
    assert (free["status"], held["status"]) == ("OPEN", "ON_HOLD")
    hold = {"reason": "HIGH_RISK_OF_FRAUD", "displayReason": "High risk of fraud", "reasonNotes": "Call the buyer"}
    assert held["fulfillmentHolds"] == [hold]
    assert "CREATE_FULFILLMENT" not in [action["action"] for action in held["supportedActions"]]
    assert "unfulfillable status= on_hold" in refused(shopify, held)
    deed(shopify, "release", order=order)
    assert refused(shopify, held) == ""


def test_what_staff_move_closes_and_stands_at_the_new_place(shopify: Caller, order: str) -> None:
    (old,) = parts(shopify, order)
    deed(shopify, "move", order=order, location="Outlet")
    assert standing(shopify, order) == [("CLOSED", "Main warehouse", 0), ("OPEN", "Outlet", 3)]
    assert "unfulfillable status= closed" in refused(shopify, old)


def test_another_service_ships_its_goods_itself(shopify: Caller, order: str) -> None:
    everything = [*SCOPES.split(","), "read_third_party_fulfillment_orders"]
    deed(shopify, "move", order=order, location="ShipBob", sku="OAT", service=True)
    assert standing(shopify, order) == [("OPEN", "Main warehouse", 2)], "hidden without the scope for it"
    assert deed(shopify, "settings", scopes=everything)["scopes"] == everything
    _, theirs = parts(shopify, order)
    assert {action["action"] for action in theirs["supportedActions"]} == {"REQUEST_FULFILLMENT", "HOLD", "MOVE"}
    deed(shopify, "fulfillment-order", order=order, location="ShipBob", status="IN_PROGRESS", request="ACCEPTED")
    _, theirs = parts(shopify, order)
    assert (theirs["requestStatus"], theirs["supportedActions"]) == ("ACCEPTED", [{"action": "REQUEST_CANCELLATION"}])
    assert "another fulfillment service" in refused(shopify, theirs)


def test_staff_ship_a_part_with_a_number_and_the_rest_without(shopify: Caller, order: str) -> None:
    deed(shopify, "fulfil", order=order, skus={"LAV": 1}, number="1Z1", company="UPS")
    assert standing(shopify, order) == [("IN_PROGRESS", "Main warehouse", 2)]
    deed(shopify, "fulfil", order=order)
    shown = shopify.data(LOOK, {"id": order})["order"]
    assert [row["trackingInfo"] for row in shown["fulfillments"]] == [[{"number": "1Z1"}], []]
    assert [row["unfulfilledQuantity"] for row in shown["lineItems"]["nodes"]] == [0, 0]


def test_a_carrier_that_shopify_follows_moves_the_parcel_with_an_event_or_without(shopify: Caller, order: str) -> None:
    deed(shopify, "fulfil", order=order, number="1Z1")
    deed(shopify, "carrier", order=order, status="OUT_FOR_DELIVERY")
    (made,) = shopify.data(LOOK, {"id": order})["order"]["fulfillments"]
    assert (made["displayStatus"], made["events"]["nodes"]) == ("OUT_FOR_DELIVERY", [])
    deed(shopify, "carrier", order=order, status="DELIVERED", event=True)
    (made,) = shopify.data(LOOK, {"id": order})["order"]["fulfillments"]
    assert made["deliveredAt"]
    assert len(made["events"]["nodes"]) == 1


def test_a_missing_scope_denies_exactly_its_fields_in_shopifys_words(shopify: Caller, order: str) -> None:
    (part,) = parts(shopify, order)
    deed(shopify, "settings", scopes=["read_orders", "write_orders"])
    answer = shopify.ask(LOOK, {"id": order})
    (error,) = answer["errors"]
    assert answer["data"] == {"order": None}
    assert error["path"] == ["order", "fulfillmentOrders"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert "`read_merchant_managed_fulfillment_orders`" in error["extensions"]["requiredAccess"]
    for document, variables in (
        (FULFIL, {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": part["id"]}]}}),
        (EVENT, {"e": {"fulfillmentId": "gid://shopify/Fulfillment/1", "status": "DELIVERED"}}),
    ):
        answer = shopify.ask(document, variables)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["ACCESS_DENIED"]
        assert [*answer["data"].values()] == [None]
    assert shopify.data("query N($id: ID!) { order(id: $id) { name } }", {"id": order})["order"]["name"]


def test_fulfilment_orders_appear_after_the_routing_delay(shopify: Caller) -> None:
    deed(shopify, "settings", routing_delay=2)
    made = shopify.create()["order"]
    assert made["fulfillmentOrders"]["nodes"] == []
    ends = time.monotonic() + 6
    while not parts(shopify, made["id"]):
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_a_reset_takes_the_settings_back_and_the_page_offers_the_same_deeds(shopify: Caller, order: str) -> None:
    page = shopify.page(f"/{STORE}/orders/{order.rsplit('/', 1)[-1]}")
    assert "Mark as fulfilled" in page
    form = {"store": STORE, "order": order, "page": f"/{STORE}/orders/1001", "reason": "INCORRECT_ADDRESS"}
    assert "Incorrect address" in shopify.http.post(f"{shopify.url}/_sandbox/hold", data=form, timeout=20).text
    deed(shopify, "settings", scopes=["read_orders"])
    deed(shopify, "reset")
    assert deed(shopify, "settings")["scopes"] == SCOPES.split(",")


def test_a_wish_that_cannot_be_met_is_told_in_a_sentence(shopify: Caller, order: str) -> None:
    for name, wish in (("hold", {"order": "99"}), ("hold", {"order": order, "reason": "MOOD"}), ("nonsense", {})):
        answer = shopify.http.post(f"{shopify.url}/_sandbox/{name}", json={"store": STORE, **wish}, timeout=20)
        assert answer.status_code in (400, 404)
        assert answer.json()["error"]
