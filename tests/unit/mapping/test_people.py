from __future__ import annotations

from typing import Any

import pytest

from orders.mapping import without_customer_names
from orders.mapping.regions import state_code
from tests.payloads.us_order import address, order
from tests.unit.mapping.mapped import codes, mapped, order_of


def shipped_to(**changes: Any) -> dict[str, Any]:
    return order_of(mapped(order(recipient_address=address(**changes))))["shippingAddress"]  # type: ignore[no-any-return]


def customer(**changes: Any) -> Any:
    return order_of(mapped(order(**changes))).get("customer")


def test_the_whole_address_arrives() -> None:
    assert shipped_to(address_line2="Apt 4B", address_line3="c/o Front Desk") == {
        "firstName": "Jane",
        "lastName": "Doe",
        "address1": "1 Main St",
        "address2": "Apt 4B, c/o Front Desk",
        "city": "Los Angeles",
        "provinceCode": "CA",
        "countryCode": "US",
        "zip": "90001",
        "phone": "+13105550123",
    }


@pytest.mark.parametrize(
    ("first", "last", "whole", "expected"),
    [
        ("Jane", "Doe", "", ("Jane", "Doe")),
        ("Mary Jane Watson", "", "Mary Jane Watson", ("Mary Jane", "Watson")),
        ("", "", "Mary Jane Watson", ("Mary Jane", "Watson")),
        ("", "", "Cher", ("Cher", None)),
        ("", "", "A*** F***i", ("A***", "F***i")),
        ("", "", "", (None, None)),
        ("", "", "山田 太郎", ("山田", "太郎")),
    ],
)
def test_names_arrive_however_tiktok_splits_them(
    first: str, last: str, whole: str, expected: tuple[str | None, str | None]
) -> None:
    got = shipped_to(first_name=first, last_name=last, name=whole)
    assert (got.get("firstName"), got.get("lastName")) == expected


def test_names_in_local_script_are_better_than_none() -> None:
    got = shipped_to(
        first_name="", last_name="", name="", first_name_local_script="ジョン", last_name_local_script="ドゥ"
    )
    assert (got["firstName"], got["lastName"]) == ("ジョン", "ドゥ")


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("California", "CA"),
        ("new york", "NY"),
        ("TX", "TX"),
        ("US-WA", "WA"),
        ("District of Columbia", "DC"),
        ("Washington, D.C.", "DC"),
        ("Washington", "WA"),
        ("Hawai'i", "HI"),
        ("California (CA)", "CA"),
        ("Armed Forces Pacific (AP)", "AP"),
        ("Puerto Rico", "PR"),
        ("Guam", "GU"),
        ("U.S. Virgin Islands", "VI"),
        ("American Samoa", "AS"),
        ("Northern Mariana Islands", "MP"),
        ("Armed Forces Americas", "AA"),
        ("Armed Forces Europe, the Middle East, and Canada", "AE"),
        ("Armed Forces Pacific", "AP"),
        ("AE", "AE"),
    ],
)
def test_every_state_territory_and_military_region_has_its_code(state: str, code: str) -> None:
    got = shipped_to(state=state)
    assert (got["provinceCode"], got["countryCode"]) == (code, "US")


def test_every_code_shopify_lists_for_the_united_states_is_known() -> None:
    from connectors.sandbox.shopify_order_checks import US_PROVINCES

    assert {state_code(code) for code in US_PROVINCES} == US_PROVINCES


def test_a_territory_that_tiktok_calls_a_country_is_a_us_province_in_shopify() -> None:
    got = shipped_to(region_code="PR", district_info=[])
    assert (got["provinceCode"], got["countryCode"]) == ("PR", "US")


def test_an_iso_code_serves_where_the_state_name_is_unknown() -> None:
    districts = [
        {"address_level": "L1", "address_level_name": "State", "address_name": "Kalifornien", "iso_code": "CA"}
    ]
    assert shipped_to(district_info=districts)["provinceCode"] == "CA"


def test_the_full_address_serves_where_tiktok_sends_no_districts() -> None:
    got = shipped_to(district_info=[], full_address="1 Main St, Los Angeles, CA 90001", post_town="Los Angeles")
    assert (got["provinceCode"], got["city"]) == ("CA", "Los Angeles")


def test_an_unknown_state_is_warned_about_and_still_printed_on_the_label() -> None:
    result = mapped(order(recipient_address=address(state="Ontarioland", full_address="")))
    got = order_of(result)["shippingAddress"]
    assert "provinceCode" not in got
    assert got["city"] == "Los Angeles, Ontarioland"
    assert codes(result) == ["bad_region"]


def test_a_missing_state_is_a_warning_not_a_lost_order() -> None:
    result = mapped(order(recipient_address=address(district_info=[], full_address="")))
    assert order_of(result)["shippingAddress"]["address1"] == "1 Main St"
    assert codes(result) == ["bad_region"]


def test_an_empty_address_is_a_warning_not_a_lost_order() -> None:
    result = mapped(order(recipient_address={}))
    assert "shippingAddress" not in order_of(result)
    assert codes(result) == ["address_missing"]


def test_a_unit_that_only_the_detail_names_is_printed_on_the_label() -> None:
    got = shipped_to(address_line2="Suite 100", address_detail="Unit one building 8")
    assert (got["address1"], got["address2"]) == ("1 Main St", "Suite 100, Unit one building 8")


@pytest.mark.parametrize(
    "detail", ["1 Main St", "1 main st. Apt 4B", "1 Main St, Apt 4B", "Apt 4B", "1 M*** A***", " "]
)
def test_a_detail_that_the_lines_say_already_is_not_printed_twice(detail: str) -> None:
    assert shipped_to(address_line2="Apt 4B", address_detail=detail)["address2"] == "Apt 4B"


def test_an_address_whose_further_lines_are_too_long_together_is_cut_with_a_warning() -> None:
    result = mapped(order(recipient_address=address(address_line2="a" * 200, address_line3="b" * 200)))
    assert len(order_of(result)["shippingAddress"]["address2"]) == 255
    assert codes(result) == ["address_cut"]


def test_an_address_that_is_only_given_whole_still_arrives() -> None:
    got = shipped_to(address_line1="", address_line2="", full_address="1 Main St, Los Angeles, California 90001")
    assert got["address1"] == "1 Main St, Los Angeles, California 90001"


def test_a_masked_recipient_is_ordinary_data_and_only_the_phone_is_left_out() -> None:
    masked = address(
        name="J*** D***", first_name="J*** D***", last_name="", phone_number="(+1)213-***-1234",
        address_line1="1 M*****", postal_code="900**",
    )  # fmt: skip
    result = mapped(order(recipient_address=masked, shipping_type="TIKTOK"))
    got = order_of(result)["shippingAddress"]
    assert (got["firstName"], got["lastName"], got["address1"], got["zip"]) == ("J***", "D***", "1 M*****", "900**")
    assert "phone" not in got
    assert codes(result) == ["phone_masked"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("(+1)2135551234", "+12135551234"),
        ("+1 (213) 555-1234", "+12135551234"),
        ("(213) 555-1234", "+12135551234"),
        ("213-555-1234 ext. 12", "+12135551234"),
        ("1 213 555 1234", "+12135551234"),
        ("(+44)7911123456", "+447911123456"),
        ("", None),
        ("12345", None),
        ("n/a", None),
        ("(+1)0000000000", None),
    ],
)
def test_a_phone_shopify_would_refuse_never_costs_the_order(given: str, sent: str | None) -> None:
    result = mapped(order(recipient_address=address(phone_number=given)))
    assert order_of(result)["shippingAddress"].get("phone") == sent
    assert codes(result) == (["phone_left_out"] if given and not sent else [])


def test_the_buyer_becomes_a_customer_by_relay_address_without_phone_or_marketing() -> None:
    created = order_of(mapped(order()))
    assert created["customer"] == {
        "toUpsert": {"email": "v2b2V5ABC@scs.tiktokw.us", "firstName": "Jane", "lastName": "Doe"}
    }
    assert created["buyerAcceptsMarketing"] is False
    assert "phone" not in created
    assert "email" not in created


def test_masked_names_never_become_a_customers_name() -> None:
    masked = address(name="J*** D***", first_name="", last_name="")
    assert customer(recipient_address=masked) == {"toUpsert": {"email": "v2b2V5ABC@scs.tiktokw.us"}}


@pytest.mark.parametrize("email", ["", "v***@scs.tiktokw.us", "not an address", "a@b"])
def test_an_unusable_email_costs_the_customer_not_the_order(email: str) -> None:
    result = mapped(order(buyer_email=email))
    assert "customer" not in order_of(result)
    assert codes(result) == ["customer_left_out"]


def test_a_seller_who_wants_no_customers_gets_none() -> None:
    created = order_of(mapped(order(), customer="none"))
    assert "customer" not in created
    assert "email" not in created
    assert created["shippingAddress"]["lastName"] == "Doe"


def test_after_a_refusal_of_the_customer_only_the_email_is_tried_again() -> None:
    variables = mapped(order()).variables
    again = without_customer_names(variables)
    assert again["order"].pop("customer") == {"toUpsert": {"email": "v2b2V5ABC@scs.tiktokw.us"}}
    assert variables["order"]["customer"]["toUpsert"]["firstName"] == "Jane"
    assert again == {
        **variables,
        "order": {key: value for key, value in variables["order"].items() if key != "customer"},
    }


def test_after_a_refusal_an_order_without_customer_is_unchanged() -> None:
    variables = mapped(order(), customer="none").variables
    assert without_customer_names(variables) == variables
