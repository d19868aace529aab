"""Whether everything lives: a standstill is told within minutes, and blamed on what stands."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from celery import signals
from django.test import Client
from django.utils import timezone

from orders import tasks
from orders.models import Heartbeat
from settings_app.models import TikTokShop
from settings_app.templatetags.plain_times import span
from tests.flows.home.page import text

pytestmark = pytest.mark.django_db


def signs(*, ticked: float, answered: float) -> None:
    """When timer and worker gave their last sign of life, in minutes ago."""
    for name, minutes in (("beat", ticked), ("worker", answered)):
        Heartbeat.objects.filter(name=name).update(at=timezone.now() - timedelta(minutes=minutes))


def test_a_stopped_worker_is_told_within_minutes_instead_of_never(manager: Client, shop: Any) -> None:
    signs(ticked=0, answered=10)
    Heartbeat.objects.create(name="retention", at=timezone.now())  # a day's work that was done is no sign of life
    said = text(manager)
    assert "The worker is silent: nothing is fetched or synced" in said
    assert "Worker Silent Last worked 10 min ago" in said
    assert "Timer Works Last ran 0 s ago" in said


def test_a_stopped_timer_is_not_blamed_on_the_worker(manager: Client, shop: Any) -> None:
    signs(ticked=10, answered=10)
    said = text(manager)
    assert "The timer is silent: nothing happens by itself" in said
    assert "The worker is silent" not in said
    assert "Worker Not asked Last worked 10 min ago." in said


def test_a_worker_that_works_is_not_called_silent_for_a_daily_task_of_yesterday(manager: Client, shop: Any) -> None:
    Heartbeat.objects.create(name="retention", at=timezone.now() - timedelta(hours=20))
    said = text(manager)
    assert "Worker Works Last worked 0 s ago" in said
    assert "Silent" not in said


@pytest.mark.django_db(transaction=True)
def test_the_workers_answer_and_the_timers_tick_are_two_signs() -> None:
    tasks.beat_heartbeat()
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["worker"]
    signals.before_task_publish.send(sender="orders.tasks.beat_heartbeat", body=None, exchange="", routing_key="")
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"beat", "worker"}


def test_a_shop_that_is_not_fetched_although_everything_runs_is_urgent(manager: Client, shop: Any) -> None:
    TikTokShop.objects.update(last_polled_at=timezone.now() - timedelta(hours=3))
    assert "Urgent Willow Soap was last fetched 3 h ago" in text(manager)


def test_the_age_of_the_last_poll_is_shown_for_each_shop(manager: Client, shop: Any) -> None:
    shop.last_polled_at = timezone.now() - timedelta(seconds=40)
    shop.save()
    assert re.search(r"TikTok: Willow Soap Works Last fetched 4\d s ago", text(manager))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (91, "2 min"),
        (5399, "90 min"),
        (116 * 60, "2 h"),
        (35 * 3600, "35 h"),
        (36 * 3600, "2 days"),
        (71 * 3600, "3 days"),
    ],
)
def test_ages_are_said_in_their_largest_unit_that_still_tells_something(seconds: float, words: str) -> None:
    assert span(seconds) == words
