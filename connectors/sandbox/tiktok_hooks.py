"""Sends the sandbox's signed webhooks from a thread of its own: one try each, as good as it goes."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import secrets
import threading
import time
import urllib.request
from collections import deque
from typing import Any

ANSWER_SECONDS = 3.0
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Hooks:
    """`send` returns at once; `sent` holds the last deliveries for people to look at."""

    def __init__(self) -> None:
        self.sent: deque[dict[str, Any]] = deque(maxlen=200)
        self._waiting: queue.Queue[tuple[str, bytes, str]] = queue.Queue(maxsize=10_000)
        self._thread: threading.Thread | None = None

    def send(self, address: str, number: int, shop_id: str, data: dict[str, Any], app_key: str, secret: str) -> None:
        """Queue one notification; `number` is TikTok's type. A full queue drops it, like TikTok after its last try."""
        body = json.dumps(
            {
                "type": number,
                "tts_notification_id": f"73{secrets.randbelow(10**17):017d}",
                "shop_id": shop_id,
                "timestamp": int(time.time()),
                "data": data,
            },
            separators=(",", ":"),
        ).encode()
        signed = hmac.new(secret.encode(), app_key.encode() + body, hashlib.sha256).hexdigest()
        if self._thread is None:
            self._thread = threading.Thread(target=self._deliver, name="webhooks", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait((address, body, signed))
        except queue.Full:
            self.sent.append({"address": address, "type": number, "outcome": "dropped: too many are waiting"})

    def _deliver(self) -> None:
        while True:
            address, body, signed = self._waiting.get()
            headers = {"Content-Type": "application/json", "Authorization": signed}
            call = urllib.request.Request(address, data=body, headers=headers, method="POST")
            try:
                with WITHOUT_PROXY.open(call, timeout=ANSWER_SECONDS) as answer:
                    outcome = f"HTTP {answer.status}"
            except (OSError, ValueError) as problem:
                outcome = str(problem)
            self.sent.append({"address": address, "body": json.loads(body), "outcome": outcome})
