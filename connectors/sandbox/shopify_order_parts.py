"""The parts of an order as GraphQL shows them: lines, taxes, shipping, payments, people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.sandbox.shopify_changes import digest
from connectors.sandbox.shopify_product_view import variant_view
from connectors.sandbox.shopify_shop import Shop, gid
from connectors.sandbox.shopify_totals import text

Document = dict[str, Any]
View = dict[str, Any]
COUNTRY_NAMES = {"US": "United States", "CA": "Canada", "GB": "United Kingdom"}


def amount_text(amount: object) -> str:
    return text(Decimal(str(amount)))


def bag(amount: object, currency: str) -> View:
    money = {"amount": amount_text(amount), "currencyCode": currency}
    return {"shopMoney": money, "presentmentMoney": money}


def line_view(shop: Shop, order: Document, line: Document) -> View:
    currency, total = order["currency"], Decimal(line["price"]) * line["quantity"]
    variant = shop.variant(line["variant_id"]) if line["variant_id"] else None
    return {
        "__typename": "LineItem",
        "id": gid("LineItem", line["number_id"]),
        **{key: line[key] for key in ("title", "variantTitle", "sku", "vendor", "quantity", "taxable")},
        "name": f"{line['title']} - {line['variantTitle']}" if line["variantTitle"] else line["title"],
        "requiresShipping": line["requiresShipping"],
        "isGiftCard": line["giftCard"],
        "currentQuantity": line["quantity"],
        "refundableQuantity": line["quantity"],
        "unfulfilledQuantity": max(line["quantity"] - line["fulfilled"], 0) if line["requiresShipping"] else 0,
        "nonFulfillableQuantity": 0,
        "customAttributes": line["properties"],
        "originalUnitPrice": line["price"],
        "originalUnitPriceSet": bag(line["price"], currency),
        "discountedUnitPriceSet": bag(line["price"], currency),
        "originalTotalSet": bag(total, currency),
        "discountedTotalSet": lambda **_: bag(total, currency),
        "taxLines": lambda **_: [tax_view(tax, currency) for tax in line["taxLines"]],
        "variant": lambda: variant_view(shop, variant) if variant else None,
        "product": lambda: variant_view(shop, variant)["product"] if variant else None,
        "discountAllocations": [],
        "duties": [],
    }


def tax_view(tax: Document, currency: str) -> View:
    return {
        "title": tax["title"],
        "rate": tax["rate"],
        "ratePercentage": tax["rate"] * 100,
        "price": tax["amount"],
        "priceSet": bag(tax["amount"], currency),
        "channelLiable": tax["channelLiable"],
        "source": None,
    }


def all_taxes(order: Document) -> list[Document]:
    return [tax for line in [*order["lines"], *order["shippingLines"], order] for tax in line["taxLines"]]


def shipping_view(line: Document, currency: str) -> View:
    price = bag(line["price"], currency)
    return {
        "id": gid("ShippingLine", line["number_id"]),
        **{key: line[key] for key in ("title", "code", "source", "price")},
        "originalPriceSet": price,
        "discountedPriceSet": price,
        "currentDiscountedPriceSet": price,
        "taxLines": [tax_view(tax, currency) for tax in line["taxLines"]],
        "custom": True,
        "isRemoved": False,
        "carrierIdentifier": None,
        "deliveryCategory": None,
        "phone": None,
        "discountAllocations": [],
    }


def transaction_view(order: Document, entry: Document) -> View:
    return {
        "__typename": "OrderTransaction",
        "id": gid("OrderTransaction", entry["number_id"]),
        **{key: entry[key] for key in ("kind", "status", "gateway", "processedAt", "createdAt", "test", "amount")},
        "formattedGateway": entry["gateway"],
        "amountSet": bag(entry["amount"], order["currency"]),
        "parentTransaction": None,
        "errorCode": None,
        "paymentId": f"{order['name']}.{entry['number_id']}",
        "manualPaymentGateway": False,
        "receiptJson": None,
    }


def address_view(order: Document, key: str) -> View | None:
    address = order[key]
    if not address:
        return None
    country = address.get("countryCode")
    names = [address.get("firstName"), address.get("lastName")]
    names_of = ("firstName", "lastName", "company", "address1", "address2", "city", "provinceCode", "zip", "phone")
    return {
        "id": gid("MailingAddress", f"{order['number_id']}?model_name=Address"),
        **{name: address.get(name) for name in names_of},
        "name": " ".join(name for name in names if name) or None,
        "countryCode": country,
        "countryCodeV2": country,
        "country": COUNTRY_NAMES.get(country or "", country),
        "province": address.get("provinceCode"),
        "latitude": None,
        "longitude": None,
        "coordinatesValidated": False,
    }


def customer_view(shop: Shop, number: str | None) -> View | None:
    customer = shop.table("customers").get(str(number)) if number else None
    if customer is None:
        return None
    name = " ".join(part for part in (customer["firstName"], customer["lastName"]) if part)
    return {
        "__typename": "Customer",
        "id": gid("Customer", customer["number_id"]),
        "legacyResourceId": customer["number_id"],
        **{key: customer[key] for key in ("firstName", "lastName", "phone", "tags", "createdAt")},
        "email": customer["email"] or None,
        "displayName": name or customer["email"] or "",
        "numberOfOrders": str(customer["orders"]),
        "verifiedEmail": True,
        "taxExempt": False,
        "note": None,
    }


def metafield_view(entry: Document) -> View:
    return {
        "__typename": "Metafield",
        "id": gid("Metafield", entry["number_id"]),
        "legacyResourceId": entry["number_id"],
        **{key: entry[key] for key in ("namespace", "key", "type", "value", "createdAt", "updatedAt")},
        "jsonValue": entry["value"],
        "compareDigest": digest(entry),
        "ownerType": "ORDER",
    }
