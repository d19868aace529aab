"""Rows as the product itself makes them, for tests that start in the middle."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from orders.models import Order, ProductLink, SyncAttempt
from orders.states import PRIORITY, AskedBy, SyncStatus
from settings_app.models import ShopifyStore, SyncSettings, TikTokShop


class StoreFactory(DjangoModelFactory[ShopifyStore]):
    class Meta:
        model = ShopifyStore

    domain = factory.Sequence(lambda n: f"soap-{n}.myshopify.com")
    name = "Soap"
    access_token = "shpat_sandbox"
    webhooks_due_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))


class ShopFactory(DjangoModelFactory[TikTokShop]):
    class Meta:
        model = TikTokShop

    shop_id = factory.Sequence(lambda n: f"74940000000000{n:05d}")
    name = factory.Sequence(lambda n: f"Soap on TikTok {n}")
    cipher = factory.LazyAttribute(lambda shop: f"cipher-{shop.shop_id}")
    access_token = factory.LazyAttribute(lambda shop: f"TTP_{shop.shop_id}")
    access_token_expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))
    refresh_token = factory.LazyAttribute(lambda shop: f"TTR_{shop.shop_id}")
    store = factory.SubFactory(StoreFactory)
    webhooks_due_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))


class SettingsFactory(DjangoModelFactory[SyncSettings]):
    class Meta:
        model = SyncSettings

    shop = factory.SubFactory(ShopFactory)


class OrderFactory(DjangoModelFactory[Order]):
    class Meta:
        model = Order

    shop = factory.SubFactory(ShopFactory)
    store = factory.LazyAttribute(lambda order: order.shop.store)
    tiktok_order_id = factory.Sequence(lambda n: f"5764614130387{n:05d}")
    tiktok_status = "AWAITING_SHIPMENT"
    tiktok_updated_at = datetime(2026, 11, 20, tzinfo=UTC)
    placed_at = datetime(2026, 11, 20, tzinfo=UTC)

    class Params:
        queued = factory.Trait(
            sync_status=SyncStatus.QUEUED,
            asked_by=AskedBy.MANUAL,
            priority=PRIORITY[AskedBy.MANUAL],
            asked_at=factory.LazyFunction(timezone.now),
        )


class LinkFactory(DjangoModelFactory[ProductLink]):
    class Meta:
        model = ProductLink

    shop = factory.SubFactory(ShopFactory)
    sku_id = factory.Sequence(lambda n: f"17290000000000{n:05d}")
    kind = ProductLink.Kind.MANUAL
    variant_gid = factory.Sequence(lambda n: f"gid://shopify/ProductVariant/{1000 + n}")
    checked_at = factory.LazyFunction(timezone.now)


def raw_order(order_id: str = "576461413038785752", **changes: Any) -> dict[str, Any]:
    """A small US order as TikTok sends it: one unit at 20.00, shipping 4.99, tax 2.00, total 26.99."""
    line = {
        "id": f"{order_id}1",
        "sku_id": "1729000000000000001",
        "product_id": "1729000000000000000",
        "product_name": "Lavender soap",
        "sku_name": "Default",
        "seller_sku": "SOAP-LAV",
        "currency": "USD",
        "original_price": "20.00",
        "sale_price": "20.00",
        "seller_discount": "0",
        "platform_discount": "0",
        "item_tax": [{"tax_type": "SALES_TAX", "tax_amount": "2.00", "tax_rate": "0.1"}],
        "display_status": "AWAITING_SHIPMENT",
    }
    return {
        "id": order_id,
        "status": "AWAITING_SHIPMENT",
        "create_time": 1763900000,
        "paid_time": 1763900010,
        "update_time": 1763903600,
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "SELLER",
        "delivery_option_name": "Standard Shipping",
        "buyer_email": "v4b3y@scs.tiktokw.us",
        "recipient_address": {
            "name": "Jane Doe",
            "first_name": "Jane",
            "last_name": "Doe",
            "phone_number": "(+1)2125550123",
            "region_code": "US",
            "postal_code": "90001",
            "address_line1": "1 Main St",
            "district_info": [
                {"address_level": "L1", "address_level_name": "State", "address_name": "California"},
                {"address_level": "L3", "address_level_name": "City", "address_name": "Los Angeles"},
            ],
        },
        "payment": {
            "currency": "USD",
            "original_total_product_price": "20.00",
            "sub_total": "20.00",
            "original_shipping_fee": "4.99",
            "shipping_fee": "4.99",
            "product_tax": "2.00",
            "shipping_fee_tax": "0",
            "tax": "2.00",
            "total_amount": "26.99",
        },
        "line_items": [line],
        **changes,
    }


def attempt_of(order: Order, **changes: Any) -> SyncAttempt:
    """An open attempt at creating `order`, as a worker leaves it before its call."""
    values = {"number": 1, "token": uuid.uuid4(), "started_at": timezone.now(), "request": {}, "request_digest": ""}
    return SyncAttempt.objects.create(order=order, **{**values, **changes})
