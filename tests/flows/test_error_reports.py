"""What leaves for Sentry when something crashes: where it happened, and nothing of a buyer, a token or a password.

The real sentry-sdk reports to a server of this test; the crashes are those of a web request, a task and a vendor call.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import connection

from orders import tasks
from project.environment import FOLDER
from tests import celery_processes
from tests.celery_processes import CeleryProcess
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.waiting import wait_for
from tests.web_process import Web, web_process

pytest.importorskip("sentry_sdk", reason="sentry-sdk is not installed: run `make setup`")

BUYER = ("Jane", "jane", "212-555", "Main St")
SECRETS = (
    "consent-code-hush",
    "state-hush",
    "password-hush",
    "session-hush",
    "TTP_",
    "refresh-hush",
    "app-secret-hush",
)


@dataclass
class Ingest:
    """Sentry's side: every envelope that came in, as text."""

    dsn: str = ""
    envelopes: list[str] = field(default_factory=list)

    def reports(self) -> list[dict[str, Any]]:
        """The events in the envelopes: a line about the envelope, then a line about each item before it."""
        lines = [json.loads(line) for text in self.envelopes for line in text.splitlines() if line]
        return [after for item, after in pairwise(lines) if item.get("type") == "event"]

    def places(self) -> set[str]:
        """Every function on the way to every crash."""
        crashes = [value for report in self.reports() for value in report.get("exception", {}).get("values", [])]
        return {frame["function"] for crash in crashes for frame in crash["stacktrace"]["frames"]}


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    mine = Ingest()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            whole = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            mine.envelopes.append(whole.decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mine.dsn = f"http://public@127.0.0.1:{server.server_port}/7"
    yield mine
    server.shutdown()
    server.server_close()


@contextmanager
def broken_tables() -> Iterator[None]:
    """No order and no sign-in can be written; PostgreSQL then shows the whole row in its error."""
    tables = ("orders_orderpayload", "axes_accessattempt")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT broken CHECK (false) NOT VALID")
    yield
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT broken")


VENDOR_CALL = """
import django
django.setup()
from connectors import http
from connectors.tiktok import auth

def broken(response, exchange):
    buyer = {"name": "Jane Doe", "address": "1 Main St"}
    raise RuntimeError(f"{buyer['name']!r} of {response.url}")

http._read = broken
auth.refresh("%(auth)s", "app-key", "app-secret-hush", "refresh-hush")
"""


@pytest.mark.django_db(transaction=True)
def test_a_crash_is_reported_with_its_place_and_with_nothing_secret_or_personal(
    road: Road,
    ingest: Ingest,
    celery_worker: Callable[..., CeleryProcess],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SENTRY_DSN", ingest.dsn)
    now = int(time.time())
    raw = raw_order(update_time=now, create_time=now)
    road.tiktok.post("/_sandbox/orders", {"shop_id": road.shop.shop_id, "orders": [raw]})
    with broken_tables(), web_process(tmp_path) as web:
        celery_worker(concurrency=1)
        tasks.publish(tasks.fetch_shop, road.shop.pk, True)
        vendor_call_crashes(road.tiktok.url)
        sign_in_crashes(web)
        for place in ("_store_page", "_send_once", "login"):
            wait_for(lambda place=place: place in ingest.places(), 20, f"the report of the crash in {place}")  # type: ignore[misc]

    everything = "\n".join([*ingest.envelopes, *(log.read_text() for log in tmp_path.glob("*.log"))])
    assert [word for word in (*BUYER, *SECRETS, road.shop.access_token) if word in everything] == []


def vendor_call_crashes(tiktok: str) -> None:
    """In a process of its own, for the vendor's client is broken in it."""
    done = subprocess.run(
        [sys.executable, "-c", VENDOR_CALL % {"auth": tiktok}, "erase_buyer", "Jane Doe"],
        cwd=FOLDER,
        env=celery_processes.environment() | {"DJANGO_SETTINGS_MODULE": "project.settings"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert b"RuntimeError" in done.stderr


def sign_in_crashes(web: Web) -> None:
    browser = requests.Session()
    browser.cookies.set("sessionid", "session-hush")
    after = "%2Fconnect%2Ftiktok%2Fcallback%2F%3Fcode%3Dconsent-code-hush%26state%3Dstate-hush"
    address = f"{web.address}/admin/login/?code=consent-code-hush&next={after}"
    token = browser.get(address, timeout=10).cookies["csrftoken"]
    given = {"username": "Jane Doe", "password": "password-hush", "csrfmiddlewaretoken": token}
    assert browser.post(address, given, timeout=10).status_code == 500
