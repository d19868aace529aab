"""No list becomes slow with what is in it: each asks the database as often for many rows as for few."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import BulkSync, DeliveryWork, Order, OrderChange, OrderItem
from orders.states import SyncStatus
from tests.factories import LinkFactory, OrderFactory, SettingsFactory, ShopFactory, attempt_of

pytestmark = pytest.mark.django_db

LISTS = (
    "/admin/",
    "/admin/orders/order/",
    "/admin/orders/order/?tab=attention",
    "/admin/orders/order/?q=SOAP",
    "/admin/orders/order/states/?ids={ids}",
    "/admin/orders/bulksync/",
    "/admin/orders/productlink/",
    "/admin/orders/syncattempt/",
    "/admin/orders/reconciliation/",
    "/admin/settings_app/syncsettings/",
    "/admin/settings_app/tiktokshop/",
    "/admin/settings_app/shopifystore/",
    "/admin/auth/user/",
    "/admin/auth/group/",
)
SYNCED = {"shopify_order_name": "#1", "synced_at": timezone.now()}


def a_day(number: int) -> None:
    """One more shop with an order in every state that a list shows in its own way."""
    shop = ShopFactory.create(last_polled_at=timezone.now())
    SettingsFactory.create(shop=shop, automatic_sync=True)
    user = User.objects.create_user(f"person-{number}", is_staff=True)
    user.groups.set(Group.objects.all()[:2])
    bulk = BulkSync.objects.create(started_by=user, action="Sync selected", asked=1)
    for state, values in (
        (SyncStatus.NOT_SYNCED, {}),
        (SyncStatus.QUEUED, {"bulk_sync": bulk}),
        (SyncStatus.BLOCKED, {"reason": "unlinked_item"}),
        (SyncStatus.SYNCED, {**SYNCED, "shopify_order_id": f"gid://shopify/Order/{number}"}),
    ):
        order = OrderFactory.create(shop=shop, sync_status=state, **values)
        OrderItem.objects.create(order=order, line_id="1", sku_id=f"17{number}", seller_sku=f"SOAP-{number}")
        attempt_of(order)
    LinkFactory.create(shop=shop, sku_id=f"17{number}", kind="none", variant_gid="")
    DeliveryWork.objects.create(order=order, status="standing_still", reason="fulfilment_refused")
    OrderChange.objects.create(order=order, kind="cancelled", sentence="Cancelled.", noticed_at=timezone.now())


def test_every_list_asks_the_database_as_often_for_eighty_rows_as_for_eight() -> None:
    owner = Client()
    owner.force_login(User.objects.create_superuser("owner", password="x"))

    def asked() -> dict[str, int]:
        ids = ",".join(str(pk) for pk in Order.objects.values_list("pk", flat=True))
        counts = {}
        for address in LISTS:
            with CaptureQueriesContext(connection) as queries:
                answer = owner.get(address.format(ids=ids), follow=True)
            assert answer.status_code == 200, address
            counts[address] = len(queries)
        return counts

    for number in range(2):
        a_day(number)
    asked()  # what is kept from the first request on
    few = asked()
    for number in range(2, 20):
        a_day(number)
    assert asked() == few
