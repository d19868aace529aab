"""The store itself, its app, its metafield definitions and webhook subscriptions, as GraphQL shows them."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.shopify_shop import Shop, gid

View = dict[str, Any]


def shop_view(shop: Shop) -> View:
    name = shop.domain.removesuffix(".myshopify.com")
    flags = shop.flags
    return {
        "__typename": "Shop",
        "id": gid("Shop", 70000000001),
        "name": name.replace("-", " ").title(),
        "email": f"owner@{shop.domain}",
        "contactEmail": f"owner@{shop.domain}",
        "myshopifyDomain": shop.domain,
        "url": f"https://{shop.domain}",
        "primaryDomain": {"host": shop.domain, "url": f"https://{shop.domain}"},
        "currencyCode": flags.currency,
        "ianaTimezone": "America/Los_Angeles",
        "timezoneOffset": "-0800",
        "timezoneAbbreviation": "PST",
        "taxesIncluded": False,
        "weightUnit": "POUNDS",
        "createdAt": "2026-01-01T00:00:00Z",
        "plan": {
            "displayName": "Development" if flags.dev_store else "Basic",
            "publicDisplayName": "Development" if flags.dev_store else "Basic",
            "partnerDevelopment": bool(flags.dev_store),
            "shopifyPlus": False,
        },
    }


def installation_view(shop: Shop) -> View:
    scopes = [{"handle": scope, "description": scope.replace("_", " ")} for scope in shop.flags.scopes.split(",")]
    app = {"id": gid("App", 1001), "title": "Orderbridge", "handle": "orderbridge"}
    return {"id": gid("AppInstallation", 1001), "accessScopes": scopes, "app": app, "launchUrl": None}


def definition_view(kept: View) -> View:
    on = {"eligible": True, "enabled": kept["unique"]}
    return {
        "__typename": "MetafieldDefinition",
        "id": gid("MetafieldDefinition", kept["number_id"]),
        **{key: kept[key] for key in ("namespace", "key", "name", "description", "ownerType")},
        "type": {"name": kept["type"], "category": "ID" if kept["type"] == "id" else "TEXT"},
        "capabilities": {"uniqueValues": on, "adminFilterable": {"eligible": True, "enabled": False}},
        "validations": [],
        "pinnedPosition": None,
    }


def webhook_view(kept: View) -> View:
    shown = {key: value for key, value in kept.items() if key != "number_id"}
    return {"__typename": "WebhookSubscription", "id": gid("WebhookSubscription", kept["number_id"]), **shown}
