"""What each app must be allowed to do, in words for the person who sets it up."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.shopify.shop import NEEDED_SCOPES, WANTED_SCOPES, missing_scopes

SHOPIFY_REASONS = {
    "read_orders": "to see whether an order is already there",
    "write_orders": "to create orders",
    "read_products": "to link items by SKU",
    "read_locations": "to know where orders are fulfilled",
    "read_merchant_managed_fulfillment_orders": "to see what is left to ship",
    "write_merchant_managed_fulfillment_orders": "to mark orders as shipped",
    "write_fulfillments": "to hand over tracking numbers and delivery states",
    "read_customers": "only for the setting Customer: create",
    "write_customers": "only for the setting Customer: create",
}

TIKTOK_PERMISSIONS = (
    ("Order information (seller.order.info)", "to read orders"),
    ("Product basic (seller.product.basic)", "to link items by SKU"),
    ("Shop authorized information (seller.authorization.info)", "to list the shops you authorise"),
    ("Fulfillment basic", "to read packages and tracking numbers"),
    ("Webhooks", "to hear of changes at once; without it orders come with the next poll"),
)


def shopify_table() -> list[tuple[str, str, bool]]:
    """Scope, what it is for, and whether it is needed."""
    return [(scope, SHOPIFY_REASONS.get(scope, ""), scope in NEEDED_SCOPES) for scope in WANTED_SCOPES]


def missing_sentence(granted: Iterable[str]) -> str:
    """ "" when nothing is missing."""
    missing = missing_scopes(granted)
    if not missing:
        return ""
    named = ", ".join(f"{scope} ({SHOPIFY_REASONS[scope]})" if scope in SHOPIFY_REASONS else scope for scope in missing)
    return (
        f"The app lacks {'these permissions' if len(missing) > 1 else 'this permission'} in the store: {named}. "
        f"Add {'them' if len(missing) > 1 else 'it'} to the app's scopes in Shopify, then connect the store again."
    )
