"""A program that connects shops and links products: what it gives, and what it is told."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.flows.consents import US

NOW = int(time.time())


def document(**changes: Any) -> dict[str, Any]:
    """A connection; `tiktok__region=None` leaves a key out."""
    whole: dict[str, dict[str, Any]] = {
        "tiktok": {
            "shop_id": US,
            "name": "Soap US",
            "cipher": "cipher",
            "region": "US",
            "access_token": "TTP_given",
            "access_token_expires_at": NOW + 604800,
            "refresh_token": "TTR_given",
            "refresh_token_expires_at": NOW + 31536000,
        },
        "shopify": {"domain": "lavender.myshopify.com", "access_token": "shpat_given"},
        "settings": {},
    }
    for name, value in changes.items():
        part, key = name.split("__")
        whole[part].pop(key, None)
        if value is not None:
            whole[part][key] = value
    return whole


class Told:
    """What a program sees of one run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, *words: str, given: object = None) -> None:
        out, err = io.StringIO(), io.StringIO()
        text = given if isinstance(given, str) else json.dumps(given)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        self.status = 0
        self.said = ""
        try:
            call_command(name, *words, "--json", stdout=out, stderr=err)
        except CommandError as error:
            self.status, self.said = error.returncode, str(error)
        self.json = json.loads(out.getvalue()) if out.getvalue() else {}
        self.remarks = err.getvalue()
