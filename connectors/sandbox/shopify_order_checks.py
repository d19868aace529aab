"""Why orderCreate says no: the userErrors recorded from Shopify, and near ones for what was not recorded."""

from __future__ import annotations

import re
from typing import Any

from connectors.sandbox.shopify_errors import UserError, user_error
from connectors.sandbox.shopify_shop import Shop, number_of

TAG_LENGTH = 40
EMAIL = re.compile(r"[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,.]{2,}")
PHONE = re.compile(r"\+?[\d\s().-]{7,20}")
US_PROVINCES = frozenset(
    """AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
    OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI UM FM MH PW AA AE AP""".split()
)
COUNTRIES_WITHOUT_PROVINCES = frozenset({"GB", "DE", "FR", "NL", "SG"})


def refusals(shop: Shop, order: dict[str, Any], options: dict[str, Any]) -> list[UserError]:
    """Every reason against this coerced OrderCreateOrderInput; empty means it will be created."""
    if shop.too_many_orders():
        return [user_error(None, "Too many attempts. Please try again later.")]
    if not order.get("lineItems"):
        return [user_error(["order", "lineItems"], "Line items must have at least one line item", "INVALID")]
    return [
        *_lines(shop, order["lineItems"]),
        *_money(order),
        *_tags(order.get("tags") or [], ["order", "tags"]),
        *_customer(shop, order),
        *_contact(order, ["order"]),
        *(error for key in ("shippingAddress", "billingAddress") for error in _address(order.get(key), key)),
        *_metafields(shop, order.get("metafields") or []),
        *(_stock(shop, order) if options.get("inventoryBehaviour") == "DECREMENT_OBEYING_POLICY" else ()),
    ]


def _lines(shop: Shop, lines: list[dict[str, Any]]) -> list[UserError]:
    errors = []
    for place, line in enumerate(lines):
        known = shop.variant(number_of(line["variantId"], "ProductVariant")) if line.get("variantId") else None
        untitled = known is None and not (line.get("title") or "").strip()
        if untitled or (line.get("variantId") and known is None and shop.flags.refuse_unknown_variant):
            return [
                user_error(["order"], "Order Line items is invalid", "INVALID"),
                user_error(["order", "lineItems"], "Line items Name can't be blank", "INVALID"),
                user_error(["order", "lineItems"], "Line items Title can't be blank", "INVALID"),
            ]
        if line["quantity"] <= 0:
            path = ["order", "lineItems", str(place), "quantity"]
            errors.append(user_error(path, "Quantity must be greater than 0", "INVALID"))
    return errors


def _money(order: dict[str, Any]) -> list[UserError]:
    errors = []
    for place, line in enumerate(order.get("shippingLines") or ()):
        if line["priceSet"]["shopMoney"]["amount"] < 0:
            path = ["order", "shippingLines", str(place), "priceSet"]
            errors.append(user_error(path, "Price must be greater than or equal to 0", "INVALID"))
    if order.get("taxLines") and any(line.get("taxLines") for line in order["lineItems"]):
        message = "Tax lines can be set on the order or on its line items, not on both"
        errors.append(user_error(["order", "taxLines"], message, "INVALID"))
    return errors


def _tags(tags: list[str], path: list[str]) -> list[UserError]:
    if not any(len(tag) > TAG_LENGTH for tag in tags):
        return []
    return [user_error(path, f"Tags is too long (maximum is {TAG_LENGTH} characters)", "INVALID")]


def _customer(shop: Shop, order: dict[str, Any]) -> list[UserError]:
    customer = order.get("customer")
    if customer and order.get("customerId"):
        message = "Only one of customer and customerId can be given"
        return [user_error(["order"], message, "REDUNDANT_CUSTOMER_FIELDS")]
    new = (customer or {}).get("toUpsert")
    if not new:
        return []
    path = ["order", "customer", "toUpsert"]
    errors = [*_contact(new, path), *_tags(new.get("tags") or [], [*path, "tags"])]
    for name, label in (("firstName", "First name"), ("lastName", "Last name")):
        if re.search(r"<[^>]+>|https?://", new.get(name) or ""):
            errors.append(user_error([*path, name], f"{label} cannot contain HTML tags or URLs", "INVALID"))
    if not errors and _phone_of_another(shop, new):
        errors.append(user_error([*path, "phone"], "Phone has already been taken", "INVALID"))
    return errors


def _phone_of_another(shop: Shop, new: dict[str, Any]) -> bool:
    phone, email = _digits(new.get("phone")), (new.get("email") or "").lower()
    return bool(phone) and any(
        _digits(known["phone"]) == phone and (known["email"] or "").lower() != email
        for known in shop.table("customers").values()
    )


def _contact(holder: dict[str, Any], path: list[str]) -> list[UserError]:
    errors = []
    if holder.get("email") and not EMAIL.fullmatch(holder["email"]):
        errors.append(user_error([*path, "email"], "Email is invalid", "INVALID"))
    if holder.get("phone") and not PHONE.fullmatch(holder["phone"]):
        errors.append(user_error([*path, "phone"], "Phone is invalid", "INVALID"))
    return errors


def _address(address: dict[str, Any] | None, key: str) -> list[UserError]:
    province = (address or {}).get("provinceCode")
    country = (address or {}).get("countryCode") or "US"
    if not province or country in COUNTRIES_WITHOUT_PROVINCES:
        return []
    known = province.upper() in US_PROVINCES if country == "US" else bool(re.fullmatch(r"[A-Za-z0-9-]{1,6}", province))
    return [] if known else [user_error(["order", key, "provinceCode"], "Province is not a valid province", "INVALID")]


def _metafields(shop: Shop, metafields: list[dict[str, Any]]) -> list[UserError]:
    errors = []
    for place, entry in enumerate(metafields):
        path = ["order", "metafields", str(place)]
        for name in ("key", "value"):
            if not entry.get(name):
                errors.append(user_error([*path, name], f"{name.capitalize()} can't be blank", "INVALID"))
        definition = shop.definitions.get(f"ORDER {entry.get('namespace')} {entry.get('key')}")
        if definition is None and entry.get("type") == "id":
            message = "Metafield definition of type 'id' is required when using custom ids."
            errors.append(user_error([*path, "type"], message, "INVALID"))
        if definition and entry.get("type") not in (None, definition["type"]):
            message = f"Type must be consistent with the definition's type: '{definition['type']}'"
            errors.append(user_error([*path, "type"], message, "INVALID"))
        if is_taken(shop, definition, entry):
            errors.append(user_error([*path, "value"], "Value has already been taken", "INVALID"))
    return errors


def is_taken(shop: Shop, definition: dict[str, Any] | None, entry: dict[str, Any], owner: str = "") -> bool:
    """True when a definition with unique values has this value on another order."""
    if definition is None or not definition["unique"] or not shop.flags.unique:
        return False
    holder = shop.custom_ids.get((definition["namespace"], definition["key"], str(entry.get("value"))))
    return holder is not None and holder != owner


def _stock(shop: Shop, order: dict[str, Any]) -> list[UserError]:
    wanted: dict[str, int] = {}
    for line in order["lineItems"]:
        if line.get("variantId"):
            number = number_of(line["variantId"], "ProductVariant")
            wanted[number] = wanted.get(number, 0) + line["quantity"]
    for number, quantity in wanted.items():
        variant = shop.variant(number)
        if variant and variant["tracked"] and variant["policy"] == "DENY" and shop.stock(variant) < quantity:
            message = f"Unable to claim inventory for {variant['sku'] or variant['title']}"
            return [user_error(["order", "lineItems"], message, "INVENTORY_CLAIM_FAILED")]
    return []


def _digits(phone: str | None) -> str:
    return re.sub(r"\D", "", phone or "")
