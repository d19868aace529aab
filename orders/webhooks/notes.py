"""What became of an event, in a word and a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field

from orders.models import WebhookEvent


@dataclass(frozen=True)
class Note:
    status: WebhookEvent.Status
    text: str = ""

    @classmethod
    def done(cls, text: str = "") -> Note:
        return cls(WebhookEvent.Status.DONE, text)

    @classmethod
    def ignored(cls, text: str) -> Note:
        return cls(WebhookEvent.Status.IGNORED, text)

    @classmethod
    def later(cls, text: str) -> Note:
        """It cannot be told yet; the event is worked again in a while."""
        return cls(WebhookEvent.Status.WAITING, text)

    @classmethod
    def for_staff(cls, text: str) -> Note:
        return cls(WebhookEvent.Status.FOR_STAFF, text)


@dataclass(frozen=True)
class Handled:
    """Notes by event; events without one are simply done. `changed`: orders were stored or moved."""

    notes: dict[int, Note] = field(default_factory=dict)
    changed: bool = False
