"""Raw US TikTok orders for tests, one small dict at a time. Amounts are text, as on the wire; everything is made up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

Raw = dict[str, Any]


def line(number: int = 1, sku: str = "11", sale: str = "10.00", **changes: Any) -> Raw:
    """One unit of a SKU at `sale` without discounts and tax; `tax` and `rate` make its item_tax."""
    tax, rate = changes.pop("tax", ""), changes.pop("rate", "")
    raw = {
        "id": f"57710000000000{number:04d}",
        "product_id": f"17290000000000{sku}",
        "product_name": f"Soap {sku}",
        "sku_id": sku,
        "sku_name": "Default",
        "seller_sku": f"SOAP-{sku}",
        "currency": "USD",
        "original_price": sale,
        "sale_price": sale,
        "seller_discount": "0",
        "platform_discount": "0",
        "item_tax": [{"tax_type": "SALES_TAX", "tax_amount": tax, "tax_rate": rate}] if tax else [],
        "display_status": "AWAITING_SHIPMENT",
        "is_gift": False,
    }
    return raw | changes


def payment(total: str, **amounts: str) -> Raw:
    return {"currency": "USD", "total_amount": total, **amounts}


def order(lines: Sequence[Raw] = (), paid: Raw | None = None, **changes: Any) -> Raw:
    """An order of `lines`; without `paid` the total is what the lines cost with their tax."""
    lines = list(lines) or [line()]
    if paid is None:
        goods = sum(Decimal(each["sale_price"]) for each in lines)
        tax = sum(Decimal(each["item_tax"][0]["tax_amount"]) for each in lines if each["item_tax"])
        paid = payment(str(goods + tax), sub_total=str(goods), product_tax=str(tax), tax=str(tax))
    raw = {
        "id": "576461413038785752",
        "status": "AWAITING_SHIPMENT",
        "order_type": "NORMAL",
        "create_time": 1793620000,
        "paid_time": 1793620060,
        "update_time": 1793623600,
        "buyer_email": "v2b2V5ABC@scs.tiktokw.us",
        "buyer_message": "",
        "recipient_address": address(),
        "payment": paid,
        "line_items": lines,
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "SELLER",
        "delivery_option_name": "Standard Shipping",
    }
    return raw | changes


def address(state: str = "California", **changes: Any) -> Raw:
    raw = {
        "name": "Jane Doe",
        "first_name": "Jane",
        "last_name": "Doe",
        "phone_number": "(+1)3105550123",
        "region_code": "US",
        "postal_code": "90001",
        "address_line1": "1 Main St",
        "address_line2": " ",
        "full_address": "1 Main St, Los Angeles, California 90001, United States",
        "district_info": [
            {"address_level": "L0", "address_level_name": "Country", "address_name": "United States"},
            {"address_level": "L1", "address_level_name": "State", "address_name": state},
            {"address_level": "L2", "address_level_name": "County", "address_name": "Los Angeles County"},
            {"address_level": "L3", "address_level_name": "City", "address_name": "Los Angeles"},
        ],
    }
    return raw | changes
