"""What a person does in the browser to connect, at our pages and at the vendors'."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import requests
from django.test import Client

DOMAIN = "lavender.myshopify.com"
US, OTHER = "7494000000000000001", "7494000000000000002"


def consent_at_tiktok(address: str, *shops: str) -> str:
    """What the seller does there; returns the path and query that TikTok sends the browser back to."""
    page = requests.get(address, timeout=10)
    assert "Authorize" in page.text
    answer = requests.post(address, data={"shop_id": list(shops)}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def start_tiktok(client: Client, **given: object) -> str:
    answer = client.post("/connect/tiktok/", given)
    assert answer.status_code == 302
    return str(answer["Location"])


def start_shopify(client: Client, **further: str) -> Any:
    return client.post("/connect/shopify/", {"domain": DOMAIN, "way": "consent", **further})


def consent_at_shopify(client: Client) -> str:
    address = start_shopify(client)["Location"]
    answer = requests.get(address, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def said(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())
