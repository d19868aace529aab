"""Answers in Shopify's shapes, and a client to receive them."""

from __future__ import annotations

import json
from typing import Any

import responses

from connectors.budget import Budget
from connectors.shopify.client import ShopifyClient

DOMAIN = "soap-shop.myshopify.com"
URL = f"https://{DOMAIN}/admin/api/2026-10/graphql.json"
GID = "gid://shopify/Order/1001"
ORDER_ID = "576461413038785752"
OTHER_ID = "576461413038785999"
NO_DEFINITION = "Metafield definition of type 'id' is required when using custom ids."


def client(budget: Budget | None = None) -> ShopifyClient:
    return ShopifyClient("https://{domain}", DOMAIN, "shpat_1", "2026-10", budget or Budget(None))


def cost(requested: float = 20, available: float = 1980, capacity: float = 2000, rate: float = 100) -> dict[str, Any]:
    status = {"maximumAvailable": capacity, "currentlyAvailable": available, "restoreRate": rate}
    return {"requestedQueryCost": requested, "actualQueryCost": requested, "throttleStatus": status}


def body(data: Any = None, errors: list[dict[str, Any]] | None = None, **extensions: Any) -> str:
    """A GraphQL answer; `data` None leaves the key out, as Shopify does when nothing ran."""
    told: dict[str, Any] = {}
    if data is not None:
        told["data"] = data
    if errors:
        told["errors"] = errors
    told["extensions"] = {"cost": cost(), **extensions}
    return json.dumps(told)


def error(message: str, code: str = "", path: list[Any] | None = None, **extensions: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"message": message}
    if path is not None:
        told["path"] = path
    if code or extensions:
        told["extensions"] = {"code": code, **extensions}
    return told


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "USD"}}


def created(**changes: Any) -> dict[str, Any]:
    """The order inside orderCreate's payload."""
    line = {"id": "gid://shopify/LineItem/1", "sku": "SOAP-1", "quantity": 2, "variant": None}
    return {
        "id": GID,
        "name": "#1001",
        "totalPriceSet": money("42.5"),
        "totalTaxSet": money("2.5"),
        "lineItems": {"nodes": [line]},
        **changes,
    }


def found(**changes: Any) -> dict[str, Any]:
    """An order as look-ups read it, without any mark."""
    return {
        "id": GID,
        "name": "#1001",
        "createdAt": "2026-11-22T18:00:00Z",
        "cancelledAt": None,
        "sourceIdentifier": None,
        "tags": [],
        "note": None,
        "customAttributes": [],
        "totalPriceSet": money("42.5"),
        "metafield": None,
        **changes,
    }


def page(*orders: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    return {"nodes": list(orders), "pageInfo": {"hasNextPage": after is not None, "endCursor": after}}


def sent(vendor: responses.RequestsMock, number: int = 0) -> dict[str, Any]:
    """The body of that request, counted from 0."""
    request: dict[str, Any] = json.loads(vendor.calls[number].request.body or b"")
    return request


def user_error(field: list[str] | None, message: str, code: str | None = None) -> dict[str, Any]:
    return {"field": field, "message": message, "code": code}


def dropped(root: str) -> list[dict[str, Any]]:
    """Shopify's remark that it did not understand a term of the search under this root field."""
    warning = {"field": "source_identifier", "message": "Invalid search field for this query.", "code": "invalid_field"}
    return [{"path": [root], "query": "…", "warnings": [warning]}]
