"""`fetch_orders` at a terminal: it shows that it works, and says what stands in the way and for how long."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders.management.commands import fetch_orders
from orders.models import FetchCursor, Order, Reconciliation
from project.environment import FOLDER
from settings_app.models import TikTokShop
from tests.celery_processes import environment
from tests.factories import raw_order
from tests.flows.conftest import Road
from tests.flows.fetching.selling import sold
from tests.flows.test_webhooks import from_tiktok, tiktok_body, work

pytestmark = pytest.mark.django_db


def since(days: int) -> str:
    return (timezone.now() - timedelta(days=days)).isoformat()


def test_a_fetch_far_back_shows_each_day_to_those_who_wait(road: Road) -> None:
    ids = [sold(road, 1, seconds_ago=86400 * day + 7200, first=day)[0] for day in range(5)]
    out, said = StringIO(), StringIO()
    call_command("fetch_orders", "--since", since(9), stdout=out, stderr=said)
    lines = said.getvalue().splitlines()
    assert len(lines) == 9
    assert lines[0].startswith(f"{road.shop}: fetched until ")
    assert lines[-1].endswith("5 new and 0 changed orders so far")
    assert set(Order.objects.values_list("tiktok_order_id", flat=True)) == set(ids)
    assert out.getvalue() == "Fetched 5 new and 0 changed orders.\n"


def test_a_fetch_since_a_late_day_skips_nothing_that_was_still_to_be_fetched(road: Road) -> None:
    """Neither what lies behind the cursor of a shop that was not reached for days, nor a new shop's first days."""
    [after_outage] = sold(road, 1, seconds_ago=86400 * 3)
    FetchCursor.objects.create(shop=road.shop, watermark=timezone.now() - timedelta(days=5))
    call_command("fetch_orders", "--since", since(1), stdout=StringIO(), stderr=StringIO())
    assert Order.objects.get().tiktok_order_id == after_outage
    Order.objects.all().delete()
    FetchCursor.objects.all().delete()
    call_command("fetch_orders", "--since", since(1), stdout=StringIO(), stderr=StringIO())
    assert Order.objects.get().tiktok_order_id == after_outage


def test_beside_json_and_in_an_ordinary_round_nothing_else_is_said(road: Road) -> None:
    said = StringIO()
    call_command("fetch_orders", "--json", "--since", since(3), stdout=StringIO(), stderr=said)
    call_command("fetch_orders", stdout=StringIO(), stderr=said)
    assert said.getvalue() == ""


def test_a_shop_that_a_worker_fetches_just_now_is_waited_for_and_fetched(road: Road) -> None:
    sold(road, 2)
    until = timezone.now() + timedelta(seconds=1)
    FetchCursor.objects.create(shop=road.shop, claim_token=uuid.uuid4(), claim_until=until)
    out, said = StringIO(), StringIO()
    call_command("fetch_orders", stdout=out, stderr=said)
    assert "is being fetched by somebody else, or a fetch was cut off; it is free in 1 s" in said.getvalue()
    assert said.getvalue().count("Waiting for that.") == 1
    assert out.getvalue() == "Fetched 2 new and 0 changed orders.\n"


def test_a_shop_that_stays_busy_is_told_instead_of_an_endless_wait(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_orders, "PATIENCE_SECONDS", 0)
    until = timezone.now() + timedelta(seconds=31)
    FetchCursor.objects.create(shop=road.shop, claim_token=uuid.uuid4(), claim_until=until)
    with pytest.raises(CommandError, match=r"it is free in 3[01] s at the latest"):
        call_command("fetch_orders", stdout=StringIO())


def test_after_the_seller_took_the_access_back_a_fetch_says_where_to_reconnect(road: Road) -> None:
    road.tiktok.post("/_sandbox/revoke", {"shop_id": road.shop.shop_id})
    from_tiktok(tiktok_body(6, road.shop, {"message": "deauthorized"}))
    work(road.shop)
    with pytest.raises(CommandError) as ended:
        call_command("fetch_orders", stdout=StringIO())
    assert "took back this app's access" in str(ended.value)
    assert f"/admin/settings_app/tiktokshop/{road.shop.pk}/change/" in str(ended.value)
    assert ended.value.returncode == 1


def test_an_access_taken_back_that_no_webhook_told_of_is_said_as_well(road: Road) -> None:
    road.tiktok.post("/_sandbox/revoke", {"shop_id": road.shop.shop_id})
    with pytest.raises(CommandError, match=f"Reconnect it at .*/tiktokshop/{road.shop.pk}/change/"):
        call_command("fetch_orders", stdout=StringIO())


def test_a_paused_shop_is_not_taken_for_one_without_news(road: Road) -> None:
    TikTokShop.objects.update(paused=True)
    with pytest.raises(CommandError, match=r"it is paused. Resume it at"):
        call_command("fetch_orders", stdout=StringIO())


@pytest.mark.parametrize("command", ["fetch_orders", "reconcile"])
@pytest.mark.parametrize("moment", ["0001-01-01", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z", "2023-01-01"])
def test_a_slip_in_the_year_does_not_keep_a_shop_busy_for_centuries(road: Road, command: str, moment: str) -> None:
    with pytest.raises(CommandError) as ended:
        call_command(command, since=moment, stdout=StringIO())
    assert ended.value.returncode == 2
    assert str(ended.value) == f"--since {moment} lies more than two years back; give a later moment."
    assert not Reconciliation.objects.exists()
    assert not FetchCursor.objects.filter(watermark__isnull=False).exists()


def preview(*words: str) -> tuple[int, str]:
    """Exit status and what was said."""
    out = StringIO()
    try:
        call_command("preview_order", *words, "--json", stdout=out)
    except CommandError as failure:
        return failure.returncode, str(failure)
    return 0, out.getvalue()


def test_a_preview_reads_utf_8_with_or_without_its_mark(road: Road, tmp_path: Path) -> None:
    given = tmp_path / "pay load.json"
    for encoding in ("utf-8", "utf-8-sig"):
        given.write_text(json.dumps(raw_order("1", buyer_message="für Zoë"), ensure_ascii=False), encoding)
        _, said = preview("--payload", str(given), "--shop", road.shop.shop_id)
        assert json.loads(said)["variables"]["order"]["note"] == "für Zoë"


def test_a_preview_of_an_order_nested_without_end_is_a_preview(road: Road, tmp_path: Path) -> None:
    given = tmp_path / "order.json"
    whole = json.dumps(raw_order("1", junk="@@"))
    given.write_text(whole.replace('"@@"', '{"a":' * 9000 + "1" + "}" * 9000))
    status, said = preview("--payload", str(given), "--shop", road.shop.shop_id)
    assert status == 0
    assert json.loads(said)["totals"]["tiktok"] is not None
    given.write_text("[" * 9000)
    status, said = preview("--payload", str(given), "--shop", road.shop.shop_id)
    assert (status, "cannot be read as one JSON object" in said) == (1, True)


@pytest.mark.parametrize("half", ["\udcff", "1\x00", "1\n2"])
def test_half_a_character_at_the_terminal_is_refused_in_a_sentence(road: Road, half: str) -> None:
    status, said = preview(half)
    assert status == 2
    assert said.isprintable()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--shop", "404"), 1, "No TikTok shop with the id 404 is connected.\n"),
        (("--since", "soon"), 2, "--since soon is not a time; write it like 2026-11-01T00:00:00Z.\n"),
    ],
)
def test_a_failed_command_says_its_sentence_and_nothing_else(
    db: None, arguments: tuple[str, ...], status: int, said: str
) -> None:
    command = [sys.executable, "manage.py", "fetch_orders", *arguments]
    ended = subprocess.run(command, cwd=FOLDER, env=environment(), capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "", said)
