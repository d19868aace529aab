"""How Django is to open its one database, beyond the address: Django's DATABASES entries, completed."""

from __future__ import annotations

from typing import Any


def sqlite(found: dict[str, Any]) -> dict[str, Any]:
    return {
        **found,
        "OPTIONS": {
            # Taking the write lock at BEGIN lets a busy writer wait; a read that turns into a write cannot wait.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: an attempt that was written ahead must still be there after a power cut.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


def postgresql(found: dict[str, Any]) -> dict[str, Any]:
    return {
        **found,
        # For the web server. Celery workers close theirs after every task, whatever is written here.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, **found.get("OPTIONS", {})},
    }
