from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from orders import dispatch
from orders.fetching import intake
from orders.fetching.storing import Stored
from orders.models import FetchCursor
from orders.timing import FETCH_CLAIM
from settings_app.commands import Spoken
from settings_app.models import Connection, TikTokShop

CAUGHT_UP = timedelta(minutes=30)

PATIENCE_SECONDS = FETCH_CLAIM.total_seconds() + 15
"""A worker's regular fetch is over within seconds, and one that was killed lets go when its claim ends."""
LOOK_AGAIN_SECONDS = 0.25


class Command(Spoken):
    help = "One polling round now, in this process: fetch what TikTok changed"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--shop", metavar="SHOP_ID", help="only this TikTok shop")
        parser.add_argument(
            "--since", metavar="ISO8601", help="reach back to this moment, e.g. 2026-11-01T00:00:00Z; at most two years"
        )

    def handle(self, *args: object, **options: Any) -> None:
        shops = TikTokShop.objects.order_by("pk")
        if options["shop"]:
            shops = shops.filter(shop_id=options["shop"])
            if not shops.exists():
                self.fail(f"No TikTok shop with the id {options['shop']} is connected.")
        since = self.since(options["since"]) if options["since"] else None
        totals, errors = Stored(), []
        for shop in shops:
            if not_now := _not_now(shop):
                errors.append(not_now)
                continue
            fetched = self._fetch(options, shop, since)
            totals += fetched.stored
            if fetched.busy:
                errors.append(_busy(shop))
            elif fetched.error:
                shop.refresh_from_db()
                errors.append(_not_now(shop) or f"{shop}: {fetched.error}")
        queued = dispatch.queue_automatic()
        facts = {"new": totals.new, "changed": totals.changed, "unchanged": totals.unchanged, "queued": queued}
        line = f"Fetched {totals.new} new and {totals.changed} changed orders."
        self.say(options, line, {**facts, "errors": errors})
        if errors:
            self.fail(" ".join(errors))

    def _fetch(self, options: dict[str, Any], shop: TikTokShop, since: datetime | None) -> intake.Fetched:
        """Turn after turn until the shop is caught up, after whoever is at it now; a line for each day behind."""
        before = Stored()

        def told(until: datetime, stored: Stored) -> None:
            so_far = before + stored
            if timezone.now() - until > CAUGHT_UP:  # the last window ends in the present: the summary tells it
                counts = f"{so_far.new} new and {so_far.changed} changed orders so far"
                self.progress(options, f"{shop}: fetched until {until:%Y-%m-%d %H:%M} UTC, {counts}")

        patience = time.monotonic() + PATIENCE_SECONDS
        waits = False
        while True:
            fetched = intake.fetch(shop.pk, since=since, by_hand=True, told=told)
            before += fetched.stored
            since = None
            if fetched.busy and time.monotonic() < patience:
                if not waits:
                    self.progress(options, f"{_busy(shop)} Waiting for that.")
                waits = True
                time.sleep(LOOK_AGAIN_SECONDS)
            elif fetched.error or not fetched.more:
                return replace(fetched, stored=before)


def _not_now(shop: TikTokShop) -> str:
    """Why this shop cannot be fetched, and where that is mended; "" when it can."""
    page = f"{settings.PUBLIC_URL}/admin/settings_app/tiktokshop/{shop.pk}/change/"
    if shop.connection == Connection.BROKEN:
        return f"{shop}: nothing was fetched. {shop.connection_error.strip()} Reconnect it at {page}"
    if shop.paused:
        return f"{shop}: nothing was fetched, because it is paused. Resume it at {page}"
    return ""


def _busy(shop: TikTokShop) -> str:
    until = FetchCursor.objects.filter(shop=shop).values_list("claim_until", flat=True).first()
    left = max(1, ceil((until - timezone.now()).total_seconds())) if until else 1
    return f"{shop} is being fetched by somebody else, or a fetch was cut off; it is free in {left} s at the latest."
