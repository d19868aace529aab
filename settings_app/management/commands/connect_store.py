from __future__ import annotations

import json
import sys
from typing import Any

from connectors.errors import ConnectorError, Unauthorized
from settings_app import signals, store_connection
from settings_app.commands import Spoken
from settings_app.connect import WrongInput, connect
from settings_app.models import ShopifyStore


class Command(Spoken):
    help = "Connect a TikTok shop with a Shopify store: reads ONE JSON object on standard input"

    def handle(self, *args: object, **options: Any) -> None:
        try:
            given = json.loads(sys.stdin.buffer.read())  # UTF-8 in every locale, as JSON is
        except (ValueError, RecursionError) as wrong:
            self.fail(f"Standard input is not one JSON object ({wrong}); see docs/operations.md for its shape.")
        try:
            connected = connect(given)
        except WrongInput as wrong:
            self.fail(str(wrong))
        shop, store = connected.shop, connected.store
        broken, remarks = self._look(store)
        for remark in remarks:
            self.stderr.write(remark)
        self.say(
            options,
            f"{'Connected' if connected.new else 'Updated'} TikTok shop {shop.name} ({shop.shop_id}) → {store.domain}.",
            {"tiktok_shop": shop.pk, "shop_id": shop.shop_id, "shopify_store": store.pk, "domain": store.domain},
        )
        if broken:
            self.fail(broken)

    def _look(self, store: ShopifyStore) -> tuple[str, list[str]]:
        """A sentence when Shopify does not let us in, and remarks.

        What was given is kept even then, so that it can be mended by giving it again; a store that cannot be reached
        now is looked into by its first order.
        """
        try:
            found = store_connection.check(store)
        except Unauthorized as error:
            signals.refused.send(ShopifyStore, side=store, error=error)
            return f"Saved, but the connection to {store.domain} does not work: {error.sentence}", []
        except ConnectorError as error:
            return "", [f"The store could not be looked into now: {error.sentence}"]
        problem = store_connection.problem_of(found)
        return "", [problem, *found.remarks] if problem else list(found.remarks)
