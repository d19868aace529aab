"""Whose order is it? A mark that is not recognised doubles an order, one seen where there is none loses it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import BadAnswer
from connectors.shopify.marks import read_found
from tests.clients.shopify_answers import ORDER_ID, OTHER_ID, found


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
