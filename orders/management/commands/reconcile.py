from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from connectors.errors import ConnectorError
from orders import reconciliation
from settings_app.commands import Spoken
from settings_app.models import TikTokShop


class Command(Spoken):
    help = "Compare TikTok, this system and Shopify, and name every difference; exit status 1 if there is one"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--since", metavar="ISO8601", help="compare what changed since then; default: three days")

    def handle(self, *args: object, **options: Any) -> None:
        since = self._since(options["since"])
        reports, problems = [], []
        for shop in TikTokShop.objects.select_related("store").order_by("pk"):
            try:
                reports.append(reconciliation.reconcile(shop, since))
            except ConnectorError as error:
                problems.append(f"{shop} could not be compared: {error.sentence}")
        differences = [difference for report in reports for difference in report.differences]
        counts = [sum(side.values()) for side in _sides(reports)]
        line = f"TikTok {counts[0]}, here {counts[1]}, Shopify {counts[2]}: {len(differences)} differences."
        for difference in differences:
            line += (
                f"\n{difference.kind} {difference.tiktok_order_id} {difference.shopify_order}: {difference.sentence}"
            )
        facts = {
            "since": since,
            "until": timezone.now(),
            "shops": [report.facts() for report in reports],
            "differences": [entry for report in reports for entry in report.facts()["differences"]],
            "problems": problems,
        }
        self.say(options, line, facts)
        if problems:
            self.fail(" ".join(problems))
        if differences:
            self.fail(f"{len(differences)} differences were found; each of them is in its order's status now.")

    def _since(self, text: str | None) -> datetime:
        if not text:
            return reconciliation.nightly_since(timezone.now())
        try:
            since = parse_datetime(text) or parse_datetime(f"{text}T00:00:00")
        except ValueError:
            since = None
        if since is None:
            self.fail(f"--since must be a time such as 2026-11-20T00:00:00Z, not {text}.", wrong_arguments=True)
        return since if since.tzinfo else since.replace(tzinfo=UTC)


def _sides(reports: list[reconciliation.Report]) -> tuple[Any, Any, Any]:
    from collections import Counter

    tiktok: Counter[Any] = Counter()
    here: Counter[Any] = Counter()
    shopify: Counter[Any] = Counter()
    for report in reports:
        tiktok += report.tiktok
        here += report.here
        shopify += report.in_shopify
    return tiktok, here, shopify
