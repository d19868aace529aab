"""Signed calls to the TikTok sandbox as any app would make them, with the answer's code and data."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

KEY, SECRET = "conformance-key", "conformance-secret"


@dataclass
class Answer:
    status: int
    body: dict[str, Any]

    @property
    def code(self) -> int:
        return int(self.body["code"])

    @property
    def message(self) -> str:
        return str(self.body["message"])

    @property
    def data(self) -> dict[str, Any]:
        assert self.code == 0, self.body
        return dict(self.body["data"])


@dataclass
class App:
    """One app with one shop's token and cipher; `session` keeps its connection alive."""

    url: str
    token: str = "token-1"
    cipher: str = "cipher-1"
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, body: object = None, **query: Any) -> Answer:
        """A query value of None leaves that parameter out; `timestamp`, `app_key` and `sign` may be given."""
        defaults = {"app_key": KEY, "timestamp": str(int(time.time())), "shop_cipher": self.cipher}
        asked = {name: str(value) for name, value in {**defaults, **query}.items() if value is not None}
        raw = b"" if body is None else json.dumps(body).encode()
        if "sign" not in query:
            told = path + "".join(name + asked[name] for name in sorted(asked)) + raw.decode()
            asked["sign"] = hmac.new(SECRET.encode(), f"{SECRET}{told}{SECRET}".encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "x-tts-access-token": self.token}
        answer = self.session.request(
            method, f"{self.url}{path}?{urlencode(asked)}", data=raw, headers=headers, timeout=5
        )
        return Answer(answer.status_code, answer.json())

    def search(self, filters: dict[str, Any] | None = None, **query: Any) -> Answer:
        wanted = {"page_size": 100, "sort_field": "update_time", "sort_order": "ASC", **query}
        return self.call("POST", "/order/202309/orders/search", filters or {}, **wanted)

    def token_call(self, path: str, **query: str) -> Answer:
        asked = {"app_key": KEY, "app_secret": SECRET, **query}
        answer = self.session.get(f"{self.url}{path}", params=asked, timeout=5)
        return Answer(answer.status_code, answer.json())
