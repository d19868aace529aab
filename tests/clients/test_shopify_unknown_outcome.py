"""Answers that prove nothing: taking one for a refusal doubles the order, taking it for a yes loses it."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from connectors import http
from connectors.errors import ConnectorError, UnknownOutcome
from connectors.shopify import fulfillments, orders
from tests.clients.shopify_answers import URL, body, client, error, user_error
from tests.clients.shopify_creating import VARIABLES, answer, local_client, refused_by

pytestmark = pytest.mark.usefixtures("vendor")


# Unknown


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, json.dumps({"errors": "Internal Server Error"})),
        (502, "<html>Bad Gateway</html>"),
        (503, ""),
        (504, ""),
        (408, ""),
        (404, "<html>not JSON, so not Shopify's own word</html>"),
        (200, '{"data": {"orderCreate": {"order": {"id": "gid://sho'),
        (200, "<html>maintenance</html>"),
        (200, ""),
        (200, "null"),
        (200, '{"data": NaN}'),
        (200, "{}"),
        (200, '{"data": null}'),
        (200, '{"data": {"orderCreate": null}}'),
        (200, body({"orderCreate": {"order": None, "userErrors": []}})),
        (200, body({"orderCreate": {"order": {}, "userErrors": [user_error(None, "odd")]}})),
        (200, body({"orderCreate": {"userErrors": None}})),
    ],
)
def test_an_answer_that_proves_nothing_is_unknown(vendor: responses.RequestsMock, status: int, text: str) -> None:
    assert isinstance(refused_by(vendor, text, status), UnknownOutcome)


@pytest.mark.parametrize(
    "failure",
    [
        error("Internal error.", "INTERNAL_SERVER_ERROR", ["orderCreate"], requestId="r"),
        error("something new", "A_CODE_OF_TOMORROW"),
        error("no code at all"),
        error("Access denied.", "ACCESS_DENIED", ["orderCreate", "order", "name"]),
    ],
)
def test_an_error_that_may_come_after_the_effect_is_unknown(
    vendor: responses.RequestsMock, failure: dict[str, Any]
) -> None:
    assert isinstance(refused_by(vendor, body({"orderCreate": None}, [failure])), UnknownOutcome)


def test_a_throttled_error_beside_an_internal_one_is_unknown(vendor: responses.RequestsMock) -> None:
    both = [error("Throttled", "THROTTLED"), error("Internal error.", "INTERNAL_SERVER_ERROR")]
    assert isinstance(refused_by(vendor, body(errors=both)), UnknownOutcome)


def test_user_errors_do_not_turn_a_failed_reading_of_the_order_into_a_refusal(vendor: responses.RequestsMock) -> None:
    deep = error("Internal error.", "INTERNAL_SERVER_ERROR", ["orderCreate", "order", "lineItems"])
    assert isinstance(
        refused_by(vendor, answer(None, user_error(["order", "tags"], "odd"), errors=[deep])), UnknownOutcome
    )


@pytest.mark.parametrize(
    "problem",
    [
        user_error(["order", "metafields", "0", "value"], "has already been taken", "TAKEN"),
        user_error(["order", "metafields"], "Value must be unique", "INVALID"),
        user_error(["order"], "Value has already been taken"),
        user_error(["order"], "orderbridge.tiktok_order_id is already assigned to another order of this customer"),
    ],
)
def test_a_taken_mark_means_that_the_order_is_there(vendor: responses.RequestsMock, problem: dict[str, Any]) -> None:
    unknown = refused_by(vendor, answer(None, problem))
    assert isinstance(unknown, UnknownOutcome)
    assert unknown.code == "mark_taken"


@pytest.mark.parametrize("partial", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b'{"data": {}}'])
def test_a_connection_that_breaks_after_the_order_left_is_unknown_and_not_repeated(partial: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        received: list[bytes] = []

        def cut() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                received.append(connection.recv(65536))
                connection.sendall(partial)
                connection.close()

        threading.Thread(target=cut, daemon=True).start()
        with pytest.raises(UnknownOutcome):
            orders.create(local_client(server.getsockname()[1]), VARIABLES)
        server.shutdown(socket.SHUT_RDWR)
    assert len(received) == 1


_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("gid://shopify/Order/1")
)
_keys = st.sampled_from(
    ["id", "order", "userErrors", "message", "field", "code", "path", "extensions", "nodes", "cost"]
)
_json = st.recursive(
    _scalars, lambda part: st.lists(part, max_size=3) | st.dictionaries(_keys, part, max_size=4), max_leaves=12
)


@given(payload=_json, errors=_json, extensions=_json, status=st.sampled_from([200, 200, 200, 400, 422, 500]))
def test_no_odd_answer_ever_escapes_the_three_way_sorting(
    payload: Any, errors: Any, extensions: Any, status: int
) -> None:
    told = {"data": {"orderCreate": payload}, "errors": errors, "extensions": {"cost": extensions, "search": payload}}
    odd = http.Answer(status, {}, json.dumps(told).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "send", lambda *args, **kwargs: odd)
        try:
            order = orders.create(client(), VARIABLES)
        except ConnectorError:
            return
    assert payload["order"]["id"]
    assert order.gid


def test_a_delivery_event_that_got_no_answer_is_not_sent_again(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, status=500)
    with pytest.raises(UnknownOutcome):
        fulfillments.create_event(client(), "gid://shopify/Fulfillment/1", "DELIVERED")
    assert len(vendor.calls) == 1
