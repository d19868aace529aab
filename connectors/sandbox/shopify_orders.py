"""orderCreate: from Shopify's input to the order document that the sandbox keeps."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.sandbox import shopify_totals
from connectors.sandbox.shopify_errors import failure
from connectors.sandbox.shopify_fulfillments import fulfil, route
from connectors.sandbox.shopify_order_checks import refusals
from connectors.sandbox.shopify_shop import Shop, gid, now_text, number_of, time_text
from connectors.sandbox.shopify_totals import shop_amount, text

LONGEST_LIST = 250


def order_create(shop: Shop, order: dict[str, Any], options: dict[str, Any] | None = None) -> dict[str, Any]:
    """The payload: `order` is the kept document, or None beside the userErrors that say why.

    The caller fills in `input` and `options` as they were sent.
    """
    options = options or {}
    for name in ("lineItems", "tags", "metafields", "customAttributes", "transactions", "shippingLines"):
        if len(order.get(name) or ()) > LONGEST_LIST:
            message = (
                f"The input array size of {len(order[name])} is greater than the maximum allowed of {LONGEST_LIST}."
            )
            raise failure(message, "MAX_INPUT_SIZE_EXCEEDED", path=["order", name])
    errors = refusals(shop, order, options)
    if errors:
        return {"order": None, "userErrors": errors}
    order = {**order, "lineItems": [_priced(shop, line) for line in order["lineItems"]]}
    document = _document(shop, order)
    _move_stock(shop, order, options)
    route(shop, document)
    if order.get("fulfillment"):
        _fulfil_at_once(shop, document, order["fulfillment"])
    shop.created_times.append(time.monotonic())
    shop.save(document)
    return {"order": document, "userErrors": []}


def _document(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    now, number = now_text(), shop.next_order_number()
    sums = shopify_totals.totals(order)
    currency = order.get("currency") or "USD"
    document: dict[str, Any] = {
        "number_id": shop.next_id(),
        "number": number,
        "name": order.get("name") or f"#{number}",
        "store": shop.domain,
        "input": {},
        "options": {},
        "createdAt": now,
        "updatedAt": now,
        "processedAt": time_text(min(order.get("processedAt") or datetime.now(UTC), datetime.now(UTC))),
        "closedAt": time_text(order["closedAt"]) if order.get("closedAt") else None,
        "cancellation": None,
        "currency": currency,
        "note": order.get("note"),
        "tags": clean_tags(order.get("tags") or []),
        "poNumber": order.get("poNumber"),
        "email": _email(order),
        "phone": order.get("phone"),
        "test": bool(order.get("test")),
        "taxesIncluded": bool(order.get("taxesIncluded")),
        "sourceName": order.get("sourceName"),
        "sourceIdentifier": order.get("sourceIdentifier"),
        "sourceUrl": order.get("sourceUrl"),
        "customAttributes": order.get("customAttributes") or [],
        "shippingAddress": order.get("shippingAddress"),
        "billingAddress": order.get("billingAddress"),
        "customer_id": _customer(shop, order),
        "lines": [_line(shop, line) for line in order["lineItems"]],
        "shippingLines": [_shipping_line(shop, line) for line in order.get("shippingLines") or ()],
        "taxLines": _taxes(order),
        "discountCodes": [part["code"] for part in (order.get("discountCode") or {}).values() if part],
        "transactions": [_transaction(shop, entry, now) for entry in order.get("transactions") or ()],
        "totals": sums,
        "financialStatus": shopify_totals.financial_status(order, Decimal(sums["total"])),
        "fulfillmentStatus": order.get("fulfillmentStatus") or "UNFULFILLED",
        "fulfillmentOrders": [],
        "fulfillments": [],
        "metafields": [new_metafield(shop, entry) for entry in order.get("metafields") or ()],
        "timeline": [{"at": now, "text": "Order created by the app."}],
    }
    for entry in document["transactions"]:
        if entry["status"] == "SUCCESS":
            line = f"{entry['kind'].capitalize()} of {entry['amount']} {currency} processed through {entry['gateway']}."
            document["timeline"].append({"at": now, "text": line})
    return document


def plain(value: Any) -> Any:
    """Coerced input as JSON again, amounts as the text they were sent as."""
    return json.loads(json.dumps(value, default=lambda odd: time_text(odd) if isinstance(odd, datetime) else str(odd)))


def clean_tags(tags: list[str]) -> list[str]:
    """Sorted, trimmed, each once without regard to case, the way Shopify answers them."""
    kept: dict[str, str] = {}
    for tag in tags:
        if tag.strip():
            kept.setdefault(tag.strip().lower(), tag.strip())
    return sorted(kept.values())


def new_metafield(shop: Shop, entry: dict[str, Any]) -> dict[str, Any]:
    now = now_text()
    return {
        "number_id": shop.next_id(),
        "namespace": entry.get("namespace") or "app--1001",
        "key": entry["key"],
        "type": entry.get("type") or "single_line_text_field",
        "value": str(entry["value"]),
        "createdAt": now,
        "updatedAt": now,
    }


def _priced(shop: Shop, line: dict[str, Any]) -> dict[str, Any]:
    """A line without a price of its own costs what its variant costs."""
    variant = shop.variant(number_of(line["variantId"], "ProductVariant")) if line.get("variantId") else None
    if line.get("priceSet") or variant is None:
        return line
    return {**line, "priceSet": {"shopMoney": {"amount": Decimal(variant["price"])}}}


def _line(shop: Shop, line: dict[str, Any]) -> dict[str, Any]:
    variant = shop.variant(number_of(line["variantId"], "ProductVariant")) if line.get("variantId") else None
    own_title = line.get("title")
    return {
        "number_id": shop.next_id(),
        "variant_id": variant["number_id"] if variant else None,
        "title": own_title or (variant["product_title"] if variant else ""),
        # A line with a title of its own shows no variant title, as recorded.
        "variantTitle": line.get("variantTitle") or (variant["title"] if variant and not own_title else None),
        "sku": line.get("sku") or (variant["sku"] if variant else None),
        "vendor": line.get("vendor"),
        "quantity": line["quantity"],
        "price": text(shop_amount(line.get("priceSet"))),
        "taxable": line.get("taxable", True),
        "requiresShipping": line.get("requiresShipping", False),
        "giftCard": line.get("giftCard", False),
        "taxLines": _taxes(line),
        "properties": [{"key": entry["name"], "value": entry["value"]} for entry in line.get("properties") or ()],
        "fulfilled": 0,
    }


def _shipping_line(shop: Shop, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "number_id": shop.next_id(),
        "title": line["title"],
        "code": line.get("code"),
        "source": line.get("source"),
        "price": text(shop_amount(line["priceSet"])),
        "taxLines": _taxes(line),
    }


def _taxes(holder: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "title": tax["title"],
            "rate": float(tax["rate"]),
            "amount": text(shop_amount(tax.get("priceSet"))),
            "channelLiable": bool(tax.get("channelLiable")),
        }
        for tax in holder.get("taxLines") or ()
    ]


def _transaction(shop: Shop, entry: dict[str, Any], now: str) -> dict[str, Any]:
    return {
        "number_id": shop.next_id(),
        "kind": entry["kind"],
        "status": entry["status"],
        "gateway": entry.get("gateway") or "manual",
        "amount": text(shop_amount(entry["amountSet"])),
        "processedAt": time_text(entry["processedAt"]) if entry.get("processedAt") else now,
        "createdAt": now,
        "test": bool(entry.get("test")),
    }


def _email(order: dict[str, Any]) -> str | None:
    """A customer's e-mail beats the order's."""
    customer = order.get("customer") or {}
    wish = (customer.get("toUpsert") or customer.get("toAssociate") or {}).get("email")
    return wish or order.get("email")


def _customer(shop: Shop, order: dict[str, Any]) -> str | None:
    """Find or make the customer; an upsert is matched by id, then by e-mail."""
    if order.get("customerId"):
        return number_of(order["customerId"], "Customer")
    wish = order.get("customer") or {}
    about = wish.get("toUpsert") or wish.get("toAssociate")
    if not about:
        return None
    if about.get("id"):
        return number_of(about["id"], "Customer")
    email = (about.get("email") or "").lower()
    number = shop.table("emails").get(email, {}).get("customer") if email else None
    if number is None and wish.get("toAssociate"):
        return None
    known = shop.table("customers").get(str(number)) if number else None
    address = order.get("shippingAddress") or order.get("billingAddress") or {}
    document = dict(known or {"number_id": shop.next_id(), "createdAt": now_text(), "phone": None, "email": email})
    document["firstName"] = about.get("firstName") or document.get("firstName") or address.get("firstName")
    document["lastName"] = about.get("lastName") or document.get("lastName") or address.get("lastName")
    document["phone"] = about.get("phone") or document["phone"]
    document["tags"] = clean_tags([*(document.get("tags") or ()), *(about.get("tags") or ())])
    document["defaultAddress"] = address or document.get("defaultAddress")
    document["orders"] = int(document.get("orders") or 0) + 1
    shop.put("customers", document["number_id"], document)
    if email:
        shop.put("emails", email, {"customer": document["number_id"]})
    return str(document["number_id"])


def _move_stock(shop: Shop, order: dict[str, Any], options: dict[str, Any]) -> None:
    if (options.get("inventoryBehaviour") or "BYPASS") == "BYPASS":
        return
    for line in order["lineItems"]:
        variant = shop.variant(number_of(line["variantId"], "ProductVariant")) if line.get("variantId") else None
        if variant and variant["tracked"]:
            shop.move_stock(variant, -line["quantity"])


def _fulfil_at_once(shop: Shop, document: dict[str, Any], wish: dict[str, Any]) -> None:
    groups = [
        {"fulfillmentOrderId": gid("FulfillmentOrder", entry["number_id"])} for entry in document["fulfillmentOrders"]
    ]
    tracking = {"company": wish.get("trackingCompany"), "number": wish.get("trackingNumber")}
    if groups:
        fulfil(shop, document, groups, tracking, wish.get("shipmentStatus"))
