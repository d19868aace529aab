"""A PostgreSQL server that crashes for real while Shopify's answer is on its way to us."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.db import connection

from orders.models import Order, SyncAttempt
from orders.states import AttemptResult, SyncStatus
from tests.crash.conftest import Flow, Start
from tests.postgres_server import PostgresServer
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own_postgres(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    """This test's database on a server of its own; request it before `flow` and the workers."""
    with tempfile.TemporaryDirectory(prefix="orderbridge-crash-") as folder:
        server = PostgresServer(Path(folder), keeps_commits=True)
        server.start()
        usual = dict(connection.settings_dict)
        connection.close()
        monkeypatch.setenv("DATABASE_URL", server.url)
        connection.settings_dict |= {"NAME": "postgres", "USER": "postgres", "HOST": "127.0.0.1", "PORT": server.port}
        try:
            call_command("migrate", verbosity=0)
            yield server
        finally:
            connection.close()
            connection.settings_dict |= usual
            server.crash()


class HeldAnswers:
    """Stands between us and Shopify: what a create did is done, but its answer waits for `let_go`."""

    def __init__(self, shopify: str) -> None:
        self.held = 0
        self.let_go = threading.Event()
        outer = self

        class Relay(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = requests.post(shopify + self.path, body, headers=dict(self.headers), timeout=30)
                if b"OrderCreate" in body:
                    outer.held += 1
                    outer.let_go.wait(30)
                self.send_response(answer.status_code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def answers(flow: Flow, settings: Any) -> Iterator[HeldAnswers]:
    relay = HeldAnswers(flow.road.shopify.url)
    settings.SHOPIFY_API_URL = relay.url + "/{domain}"
    yield relay
    relay.let_go.set()
    relay.server.shutdown()
    relay.server.server_close()


def crashed_before_the_commit(
    postgres: PostgresServer, flow: Flow, answers: HeldAnswers, celery_worker: Start, log_line: str
) -> None:
    """Both creates have had their effect; their answers arrive while there is no database."""
    flow.ask(2)
    worker = celery_worker(concurrency=2)
    flow.go()
    wait_for(lambda: answers.held == 2, 20, "two creates to have their effect")
    postgres.crash()
    answers.let_go.set()
    wait_for(lambda: worker.text().count(log_line) >= 2, 30, "the workers to miss their database")
    postgres.start()
    connection.close()


def test_16_a_database_that_crashes_between_answer_and_commit_gets_the_answer_when_it_is_back(
    own_postgres: PostgresServer, flow: Flow, answers: HeldAnswers, celery_worker: Start
) -> None:
    crashed_before_the_commit(own_postgres, flow, answers, celery_worker, "could not be recorded")
    wait_for(lambda: not flow.moving(), 20, "the answers to be recorded")
    flow.once(2)
    assert list(SyncAttempt.objects.values_list("result", flat=True)) == [AttemptResult.DONE] * 2


@pytest.mark.slow
def test_16_a_database_that_stays_away_too_long_for_that_finds_its_orders_in_shopify(
    own_postgres: PostgresServer, flow: Flow, answers: HeldAnswers, celery_worker: Start
) -> None:
    crashed_before_the_commit(own_postgres, flow, answers, celery_worker, "raised unexpected")
    assert Order.objects.filter(sync_status=SyncStatus.SYNCING).count() == 2
    flow.claims_end()
    assert Order.objects.filter(sync_status=SyncStatus.VERIFYING).count() == 2
    flow.finish(30)
    flow.once(2)
    assert SyncAttempt.objects.count() == 2
