"""Times in the viewer's own zone: a small script leaves the browser's zone in a cookie, this middleware uses it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "orderbridge_timezone"


@lru_cache(maxsize=512)
def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone of that IANA name; None for anything else a cookie may hold."""
    try:
        return zoneinfo.ZoneInfo(name) if name in zoneinfo.available_timezones() else None
    except (ValueError, OSError):
        return None


class ViewerTime:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = zone(request.COOKIES.get(COOKIE, ""))
        with timezone.override(found or timezone.get_default_timezone()):
            return self.get_response(request)
