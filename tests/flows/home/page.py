"""Home as a person reads it."""

from __future__ import annotations

from django.test import Client

from tests.flows.reading import plain

HOME = "/admin/"


def text(browser: Client) -> str:
    return plain(browser.get(HOME).content.decode())
