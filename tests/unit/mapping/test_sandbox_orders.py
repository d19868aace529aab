"""Every kind of order the sandbox can make, under both answers to what nobody knows of real US orders."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from connectors.sandbox import us_orders
from connectors.sandbox.catalogue import catalogue
from connectors.tiktok.payloads import read_order
from tests.unit.mapping.mapped import mapped, order_of, schema_errors

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("mode", ["buyer_paid", "seller_revenue"])
@pytest.mark.parametrize("kind", us_orders.kinds())
def test_every_kind_of_order_comes_out_right_to_the_cent(kind: str, mode: str) -> None:
    rng = Random(f"{kind} {mode}")
    for status in ("AWAITING_SHIPMENT", "IN_TRANSIT", "COMPLETED"):
        for unknown in (True, False):
            for _ in range(3):
                raw = us_orders.build(
                    rng,
                    now=NOW,
                    catalogue=catalogue(),
                    kind=kind,
                    status=status,
                    insurance_in_total=unknown,
                    cancelled_in_total=unknown,
                )
                result = mapped(raw, price_mode=mode)
                order_of(result)
                assert result.totals.adjustment == 0
                assert schema_errors(result.variables) == []
                assert mapped(raw, price_mode=mode).variables == result.variables


def test_every_kind_is_readable_in_every_state() -> None:
    rng = Random(3)
    for kind in us_orders.kinds():
        for status in ("UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "IN_TRANSIT", "DELIVERED", "COMPLETED", "CANCELLED"):
            raw = us_orders.build(rng, now=NOW, catalogue=catalogue(), kind=kind, status=status)
            assert read_order(raw).status_text == status
