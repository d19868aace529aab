"""Nobody is led astray on the way, and no secret is readable; who may connect at all is in test_denials."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from settings_app import key_rotation, oauth
from settings_app.models import ConsentRequest, SyncSettings
from tests.factories import ShopFactory
from tests.flows.consents import DOMAIN, US, consent_at_tiktok, said, start_tiktok
from tests.flows.people import client_of
from tests.sandboxes import Sandbox


def test_automatic_sync_needs_the_right_to_change_settings(vendors: tuple[Sandbox, Sandbox]) -> None:
    user = User.objects.create_user("connector", password="long enough", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_tiktokshop"))
    shop = ShopFactory.create(in_setup=True, last_polled_at=timezone.now())
    SyncSettings.objects.create(shop=shop)
    assert client_of(user).post("/admin/setup/finish/", {"automatic": "yes"}).status_code == 403
    assert not SyncSettings.objects.get().automatic_sync


def test_no_address_leads_away(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    """The only foreign pages are the two vendors' consent pages, whatever is asked for."""
    for further in ("next=https://evil.example/", "redirect_uri=https://evil.example/", "back=//evil.example"):
        answer = manager.get(f"{consent_at_tiktok(start_tiktok(manager), US)}&{further}")
        assert answer["Location"] == "/admin/setup/"
        answer = manager.post(f"/connect/shopify/?{further}", {"domain": DOMAIN, "way": "consent"})
        assert urlsplit(answer["Location"]).path == f"/{DOMAIN}/admin/oauth/authorize"
        assert "evil" not in answer["Location"]


def test_the_state_is_in_no_table(vendors: tuple[Sandbox, Sandbox], manager: Client) -> None:
    state = parse_qs(urlsplit(start_tiktok(manager)).query)["state"][0]
    row = ConsentRequest.objects.values().get()
    assert state not in str(row)
    assert row["state_digest"] == oauth._digest(state)


def test_keys_are_rotated_without_losing_a_token(db: None, settings: Any) -> None:
    from cryptography.fernet import Fernet
    from django.db import connection

    shop = ShopFactory.create(access_token="TTP_kept")
    new = Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, *settings.FIELD_ENCRYPTION_KEYS]
    assert key_rotation.rotate() >= 2
    settings.FIELD_ENCRYPTION_KEYS = [new]
    shop.refresh_from_db()
    assert shop.access_token == "TTP_kept"
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM settings_app_tiktokshop")
        assert "TTP_kept" not in cursor.fetchone()[0]


def test_ten_wrong_passwords_end_the_guessing(db: None) -> None:
    User.objects.create_superuser("manager", password="long enough")
    client = Client()
    for _ in range(10):
        client.post("/admin/login/", {"username": "manager", "password": "guess"})
    right = client.post("/admin/login/", {"username": "manager", "password": "long enough"})
    assert right.status_code == 429
    assert "Too many wrong passwords" in said(right)
