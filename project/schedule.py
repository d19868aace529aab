"""What Celery beat asks for, and how often. Every tick is a nudge: the database decides what is due."""

from __future__ import annotations

from typing import Any

SWEEP_SECONDS = 30
HEARTBEAT_SECONDS = 15
UPKEEP_SECONDS = 600


def beat_schedule(fetch_seconds: int, dispatch_seconds: int) -> dict[str, dict[str, Any]]:
    return {
        "fetch": _every(fetch_seconds, "orders.tasks.fetch_all_shops"),
        "dispatch": _every(dispatch_seconds, "orders.tasks.dispatch_due"),
        "deliveries": _every(dispatch_seconds, "orders.tasks.read_deliveries"),
        "inbox": _every(dispatch_seconds, "orders.tasks.read_inbox"),
        "sweep": _every(SWEEP_SECONDS, "orders.tasks.sweep"),
        "upkeep": _every(UPKEEP_SECONDS, "orders.tasks.upkeep"),
        "heartbeat": _every(HEARTBEAT_SECONDS, "orders.tasks.beat_heartbeat"),
    }


def _every(seconds: int, task: str) -> dict[str, Any]:
    # A tick that found no worker in time is dropped: the next one asks the same, and no heap of them builds up.
    return {"task": task, "schedule": float(seconds), "options": {"expires": max(30, 2 * seconds)}}
