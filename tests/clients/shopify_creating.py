"""One creating call against one answer."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from connectors.budget import Budget
from connectors.errors import ConnectorError
from connectors.shopify import orders
from connectors.shopify.client import ShopifyClient
from tests.clients.shopify_answers import DOMAIN, URL, body, client

VARIABLES: dict[str, Any] = {"order": {"lineItems": [{"title": "Soap", "quantity": 2}]}, "options": {}}


def create(vendor: responses.RequestsMock, text: str | bytes, status: int = 200, **headers: str) -> orders.Created:
    """Create an order against this one answer, and check that it was asked for once only."""
    vendor.post(URL, body=text, status=status, headers=headers)
    try:
        return orders.create(client(), VARIABLES)
    finally:
        assert len(vendor.calls) == 1, "a creating call was repeated"


def refused_by(vendor: responses.RequestsMock, text: str | bytes, status: int = 200, **headers: str) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        create(vendor, text, status, **headers)
    return raised.value


def answer(order: Any, *problems: dict[str, Any], errors: list[dict[str, Any]] | None = None) -> str:
    return body({"orderCreate": {"order": order, "userErrors": list(problems)}}, errors)


def local_client(port: int) -> ShopifyClient:
    return ShopifyClient(f"http://127.0.0.1:{port}/{{domain}}", DOMAIN, "shpat_1", "2026-10", Budget(None))
