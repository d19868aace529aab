from __future__ import annotations

import pytest

from orders.mapping import without_order_id_metafield
from tests.payloads.us_order import line, order
from tests.unit.mapping.mapped import codes, mapped, order_of


def test_the_tiktok_order_can_be_found_from_shopify_by_every_mark() -> None:
    created = order_of(mapped(order()))
    assert created["sourceIdentifier"] == "576461413038785752"
    assert created["metafields"] == [
        {"namespace": "orderbridge", "key": "tiktok_order_id", "type": "id", "value": "576461413038785752"}
    ]
    assert created["customAttributes"] == [
        {"key": "Channel", "value": "TikTok Shop - Soap & Co"},
        {"key": "TikTok Shop Order ID", "value": "576461413038785752"},
        {"key": "Shipping Method", "value": "Seller Shipping"},
    ]
    assert created["sourceUrl"].startswith("https://seller-us.tiktok.com/order/detail?order_no=576461413038785752")
    assert "name" not in created


def test_a_store_without_the_metafield_definition_keeps_the_other_marks() -> None:
    variables = mapped(order()).variables
    without = without_order_id_metafield(variables)["order"]
    assert "metafields" not in without
    assert without["sourceIdentifier"] == "576461413038785752"
    assert "metafields" in variables["order"]


def test_tiktok_shipping_is_told_apart_from_seller_shipping() -> None:
    created = order_of(mapped(order(shipping_type="TIKTOK")))
    assert created["customAttributes"][2] == {"key": "Shipping Method", "value": "TikTok Shipping"}


def test_the_order_has_the_date_of_the_purchase_not_of_the_sync() -> None:
    created = order_of(mapped(order(create_time=1793620000, paid_time=1793620060)))
    assert created["processedAt"] == "2026-11-02T11:46:40Z"
    assert created["transactions"][0]["processedAt"] == "2026-11-02T11:47:40Z"


def test_the_stock_setting_is_sent_and_no_receipt_ever() -> None:
    for setting in ("bypass", "decrement_ignoring_policy", "decrement_obeying_policy"):
        assert mapped(order(), inventory=setting).variables["options"] == {
            "inventoryBehaviour": setting.upper(),
            "sendReceipt": False,
            "sendFulfillmentReceipt": False,
        }


def test_extra_tags_are_sorted_in_once_and_never_too_long() -> None:
    tags = order_of(mapped(order(), extra_tags=("Wholesale", "tiktok shop", "x" * 60, "a,b", " ")))["tags"]
    assert tags == ["TikTok Shop", "Wholesale", "a", "b", "x" * 40]


@pytest.mark.parametrize(
    "message",
    [
        "Please leave at the side door",
        "so excited 😍🎁 👩🏽‍🦱❤️‍🔥",
        "من فضلك اتركه عند الباب \u200fשלום",
        "Hi!\n\n1) gift wrap\r\n\tno receipt — it's for my mom",
        '<b>#12</b> & "soap"',
        "  indented by the buyer  ",
        "x" * 5000,
    ],
)
def test_the_buyers_message_arrives_untouched(message: str) -> None:
    result = mapped(order(buyer_message=message))
    assert order_of(result)["note"] == message
    assert not result.warnings


def test_characters_shopify_cannot_take_are_removed_and_said() -> None:
    result = mapped(order(buyer_message="a\x00b\x07c\x85d\ud83de"))
    assert order_of(result)["note"] == "abcde"
    assert codes(result) == ["note_cleaned"]


def test_a_message_that_is_too_long_is_cut_and_said() -> None:
    result = mapped(order(buyer_message="y" * 4998 + "👩\u200d🦱 more"))
    assert order_of(result)["note"] == "y" * 4998 + "👩"
    assert codes(result) == ["note_cut"]


@pytest.mark.parametrize("message", ["", " ", "\n", None])
def test_no_message_is_no_note(message: str | None) -> None:
    assert "note" not in order_of(mapped(order(buyer_message=message)))


def test_odd_characters_in_titles_and_names_never_cost_the_order() -> None:
    raw = order([line(product_name="So\x00ap\n" + "long " * 100)])
    result = mapped(raw, {}, unlinked_items="text_line")
    title = order_of(result)["lineItems"][0]["title"]
    assert title.startswith("Soap long")
    assert len(title) <= 255
