"""What probes and monitoring are told."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from orders.models import Heartbeat


@pytest.mark.django_db(transaction=True)
def test_ready_means_database_and_redis_both_answer(client: Client, redis_url: str) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})


@pytest.mark.django_db(transaction=True)
def test_a_silent_redis_makes_a_prompt_no_and_not_a_hang(client: Client, settings: Any) -> None:
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen()
        settings.REDIS_URL = f"redis://127.0.0.1:{hole.getsockname()[1]}/0"
        begins = time.monotonic()
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "no answer" in answer.json()["redis"]
    assert time.monotonic() - begins < 3


@pytest.mark.django_db
def test_monitoring_sees_orders_by_status_and_the_age_of_beat(client: Client) -> None:
    from django.utils import timezone

    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now()})
    text = client.get("/metrics").content.decode()
    assert 'orderbridge_orders{status="needs_review"} 0.0' in text
    assert 'orderbridge_heartbeat_age_seconds{name="beat"}' in text


def test_a_process_is_alive_without_database_or_redis(client: Client) -> None:
    assert client.get("/healthz").status_code == 200


def test_limits_that_would_let_two_workers_hold_one_order_are_refused(settings: Any) -> None:
    from django.core.management.base import SystemCheckError

    settings.CELERY_TASK_TIME_LIMIT = 200
    with pytest.raises(SystemCheckError, match="must be shorter than a claim"):
        call_command("check")
