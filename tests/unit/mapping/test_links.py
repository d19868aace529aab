from __future__ import annotations

from dataclasses import dataclass

import pytest

from connectors.tiktok.payloads import read_order
from orders.mapping import match_by_sku, skus_of
from tests.payloads.us_order import line, order


@dataclass(frozen=True)
class Variant:
    sku: str


@pytest.mark.parametrize(
    ("seller_sku", "in_shopify", "found", "trouble"),
    [
        ("LAV-1", ["LAV-1"], True, ""),
        ("LAV-1", ["LAV-1", "lav-1"], True, ""),
        ("LAV-1", ["LAV-1", "LAV-1"], False, "sku_ambiguous"),
        ("LAV-1", ["lav-1"], False, "sku_case_differs"),
        ("LAV-1", ["LAV -1 "], False, "sku_case_differs"),
        ("LAV-1", ["LAV-10"], False, "unlinked_item"),
        ("LAV-1", [], False, "unlinked_item"),
        ("", [""], False, "unlinked_item"),
    ],
)
def test_an_order_is_never_shipped_from_a_guessed_product(
    seller_sku: str, in_shopify: list[str], found: bool, trouble: str
) -> None:
    variant, why = match_by_sku(seller_sku, [Variant(sku) for sku in in_shopify])
    assert ((variant is not None), why) == (found, trouble)


def test_every_sku_that_needs_a_link_is_asked_for_once_and_cancelled_ones_never() -> None:
    bundle = line(4, "99")
    bundle["sub_item_info"] = [{"id": "s1", "sku_id": "11"}, {"id": "s2", "sku_id": "22", "seller_sku": "PART"}]
    lines = [line(1, "11"), line(2, "11"), line(3, "33", display_status="CANCELLED"), bundle]
    skus = skus_of(read_order(order(lines)))
    assert [sku.sku_id for sku in skus] == ["11", "22", "99"]
    assert skus[0].seller_sku == "SOAP-11"
