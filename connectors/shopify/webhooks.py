"""Signatures of Shopify's webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence


def is_signed(secrets: Sequence[str], raw: bytes, header: str) -> bool:
    """Whether one of the secrets signed these very bytes: base64(HMAC-SHA256(raw body, secret)).

    `header` is X-Shopify-Hmac-Sha256. Several secrets, because the old one may sign for an hour after a rotation.
    """
    given = header.strip().encode("utf-8", "replace")
    signed = False
    for secret in secrets:
        if secret:
            digest = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
            signed |= hmac.compare_digest(digest, given)
    return signed
