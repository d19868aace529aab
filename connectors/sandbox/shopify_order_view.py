"""An order as GraphQL shows it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.sandbox.shopify_changes import is_past
from connectors.sandbox.shopify_fulfillment_view import fulfillment_orders, fulfillment_view
from connectors.sandbox.shopify_order_parts import (
    address_view,
    all_taxes,
    amount_text,
    bag,
    customer_view,
    line_view,
    metafield_view,
    shipping_view,
    tax_view,
    transaction_view,
)
from connectors.sandbox.shopify_shop import Shop, gid
from connectors.sandbox.shopify_totals import received

Document = dict[str, Any]
View = dict[str, Any]


def order_view(shop: Shop, order: Document | None) -> View | None:
    """None stays None, so that an order that is not there reads as null."""
    if order is None:
        return None
    sums, currency = order["totals"], order["currency"]
    cancelled = order["cancellation"] if order["cancellation"] and is_past(order["cancellation"]["at"]) else None
    total = Decimal(sums["total"])
    paid = received(order) if order["transactions"] else total if order["financialStatus"] == "PAID" else Decimal(0)
    refunded = sum(Decimal(entry["amount"]) for entry in order["transactions"] if entry["kind"] == "REFUND")
    held = order["financialStatus"] == "AUTHORIZED"
    outstanding = Decimal(0) if held or cancelled else max(total - paid, Decimal(0))
    status = order["fulfillmentStatus"] if cancelled or not order["cancellation"] else "UNFULFILLED"

    def money(amount: object) -> View:
        return bag(amount, currency)

    money_fields = {
        "totalPrice": total,
        "currentTotalPrice": total,
        "originalTotalPrice": total,
        "subtotalPrice": sums["subtotal"],
        "currentSubtotalPrice": sums["subtotal"],
        "totalTax": sums["tax"],
        "currentTotalTax": sums["tax"],
        "totalDiscounts": sums["discounts"],
        "currentTotalDiscounts": sums["discounts"],
        "cartDiscountAmount": sums["discounts"],
        "totalShippingPrice": sums["shipping"],
        "currentShippingPrice": sums["shipping"],
        "totalReceived": paid,
        "netPayment": paid - refunded,
        "totalRefunded": refunded,
        "totalRefundedShipping": 0,
        "totalOutstanding": outstanding,
        "totalCapturable": total if held else 0,
        "totalTipReceived": 0,
    }
    quantity = sum(line["quantity"] for line in order["lines"])
    return {
        "__typename": "Order",
        "id": gid("Order", order["number_id"]),
        "legacyResourceId": order["number_id"],
        **{key: order[key] for key in _PLAIN},
        **{f"{name}Set": (lambda amount=amount: money(amount)) for name, amount in money_fields.items()},
        **{name: amount_text(amount) for name, amount in money_fields.items()},
        "closed": bool(order["closedAt"] or cancelled),
        "closedAt": order["closedAt"] or (cancelled and cancelled["at"]),
        "cancelledAt": cancelled and cancelled["at"],
        "cancelReason": cancelled and cancelled["reason"],
        "currencyCode": currency,
        "presentmentCurrencyCode": currency,
        "displayFinancialStatus": order["financialStatus"],
        "displayFulfillmentStatus": status,
        "fullyPaid": paid >= total,
        "unpaid": paid == 0 and total > 0,
        "refundable": paid - refunded > 0,
        "confirmed": True,
        "edited": False,
        "requiresShipping": any(line["requiresShipping"] for line in order["lines"]),
        "fulfillable": status in ("UNFULFILLED", "PARTIALLY_FULFILLED"),
        "returnStatus": "NO_RETURN",
        "statusPageUrl": lambda **_: f"https://{shop.domain}/orders/{order['number_id']}",
        "registeredSourceUrl": order["sourceUrl"],
        "discountCode": next(iter(order["discountCodes"]), None),
        "currentSubtotalLineItemsQuantity": quantity,
        "subtotalLineItemsQuantity": quantity,
        "paymentGatewayNames": sorted({entry["gateway"] for entry in order["transactions"]}),
        "shippingAddress": lambda: address_view(order, "shippingAddress"),
        "billingAddress": lambda: address_view(order, "billingAddress"),
        "displayAddress": lambda: address_view(order, "shippingAddress"),
        "customer": lambda: customer_view(shop, order["customer_id"]),
        "taxLines": lambda: [tax_view(tax, currency) for tax in all_taxes(order)],
        "currentTaxLines": lambda: [tax_view(tax, currency) for tax in all_taxes(order)],
        "lineItems": lambda **_: [line_view(shop, order, line) for line in order["lines"]],
        "shippingLine": lambda: next((shipping_view(line, currency) for line in order["shippingLines"]), None),
        "shippingLines": lambda **_: [shipping_view(line, currency) for line in order["shippingLines"]],
        "transactions": lambda **_: [transaction_view(order, entry) for entry in order["transactions"]],
        "transactionsCount": {"count": len(order["transactions"]), "precision": "EXACT"},
        "refunds": lambda **_: [],
        "fulfillments": lambda **_: [fulfillment_view(shop, order, made, order_view) for made in order["fulfillments"]],
        "fulfillmentsCount": {"count": len(order["fulfillments"]), "precision": "EXACT"},
        "fulfillmentOrders": lambda **_: fulfillment_orders(shop, order, order_view),
        "metafield": lambda key, namespace=None: next(
            (
                metafield_view(entry)
                for entry in order["metafields"]
                if (entry["namespace"], entry["key"]) == (namespace or "app--1001", key)
            ),
            None,
        ),
        "metafields": lambda namespace=None, keys=None, **_: [
            metafield_view(entry)
            for entry in order["metafields"]
            if namespace in (None, entry["namespace"]) and (not keys or f"{entry['namespace']}.{entry['key']}" in keys)
        ],
        "app": {"id": gid("App", 1001), "name": "Orderbridge", "icon": None},
        "attribution": None,
        "channelInformation": None,
        "events": lambda **_: [],
    }


_PLAIN = (
    *("name", "number", "createdAt", "updatedAt", "processedAt", "note", "tags", "poNumber", "email", "phone", "test"),
    *("taxesIncluded", "sourceName", "sourceIdentifier", "customAttributes", "discountCodes"),
)
