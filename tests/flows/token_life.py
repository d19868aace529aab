"""A TikTok shop whose token ends, and how often it was renewed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from connectors.errors import Throttled
from settings_app import clients
from settings_app.models import TikTokShop
from tests.flows.conftest import Road

REFRESH = "/api/v2/token/refresh"


def ends_soon(shop: TikTokShop, **left: int) -> TikTokShop:
    """The shop's token has only so much life left."""
    ends = timezone.now() + timedelta(**left)
    TikTokShop.objects.filter(authorization_key=shop.authorization_key).update(access_token_expires_at=ends)
    return TikTokShop.objects.select_related("store").get(pk=shop.pk)


def eight_at_once(renew: Callable[[], object]) -> None:
    """Eight workers renew at the same moment; who is told to come again is told right."""
    start = threading.Barrier(8, timeout=20)

    def run() -> None:
        start.wait()
        try:
            renew()
        except Throttled:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def refreshes(road: Road) -> int:
    return int(road.tiktok.state()["calls"].get(f"GET {REFRESH}", 0))


def works(shop: TikTokShop) -> bool:
    shop.refresh_from_db()
    return bool(clients.tiktok(shop).authorized_shops())
