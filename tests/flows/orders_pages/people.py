"""What staff press on the pages of orders."""

from __future__ import annotations

import random
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.sandbox import us_orders
from connectors.sandbox.catalogue import catalogue
from orders.models import Order

LIST = "/admin/orders/order/"


def do(order: Order, what: str) -> str:
    return reverse("admin:orders_order_do", args=[order.pk, what])


def act(
    client: Client, action: str, orders: list[Order], *, confirmed: bool = True, across: bool = False, query: str = ""
) -> Any:
    data = {"action": action, "_selected_action": [o.pk for o in orders], "select_across": "1" if across else "0"}
    if confirmed:
        data["confirmed"] = "yes"
    return client.post(LIST + query, data)


def us_order(rng: random.Random) -> dict[str, Any]:
    return us_orders.build(rng, now=timezone.now(), catalogue=catalogue(), kind="plain")
