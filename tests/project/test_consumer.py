"""A worker whose Redis dies holds messages of a connection that is closed: what it does to them must not end it."""

from __future__ import annotations

from collections.abc import Callable

import kombu
import pytest
from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError  # noqa: A004

from project import processes, redis_server
from project.consumer import outlive_redis


def test_a_message_that_outlived_its_connection_is_a_lost_connection_and_not_the_end_of_the_worker(
    own_redis: redis_server.RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Channel, "_connparams", Channel._connparams)  # type: ignore[attr-defined]  # put back afterwards
    outlive_redis()
    connection = kombu.Connection(own_redis.url)
    channel = connection.channel()
    queue = kombu.Queue("work")
    with kombu.Producer(channel) as producer:
        for number in range(2):
            producer.publish(number, routing_key="work", declare=[queue])
    taken: list[kombu.Message] = []
    kombu.Consumer(channel, [queue], on_message=taken.append).consume()
    while len(taken) < 2:
        connection.drain_events(timeout=5)
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.1)  # waits for more, as a worker does
    processes.kill_group(own_redis.process)
    connection.collect()  # from here on as Celery does when it finds out
    for step in (channel.close, channel.qos.restore_unacked, taken[0].ack, lambda: taken[1].reject(requeue=True)):
        assert_lost(step)


def assert_lost(step: Callable[[], object]) -> None:
    with pytest.raises(ConnectionError, match="was lost"):
        step()
