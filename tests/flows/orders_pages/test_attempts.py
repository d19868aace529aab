"""The log of attempts: what Shopify's support asks for is there when something has to be asked."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.flows.conftest import Road
from tests.flows.delivery_road import an_order, moved, stored, synced, told

pytestmark = pytest.mark.django_db


def test_every_attempt_keeps_the_request_id_that_shopifys_support_asks_for(road: Road, operator: Client) -> None:
    raw = an_order()
    order = synced(road, raw)
    stored(road, moved(raw, "DELIVERED", ("1152", [1], "DELIVERED")))
    told(order)
    kept = dict(order.attempts.values_list("effect", "request_id"))
    assert {effect.partition(":")[0] for effect in kept} == {"create", "fulfil", "event"}
    assert all(kept.values())
    found = operator.get("/admin/orders/syncattempt/", {"q": kept["create"]})
    assert [attempt.effect for attempt in found.context["cl"].result_list] == ["create"]
    assert kept["create"] in operator.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
