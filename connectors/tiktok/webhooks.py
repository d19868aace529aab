"""Who sent a TikTok webhook. Source: Partner Center, webhooks overview.

The signature has no time in it, so it does not protect against replay: callers drop repeated events by their id.
"""

from __future__ import annotations

import hashlib
import hmac


def is_signed(app_key: str, app_secret: str, raw: bytes, header: str) -> bool:
    """Whether the Authorization `header` signs exactly these body bytes; compared in constant time.

    False when no app secret is set: anyone can sign with an empty one.
    """
    if not app_key or not app_secret:
        return False
    expected = hmac.new(app_secret.encode(), app_key.encode() + raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.encode("utf-8", "surrogateescape"))
