"""What a page lets a browser do: no script or picture from elsewhere reads what staff see."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_every_page_forbids_scripts_and_pictures_from_elsewhere(manager: Client) -> None:
    for address in ("/admin/", "/admin/login/", "/healthz"):
        policy = manager.get(address).headers["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-eval';" in policy
        assert "frame-ancestors 'none'" in policy
