"""TikTok answers nothing to a wrong signature, and a forged webhook must not reach the inbox."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.tiktok.signing import sign
from connectors.tiktok.webhooks import is_signed

VECTORS = json.loads((Path(__file__).parents[1] / "payloads" / "tiktok_sign_vectors.json").read_text())
HOOK = VECTORS["webhooks"][0]


@pytest.mark.parametrize("vector", VECTORS["calls"], ids=lambda vector: vector["name"])
def test_calls_carry_the_signature_tiktok_expects(vector: dict[str, Any]) -> None:
    signed = sign(vector["secret"], vector["path"], vector["query"], vector["body"].encode(), vector["content_type"])
    assert signed == vector["expected"]


def test_the_signature_covers_neither_itself_nor_the_token() -> None:
    query = {"app_key": "k", "timestamp": "1"}
    signed = sign("s", "/p", query, b"")
    assert sign("s", "/p", {**query, "sign": "old", "access_token": "t"}, b"") == signed
    assert sign("s", "/p", {**query, "version": "1"}, b"") != signed


@pytest.mark.parametrize("vector", VECTORS["webhooks"], ids=lambda vector: vector["name"])
def test_a_true_webhook_is_let_in(vector: dict[str, str]) -> None:
    assert is_signed(vector["app_key"], vector["app_secret"], vector["body"].encode(), vector["header"])


@pytest.mark.parametrize(
    "header", ["", "0" * 64, HOOK["header"].upper(), HOOK["header"][:-1], f"Bearer {HOOK['header']}", "ünï", "\udcff"]
)
def test_a_forged_webhook_stays_out_without_a_crash(header: str) -> None:
    assert not is_signed(HOOK["app_key"], HOOK["app_secret"], HOOK["body"].encode(), header)


def test_a_changed_webhook_body_stays_out() -> None:
    assert not is_signed(HOOK["app_key"], HOOK["app_secret"], HOOK["body"].encode() + b"\n", HOOK["header"])


def test_an_installation_without_an_app_secret_lets_nobody_in() -> None:
    forged = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    assert not is_signed("", "", b"{}", forged)
    assert not is_signed("k", "", b"{}", hmac.new(b"", b"k{}", hashlib.sha256).hexdigest())
