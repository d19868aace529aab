"""Everything TikTok answers that this system reads, as frozen typed values.

Orders live in `order_payload`; the smaller answers (shops, tokens, products) are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from connectors.tiktok.order_payload import (
    Address,
    BundlePart,
    District,
    Line,
    Order,
    PackageRef,
    Payment,
    SubItem,
    Tax,
    Unreadable,
    read_order,
    sentence_of,
)
from connectors.tiktok.wire import AsList, Payload, Text, Time

__all__ = [
    "Address",
    "BundlePart",
    "District",
    "Line",
    "Order",
    "PackageRef",
    "Payment",
    "Product",
    "ProductSku",
    "Shop",
    "SubItem",
    "Tax",
    "TokenPair",
    "Unreadable",
    "read_order",
    "read_product",
    "read_shop",
    "read_tokens",
]


class Shop(Payload):
    """An authorised shop; `cipher` goes into every call for it, `id` is what webhooks carry."""

    id: Text = Field(min_length=1)
    name: Text = ""
    region: Text = ""
    cipher: Text = Field("", repr=False)
    code: Text = ""


class TokenPair(Payload):
    """A token answer. The wire calls the expiries `…_expire_in`, but they are absolute Unix seconds."""

    access_token: Text = Field(min_length=1, repr=False)
    access_token_expires_at: Time = Field(None, validation_alias="access_token_expire_in")
    refresh_token: Text = Field("", repr=False)
    refresh_token_expires_at: Time = Field(None, validation_alias="refresh_token_expire_in")


class ProductSku(Payload):
    """A sellable variant. `external_sku_id` is the seller's own id, for apps that listed from Shopify the variant."""

    id: Text = ""
    seller_sku: Text = ""
    external_sku_id: Text = ""


class Product(Payload):
    id: Text = Field(min_length=1)
    title: Text = ""
    skus: Annotated[tuple[ProductSku, ...], AsList] = ()
    status: Text = ""


Read = TypeVar("Read", bound=Payload)


def _read(kind: type[Read], raw: Mapping[str, object], what: str) -> Read:
    try:
        return kind.model_validate(raw)
    except ValidationError as invalid:
        raise Unreadable(sentence_of(invalid, what)) from None


def read_shop(raw: Mapping[str, object]) -> Shop:
    """One entry of data.shops; raises Unreadable."""
    return _read(Shop, raw, "This TikTok shop")


def read_tokens(raw: Mapping[str, object]) -> TokenPair:
    """`data` of a token answer; raises Unreadable (the sentence never carries a token)."""
    return _read(TokenPair, raw, "TikTok's token answer")


def read_product(raw: Mapping[str, object]) -> Product:
    """`data` of a product detail, or one entry of data.products; raises Unreadable."""
    return _read(Product, raw, "This TikTok product")
