"""Is it alive, can it work, and how old is what waits: told from the database, never by asking Celery."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

import redis
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from orders.models import Heartbeat, Order, SyncAttempt
from orders.states import OPEN_RESULTS, SyncStatus

LIMIT_SECONDS = 1.0
_probes = ThreadPoolExecutor(max_workers=4, thread_name_prefix="readyz")


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database and Redis both answer within a second, else 503 naming the one that does not."""
    started = {"database": _probes.submit(_ask_database), "redis": _probes.submit(_ask_redis)}
    ends = time.monotonic() + LIMIT_SECONDS
    found = {name: _outcome(probe, ends) for name, probe in started.items()}
    return JsonResponse(found, status=200 if set(found.values()) == {"ok"} else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. The tables are the truth, so nothing is counted in memory."""
    registry = CollectorRegistry()
    orders = Gauge("orderbridge_orders", "Orders by sync status", ["status"], registry=registry)
    counted = dict(Order.objects.order_by().values_list("sync_status").annotate(Count("id")))
    for status in SyncStatus:
        orders.labels(str(status)).set(counted.get(str(status), 0))
    _gauge(registry, "open_attempts", "Calls to Shopify whose outcome is not known yet").set(
        SyncAttempt.objects.filter(result__in=[str(result) for result in OPEN_RESULTS]).count()
    )
    now = timezone.now()
    oldest = Order.objects.filter(sync_status=SyncStatus.QUEUED).aggregate(at=Min("asked_at"))["at"]
    _gauge(registry, "oldest_queued_seconds", "Age of the oldest queued order").set(
        (now - oldest).total_seconds() if oldest else 0
    )
    beats = Gauge("orderbridge_heartbeat_age_seconds", "Since the last sign of life", ["name"], registry=registry)
    for beat in Heartbeat.objects.all():
        beats.labels(beat.name).set((now - beat.at).total_seconds())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _gauge(registry: CollectorRegistry, name: str, meaning: str) -> Gauge:
    return Gauge(f"orderbridge_{name}", meaning, registry=registry)


def _ask_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # this thread's own; a pooled thread would keep it open for ever


def _ask_redis() -> None:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=LIMIT_SECONDS, socket_connect_timeout=LIMIT_SECONDS
    ) as client:
        client.ping()


def _outcome(probe: Future[None], ends: float) -> str:
    try:
        probe.result(timeout=max(0.0, ends - time.monotonic()))
    except TimeoutError:
        probe.cancel()
        return f"no answer within {LIMIT_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001  # whatever a driver raises, the answer is the same: not ready
        return f"not reachable ({type(error).__name__})"
    return "ok"
