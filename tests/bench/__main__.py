"""`make bench`: how fast the parts are on this machine; a table for people, var/bench.json for programs."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from connectors.sandbox import us_orders
from connectors.sandbox.catalogue import catalogue
from connectors.tiktok.payloads import read_order
from orders.mapping.links import Link, skus_of
from orders.mapping.order import map_order
from orders.mapping.result import ShopFacts
from settings_app.rules import Rules

ORDERS = 10_000
DISTINCT = 1_000
RESULT = Path("var/bench.json")


def mapping() -> dict[str, object]:
    """Read and map orders of all kinds, as a sync does, on one core."""
    dice, goods, now = random.Random(1), catalogue(), datetime(2026, 11, 20, tzinfo=UTC)
    kinds = us_orders.kinds()
    raws = [
        us_orders.build(dice, now=now, catalogue=goods, kind=kinds[number % len(kinds)]) for number in range(DISTINCT)
    ]
    links = {
        sku.sku_id: Link(sku.sku_id, f"gid://shopify/ProductVariant/{sku.sku_id}", sku.seller_sku)
        for raw in raws
        for sku in skus_of(read_order(raw))
    }
    rules, shop = Rules(), ShopFacts("Soap on TikTok", "1")
    started = time.perf_counter()
    for number in range(ORDERS):
        map_order(read_order(raws[number % DISTINCT]), rules, links, shop)
    seconds = time.perf_counter() - started
    return {"what": "orders read and mapped", "number": ORDERS, "seconds": round(seconds, 3)}


ROWS: tuple[Callable[[], dict[str, object]], ...] = (mapping,)


def main() -> None:
    rows = [row() for row in ROWS]
    for row in rows:
        row["per_second"] = round(int(str(row["number"])) / float(str(row["seconds"])))
        print(f"{row['what']:<32} {row['number']:>8} in {row['seconds']:>8} s  {row['per_second']:>8}/s")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"rows": rows}, indent=2) + "\n")
    print(f"written to {RESULT}")


if __name__ == "__main__":
    main()
