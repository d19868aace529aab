"""What the broker remembers: a Redis that lost its data has lost every message, and says so itself; a worker that lost
its connection says it for the message that was on the way."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

MARK = "orderbridge:remembers"
SECONDS = 1.0


REST_SECONDS = 5.0
_rest = threading.local()


def rests() -> bool:
    """Whether publishing failed here a moment ago, so that a second caller need not wait for the same silence."""
    return time.monotonic() < getattr(_rest, "until", 0.0)


def let_rest() -> None:
    _rest.until = time.monotonic() + REST_SECONDS


@lru_cache(maxsize=1)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), 0)
    )


def remember(name: str, value: str, lasts: timedelta) -> None:
    """Keep a word for a while; best effort."""
    if not rests():
        try:
            _client(settings.REDIS_URL).set(name, value, ex=lasts)
        except (redis.RedisError, OSError):
            let_rest()


def recall(name: str) -> str:
    """What `remember` kept, or ""."""
    if not rests():
        try:
            kept = _client(settings.REDIS_URL).get(name)
            return kept.decode() if isinstance(kept, bytes) else ""
        except (redis.RedisError, OSError):
            let_rest()
    return ""


def forget() -> None:
    """Messages may have been lost without Redis noticing: `has_forgotten` is true once. Raises RedisError, OSError."""
    _client(settings.REDIS_URL).delete(MARK)


def has_forgotten() -> bool:
    """Whether our mark is gone (it is set again by asking): then messages that were sent before may exist no more."""
    try:
        return bool(_client(settings.REDIS_URL).set(MARK, "1", nx=True))
    except (redis.RedisError, OSError) as error:
        log.warning("Redis could not be asked what it remembers (%s)", type(error).__name__)
        return False
