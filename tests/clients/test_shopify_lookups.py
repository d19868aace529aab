"""Finding one order that is there already: a missed one is doubled, a wrongly found one is lost."""

from __future__ import annotations

import pytest
import responses

from connectors.errors import BadAnswer
from connectors.shopify import orders
from tests.clients.shopify_answers import (
    GID,
    NO_DEFINITION,
    ORDER_ID,
    OTHER_ID,
    URL,
    body,
    client,
    error,
    found,
)

pytestmark = pytest.mark.usefixtures("vendor")


def test_the_order_with_our_custom_id_is_found(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"orderByIdentifier": found(metafield={"value": ORDER_ID})}))
    order = orders.find_by_custom_id(client(), ORDER_ID)
    assert order is not None
    assert order.gid == GID


def test_nothing_found_by_custom_id_is_a_plain_no(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"orderByIdentifier": None}))
    assert orders.find_by_custom_id(client(), ORDER_ID) is None


def test_a_store_without_definition_is_a_no_and_the_other_look_ups_serve(vendor: responses.RequestsMock) -> None:
    missing = error(NO_DEFINITION, "NOT_FOUND", ["orderByIdentifier"])
    vendor.post(URL, body=body({"orderByIdentifier": None}, [missing]))
    assert orders.find_by_custom_id(client(), ORDER_ID) is None


def test_another_orders_custom_id_is_never_adopted(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"orderByIdentifier": found(metafield={"value": OTHER_ID})}))
    with pytest.raises(BadAnswer):
        orders.find_by_custom_id(client(), ORDER_ID)


def test_a_hidden_metafield_does_not_hide_the_order(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"orderByIdentifier": found()}))
    order = orders.find_by_custom_id(client(), ORDER_ID)
    assert order is not None
    assert order.marks_of(ORDER_ID) == "custom_id"


def test_an_order_that_is_gone_reads_as_none(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"order": None}))
    assert orders.read_order(client(), GID) is None
