from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from orders import dispatch
from orders.fetching import intake
from orders.fetching.storing import Stored
from settings_app.commands import Spoken
from settings_app.models import TikTokShop


class Command(Spoken):
    help = "One polling round now, in this process: fetch what TikTok changed"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--shop", metavar="SHOP_ID", help="only this TikTok shop")
        parser.add_argument("--since", metavar="ISO8601", help="reach back to this moment, e.g. 2026-11-01T00:00:00Z")

    def handle(self, *args: object, **options: Any) -> None:
        shops = TikTokShop.objects.order_by("pk")
        if options["shop"]:
            shops = shops.filter(shop_id=options["shop"])
            if not shops.exists():
                self.fail(f"No TikTok shop with the id {options['shop']} is connected.")
        since = self._since(options["since"])
        totals, errors = Stored(), []
        for shop in shops:
            fetched = intake.fetch(shop.pk, since=since, by_hand=True)
            totals += fetched.stored
            while fetched.more and not fetched.error:
                fetched = intake.fetch(shop.pk, by_hand=True)
                totals += fetched.stored
            if fetched.error:
                errors.append(f"{shop}: {fetched.error}")
            if fetched.busy:
                errors.append(f"{shop} is being fetched right now by a worker; try again in a minute.")
        queued = dispatch.queue_automatic()
        facts = {"new": totals.new, "changed": totals.changed, "unchanged": totals.unchanged, "queued": queued}
        line = f"Fetched {totals.new} new and {totals.changed} changed orders."
        self.say(options, line, {**facts, "errors": errors})
        if errors:
            self.fail(" ".join(errors))

    def _since(self, text: str | None) -> datetime | None:
        if not text:
            return None
        try:
            moment = parse_datetime(text) or parse_datetime(f"{text}T00:00:00")
        except ValueError:
            moment = None
        if moment is None:
            self.fail(f"--since {text} is not a time; write it like 2026-11-01T00:00:00Z.", wrong_arguments=True)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if moment > timezone.now():
            self.fail(f"--since {text} lies in the future; give a moment that has passed.", wrong_arguments=True)
        return moment
