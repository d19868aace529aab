from __future__ import annotations

import json
import sys
from typing import Any

from settings_app.commands import Spoken
from settings_app.connect import WrongInput, connect


class Command(Spoken):
    help = "Connect a TikTok shop with a Shopify store: reads ONE JSON object on standard input"

    def handle(self, *args: object, **options: Any) -> None:
        try:
            given = json.load(sys.stdin)
        except ValueError as wrong:
            self.fail(f"Standard input is not one JSON object ({wrong}); see docs/operations.md for its shape.")
        try:
            connected = connect(given)
        except WrongInput as wrong:
            self.fail(str(wrong))
        shop, store = connected.shop, connected.store
        self.say(
            options,
            f"{'Connected' if connected.new else 'Updated'} TikTok shop {shop.name} ({shop.shop_id}) → {store.domain}.",
            {"tiktok_shop": shop.pk, "shop_id": shop.shop_id, "shopify_store": store.pk, "domain": store.domain},
        )
