"""Searching the orders of a store: a search that lags, drops a filter or stops half-way must not hide an order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import responses

from connectors.errors import BadAnswer, Throttled, Unauthorized
from connectors.shopify import orders, search
from tests.clients.shopify_answers import (
    GID,
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

SINCE = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


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
