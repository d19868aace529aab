"""Content-Security-Policy on every page: scripts, styles and pictures come from this installation alone."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"


def policy() -> str:
    """The theme's Alpine evaluates its attributes ('unsafe-eval') and sets colours in a <style>; nothing else is loose.

    Browsers apply form-action to redirects too, so the two vendors' consent pages are named there.
    """
    consent = " ".join(sorted({"https://*.myshopify.com", *_consent_pages()}))
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            f"form-action 'self' {consent}",
            "frame-ancestors 'none'",
        )
    )


def _consent_pages() -> set[str]:
    addresses = (settings.TIKTOK_SHOP_AUTHORIZE_URL, settings.SHOPIFY_API_URL.replace("{domain}", "store.invalid"))
    parts = [urlsplit(address) for address in addresses]
    return {f"{part.scheme}://{part.netloc}" for part in parts if part.netloc and part.hostname != "store.invalid"}


class ContentSecurityPolicy:
    """Middleware; a view that has set the header itself keeps its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.policy)
        return response
