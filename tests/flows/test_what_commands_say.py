"""What people read of a command in a terminal: one line, one sentence, and never an endless silence."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from orders.fetching import storing
from orders.management.commands import sync_orders
from orders.models import Heartbeat, Order, OrderPayload
from orders.states import SyncStatus
from orders.sweeps import beat
from project.environment import FOLDER
from settings_app.models import TikTokShop
from settings_app.rules import Rules
from tests.celery_processes import environment
from tests.factories import OrderFactory, raw_order
from tests.flows.conftest import Road

NOWHERE = "http://127.0.0.1:1/{domain}"

INTERRUPTED = """
import runpy, signal, sys
class Keyboard:
    @property
    def buffer(self): return self
    def read(self): signal.raise_signal(signal.SIGINT)
sys.stdin = Keyboard()
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background would ignore it
sys.argv = ["manage.py", "connect_store"]
runpy.run_path("manage.py", run_name="__main__")
"""

pytestmark = pytest.mark.django_db


class Patience(StringIO):
    """Standard error of a person who decides against the orders after a few lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.lines = lines

    def write(self, text: str) -> int:
        written = super().write(text)
        if self.getvalue().count("\n") >= self.lines:
            Order.objects.update(sync_status=SyncStatus.IGNORED)
        return written


def test_waiting_for_workers_that_do_not_run_is_said_instead_of_silence(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = OrderFactory.create()
    monkeypatch.setattr(sync_orders, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(sync_orders, "SAY_AGAIN_SECONDS", 0)
    err = Patience(lines=2)
    call_command("sync_orders", order.tiktok_order_id, "--wait", stdout=StringIO(), stderr=err)
    first, again = err.getvalue().splitlines()
    assert first.startswith("1 order waits and no worker has ever answered: start `celery -A project worker`")
    assert again == first


def test_a_worker_that_answers_is_waited_for_without_a_word() -> None:
    assert sync_orders._worker_silence() == "no worker has ever answered"
    beat("worker")
    assert sync_orders._worker_silence() == ""
    row = Heartbeat.objects.get()
    Heartbeat.objects.update(at=row.at - 2 * sync_orders.WORKER_SILENT)
    assert sync_orders._worker_silence() == "no worker has answered for 90 s"


def test_workers_that_do_work_are_not_taken_for_silent_ones(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their first sign of life may come later than their first order."""
    for _ in range(2):
        OrderFactory.create()
    monkeypatch.setattr(sync_orders, "PATIENCE_SECONDS", 0.5)

    def a_worker_does_one(seconds: float) -> None:
        moving = Order.objects.filter(sync_status=SyncStatus.QUEUED).first()
        if moving is not None:
            Order.objects.filter(pk=moving.pk).update(sync_status=SyncStatus.NOT_SYNCED)
            sleep(0.4)

    sleep = time.sleep
    monkeypatch.setattr("time.sleep", a_worker_does_one)
    err = StringIO()
    call_command("sync_orders", "--all-not-synced", "--wait", stdout=StringIO(), stderr=err)
    assert err.getvalue() == ""


def on_the_command_line(*words: str, given: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=FOLDER, env=environment(**env), input=given, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize("words", [["order_status", ""], ["fetch_orders", "--shop", ""], ["sync_orders", "1", ""]])
def test_a_variable_that_a_script_left_empty_is_no_wish_for_everything(words: list[str]) -> None:
    with pytest.raises(CommandError, match="was given, but empty; write it, or leave it out") as ended:
        call_command(*words, stdout=StringIO())
    assert ended.value.returncode == 2


@pytest.mark.django_db(transaction=True)
def test_a_shop_s_name_survives_a_terminal_of_another_alphabet() -> None:
    name = "Café 🧼 → Soap"
    given = {
        "tiktok": {"shop_id": "7", "name": name, "cipher": "c", "region": "US", "access_token": "t"},
        "shopify": {"domain": "zoe.myshopify.com", "access_token": "s"},
    }
    text = json.dumps(given, ensure_ascii=False).encode("utf-8-sig")
    done = on_the_command_line("connect_store", given=text, PYTHONIOENCODING="latin-1", SHOPIFY_API_URL=NOWHERE)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert TikTokShop.objects.get().name == name


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_is_one_sentence_instead_of_a_page_of_code() -> None:
    waiting = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        cwd=FOLDER,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, out) == (1, b"")
    assert err.decode() == (
        "Ended by Ctrl-C; what was done until then stands, and the same command goes on from there.\n"
    )


def previewed(order_id: str, *words: str) -> str:
    out = StringIO()
    call_command("preview_order", order_id, *words, stdout=out)
    return out.getvalue().strip()


def test_a_preview_says_in_words_why_an_order_would_not_be_created(road: Road) -> None:
    storing.store(
        road.shop,
        [raw_order("1", status="AWAITING_DRONE"), raw_order("2", payment=7), raw_order("3", line_items=[])],
        Rules(),
    )
    assert previewed("1") == (
        "It would not be created: TikTok sent this order in a form that cannot be read. TikTok calls its status "
        "“AWAITING_DRONE”, which is not known here. TikTok 26.99, Shopify 26.99 USD."
    )
    assert "None" not in previewed("2")
    assert previewed("2").startswith("It would not be created: TikTok sent this order in a form that cannot be read.")
    assert "TikTok sent this order without any item." in previewed("3")


def test_a_preview_of_an_order_that_is_in_shopify_does_not_promise_a_second_one(road: Road) -> None:
    [order] = road.stored(raw_order())
    assert previewed(order.tiktok_order_id) == "It would be created. TikTok 26.99, Shopify 26.99 USD."
    Order.objects.update(sync_status="synced", shopify_order_id="gid://shopify/Order/1", shopify_order_name="#1001")
    said = previewed(order.tiktok_order_id)
    assert said.startswith("It is in Shopify as #1001; a sync would send nothing.")
    facts = json.loads(previewed(order.tiktok_order_id, "--json"))
    assert (facts["eligible"], facts["in_shopify"], facts["totals"]["shopify"]) == (True, "#1001", "26.99")
    OrderPayload.objects.all().delete()
    with pytest.raises(CommandError, match="was cleared"):
        previewed(order.tiktok_order_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("words", "lines"), [([], 1), (["-v", "2"], 2)])
def test_a_failure_on_the_command_line_is_one_sentence_and_no_line_of_the_log(words: list[str], lines: int) -> None:
    """No broker is there, which is logged as a warning; the order is not known, which is the sentence."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
    done = subprocess.run(
        [sys.executable, "manage.py", "sync_orders", "404", *words],
        cwd=FOLDER,
        env=environment(REDIS_URL=nobody),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == "Queued 0 of 0 orders; now: none.\n"
    assert len(done.stderr.splitlines()) == lines, done.stderr
    assert done.stderr.splitlines()[-1] == "Not fetched yet: 404; run fetch_orders first."
