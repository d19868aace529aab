"""Whatever breaks between writing a delivery down and recording it, no parcel and no event is in Shopify twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from connectors.shopify import fulfillments
from orders.delivery import claims as delivery_claims
from orders.delivery import delivering
from orders.delivery import due as delivery_due
from orders.delivery import verification as delivery_verification
from orders.models import DeliveryWork, Fulfilment, Order, SyncAttempt
from project.environment import FOLDER
from settings_app import clients
from tests.celery_processes import environment
from tests.flows.conftest import SETTLE_SECONDS, Road
from tests.flows.delivery_road import (
    ONCE_EACH,
    an_order,
    due_now,
    events,
    moved,
    numbers,
    parcels,
    settled,
    synced,
    told,
)
from tests.waiting import wait_for

LOST = [("cut", 0), ("http", 502), ("truncate", 0), ("garbage", 0)]


def delivered(road: Road) -> Order:
    return synced(road, moved(an_order(), "DELIVERED", ("1152", [1], "DELIVERED")))


def is_right(road: Road) -> bool:
    return numbers(road) == ["94001152"] and events(road) == ONCE_EACH


@pytest.mark.django_db
@pytest.mark.parametrize(("deed", "status"), LOST)
@pytest.mark.parametrize("operation", ["FulfillmentCreate", "FulfillmentEventCreate"])
def test_an_answer_lost_after_the_effect_is_found_and_not_sent_again(
    road: Road,
    operation: str,
    deed: str,
    status: int,
) -> None:
    order = delivered(road)
    road.shopify.faults({"operation": operation, "when": "after", "do": deed, "status": status, "times": 1})
    assert told(order).status == "verifying"
    assert SyncAttempt.objects.exclude(effect="create").get(result="unknown").unknown_since is not None
    assert settled(order).status == "done"
    assert is_right(road)
    assert not SyncAttempt.objects.exclude(result="done").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("operation", ["FulfillmentCreate", "FulfillmentEventCreate"])
def test_a_request_lost_before_the_effect_goes_again_only_after_the_settle_window(
    road: Road,
    operation: str,
) -> None:
    order = delivered(road)
    road.shopify.faults({"operation": operation, "when": "before", "do": "cut", "times": 1})
    assert told(order).status == "verifying"
    assert settled(order).status == "done"
    assert is_right(road)
    lost = SyncAttempt.objects.get(result="absent")
    assert lost.negatives >= 3
    assert lost.finished_at is not None
    assert lost.unknown_since is not None
    assert lost.finished_at - lost.unknown_since >= timedelta(seconds=SETTLE_SECONDS)


@pytest.mark.django_db
def test_a_look_that_fails_is_not_taken_for_absence(road: Road) -> None:
    order = delivered(road)
    road.shopify.faults(
        {"operation": "FulfillmentCreate", "when": "after", "do": "cut", "times": 1},
    )
    told(order)
    road.shopify.faults({"operation": "OrderFulfillmentOrders", "do": "http", "status": 500, "times": None})
    due_now(order)
    delivery_verification.verify(order.pk)
    assert DeliveryWork.objects.get().status == "verifying"
    assert SyncAttempt.objects.exclude(effect="create").get().negatives == 0


@pytest.mark.django_db
def test_an_effect_that_lands_late_is_found_before_it_is_sent_again(road: Road) -> None:
    order = delivered(road)
    road.shopify.faults({"operation": "FulfillmentCreate", "do": "late", "seconds": 1, "times": 1})
    assert told(order).status == "verifying"
    assert settled(order).status == "done"
    assert is_right(road)


@pytest.mark.django_db
def test_an_event_that_lands_after_the_window_is_seen_before_it_is_sent_again(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look that began the new try was too early for it; the one right before the call is not."""
    order = delivered(road)
    road.shopify.faults({"operation": "FulfillmentEventCreate", "when": "before", "do": "cut", "times": 1})
    assert told(order).status == "verifying"

    def absent() -> bool:
        due_now(order)
        delivery_verification.verify(order.pk)
        return SyncAttempt.objects.filter(result="absent").exists()

    wait_for(absent, 15, "the event to be proven absent")
    look = delivering.look

    def landing(*given: Any) -> Any:
        shown = look(*given)
        fulfillments.create_event(clients.shopify(road.shop.store), Fulfilment.objects.get().gid, "IN_TRANSIT")
        return shown

    monkeypatch.setattr(delivering, "look", landing)
    due_now(order)
    assert told(order).status == "done"
    assert is_right(road)


@pytest.mark.django_db
def test_two_workers_at_once_send_it_once(road: Road) -> None:
    order = delivered(road)
    assert delivery_claims.claim(order.pk) is not None
    delivering.deliver(order.pk)
    assert parcels(road) == []


POINTS = [
    "delivery.claimed",
    "delivery.written",
    "delivery.answered",
    "delivery.recorded",
    "event.written",
    "event.answered",
]


def run_until_killed(point: str, once: Path) -> None:
    """A round in a process of its own, which dies by SIGKILL at the named point."""
    env = environment(ORDERBRIDGE_CRASH_AT=point, ORDERBRIDGE_CRASH_ONCE=str(once))
    ended = subprocess.run(
        [sys.executable, "manage.py", "sync_deliveries"], cwd=FOLDER, env=env, capture_output=True, timeout=60
    )
    assert ended.returncode == -9, ended.stderr.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_at_each_point_leaves_work_that_ends_right(
    road: Road,
    redis_url: str,
    tmp_path: Path,
    point: str,
) -> None:
    order = delivered(road)
    run_until_killed(point, tmp_path / "once")
    assert DeliveryWork.objects.get().status == "claimed"
    # as if the claim had run its time
    DeliveryWork.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    assert delivery_due.expired_claims() == 1
    assert settled(order).status == "done"
    assert is_right(road)
    assert Fulfilment.objects.count() == 1


def forget_the_dead() -> None:
    """As if the time of their claims and nudges were over."""
    DeliveryWork.objects.filter(status="claimed").update(claim_until=timezone.now() - timedelta(seconds=1))
    DeliveryWork.objects.update(nudged_until=None)
    delivery_due.expired_claims()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_fleet_under_faults_and_two_kills_ends_with_every_parcel_once(
    road: Road,
    redis_url: str,
    celery_worker: Any,
    celery_beat: Any,
) -> None:
    orders = []
    for number in range(12):
        raw = an_order(f"5764614130387857{number:02d}", skus=("SOAP-LAV", "SOAP-OAT"))
        if number % 2:
            raw = moved(raw, "DELIVERED", ("1", [1], "DELIVERED"), ("2", [2], "DELIVERED"))
        else:
            raw = moved(raw, "DELIVERED", ("3", [1, 2], "DELIVERED"))
        orders.append(synced(road, raw))
    road.shopify.faults(
        {"operation": "FulfillmentCreate", "when": "after", "do": "cut", "times": 3},
        {"operation": "FulfillmentEventCreate", "when": "before", "do": "http", "status": 502, "times": 3},
    )
    celery_beat(DISPATCH_INTERVAL_SECONDS="1")
    for point in ("delivery.answered", "event.written"):
        worker = celery_worker(concurrency=2, ORDERBRIDGE_CRASH_AT=point)
        wait_for(lambda: DeliveryWork.objects.filter(status="claimed").exists(), 30, "a claim")
        worker.kill()
        forget_the_dead()
    celery_worker(concurrency=2)
    wait_for(lambda: DeliveryWork.objects.filter(status="done").count() == len(orders), 80, "every delivery")
    assert Counter(numbers(road)) == Counter({"94001": 6, "94002": 6, "94003": 6})
    assert events(road) == Counter({"IN_TRANSIT": 18, "DELIVERED": 18})
    assert all(len(made["events"]) == 2 for made in parcels(road))
