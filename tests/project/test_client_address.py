"""Wrong passwords are counted by the visitor's own address: no header of his lets him escape, or lock others out."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from project.client_address import client_address

PROXY = "10.0.0.2"


def seen(forwarded: str | None) -> str | None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=PROXY, headers=headers))


@pytest.mark.parametrize("forged", [None, "", "1.2.3.4", "1.2.3.4, 5.6.7.8", "nonsense"])
def test_without_a_trusted_proxy_nothing_of_the_header_is_believed(settings: Any, forged: str | None) -> None:
    settings.TRUSTED_PROXIES = 0
    assert seen(forged) == PROXY


@pytest.mark.parametrize(
    ("forwarded", "visitor"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),  # the visitor sent the first himself
        ("evil,,, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("[2001:DB8::1]:51234", "2001:db8::1"),
        ("2001:db8:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", PROXY),
        ("203.0.113.9, unknown", PROXY),
        ("203.0.113.9,", PROXY),
        ("' OR 1=1 --", PROXY),
        ("9" * 9000, PROXY),
        (None, PROXY),
    ],
)
def test_behind_one_proxy_only_the_word_of_that_proxy_counts(
    settings: Any, forwarded: str | None, visitor: str
) -> None:
    settings.TRUSTED_PROXIES = 1
    assert seen(forwarded) == visitor


@pytest.mark.parametrize(
    ("forwarded", "visitor"),
    [("6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"), ("203.0.113.9", PROXY)],
)
def test_behind_two_proxies_a_request_that_passed_only_one_is_nobodys(
    settings: Any, forwarded: str, visitor: str
) -> None:
    settings.TRUSTED_PROXIES = 2
    assert seen(forwarded) == visitor


@pytest.mark.django_db
def test_a_guesser_behind_the_proxy_locks_out_himself_and_nobody_else(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    User.objects.create_superuser("owner", password="long enough")

    def log_in(password: str, forwarded: str) -> int:
        given = {"username": "owner", "password": password}
        headers = {"X-Forwarded-For": forwarded}
        return Client().post("/admin/login/", given, REMOTE_ADDR=PROXY, headers=headers).status_code

    for number in range(10):
        log_in("guess", f"198.51.100.{number}, 203.0.113.66")  # another invented address each time
    assert log_in("long enough", "192.0.2.1, 203.0.113.66") == 429, "a new forged address is no way round the lock"
    assert log_in("long enough", "203.0.113.66, 192.0.2.1") == 302, "the owner comes from elsewhere and gets in"
