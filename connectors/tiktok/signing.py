"""The signature every TikTok Shop API call carries in its query. Source: Partner Center, "Sign your API request"."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

_NOT_SIGNED = frozenset({"sign", "access_token"})


def sign(secret: str, path: str, query: Mapping[str, str], body: bytes, content_type: str = "application/json") -> str:
    """64 lower-case hex digits over path, decoded query and the exact body bytes that will be sent.

    `path` has neither host nor query. A multipart body is not signed.
    """
    pairs = "".join(name + value for name, value in sorted(query.items()) if name not in _NOT_SIGNED)
    signed_body = b"" if content_type.lower().startswith("multipart/form-data") else body
    key = secret.encode()
    return hmac.new(key, key + (path + pairs).encode() + signed_body + key, hashlib.sha256).hexdigest()
