"""The definition behind the unique custom id: made once, and where it cannot be made, said and lived without."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from connectors.errors import Unauthorized
from connectors.shopify import orders
from tests.clients.shopify_answers import (
    URL,
    body,
    client,
    error,
    sent,
    user_error,
)

pytestmark = pytest.mark.usefixtures("vendor")


def definition(*problems: dict[str, Any], made: bool = False) -> str:
    created = {"id": "gid://shopify/MetafieldDefinition/1"} if made else None
    return body({"metafieldDefinitionCreate": {"createdDefinition": created, "userErrors": list(problems)}})


TAKEN = user_error(["definition", "key"], "Key is in use for Order metafields", "TAKEN")


def test_the_definition_is_made_once_for_everyone_to_see(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=definition(made=True))
    assert orders.ensure_order_id_definition(client()).ready
    asked = sent(vendor)["variables"]["definition"]
    assert (asked["namespace"], asked["key"], asked["type"], asked["ownerType"]) == (
        "orderbridge",
        "tiktok_order_id",
        "id",
        "ORDER",
    )


def test_a_definition_that_is_there_already_serves(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=definition(TAKEN))
    vendor.post(URL, body=body({"metafieldDefinition": {"id": "gid://x", "type": {"name": "id"}}}))
    assert orders.ensure_order_id_definition(client()).ready


def test_a_definition_that_cannot_be_read_back_is_believed(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=definition(TAKEN))
    vendor.post(URL, body=body({"metafieldDefinition": None}))
    assert orders.ensure_order_id_definition(client()).ready


def test_a_definition_of_another_type_is_said_before_it_stops_every_order(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=definition(TAKEN))
    vendor.post(URL, body=body({"metafieldDefinition": {"id": "gid://x", "type": {"name": "boolean"}}}))
    state = orders.ensure_order_id_definition(client())
    assert not state.ready
    assert "boolean" in state.sentence


def test_a_refused_definition_is_said_and_orders_go_on(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=definition(user_error(["definition"], "Limit of definitions exceeded", "LIMIT_EXCEEDED")))
    state = orders.ensure_order_id_definition(client())
    assert not state.ready
    assert "Limit of definitions exceeded" in state.sentence


def test_missing_access_to_definitions_does_not_break_the_connection(vendor: responses.RequestsMock) -> None:
    denied = error("Access denied.", "ACCESS_DENIED", ["metafieldDefinitionCreate"])
    vendor.post(URL, body=body({"metafieldDefinitionCreate": None}, [denied]))
    assert not orders.ensure_order_id_definition(client()).ready


def test_an_ended_token_is_not_mistaken_for_a_refused_definition(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, status=401, body="{}")
    with pytest.raises(Unauthorized):
        orders.ensure_order_id_definition(client())
