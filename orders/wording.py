"""Sentences for people that several places say, as plain text."""

from __future__ import annotations

from datetime import UTC, datetime

INTERRUPTED = "Orderbridge was interrupted before Shopify answered."
"""Said of a call whose worker ended, or was stopped, between sending it and reading the answer."""


def plain(sentence: str) -> str:
    """A sentence of the reason table, where `*…*` marks the names of buttons and pages."""
    return sentence.replace("*", "")


def our_fault(what: str, now: datetime) -> str:
    """Something of ours broke over an order: no words of the error itself, they may hold what the order says."""
    return (
        f"Orderbridge could not {what}; its log of {now.astimezone(UTC):%-d %B %Y, %H:%M:%S} UTC says why. "
        "Report it with the order id."
    )
