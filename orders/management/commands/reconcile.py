from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from connectors.errors import ConnectorError
from orders import reconciliation
from orders.models import Order, Reconciliation
from settings_app.commands import Spoken
from settings_app.models import TikTokShop


class Command(Spoken):
    help = "Compare TikTok, this system and Shopify, and name every difference; exit status 1 if there is one"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--since",
            metavar="ISO8601",
            help="from the beginning of that day (UTC); at most two years back; default: three days",
        )

    def handle(self, *args: object, **options: Any) -> None:
        given = options["since"]
        since = self.since(given) if given else reconciliation.nightly_since(timezone.now())
        reports, problems = [], []
        for shop in TikTokShop.objects.select_related("store").order_by("pk"):
            try:
                reports.append(reconciliation.reconcile(shop, since, lambda day: self._tell(options, day)))
            except ConnectorError as error:
                problems.append(f"{shop} could not be compared: {error.sentence}")
        differences = [difference for report in reports for difference in report.differences]
        days = [day for report in reports for day in report.days]
        line = (
            f"TikTok {sum(day.tiktok for day in days)}, here {sum(day.here for day in days)}, "
            f"Shopify {sum(day.in_shopify for day in days)}: {len(differences)} differences."
        )
        for difference in differences:
            about = " ".join(difference[name] for name in ("kind", "tiktok_order_id", "shopify_order"))
            line += f"\n{about}: {difference['sentence']}"
        facts = {
            "since": since,
            "until": timezone.now(),
            "shops": [report.facts() for report in reports],
            "differences": differences,
            "problems": problems,
        }
        self.say(options, line, facts)
        if problems:
            self.fail(" ".join(problems))
        if differences:
            self.fail(_closing(differences))

    def _tell(self, options: dict[str, Any], day: Reconciliation) -> None:
        counts = f"TikTok {day.tiktok}, here {day.here}, Shopify {day.in_shopify}"
        self.progress(options, f"{day.shop} {day.day}: {counts}, {len(day.differences)} differences")


def _closing(differences: list[dict[str, Any]]) -> str:
    """Where each of them can be seen now: a mark may belong to an order that nobody knows."""
    ids = {difference["tiktok_order_id"] for difference in differences}
    known = set(Order.objects.filter(tiktok_order_id__in=ids).values_list("tiktok_order_id", flat=True))
    strays = sum(difference["tiktok_order_id"] not in known for difference in differences)
    said = f"{len(differences)} difference{'' if len(differences) == 1 else 's'} found."
    if strays < len(differences):
        said += " Each that has an order here is in that order's status now."
    if strays:
        said += f" {strays} stand{'s' if strays == 1 else ''} only in Shopify, for a TikTok order that nobody knows:"
        said += " open the Shopify orders named above and cancel what nobody bought."
    return said
