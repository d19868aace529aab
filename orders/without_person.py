"""TikTok's answer for an order without the person who bought it. Pure."""

from __future__ import annotations

from typing import Any

from connectors.redact import redact

PERSON_IDS = ("user_id", "buyer_user_id", "buyer_uid")
"""TikTok's number for the buyer is no secret, but it tells one buyer's orders from another's."""


def without_person(raw: Any) -> Any:
    """Ids, amounts, statuses and items stay; names, addresses, contacts, messages and the buyer's number go."""
    masked = redact(raw)
    if isinstance(masked, dict):
        masked |= {name: "" for name in PERSON_IDS if masked.get(name)}
    return masked
