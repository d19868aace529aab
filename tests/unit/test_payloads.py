from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.tiktok.payloads import Order, Unreadable, read_order, read_product, read_shop, read_tokens
from connectors.tiktok.statuses import LABELS, FulfillmentType, LineStatus, OrderStatus, ShippingType
from tests.payloads import official
from tests.payloads.us_order import line, order, payment


@pytest.mark.parametrize("sample", [official.ORDER_IN_LIST, official.ORDER_DETAIL], ids=["list", "detail"])
def test_the_official_samples_are_read(sample: dict[str, Any]) -> None:
    read = read_order(sample)
    assert read.id == "576461413038785752"
    assert read.status is OrderStatus.UNPAID
    assert read.payment.product_tax == Decimal("21.3")
    assert read.create_time == datetime(2021, 4, 28, 12, 6, 1, tzinfo=UTC)
    assert read.shipping_type is ShippingType.TIKTOK
    assert read.fulfillment_type is FulfillmentType.FULFILLMENT_BY_SELLER
    [sold] = read.line_items
    assert (sold.sale_price, sold.item_tax[0].tax_rate) == (Decimal("0.01"), Decimal("0.35"))
    assert sold.combined_listing_skus[0].sku_count == 1
    assert sold.sub_item_info[0].seller_sku == "red_iphone_256"
    assert read.recipient_address.first_name_local_script == "ジョン"


@pytest.mark.parametrize("nothing", [None, "", " ", 0, "0"])
def test_absent_values_in_all_their_forms_never_cost_an_order(nothing: Any) -> None:
    raw = order(
        [line(sale=nothing, platform_discount=nothing)],
        payment(nothing, tax=nothing),
        create_time=nothing,
        delivery_time=nothing,
        is_sample_order=nothing or False,
    )
    read = read_order(raw)
    assert read.create_time is None
    assert read.payment.total_amount == 0
    assert read.line_items[0].sale_price == 0


def test_an_order_of_nothing_but_its_id_is_read() -> None:
    read = read_order({"id": "1", "recipient_address": None, "payment": [], "line_items": None, "packages": ""})
    assert read.line_items == ()
    assert read.recipient_address.name == ""
    assert read.payment.total_amount == 0


def test_an_id_sent_as_a_bare_integer_keeps_every_digit() -> None:
    read = read_order(
        {"id": 576461413038785752, "line_items": [{"id": 577086512123755123, "sku_id": 2729382476852921560}]}
    )
    assert (read.id, read.line_items[0].sku_id) == ("576461413038785752", "2729382476852921560")


def test_money_sent_as_a_number_is_exact() -> None:
    read = read_order({"id": "1", "payment": {"total_amount": Decimal("35.27"), "tax": 2, "sub_total": 0.1}})
    assert (read.payment.total_amount, read.payment.tax, read.payment.sub_total) == (
        Decimal("35.27"), Decimal(2), Decimal("0.1"),
    )  # fmt: skip


@pytest.mark.parametrize(("sent", "read_as"), [(True, True), ("true", True), (1, True), ("False", False), ("0", False)])
def test_flags_in_all_their_forms_are_read(sent: Any, read_as: bool) -> None:
    assert read_order({"id": "1", "is_sample_order": sent}).is_sample_order is read_as


def test_a_new_status_of_tiktoks_is_kept_and_stops_nothing_else() -> None:
    read = read_order(order([line(display_status="BRAND_NEW")], status="RESTING", shipping_type="DRONE"))
    assert (read.status, read.status_text) == (OrderStatus.UNKNOWN, "RESTING")
    assert read.line_items[0].display_status is LineStatus.UNKNOWN
    assert read.shipping_type is ShippingType.UNKNOWN


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("CANCEL", OrderStatus.CANCELLED),
        ("cancelled", OrderStatus.CANCELLED),
        (" IN_TRANSIT ", OrderStatus.IN_TRANSIT),
        (None, OrderStatus.UNKNOWN),
        (7, OrderStatus.UNKNOWN),
    ],
)
def test_both_spellings_of_a_status_mean_the_same(text: Any, status: OrderStatus) -> None:
    assert OrderStatus.read(text) is status


def test_every_order_status_has_words_for_people() -> None:
    assert LABELS[OrderStatus.AWAITING_SHIPMENT] == "Awaiting shipment"
    assert set(OrderStatus) == set(LABELS)


def test_times_in_milliseconds_do_not_move_an_order_into_the_far_future() -> None:
    assert read_order({"id": "1", "update_time": 1793620000123}).update_time == datetime(
        2026, 11, 2, 11, 46, 40, 123000, tzinfo=UTC
    )


def test_the_buyers_message_keeps_its_blanks() -> None:
    assert read_order({"id": "1", "buyer_message": "  hi\n"}).buyer_message == "  hi\n"


def test_what_cannot_be_read_is_named_field_by_field_without_its_value() -> None:
    raw = {
        "id": "576",
        "create_time": "yesterday",
        "buyer_email": ["jane@example.com"],
        "payment": {"total_amount": "Jane Doe"},
        "line_items": [{"sale_price": "NaN"}, None, "x"],
    }
    with pytest.raises(Unreadable) as caught:
        read_order(raw)
    assert caught.value.sentence == (
        "TikTok order 576 cannot be read: create_time must be a Unix time in seconds; buyer_email must be text; "
        "payment.total_amount must be an amount such as 12.50; line_items.0.sale_price must be an amount such as "
        "12.50; line_items.1 must be an object."
    )


@pytest.mark.parametrize("raw", [{}, {"id": ""}, {"id": None}, [], "x", None])
def test_an_order_without_an_id_is_unreadable(raw: Any) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        read_order(raw)


@pytest.mark.parametrize("amount", ["1e400", "Infinity", "1e-30", "12,50", "$5", True, {}])
def test_amounts_that_could_not_be_meant_are_refused(amount: Any) -> None:
    with pytest.raises(Unreadable):
        read_order({"id": "1", "payment": {"total_amount": amount}})


def test_an_order_cannot_be_changed_after_it_was_read() -> None:
    read = read_order(order())
    with pytest.raises(ValidationError):
        read.id = "2"  # type: ignore[misc]
    assert isinstance(read, Order)


def test_token_expiries_are_absolute_times_whatever_their_names_say() -> None:
    tokens = read_tokens(official.TOKENS)
    assert tokens.access_token_expires_at == datetime(2022, 8, 15, 9, 46, 23, tzinfo=UTC)
    assert tokens.refresh_token_expires_at == datetime(2023, 8, 8, 9, 30, 31, tzinfo=UTC)


def test_an_answer_without_a_token_is_not_stored_as_one() -> None:
    with pytest.raises(Unreadable):
        read_tokens({"access_token": ""})


def test_shops_and_products_are_read() -> None:
    assert read_shop({"id": 7, "name": "Soap & Co", "region": "US", "cipher": "c", "code": None}).id == "7"
    product = read_product(official.PRODUCT)
    assert product.skus[0].id
    assert product.skus[0].external_sku_id == "1729592969712207234"


def test_a_field_that_nothing_reads_stops_no_order_and_loses_no_token_whatever_its_form() -> None:
    odd = {
        "release_date": "2026-12-01",
        "is_cod": "N",
        "seller_note": {},
        "payment": {"payment_platform_discount": "-"},
    }
    assert read_order({"id": "1", **odd}).id == "1"
    assert read_tokens({**official.TOKENS, "granted_scopes": "seller.order.info"}).access_token
