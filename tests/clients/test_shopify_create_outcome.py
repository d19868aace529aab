"""Every answer to a creating call is done, certainly not done, or unknown. A wrong sorting doubles or loses orders."""

from __future__ import annotations

import json
import socket
from decimal import Decimal
from typing import Any

import pytest
import responses
from responses import matchers

from connectors.budget import Budget
from connectors.errors import NotSent, Refused, Throttled, Unauthorized, UnknownOutcome
from connectors.shopify import fulfillments, orders
from connectors.shopify.client import ShopifyClient
from tests.clients.shopify_answers import GID, URL, body, client, cost, created, error, user_error
from tests.clients.shopify_creating import VARIABLES, answer, create, local_client, refused_by

pytestmark = pytest.mark.usefixtures("vendor")


# Done


def test_a_created_order_comes_back_with_exact_amounts_and_its_lines(vendor: responses.RequestsMock) -> None:
    order = create(vendor, answer(created()))
    assert (order.gid, order.name, order.total, order.tax) == (GID, "#1001", Decimal("42.5"), Decimal("2.5"))
    assert order.lines == (orders.CreatedLine("gid://shopify/LineItem/1", "SOAP-1", 2, ""),)
    assert order.warnings == ()


def test_an_order_with_user_errors_beside_it_is_done_and_never_sent_again(vendor: responses.RequestsMock) -> None:
    order = create(vendor, answer(created(), user_error(["order", "tags"], "is too long")))
    assert order.gid == GID
    assert order.warnings == ("Tags: is too long",)


def test_access_denied_beside_a_created_order_does_not_hide_the_order(vendor: responses.RequestsMock) -> None:
    denied = error("Access denied for variant field.", "ACCESS_DENIED", ["orderCreate", "order", "lineItems"])
    order = create(vendor, answer(created(lineItems=None), errors=[denied]))
    assert (order.gid, order.lines) == (GID, ())
    assert "Access denied" in order.warnings[0]


def test_an_order_with_nothing_but_its_id_is_still_done(vendor: responses.RequestsMock) -> None:
    order = create(vendor, answer({"id": GID, "totalPriceSet": {"shopMoney": {"amount": "odd"}}, "lineItems": [1]}))
    assert (order.gid, order.name, order.total, order.lines) == (GID, "", None, ())


# Certainly not done


def test_a_refusal_is_one_readable_sentence_with_the_refused_fields(vendor: responses.RequestsMock) -> None:
    problem = user_error(["order", "lineItems"], "must have at least one line item", "INVALID")
    refused = refused_by(vendor, answer(None, problem))
    assert isinstance(refused, Refused)
    assert refused.sentence == "Shopify refused the order: Line items: must have at least one line item"
    assert (refused.fields, refused.code) == (("order.lineItems",), "INVALID")


def test_a_deep_field_is_told_in_words_and_counted_from_one(vendor: responses.RequestsMock) -> None:
    path = ["order", "lineItems", "1", "taxLines", "0", "rate"]
    refused = refused_by(vendor, answer(None, user_error(path, "can't be blank", "TAX_LINE_RATE_MISSING")))
    assert refused.sentence == "Shopify refused the order: Line items 2, tax lines 1, rate: can't be blank"


def test_a_field_that_the_message_repeats_is_told_once(vendor: responses.RequestsMock) -> None:
    refused = refused_by(
        vendor,
        answer(
            None,
            user_error(["order"], "Order Line items is invalid"),
            user_error(["order", "lineItems"], "Line items Name can't be blank"),
        ),
    )
    said = "Shopify refused the order: Order Line items is invalid; Line items: Name can't be blank"
    assert refused.sentence == said


def test_a_refusal_never_repeats_the_buyers_email(vendor: responses.RequestsMock) -> None:
    problem = user_error(["order", "customer", "email"], "jane@example.com is invalid", "INVALID")
    refused = refused_by(vendor, answer(None, problem))
    assert isinstance(refused, Refused)
    assert "jane" not in refused.sentence
    assert refused.fields == ("order.customer.email",)


def test_the_development_store_limit_waits_and_is_no_refusal(vendor: responses.RequestsMock) -> None:
    throttled = refused_by(vendor, answer(None, user_error(None, "Too many attempts. Please try again later.")))
    assert isinstance(throttled, Throttled)
    assert throttled.wait >= 15


def test_a_used_up_budget_waits_as_long_as_the_points_need(vendor: responses.RequestsMock) -> None:
    text = json.dumps(
        {"errors": [error("Throttled", "THROTTLED")], "extensions": {"cost": cost(requested=320, available=20)}}
    )
    throttled = refused_by(vendor, text)
    assert isinstance(throttled, Throttled)
    assert throttled.wait == pytest.approx(3.0)


@pytest.mark.parametrize(("headers", "wait"), [({"Retry-After": "7.5"}, 7.5), ({}, 2.0)])
def test_429_waits_as_long_as_asked(vendor: responses.RequestsMock, headers: dict[str, str], wait: float) -> None:
    throttled = refused_by(vendor, "<html>slow down</html>", 429, **headers)
    assert isinstance(throttled, Throttled)
    assert throttled.wait == wait


@pytest.mark.parametrize(
    ("status", "part", "expired"),
    [(401, "access token", True), (402, "frozen", False), (403, "access", False), (423, "locked", False)],
)
def test_a_broken_connection_says_what_is_broken(
    vendor: responses.RequestsMock, status: int, part: str, expired: bool
) -> None:
    broken = refused_by(vendor, json.dumps({"errors": "[API] not allowed"}), status, **{"X-Request-Id": "r-1"})
    assert isinstance(broken, Unauthorized)
    assert part in broken.sentence
    assert (broken.expired, broken.http_status, broken.request_id) == (expired, status, "r-1")


def test_a_renamed_store_is_a_broken_connection_not_a_followed_redirect(vendor: responses.RequestsMock) -> None:
    broken = refused_by(vendor, "", 301, Location="https://elsewhere.example/")
    assert isinstance(broken, Unauthorized)


def test_the_security_filter_stops_one_order_and_not_the_store(vendor: responses.RequestsMock) -> None:
    assert isinstance(refused_by(vendor, "", 430), Refused)


@pytest.mark.parametrize("status", [400, 404, 406, 422])
def test_a_refusing_status_with_shopifys_reason_is_a_refusal(vendor: responses.RequestsMock, status: int) -> None:
    refused = refused_by(vendor, json.dumps({"errors": "Not Found"}), status)
    assert isinstance(refused, Refused)
    assert "Not Found" in refused.sentence


def test_an_invalid_variable_is_refused_with_its_path(vendor: responses.RequestsMock) -> None:
    problems = [{"path": ["lineItems", 0, "quantity"], "explanation": "Expected value to not be null"}]
    secret = {"email": "jane@example.com", "lineItems": [{}]}
    invalid = error("Variable $order was provided invalid value", "INVALID_VARIABLE", problems=problems, value=secret)
    refused = refused_by(vendor, body(errors=[invalid]))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.fields) == ("INVALID_VARIABLE", ("lineItems.0.quantity",))
    assert "jane@example.com" not in refused.answer


def test_a_document_that_does_not_fit_the_schema_is_a_refusal(vendor: responses.RequestsMock) -> None:
    wrong = error("Field 'x' doesn't exist", "undefinedField", ["mutation OrderCreate", "orderCreate", "order", "x"])
    assert isinstance(refused_by(vendor, body(errors=[wrong])), Refused)


def test_access_denied_before_anything_ran_names_the_missing_access(vendor: responses.RequestsMock) -> None:
    denied = error("Access denied.", "ACCESS_DENIED", ["orderCreate"], requiredAccess="`write_orders` access scope.")
    broken = refused_by(vendor, body({"orderCreate": None}, [denied]))
    assert isinstance(broken, Unauthorized)
    assert "write_orders" in broken.sentence


def test_an_unreachable_store_was_certainly_not_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NotSent):
        orders.create(local_client(port), VARIABLES)


def test_a_host_that_is_no_shopify_store_is_never_called(vendor: responses.RequestsMock) -> None:
    stranger = ShopifyClient("https://{domain}", "evil.example", "shpat_1", "2026-10", Budget(None))
    with pytest.raises(Unauthorized):
        orders.create(stranger, VARIABLES)
    assert len(vendor.calls) == 0


def test_a_customers_taken_phone_is_a_refusal_and_not_our_mark(vendor: responses.RequestsMock) -> None:
    refused = refused_by(vendor, answer(None, user_error(["order", "customer"], "Phone has already been taken")))
    assert isinstance(refused, Refused)


# The other two creating calls


def test_a_fulfilment_is_refused_unknown_or_done_by_the_same_rules(vendor: responses.RequestsMock) -> None:
    def say(fulfillment: Any, *problems: dict[str, Any]) -> None:
        vendor.upsert(
            "POST", URL, body=body({"fulfillmentCreate": {"fulfillment": fulfillment, "userErrors": list(problems)}})
        )

    def ship() -> str:
        return fulfillments.create_fulfillment(client(), "gid://shopify/FulfillmentOrder/1", [("gid://x/1", 1)]).gid

    say({"id": "gid://shopify/Fulfillment/1"})
    assert ship() == "gid://shopify/Fulfillment/1"
    say(None, user_error(["fulfillment"], "Fulfillment order 1 has an unfulfillable status= closed."))
    with pytest.raises(Refused, match="unfulfillable status= closed"):
        ship()
    say(None)
    with pytest.raises(UnknownOutcome):
        ship()
    vendor.upsert("POST", URL, status=502)
    with pytest.raises(UnknownOutcome):
        ship()
    assert len(vendor.calls) == 4


def test_create_asks_for_no_more_lines_than_it_sends(vendor: responses.RequestsMock) -> None:
    sent = {**VARIABLES, "lines": 1}
    vendor.post(
        URL, body=answer(created()), match=[matchers.json_params_matcher({"variables": sent}, strict_match=False)]
    )
    assert orders.create(client(), VARIABLES).gid == GID


def test_refused_tags_are_told(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"tagsAdd": {"node": None, "userErrors": [user_error(["id"], "Order not found")]}}))
    with pytest.raises(Refused, match="Order not found"):
        orders.add_tags(client(), GID, ["TikTok Shop"])
