"""Finding an order that is there already: a missed one is doubled, a wrongly found one is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import responses

from connectors.errors import BadAnswer, Throttled, Unauthorized
from connectors.shopify import orders, search
from connectors.shopify.marks import read_found
from tests.clients.shopify_answers import (
    GID,
    ORDER_ID,
    OTHER_ID,
    URL,
    body,
    client,
    error,
    found,
    page,
    sent,
)

pytestmark = pytest.mark.usefixtures("vendor")

NO_DEFINITION = "Metafield definition of type 'id' is required when using custom ids."
SINCE = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def dropped(root: str) -> list[dict[str, Any]]:
    warning = {"field": "source_identifier", "message": "Invalid search field for this query.", "code": "invalid_field"}
    return [{"path": [root], "query": "…", "warnings": [warning]}]


def looked_up(by_source: dict[str, Any], foreign: dict[str, Any] | None = None, **customs: Any) -> dict[str, Any]:
    return {"bySource": by_source, "foreign": foreign or page(), **customs}


# What counts as a mark


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"metafield": {"value": ORDER_ID}}, "custom_id"),
        ({"sourceIdentifier": ORDER_ID}, "source_identifier"),
        ({"customAttributes": [{"key": "TikTok Shop Order ID", "value": ORDER_ID}]}, "attribute"),
        ({"tags": ["a", f"TikTokOrderID:{ORDER_ID}"]}, "foreign:TikTokOrderID tag"),
        ({"tags": [f"tts:{ORDER_ID}"]}, "foreign:tag"),
        ({"note": f"TikTok order {ORDER_ID}."}, "foreign:note"),
        ({"name": f"TT{ORDER_ID}-US"}, "foreign:name"),
        ({"customAttributes": [{"key": "Marketplace id", "value": ORDER_ID}]}, "foreign:attribute"),
        ({"sourceIdentifier": OTHER_ID, "note": f"9{ORDER_ID}"}, None),
        ({}, None),
    ],
)
def test_every_mark_of_ours_and_of_other_connectors_is_recognised(changes: dict[str, Any], mark: str | None) -> None:
    assert read_found(found(**changes)).marks_of(ORDER_ID) == mark


def test_a_blank_id_marks_nothing() -> None:
    assert read_found(found(sourceIdentifier="")).marks_of("") is None


def test_a_found_order_is_read_with_utc_times_and_exact_amounts() -> None:
    order = read_found(found(createdAt="2026-11-22T13:00:00-05:00", cancelledAt="2026-11-22T19:00:00Z"))
    assert order.created_at == datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
    assert order.cancelled_at == datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
    assert (order.total, order.currency) == (Decimal("42.5"), "USD")


def test_an_order_without_total_is_no_answer() -> None:
    with pytest.raises(BadAnswer):
        read_found(found(totalPriceSet=None))


# By custom id


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


# By source identifier


def test_rows_that_a_dropped_filter_lets_through_are_not_the_order(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"orders": page(found(sourceIdentifier=OTHER_ID))}, search=dropped("orders")))
    with pytest.raises(BadAnswer, match="did not search as asked"):
        orders.find_by_source_identifier(client(), ORDER_ID)


def test_a_match_counts_even_when_the_filter_was_dropped(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"orders": page(found(sourceIdentifier=ORDER_ID))}, search=dropped("orders")))
    assert [order.gid for order in orders.find_by_source_identifier(client(), ORDER_ID)] == [GID]


def test_near_values_of_a_loose_search_are_left_out(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"orders": page(found(sourceIdentifier=f"{ORDER_ID}-2"))}))
    assert orders.find_by_source_identifier(client(), ORDER_ID) == ()


def test_two_orders_with_one_mark_are_both_told(vendor: responses.RequestsMock) -> None:
    later = found(id="gid://shopify/Order/1002", sourceIdentifier=ORDER_ID, createdAt="2026-11-22T19:00:00Z")
    vendor.post(URL, body=body({"orders": page(later, found(sourceIdentifier=ORDER_ID))}))
    assert [order.gid for order in orders.find_by_source_identifier(client(), ORDER_ID)] == [GID, later["id"]]


def test_denied_fields_are_a_broken_connection_and_not_a_no(vendor: responses.RequestsMock) -> None:
    denied = error("Access denied.", "ACCESS_DENIED", ["orders", "nodes", 0, "sourceIdentifier"])
    vendor.post(URL, body=body({"orders": page(found())}, [denied]))
    with pytest.raises(Unauthorized):
        orders.find_by_source_identifier(client(), ORDER_ID)


@pytest.mark.parametrize(
    ("value", "phrase"),
    [("a b", '"a b"'), ('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"'), ('x" OR tag:"y', '"x\\" OR tag:\\"y"')],
)
def test_values_cannot_break_out_of_their_quotes(value: str, phrase: str) -> None:
    assert search.quoted(value) == phrase


@pytest.mark.parametrize(
    ("typed", "query"),
    [("Soap bar", "soap* bar*"), ("ABC-1:x", "abc\\-1\\:x*"), ("this OR that", "this* or* that*"), ("  ", "")],
)
def test_a_persons_words_are_words_and_never_operators(typed: str, query: str) -> None:
    assert search.starts_with(typed) == query


# By tag and time


def test_all_pages_of_tagged_orders_are_read(vendor: responses.RequestsMock) -> None:
    first = found(tags=["TikTok Shop"])
    second = found(id="gid://shopify/Order/1002", tags=["tiktok shop"], createdAt="2026-11-22T17:00:00Z")
    vendor.post(URL, body=body({"orders": page(first, after="c1")}))
    vendor.post(URL, body=body({"orders": page(second)}))
    assert [o.gid for o in orders.find_tagged_since(client(), "TikTok Shop", SINCE)] == [second["id"], GID]
    assert sent(vendor)["variables"]["query"] == "tag:\"TikTok Shop\" AND created_at:>='2026-11-22T17:00:00Z'"
    assert sent(vendor, 1)["variables"]["after"] == "c1"


def test_a_local_time_is_asked_for_in_utc(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"orders": page()}))
    eastern = datetime.fromisoformat("2026-11-22T12:00:00-05:00")
    assert orders.find_tagged_since(client(), "TikTok Shop", eastern) == ()
    assert "2026-11-22T17:00:00Z" in sent(vendor)["variables"]["query"]


def test_other_tags_and_older_orders_are_left_out_when_the_filter_was_dropped(vendor: responses.RequestsMock) -> None:
    other = found(tags=["Web"])
    older = found(tags=["TikTok Shop"], createdAt=(SINCE - timedelta(seconds=1)).isoformat())
    vendor.post(URL, body=body({"orders": page(other, older, after="more")}, search=dropped("orders")))
    assert orders.find_tagged_since(client(), "TikTok Shop", SINCE) == ()


def test_a_short_throttle_between_pages_does_not_start_over(
    vendor: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(search, "_pause", pauses.append)
    throttled = '{"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}'
    vendor.post(URL, body=body({"orders": page(found(tags=["TikTok Shop"]), after="c1")}))
    vendor.post(URL, body=throttled)
    vendor.post(URL, body=body({"orders": page()}))
    assert len(orders.find_tagged_since(client(), "TikTok Shop", SINCE)) == 1
    assert pauses == [1.0]


def test_a_long_throttle_goes_back_to_the_caller(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, status=429, headers={"Retry-After": "30"})
    with pytest.raises(Throttled):
        orders.find_tagged_since(client(), "TikTok Shop", SINCE)


# Many at once


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


# One order, the definition, tags


def test_an_order_that_is_gone_reads_as_none(vendor: responses.RequestsMock) -> None:
    vendor.post(URL, body=body({"order": None}))
    assert orders.read_order(client(), GID) is None


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
