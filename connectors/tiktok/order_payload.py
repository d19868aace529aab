"""A TikTok order as the order list and the order detail answer it, read once and never changed.

Field names and meanings are TikTok's (Partner Center, GetOrderDetail 202507). Fields that nothing here reads are left
out: one of them in an odd form must not stop an order. Amounts are Decimal in `payment.currency`, ids are text, times
are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError

from connectors.tiktok.statuses import FulfillmentType, LineStatus, OrderStatus, ShippingType
from connectors.tiktok.wire import AsList, AsPart, Flag, Money, Payload, RawText, Text, Time, Whole

_ZERO = Decimal(0)


class Unreadable(ValueError):
    """An answer whose fields cannot mean what they must; the sentence names each field, never its value."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class District(Payload):
    """One level of an address; in the US read by `address_level_name` (State, County, City), not by index."""

    address_level: Text = ""
    address_level_name: Text = ""
    address_name: Text = ""
    iso_code: Text = ""


class Address(Payload):
    """The recipient. Masked values ("J***") are ordinary data; while an order is on hold all of it is empty."""

    full_address: Text = ""
    name: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    first_name_local_script: Text = ""
    last_name_local_script: Text = ""
    phone_number: Text = ""
    region_code: Text = ""
    postal_code: Text = ""
    address_line1: Text = ""
    address_line2: Text = ""
    address_line3: Text = ""
    address_line4: Text = ""
    address_detail: Text = ""
    post_town: Text = ""
    district_info: Annotated[tuple[District, ...], AsList] = ()


class Payment(Payload):
    """What the buyer paid and how it came about. US product and shipping amounts are before tax.

    `total_text` tells a total of nothing from no total at all.
    """

    currency: Text = ""
    total_amount: Money = _ZERO
    total_text: Text = Field("", validation_alias="total_amount")
    sub_total: Money = _ZERO
    platform_discount: Money = _ZERO
    original_shipping_fee: Money = _ZERO
    shipping_fee: Money = _ZERO
    shipping_fee_seller_discount: Money = _ZERO
    shipping_fee_platform_discount: Money = _ZERO
    shipping_fee_cofunded_discount: Money = _ZERO
    tax: Money = _ZERO
    product_tax: Money = _ZERO
    shipping_fee_tax: Money = _ZERO
    retail_delivery_fee: Money = _ZERO
    item_insurance_fee: Money = _ZERO
    item_insurance_tax: Money = _ZERO
    shipping_insurance_fee: Money = _ZERO
    handling_fee: Money = _ZERO
    small_order_fee: Money = _ZERO
    buyer_service_fee: Money = _ZERO
    distance_shipping_fee: Money = _ZERO
    distance_fee: Money = _ZERO


class Tax(Payload):
    """A tax on one unit; `tax_rate` is a fraction ("0.0825"), 0 when TikTok leaves it out."""

    tax_type: Text = ""
    tax_amount: Money = _ZERO
    tax_rate: Money = _ZERO


class BundlePart(Payload):
    """A component of a virtual bundle, with its count per bundle unit."""

    sku_id: Text = ""
    sku_count: Whole = 0
    product_id: Text = ""
    seller_sku: Text = ""


class SubItem(Payload):
    """What a line and one component unit of a bundle have in common."""

    id: Text = ""
    product_id: Text = ""
    product_name: Text = ""
    sku_id: Text = ""
    sku_name: Text = ""
    seller_sku: Text = ""
    currency: Text = ""
    original_price: Money = _ZERO
    sale_price: Money = _ZERO
    sale_price_text: Text = Field("", validation_alias="sale_price")
    platform_discount: Money = _ZERO
    item_tax: Annotated[tuple[Tax, ...], AsList] = ()
    retail_delivery_fee: Money = _ZERO
    display_status: Annotated[LineStatus, BeforeValidator(LineStatus.read)] = LineStatus.UNKNOWN
    package_id: Text = ""
    package_status: Text = ""
    tracking_number: Text = ""
    shipping_provider_id: Text = ""
    shipping_provider_name: Text = ""
    cancel_reason: Text = ""


class Line(SubItem):
    """One unit bought: TikTok has no quantity."""

    is_gift: Flag = False
    sku_type: Text = ""
    combined_listing_skus: Annotated[tuple[BundlePart, ...], AsList] = ()
    sub_item_info: Annotated[tuple[SubItem, ...], AsList] = ()


class PackageRef(Payload):
    id: Text = ""


class Order(Payload):
    """One order. `status_text` and `fulfillment_text` keep TikTok's own words, also where the enums say UNKNOWN."""

    id: Text = Field(min_length=1)
    status: Annotated[OrderStatus, BeforeValidator(OrderStatus.read)] = OrderStatus.UNKNOWN
    status_text: Text = Field("", validation_alias="status")
    order_type: Text = ""
    create_time: Time = None
    paid_time: Time = None
    update_time: Time = None
    rts_sla_time: Time = None
    shipping_due_time: Time = None
    collection_time: Time = None
    delivery_time: Time = None
    user_id: Text = ""
    buyer_email: Text = ""
    buyer_message: RawText = ""
    recipient_address: Annotated[Address, AsPart] = Address()
    payment: Annotated[Payment, AsPart] = Payment()
    line_items: Annotated[tuple[Line, ...], AsList] = ()
    packages: Annotated[tuple[PackageRef, ...], AsList] = ()
    fulfillment_type: Annotated[FulfillmentType, BeforeValidator(FulfillmentType.read)] = FulfillmentType.UNKNOWN
    fulfillment_text: Text = Field("", validation_alias="fulfillment_type")
    shipping_type: Annotated[ShippingType, BeforeValidator(ShippingType.read)] = ShippingType.UNKNOWN
    delivery_option_name: Text = ""
    shipping_provider: Text = ""
    shipping_provider_id: Text = ""
    tracking_number: Text = ""
    split_or_combine_tag: Text = ""
    has_updated_recipient_address: Flag = False
    is_buyer_request_cancel: Flag = False
    cancel_reason: Text = ""
    is_sample_order: Flag = False
    is_refundable_sample: Flag = False
    is_replacement_order: Flag = False
    is_exchange_order: Flag = False

    @property
    def is_sample(self) -> bool:
        """A sample of either kind. Whether TikTok sets both flags on a refundable one is not known."""
        return self.is_sample_order or self.is_refundable_sample


def read_order(raw: Mapping[str, object]) -> Order:
    """A TikTok order from its decoded JSON; raises Unreadable with every wrong field by its path.

    An order without lines is readable; one without an id is not.
    """
    if not isinstance(raw, Mapping):
        raise Unreadable("This TikTok order is not a JSON object, so it cannot be read.")
    try:
        return Order.model_validate(raw)
    except ValidationError as invalid:
        raise Unreadable(sentence_of(invalid, f"TikTok order {_id_of(raw)}")) from None


def sentence_of(invalid: ValidationError, what: str) -> str:
    """Each wrong field with its path and what it must be; values stay out, they may be personal."""
    wrong = []
    for error in invalid.errors(include_url=False, include_input=False):
        path = ".".join(str(step) for step in error["loc"]) or "the whole"
        needs = error["msg"].removeprefix("Value error, ")
        if error["type"] == "model_type":
            needs = "must be an object"
        wrong.append(f"{path} {'is missing' if path == 'id' else needs}")
    return f"{what} cannot be read: {'; '.join(wrong)}."


def _id_of(raw: Mapping[str, object]) -> str:
    return str(raw.get("id") or "without an id")[:40]
