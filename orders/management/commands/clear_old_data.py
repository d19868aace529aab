from __future__ import annotations

from dataclasses import asdict
from typing import Any

from orders import privacy
from settings_app.commands import Spoken


class Command(Spoken):
    help = (
        "Clear buyers' data of orders closed long ago, worked webhooks, old consents, ended sessions (daily by itself)"
    )

    def handle(self, *args: object, **options: Any) -> None:
        cleared = privacy.clear_old()
        self.say(
            options,
            f"Cleared the buyers of {cleared.orders} orders, {cleared.webhooks} webhooks, {cleared.consents} consents "
            f"and {cleared.sessions} sessions.",
            asdict(cleared),
        )
