"""What a worker does when its Redis goes away and comes back: it stays, is there again at once, and asks anew for what
was lost on the way."""

from __future__ import annotations

from functools import partial
from typing import Any

import kombu
from celery.worker import consumer
from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError  # noqa: A004  # the one that kombu knows how to handle

from orders import broker

LONGEST_PAUSE = 3
"""Seconds between two tries to reach Redis; Celery's own pauses grow to 30 s and are no setting."""


class Consumer(consumer.Consumer):
    """Celery's own (`worker_consumer`), sooner back and mindful of what was lost."""

    def ensure_connected(self, conn: kombu.Connection) -> kombu.Connection:
        prompt = partial(conn.ensure_connection, interval_start=1, interval_step=1, interval_max=LONGEST_PAUSE)
        conn.ensure_connection = prompt  # type: ignore[method-assign]
        return super().ensure_connected(conn)

    def on_ready(self) -> None:
        """Runs at the start and after each lost connection. Raises RedisError; Celery then connects again."""
        # A message that Redis handed out as the connection broke is with nobody, and nobody knows which it was: the
        # next tick nudges all that is due, and a nudge too many costs nothing.
        broker.forget()
        super().on_ready()


def outlive_redis() -> None:
    """kombu 5.7: a worker that puts back or acknowledges a message of a connection which has been closed since trips
    over the channel's missing address, and ends. Told as the lost connection that it is, it goes on."""
    address = Channel._connparams  # type: ignore[attr-defined]  # the one place that all of them pass

    def address_or_lost(self: Any, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise ConnectionError("this connection to Redis was lost; its messages come back by themselves")
        return address(self, asynchronous)

    Channel._connparams = address_or_lost  # type: ignore[attr-defined]
