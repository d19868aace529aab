"""Every state an order can be in. Moves between them: `claims`. Why one stands still: `reasons`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class SyncStatus(StrEnum):
    NOT_SYNCED = "not_synced"
    QUEUED = "queued"
    SYNCING = "syncing"
    VERIFYING = "verifying"
    SYNCED = "synced"
    FAILED = "failed"
    BLOCKED = "blocked"
    IGNORED = "ignored"
    NEEDS_REVIEW = "needs_review"


LABELS: Mapping[SyncStatus, str] = {
    SyncStatus.NOT_SYNCED: "Not synced",
    SyncStatus.QUEUED: "Queued",
    SyncStatus.SYNCING: "Syncing",
    SyncStatus.VERIFYING: "Verifying",
    SyncStatus.SYNCED: "Synced",
    SyncStatus.FAILED: "Failed",
    SyncStatus.BLOCKED: "Blocked",
    SyncStatus.IGNORED: "Ignored",
    SyncStatus.NEEDS_REVIEW: "Needs review",
}


class DeliveryStatus(StrEnum):
    NONE = "none"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"


DELIVERY_LABELS: Mapping[DeliveryStatus, str] = {
    DeliveryStatus.NONE: "None",
    DeliveryStatus.IN_TRANSIT: "In transit",
    DeliveryStatus.DELIVERED: "Delivered",
}


class AskedBy(StrEnum):
    """Who wants the order synced; `PRIORITY` says who goes first."""

    NOBODY = ""
    MANUAL = "manual"
    BULK = "bulk"
    AUTOMATIC = "automatic"


PRIORITY: Mapping[AskedBy, int] = {AskedBy.MANUAL: 0, AskedBy.BULK: 1, AskedBy.AUTOMATIC: 2, AskedBy.NOBODY: 9}


class AttemptResult(StrEnum):
    """How an attempt ended. STARTED and UNKNOWN are open: nothing else may be tried until evidence closes them."""

    STARTED = "started"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    ABSENT = "absent"


OPEN_RESULTS = (AttemptResult.STARTED, AttemptResult.UNKNOWN)

CAN_BE_ASKED = (SyncStatus.NOT_SYNCED, SyncStatus.FAILED, SyncStatus.BLOCKED)
"""Statuses in which *Sync* (or *Retry*) makes sense."""

MOVING = (SyncStatus.QUEUED, SyncStatus.SYNCING, SyncStatus.VERIFYING)
"""Statuses that the system itself moves on."""
