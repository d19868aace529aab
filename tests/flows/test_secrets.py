"""After a run in which nearly everything went wrong, no log and no table tells a secret, and no log tells a buyer."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from orders.models import Order, SyncAttempt, WebhookRefusals
from settings_app.models import ShopifyStore, TikTokShop
from tests.celery_processes import CeleryProcess
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.waiting import wait_for
from tests.web_process import web_process

ORDER = "576461413038785752"
PASSWORD = "a-password-nobody-guesses"
BUYER = ("Zebedee", "Quartermaine", "4155550199", "77 Xylophone Alley", "zq77relay", "leave it with Ottoline")
TYPED = ("shpat_typed_into_the_form", "shpss_typed_into_the_form", "TTP_code_that_is_no_good")


def an_order(number: int) -> dict[str, Any]:
    now = int(timezone.now().timestamp())
    times = dict.fromkeys(("create_time", "paid_time", "update_time"), now)
    raw = raw_order(str(int(ORDER) + number), buyer_email="zq77relay@scs.tiktokw.us", buyer_message=BUYER[-1], **times)
    raw["recipient_address"] |= {
        "name": "Zebedee Quartermaine",
        "first_name": "Zebedee",
        "last_name": "Quartermaine",
        "phone_number": "(+1)4155550199",
        "address_line1": "77 Xylophone Alley",
        "full_address": "77 Xylophone Alley, Los Angeles",
    }
    return raw


def everything_secret() -> dict[str, str]:
    shop, store = TikTokShop.objects.get(), ShopifyStore.objects.get()
    found = {
        "TikTok app secret": django_settings.TIKTOK_SHOP_APP_SECRET,
        "Shopify app secret": django_settings.SHOPIFY_CLIENT_SECRET,
        "SECRET_KEY": django_settings.SECRET_KEY,
        "encryption key": django_settings.FIELD_ENCRYPTION_KEYS[0],
        "access token": shop.access_token,
        "refresh token": shop.refresh_token,
        "cipher": shop.cipher,
        "store token": store.access_token,
        "store secret": store.client_secret,
        "store refresh token": store.refresh_token,
        "password": PASSWORD,
        **{f"typed {number}": value for number, value in enumerate(TYPED)},
    }
    return {name: value for name, value in found.items() if value}


def log_in(address: str) -> requests.Session:
    session = requests.Session()
    session.get(f"{address}/admin/login/", timeout=10)
    form = {"username": "manager", "password": PASSWORD, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    assert session.post(f"{address}/admin/login/", form, timeout=10, allow_redirects=False).status_code == 302
    return session


def connect_badly(session: requests.Session, address: str) -> None:
    """Every way of connecting, with things that do not work."""
    token = {"csrfmiddlewaretoken": session.cookies["csrftoken"]}
    answer = session.post(f"{address}/connect/tiktok/", token, timeout=10, allow_redirects=False)
    state = re.findall(r"state=([\w-]+)", answer.headers["Location"])[0]
    query = {"state": state, "code": TYPED[2]}
    assert session.get(f"{address}/connect/tiktok/callback/", params=query, timeout=30).status_code == 400
    typed = {"domain": "lavender", "way": "credentials", "client_id": "bad", "client_secret": TYPED[1]}
    assert session.post(f"{address}/connect/shopify/", token | typed, timeout=30).ok
    typed = {"domain": "lavender", "way": "token", "token": f"bad{TYPED[0]}", "webhook_secret": TYPED[1]}
    assert session.post(f"{address}/connect/shopify/", token | typed, timeout=30).ok
    requests.post(f"{address}/webhooks/tiktok/", data=TYPED[0], headers={"Authorization": TYPED[2]}, timeout=10)


def tables() -> dict[str, str]:
    """Every table's rows as the database itself holds them."""
    found = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{name}"')
            found[name] = repr(cursor.fetchall())
    return found


@pytest.mark.django_db(transaction=True)
def test_nothing_secret_is_told_by_any_log_or_table(
    road: Road,
    settings: Any,
    tmp_path: Path,
    celery_worker: Callable[..., CeleryProcess],
    celery_beat: Callable[..., CeleryProcess],
) -> None:
    settings.TIKTOK_SHOP_AUTHORIZE_URL = f"{road.tiktok.url}/open/authorize"
    User.objects.create_superuser("manager", password=PASSWORD)
    road.shop.sync_settings.automatic_sync = True
    road.shop.sync_settings.save()
    soon = timezone.now() + timedelta(hours=1)
    before = everything_secret()
    TikTokShop.objects.update(access_token_expires_at=soon)
    ShopifyStore.objects.update(
        access="credentials", client_id="own-app", client_secret="shpss_of_the_store", access_token="expired_shpat_x"
    )
    ShopifyStore.objects.update(access_token_expires_at=timezone.now() + timedelta(hours=20))
    road.link()
    # The buyer stands in every order; each of these breaks some call that carries it or a token.
    road.tiktok.faults(
        {"operation": "/api/v2/token/refresh", "do": "garbage", "times": 1},
        {"operation": "/order/", "do": "truncate", "times": 2},
        {"operation": "/order/", "do": "http", "status": 500, "times": 1},
        {"operation": "/order/", "do": "garbage", "times": 1},
    )
    road.shopify.faults(
        {"operation": "OrderCreate", "do": "cut", "when": "after", "times": 1},
        {"operation": "OrderCreate", "do": "truncate", "when": "after", "times": 1},
        {"operation": "OrderCreate", "do": "http", "status": 500, "times": 1},
        {"operation": "OrderCreate", "do": "garbage", "when": "before", "times": 1},
        {"operation": "/admin/oauth/access_token", "do": "http", "status": 500, "times": 1},
    )
    odd = an_order(5) | {"payment": "no object"}
    worker, beat = celery_worker(concurrency=2), celery_beat()
    road.tiktok.post(
        "/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": [*(an_order(n) for n in range(4)), odd]}
    )
    with web_process(tmp_path) as web:
        session = log_in(web.address)
        connect_badly(session, web.address)
        for path in ("/admin/", "/admin/orders/order/", "/connect/tiktok/", "/connect/shopify/", "/admin/setup/"):
            assert session.get(f"{web.address}{path}", timeout=30).ok, path

    def three_are_synced() -> bool:
        ShopifyStore.objects.update(backoff_until=None)
        TikTokShop.objects.update(backoff_until=None)
        return Order.objects.filter(sync_status="synced").count() >= 3

    wait_for(three_are_synced, 60, "three of the orders in Shopify")
    assert SyncAttempt.objects.exclude(result="done").exists(), "the run had trouble to tell of"
    assert Order.objects.filter(reason="unreadable_order").exists()
    assert WebhookRefusals.objects.exists()

    secrets = {**{f"old {name}": value for name, value in before.items()}, **everything_secret()}
    logs = {"web": web.log.read_text(), "worker": worker.text(), "beat": beat.text()}
    for place, text in logs.items():
        told = [name for name, value in secrets.items() if value in text]
        assert not told, f"the log of {place} tells {told}"
        told = [datum for datum in BUYER if datum in text]
        assert not told, f"the log of {place} tells {told}"
    for name, rows in tables().items():
        told = [secret for secret, value in secrets.items() if value in rows]
        assert not told, f"the table {name} tells {told}"
        if name != "orders_orderpayload":
            told = [datum for datum in BUYER if datum in rows]
            assert not told, f"the table {name} tells {told}"
    for session in Session.objects.all():
        told = [name for name, value in secrets.items() if value in repr(session.get_decoded())]
        assert not told, f"a session tells {told}"
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    for row in json.loads(dump.getvalue()):
        kept = json.dumps(row)
        told = [name for name, value in secrets.items() if value in kept]
        assert not told, f"a dump of {row['model']} tells {told}"
        told = [datum for datum in BUYER if datum in kept and row["model"] != "orders.orderpayload"]
        assert not told, f"a dump of {row['model']} tells {told}"


@pytest.mark.django_db(transaction=True)
def test_a_dump_of_connections_can_be_read_back(road: Road, tmp_path: Path) -> None:
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "settings_app", output=str(dump), verbosity=0)
    token = road.shop.access_token
    assert token not in dump.read_text()
    assert json.loads(dump.read_text())
    TikTokShop.objects.update(access_token="changed")
    call_command("loaddata", str(dump), verbosity=0)
    road.shop.refresh_from_db()
    assert road.shop.access_token == token


@pytest.mark.parametrize("page", ["settings_app_tiktokshop_change", "settings_app_shopifystore_change"])
def test_no_admin_form_shows_a_secret(road: Road, admin_client: Any, page: str) -> None:
    from django.urls import NoReverseMatch, reverse

    row = road.shop if "tiktok" in page else road.shop.store
    ShopifyStore.objects.update(client_secret="shpss_of_the_store")
    try:
        text = admin_client.get(reverse(f"admin:{page}", args=[row.pk])).content.decode()
    except NoReverseMatch:
        pytest.skip("this installation has no such page")
    for secret in (road.shop.access_token, road.shop.refresh_token, road.shop.cipher, "shpat_sandbox", "shpss_of_"):
        assert secret not in text
