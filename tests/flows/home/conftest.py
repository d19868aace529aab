"""A shop that is fetched, and a timer and a worker that live: Home has nothing to say yet."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from orders.models import Heartbeat
from settings_app.models import SyncSettings
from tests.factories import ShopFactory


@pytest.fixture
def shop() -> Any:
    shop = ShopFactory.create(name="Willow Soap", last_polled_at=timezone.now())
    SyncSettings.objects.create(shop=shop)
    for name in ("beat", "worker"):
        Heartbeat.objects.create(name=name, at=timezone.now())
    return shop
