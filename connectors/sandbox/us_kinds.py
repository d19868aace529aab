"""The kinds of order the sandbox can make, one line each: what is odd about it and how often it turns up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Goods = Literal["linked", "unlinked", "digital", "bundle", "case", "ambiguous", "no_sku"]
Discounts = Literal["some", "none", "seller", "platform", "mixed"]
ShippingDeal = Literal["some", "paid", "none", "platform", "seller", "cofunded"]
Where = Literal["state", "colorado", "untaxed", "territory", "military"]
Free = Literal["", "gift", "giveaway", "sample", "exchange"]


@dataclass(frozen=True)
class Kind:
    """How an order of this kind is made. weight is its share among orders made at random (0: only when asked for).

    skus and units are inclusive ranges: how many different SKUs, and how many units of each.
    extra is laid over the finished order as it stands.
    """

    weight: int = 2
    goods: Goods = "linked"
    skus: tuple[int, int] = (1, 2)
    units: tuple[int, int] = (1, 1)
    discounts: Discounts = "some"
    shipping: ShippingDeal = "some"
    shipping_type: Literal["", "SELLER", "TIKTOK", "TIKTOK_DIGITAL"] = ""
    where: Where = "state"
    message: str = ""
    free: Free = ""
    insured: bool = False
    cancels_a_line: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


KINDS: dict[str, Kind] = {
    "plain": Kind(weight=40, skus=(1, 1), discounts="none"),
    "several_items": Kind(weight=14, skus=(2, 5)),
    "several_units": Kind(weight=8, skus=(1, 1), units=(2, 4), discounts="mixed"),
    "big_basket": Kind(weight=1, skus=(9, 12), units=(1, 3)),
    "seller_discount": Kind(weight=6, discounts="seller"),
    "platform_discount": Kind(weight=6, discounts="platform"),
    "paid_shipping": Kind(weight=4, shipping="paid"),
    "zero_shipping": Kind(weight=4, shipping="none"),
    "platform_shipping_discount": Kind(weight=4, shipping="platform"),
    "seller_shipping_discount": Kind(shipping="seller"),
    "cofunded_shipping_discount": Kind(shipping="cofunded"),
    "seller_shipping": Kind(weight=4, shipping_type="SELLER"),
    "tiktok_shipping": Kind(weight=4, shipping_type="TIKTOK"),
    "colorado": Kind(where="colorado"),
    "no_sales_tax": Kind(where="untaxed"),
    "territory": Kind(weight=1, where="territory"),
    "military": Kind(weight=1, where="military", shipping_type="SELLER"),
    "insured": Kind(insured=True),
    "gift_with_purchase": Kind(weight=3, free="gift"),
    "live_giveaway": Kind(skus=(1, 1), free="giveaway", shipping="none", extra={"order_type": "ZERO_LOTTERY"}),
    "sample": Kind(skus=(1, 1), free="sample", shipping="none", extra={"is_sample_order": True}),
    "refundable_sample": Kind(
        weight=1, skus=(1, 1), discounts="none", extra={"is_sample_order": True, "is_refundable_sample": True}
    ),
    "combined_listing": Kind(goods="bundle", skus=(1, 1)),
    "pre_order": Kind(weight=1, skus=(1, 1), extra={"order_type": "PRE_ORDER"}),
    "auction": Kind(weight=1, skus=(1, 1), extra={"order_type": "AUCTION"}),
    "exchange": Kind(weight=1, skus=(1, 1), free="exchange", shipping="none", extra={"is_exchange_order": True}),
    "replacement": Kind(weight=1, skus=(1, 1), free="exchange", shipping="none", extra={"is_replacement_order": True}),
    "message_plain": Kind(weight=3, message="plain"),
    "message_emoji": Kind(weight=1, message="emoji"),
    "message_rtl": Kind(weight=1, message="rtl"),
    "message_multi_line": Kind(weight=1, message="multi_line"),
    "message_markup": Kind(weight=1, message="markup"),
    "partly_cancelled": Kind(skus=(2, 4), cancels_a_line=True),
    "buyer_wants_to_cancel": Kind(weight=0, extra={"is_buyer_request_cancel": True}),
    "address_changed": Kind(weight=1, extra={"has_updated_recipient_address": True}),
    "split": Kind(skus=(2, 4), extra={"split_or_combine_tag": "SPLIT"}),
    "combined": Kind(weight=1, extra={"split_or_combine_tag": "COMBINED"}),
    "unlinked_item": Kind(goods="unlinked"),
    "sku_in_other_case": Kind(weight=1, goods="case", skus=(1, 1)),
    "ambiguous_sku": Kind(weight=1, goods="ambiguous", skus=(1, 1)),
    "without_seller_sku": Kind(weight=1, goods="no_sku", skus=(1, 1)),
    "digital": Kind(weight=1, goods="digital", skus=(1, 1), shipping="none", shipping_type="TIKTOK_DIGITAL"),
    "fbt": Kind(weight=3, shipping_type="TIKTOK", extra={"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}),
}
