"""API budget shared by all workers: one token bucket per key in Redis, corrected by what the vendor reports.

The bucket only paces us. The vendor's own throttle stays the authority, so without Redis every call is granted.
"""

from __future__ import annotations

import logging
import time
import weakref
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

REDIS_SECONDS = 0.3
"""For connecting and for each answer; together they keep a silent Redis under a second."""

REST_SECONDS = 5.0
"""After a failure Redis is left alone this long, so that a broken one does not slow every call."""

# KEYS[1] the bucket; ARGV: what to do, amount, capacity, rate per second. Levels may be negative: a debt to wait off.
# Redis' own clock is used, so that workers whose clocks differ share one bucket.
_SCRIPT = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local saved = redis.call('HMGET', KEYS[1], 'level', 'at', 'capacity', 'rate')
local what, amount = ARGV[1], tonumber(ARGV[2])
local capacity, rate = tonumber(ARGV[3]), tonumber(ARGV[4])
if what == 'give_back' then
  if not saved[1] then return '0' end
  capacity, rate = tonumber(saved[3]), tonumber(saved[4])
end
local level = capacity
if saved[1] then
  local passed = math.max(0, now - tonumber(saved[2]))
  level = math.min(capacity, tonumber(saved[1]) + passed * rate)
end
local wait = 0
if what == 'take' then
  local needed = math.min(amount, capacity)
  if level + 0.000001 >= needed then level = level - amount else wait = (needed - level) / rate end
elseif what == 'give_back' then
  level = math.min(capacity, level + amount)
else
  level = math.min(capacity, amount)
end
redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level), 'at', string.format('%.6f', now),
           'capacity', string.format('%.6f', capacity), 'rate', string.format('%.6f', rate))
redis.call('EXPIRE', KEYS[1], math.ceil((capacity - level) / rate) + 60)
return string.format('%.6f', wait)
"""


class Budget:
    """Buckets by key. Never raises for Redis' sake, never hangs longer than a second."""

    def __init__(self, client: redis.Redis | None) -> None:
        self._script = _script_on(client) if client is not None else None
        self._rests_until = 0.0

    def take(self, key: str, cost: float, *, capacity: float, rate: float) -> float:
        """0.0 when `cost` was taken; otherwise the seconds until it may be, and nothing was taken.

        A cost above the capacity is granted by a full bucket and leaves a debt.
        """
        return self._run("take", key, cost, capacity, rate)

    def give_back(self, key: str, amount: float) -> None:
        """Return what was taken and not used (the estimate was too high, or nothing was sent)."""
        self._run("give_back", key, amount, 1.0, 1.0)

    def correct(self, key: str, *, available: float, capacity: float, rate: float) -> None:
        """Set the bucket to what the vendor reports; a negative `available` makes everyone wait."""
        self._run("correct", key, available, capacity, rate)

    def _run(self, what: str, key: str, amount: float, capacity: float, rate: float) -> float:
        if capacity <= 0 or rate <= 0:
            raise ValueError("a budget needs a capacity and a rate above 0")
        if self._script is None or time.monotonic() < self._rests_until:
            return 0.0
        try:
            return float(self._script(keys=[f"budget:{key}"], args=[what, amount, capacity, rate]))
        except (redis.RedisError, OSError) as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            log.warning("API budget not available (%s): calls go out unpaced", type(error).__name__)
            return 0.0


_scripts: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def _script_on(client: redis.Redis) -> Any:
    """The script on connections of our own: the caller's may wait and retry for much longer than a budget is worth."""
    pool = client.connection_pool
    if pool not in _scripts:
        patience = {
            "socket_timeout": REDIS_SECONDS,
            "socket_connect_timeout": REDIS_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            "retry_on_timeout": False,
        }
        quick = redis.ConnectionPool(connection_class=pool.connection_class, **{**pool.connection_kwargs, **patience})
        _scripts[pool] = redis.Redis(connection_pool=quick).register_script(_SCRIPT)
    return _scripts[pool]
