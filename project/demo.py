"""What makes a demo: keys and data of its own, two sandbox TikTok shops, and a sandbox Shopify store."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from project import parts
from project.env_file import read_file
from project.environment import VAR, VARIABLES, Environment
from project.first_env import fresh_keys

FOLDER = VAR / "demo"
KEYS = FOLDER / "keys.env"
COMPLETE = FOLDER / "complete"
"""Written when everything of a first start was made; without it the folder is made anew."""

DOMAIN = "orderbridge-demo.myshopify.com"
LOGIN = "demo"
SHOPIFY_SECRET = "demo-client-secret"  # noqa: S105  # of the stand-in; it opens nothing real
WEEK = 7 * 24 * 3600

SHOPS: tuple[dict[str, Any], ...] = (
    {"id": "7495000000000000001", "name": "Sudsy Soap Co", "automatic": True, "waiting": 12, "grow_per_minute": 20},
    {"id": "7495000000000000002", "name": "Candle Corner", "automatic": False, "waiting": 600, "grow_per_minute": 0},
)


def prepare() -> bool:
    """Make the demo's folder and keys. True at a first start, or after one that was never completed."""
    first = not COMPLETE.exists()
    if first:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not KEYS.exists():
        write_private(KEYS, {**fresh_keys(), "DEMO_PASSWORD": f"demo-{secrets.token_hex(4)}"})
    return first


def environment(web: int, redis: int, tiktok: int, shopify: int) -> dict[str, str]:
    """Every variable, so that nothing of the person's own installation reaches the demo or is reached by it."""
    keys = read_file(KEYS)
    return {
        **dict.fromkeys(VARIABLES, ""),
        "SECRET_KEY": keys["SECRET_KEY"],
        "FIELD_ENCRYPTION_KEYS": keys["FIELD_ENCRYPTION_KEYS"],
        "DATABASE_URL": f"sqlite:///{FOLDER / 'orderbridge.sqlite3'}",
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        "PUBLIC_URL": f"http://127.0.0.1:{web}",
        "TIKTOK_SHOP_APP_KEY": "demo-app-key",
        "TIKTOK_SHOP_APP_SECRET": "demo-app-secret",
        "TIKTOK_SHOP_SERVICE_ID": "demo-service",
        "TIKTOK_SHOP_AUTHORIZE_URL": f"http://127.0.0.1:{tiktok}/open/authorize",
        "TIKTOK_SHOP_API_URL": f"http://127.0.0.1:{tiktok}",
        "TIKTOK_SHOP_AUTH_URL": f"http://127.0.0.1:{tiktok}",
        "SHOPIFY_API_URL": f"http://127.0.0.1:{shopify}/{{domain}}",
        "SHOPIFY_CLIENT_ID": "demo-client",
        "SHOPIFY_CLIENT_SECRET": SHOPIFY_SECRET,
        "FETCH_INTERVAL_SECONDS": "5",
        "DISPATCH_INTERVAL_SECONDS": "2",
        "VERIFY_SETTLE_SECONDS": "30",
    }


def login() -> dict[str, str]:
    return {"DEMO_LOGIN": LOGIN, "DEMO_PASSWORD": read_file(KEYS)["DEMO_PASSWORD"]}


def fill_vendors(env: Mapping[str, str]) -> None:
    """Products on the Shopify side, shops and waiting orders on the TikTok side."""
    reading = Environment(env)
    tiktok, shopify = reading.text("TIKTOK_SHOP_API_URL"), reading.text("SHOPIFY_API_URL").partition("/{domain}")[0]
    _post(f"{shopify}/_sandbox/seed", {"domain": DOMAIN})
    for shop in SHOPS:
        _post(
            f"{tiktok}/_sandbox/shops",
            {
                "id": shop["id"],
                "name": shop["name"],
                **_tokens(shop["id"]),
                "grow_per_minute": shop["grow_per_minute"],
                "advance": shop["automatic"],  # orders that wait for a person stay as they are
                "seconds_per_state": 15,
            },
        )
        if shop["waiting"]:
            wish = {"shop_id": shop["id"], "count": shop["waiting"], "seed": 1, "spread_days": 5}
            _post(f"{tiktok}/_sandbox/generate", {**wish, "status": "AWAITING_SHIPMENT"})


def connections() -> list[bytes]:
    """One document for `manage.py connect_store` per shop."""
    now = int(time.time())
    ends = {"access_token_expires_at": now + WEEK, "refresh_token_expires_at": now + 52 * WEEK}
    return [
        json.dumps(
            {
                "tiktok": {
                    "shop_id": shop["id"],
                    "name": shop["name"],
                    "region": "US",
                    **_tokens(shop["id"]),
                    **ends,
                },
                "shopify": {"domain": DOMAIN, "access_token": "demo-shopify-token"},
                "settings": {"automatic_sync": shop["automatic"]},
            }
        ).encode()
        for shop in SHOPS
    ]


def write_private(path: Path, values: Mapping[str, str]) -> None:
    """A file in the form of `.env` that only its owner can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    draft.replace(path)


def _tokens(shop_id: str) -> dict[str, str]:
    return {
        "cipher": f"demo-cipher-{shop_id}",
        "access_token": f"demo-access-{shop_id}",
        "refresh_token": f"demo-refresh-{shop_id}",
    }


def _post(address: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(  # noqa: S310  # a sandbox on this machine
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with parts.WITHOUT_PROXY.open(request, timeout=60) as answer:
        answer.read()
