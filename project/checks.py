"""Wrong settings are said before anything runs: one sentence each, with the variable and the mend."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

from connectors.http import DEADLINE_SECONDS
from connectors.loopback import LOOPBACK
from orders.timing import CLAIM
from project.error_reports import is_installed


def stop_on_problems(status: int = 1) -> None:
    """End the process with this status and one line per wrong variable on standard error."""
    if settings.ENVIRONMENT_PROBLEMS:
        sys.stderr.write("\n".join(settings.ENVIRONMENT_PROBLEMS) + "\n")
        sys.exit(status)


@register
def environment(app_configs: Any, **_: Any) -> list[CheckMessage]:
    return [Error(sentence, id="orderbridge.E001") for sentence in settings.ENVIRONMENT_PROBLEMS]


@register
def times(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Each limit must end before the next begins to act, or two workers could hold the same order."""
    ladder = {
        "the longest HTTP call (connectors.http.DEADLINE_SECONDS)": DEADLINE_SECONDS,
        "CELERY_TASK_SOFT_TIME_LIMIT": settings.CELERY_TASK_SOFT_TIME_LIMIT,
        "CELERY_TASK_TIME_LIMIT": settings.CELERY_TASK_TIME_LIMIT,
        "a claim (orders.timing.CLAIM)": CLAIM.total_seconds(),
        "the visibility timeout": settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"],
    }
    steps = list(ladder.items())
    found: list[CheckMessage] = [
        Error(
            f"{below} is {low:g} s and must be shorter than {above} ({high:g} s), or an order could be sent twice.",
            id="orderbridge.E002",
        )
        for (below, low), (above, high) in pairwise(steps)
        if low >= high
    ]
    if settings.VERIFY_SETTLE_SECONDS < 300:
        found.append(
            Caution(
                f"VERIFY_SETTLE_SECONDS is {settings.VERIFY_SETTLE_SECONDS}: under 300 a late Shopify answer could "
                "become a second order. Good for tests and demos; leave it at 900 for a real store.",
                id="orderbridge.W001",
            )
        )
    return found


@register
def celery_pool(app_configs: Any, **_: Any) -> list[CheckMessage]:
    if settings.CELERY_WORKER_POOL == "prefork":
        return []
    return [Error("CELERY_WORKER_POOL must be prefork: no other pool ends a call that hangs.", id="orderbridge.E003")]


@register
def public_address(app_configs: Any, **_: Any) -> list[CheckMessage]:
    public = urlsplit(settings.PUBLIC_URL)
    if public.scheme == "https" or public.hostname in LOOPBACK:
        return []
    return [
        Caution(
            f"PUBLIC_URL is {settings.PUBLIC_URL}: passwords and shop tokens would travel unencrypted. "
            "Put a proxy with a certificate in front and write its https:// address.",
            id="orderbridge.W002",
        )
    ]


@register
def error_reporting(app_configs: Any, **_: Any) -> list[CheckMessage]:
    if not settings.SENTRY_DSN or is_installed():
        return []
    return [
        Caution(
            "SENTRY_DSN is set but the package sentry-sdk is not installed, so no error is reported: "
            "install requirements.txt again, or empty SENTRY_DSN.",
            id="orderbridge.W003",
        )
    ]


@register(deploy=True)
def database(app_configs: Any, **_: Any) -> list[CheckMessage]:
    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return []
    return [
        Caution(
            "DATABASE_URL names SQLite: fine for one machine and a first look; "
            "for production write the address of a PostgreSQL database.",
            id="orderbridge.W004",
        )
    ]
