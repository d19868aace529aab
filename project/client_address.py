"""Who is asking: the visitor's own address behind as many proxies as TRUSTED_PROXIES says stand in front."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address that the outermost trusted proxy saw.

    Each proxy appends the address it was asked from to X-Forwarded-For; whatever stands further left came from the
    visitor and may be invented. Without trusted proxies, or with a header that they cannot have made, it is the
    address of the connection itself.
    """
    asked_from: str | None = request.META.get("REMOTE_ADDR") or None
    proxies: int = settings.TRUSTED_PROXIES
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if proxies else []
    return (_address(told[-proxies]) if len(told) >= proxies > 0 else None) or asked_from


def _address(text: str) -> str | None:
    """One address in one spelling; some proxies add a port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None  # of one machine's network card, and no database holds it
        address = address.ipv4_mapped or address
    return str(address)
