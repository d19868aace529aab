"""Finding many orders at once: what one answer leaves open must not be taken for a no."""

from __future__ import annotations

from typing import Any

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
    dropped,
    error,
    found,
    page,
    sent,
)

pytestmark = pytest.mark.usefixtures("vendor")


def looked_up(by_source: dict[str, Any], foreign: dict[str, Any] | None = None, **customs: Any) -> dict[str, Any]:
    return {"bySource": by_source, "foreign": foreign or page(), **customs}


def test_fifty_orders_are_looked_up_in_one_request(vendor: responses.RequestsMock) -> None:
    ids = [str(int(ORDER_ID) + n) for n in range(50)]
    customs: dict[str, Any] = {f"custom{n}": None for n in range(50)}
    customs["custom7"] = found(id="gid://shopify/Order/7", metafield={"value": ids[7]})
    by_source = page(found(id="gid://shopify/Order/8", sourceIdentifier=ids[8]), found(sourceIdentifier="else"))
    foreign = page(found(id="gid://shopify/Order/9", tags=[f"TikTokOrderID:{ids[9]}"]))
    vendor.post(URL, body=body(looked_up(by_source, foreign, **customs)))
    answer = orders.look_up(client(), ids)
    assert list(answer) == ids
    assert {i: [o.marks_of(i) for o in hits] for i, hits in answer.items() if hits} == {
        ids[7]: ["custom_id"],
        ids[8]: ["source_identifier"],
        ids[9]: ["foreign:TikTokOrderID tag"],
    }
    variables = sent(vendor)["variables"]
    assert variables["value49"] == ids[49]
    assert f'source_identifier:"{ids[0]}" OR source_identifier:"{ids[1]}"' in variables["bySource"]
    assert f'tag:"TikTokOrderID:{ids[3]}"' in variables["foreign"]


def test_one_order_found_by_several_look_ups_counts_once(vendor: responses.RequestsMock) -> None:
    order = found(sourceIdentifier=ORDER_ID, metafield={"value": ORDER_ID}, note=ORDER_ID)
    vendor.post(URL, body=body(looked_up(page(order), page(order), custom0=order)))
    assert len(orders.look_up(client(), [ORDER_ID])[ORDER_ID]) == 1


def test_no_orders_ask_nothing(vendor: responses.RequestsMock) -> None:
    assert orders.look_up(client(), []) == {}


def test_more_than_fifty_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="50"):
        orders.look_up(client(), [str(n) for n in range(51)])


def test_one_failed_custom_id_is_no_answer_for_its_order(vendor: responses.RequestsMock) -> None:
    broken = error("Internal error.", "INTERNAL_SERVER_ERROR", ["custom1"])
    vendor.post(URL, body=body(looked_up(page(), custom0=None, custom1=None), [broken]))
    with pytest.raises(BadAnswer):
        orders.look_up(client(), [ORDER_ID, OTHER_ID])


def test_a_failed_custom_id_of_a_found_order_does_no_harm(vendor: responses.RequestsMock) -> None:
    broken = error("Internal error.", "INTERNAL_SERVER_ERROR", ["custom0"])
    hits = page(found(sourceIdentifier=ORDER_ID))
    vendor.post(URL, body=body(looked_up(hits, custom0=None, custom1=None), [broken]))
    answer = orders.look_up(client(), [ORDER_ID, OTHER_ID])
    assert [len(answer[ORDER_ID]), len(answer[OTHER_ID])] == [1, 0]


def test_a_dropped_source_filter_is_no_answer(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(looked_up(page(), custom0=None), search=dropped("bySource")))
    with pytest.raises(BadAnswer):
        orders.look_up(client(), [ORDER_ID])


def test_a_remark_on_the_search_for_foreign_marks_stops_nobody(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(looked_up(page(), custom0=None), search=dropped("foreign")))
    assert orders.look_up(client(), [ORDER_ID]) == {ORDER_ID: ()}


def test_a_store_without_definition_is_looked_up_by_the_other_marks(vendor: responses.RequestsMock) -> None:
    missing = [error(NO_DEFINITION, "NOT_FOUND", ["custom0"])]
    vendor.post(URL, body=body(looked_up(page(found(sourceIdentifier=ORDER_ID)), custom0=None), missing))
    assert len(orders.look_up(client(), [ORDER_ID])[ORDER_ID]) == 1


def test_a_missing_definition_that_empties_the_answer_is_asked_again_without_it(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(errors=[error(NO_DEFINITION, "NOT_FOUND", ["custom0"])]))
    vendor.post(URL, body=body(looked_up(page(found(sourceIdentifier=ORDER_ID)))))
    assert len(orders.look_up(client(), [ORDER_ID])[ORDER_ID]) == 1
    assert "orderByIdentifier" not in sent(vendor, 1)["query"]


def test_a_full_page_of_candidates_is_read_to_its_end(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body(looked_up(page(found(), after="c1"), custom0=None)))
    vendor.post(URL, body=body({"orders": page(found(id="gid://shopify/Order/2", sourceIdentifier=ORDER_ID))}))
    assert [o.gid for o in orders.look_up(client(), [ORDER_ID])[ORDER_ID]] == ["gid://shopify/Order/2"]


def test_of_many_orders_those_that_are_gone_read_as_none(vendor: responses.RequestsMock) -> None:
    gone = "gid://shopify/Order/404"
    vendor.post(URL, body=body({"nodes": [found(), None]}))
    read = orders.read_orders(client(), [GID, gone])
    assert (read[gone], [order.gid for order in read.values() if order]) == (None, [GID])
    assert orders.read_orders(client(), []) == {}


def test_of_many_orders_none_is_gone_where_shopify_failed_to_read_one(vendor: responses.RequestsMock) -> None:
    failed = [error("Internal error", "INTERNAL_SERVER_ERROR", ["nodes", 1])]
    vendor.post(URL, body=body({"nodes": [found(), None]}, failed))
    with pytest.raises(BadAnswer):
        orders.read_orders(client(), [GID, "gid://shopify/Order/404"])
