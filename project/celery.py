"""The Celery application: `celery -A project worker`, `celery -A project beat`."""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("orderbridge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def _stop_on_problems(**_: Any) -> None:
    from project.checks import stop_on_problems  # settings may be read only now

    stop_on_problems()


@signals.setup_logging.connect
def _keep_django_logging(**_: Any) -> None:
    """With a receiver here Celery leaves logging alone: django.setup() has configured it, redaction included."""


@signals.before_task_publish.connect(sender="orders.tasks.beat_heartbeat")
def _the_timer_ticks(**_: Any) -> None:
    """Only beat sends this task, so here it leaves its own sign of life; workers leave theirs when they run it.

    Celery logs what goes wrong in here and goes on: a database that is away never stops the clock.
    """
    from django.db import close_old_connections

    from orders import sweeps

    close_old_connections()  # beat knows no requests or tasks that would do it
    sweeps.beat("beat")


@signals.celeryd_init.connect
def _prepare_worker(conf: Any, instance: Any, options: dict[str, Any], **_: Any) -> None:
    pool = options.get("pool_cls") or options.get("pool") or conf.worker_pool
    if "prefork" not in (pool if isinstance(pool, str) else getattr(pool, "__module__", "")):
        # Only prefork can end a call that hangs: threads and solo know no hard time limit.
        sys.exit("Orderbridge runs on Celery's prefork pool only: start the worker without --pool.")
    from project.consumer import outlive_redis  # only workers need Celery's consumer

    outlive_redis()
    # A worker waits for work on its connection; publishers (web, beat) give up sooner, see settings.
    conf.broker_transport_options = {**conf.broker_transport_options, "socket_timeout": 10, "socket_connect_timeout": 2}
