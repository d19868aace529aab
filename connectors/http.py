"""One `send()` for every call to a vendor: total deadline, sorted failures, retries for safe calls only."""

from __future__ import annotations

import http.cookiejar
import logging
import math
import os
import random
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from connectors.errors import NotSent, UnknownOutcome
from connectors.loopback import LOOPBACK

DEADLINE_SECONDS = 40.0
"""Longest a call may take in all, a slow drip of bytes included (must stay under Celery's soft limit)."""

CONNECT_SECONDS = 5.0
IDLE_SECONDS = 5.0
"""A connection idle for longer may be half closed on the far side; it is never used again."""

SAFE_TRIES = 3
LONGEST_WAIT = 2.0
"""Waits beyond this belong in the database as `next_attempt_at`, not in a worker."""

LONGEST_RETRY_AFTER = 3600.0
"""An answer asking for more is taken for this much: a typing error on the far side must not stop a shop for days."""

MAX_ANSWER_BYTES = 50 * 1024 * 1024
RETRY_STATUSES = frozenset({429, 500, 502, 503, 504, 540})

_pause = time.sleep  # named, so that tests can count pauses instead of taking them
_thread = threading.local()

# urllib3 logs whole URLs below this level, and TikTok's token URLs contain the app secret.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Answer:
    """What came back: header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def retry_after(self) -> float | None:
        """Seconds asked for by Retry-After, or None when absent or a date (neither vendor sends dates)."""
        try:
            seconds = float(self.headers.get("retry-after", ""))
        except ValueError:
            return None
        return min(max(0.0, seconds), LONGEST_RETRY_AFTER) if math.isfinite(seconds) else None


class _Exchange:
    """One request on the wire: knows whether bytes left, and cuts the socket when the deadline passes."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.sent = False
        self.timed_out = False
        self._sock: socket.socket | None = None
        self._alarm = threading.Timer(seconds, self._cut)
        self._alarm.daemon = True

    def __enter__(self) -> Self:
        _thread.exchange = self
        self._alarm.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._alarm.cancel()
        _thread.exchange = None

    def about_to_send(self, sock: socket.socket, *, to_proxy: bool = False) -> None:
        """`to_proxy`: what asks a proxy for a way to the vendor is no part of the request yet."""
        self._sock = sock
        if self.timed_out or time.monotonic() >= self.ends:
            self.timed_out = True
            raise TimeoutError("deadline passed before everything was sent")
        self.sent = self.sent or not to_proxy

    def _cut(self) -> None:
        self.timed_out = True
        if self._sock is not None:
            try:
                self._sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the far side closed it first


class _Watched:
    """Mixin for urllib3 connections: tells the current exchange when the first byte is about to leave."""

    sock: Any
    _asks_proxy = False

    def _tunnel(self) -> None:
        self._asks_proxy = True
        try:
            super()._tunnel()  # type: ignore[misc]  # provided by the urllib3 connection
        finally:
            self._asks_proxy = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]  # provided by the urllib3 connection
        exchange: _Exchange | None = getattr(_thread, "exchange", None)
        if exchange is not None:
            exchange.about_to_send(self.sock, to_proxy=self._asks_proxy)
        super().send(data)  # type: ignore[misc]  # provided by the urllib3 connection


class _WatchedHTTP(_Watched, HTTPConnection):
    pass


class _WatchedHTTPS(_Watched, HTTPSConnection):
    pass


class _FreshOnly:
    """Mixin for urllib3 pools: a connection that rested too long is opened anew before it is used."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)  # type: ignore[misc]  # provided by the urllib3 pool
        if time.monotonic() - getattr(connection, "rests_since", math.inf) > IDLE_SECONDS:
            connection.close()
        return connection

    def _put_conn(self, connection: Any) -> None:
        if connection is not None:
            connection.rests_since = time.monotonic()
        super()._put_conn(connection)  # type: ignore[misc]  # provided by the urllib3 pool


class _WatchedPool(_FreshOnly, HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _WatchedSecurePool(_FreshOnly, HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


_POOLS = {"http": _WatchedPool, "https": _WatchedSecurePool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    creates: bool = False,
    deadline: float = DEADLINE_SECONDS,
    label: str = "",
) -> Answer:
    """Send one request and return whatever the vendor answered, any HTTP status included.

    `creates` marks calls with an effect: they go out exactly once. Safe calls are tried up to
    three times on a lost answer, 429 or 5xx, within the same total deadline.
    `label` names the call in errors in place of the URL (TikTok puts the app secret into token URLs).

    Raises NotSent (no byte left this machine) or UnknownOutcome (no complete answer in time).
    """
    ends = time.monotonic() + deadline
    tries = 1 if creates else SAFE_TRIES
    for number in range(1, tries + 1):
        last = number == tries
        pause = min(LONGEST_WAIT, 0.25 * 2**number) * random.uniform(0.5, 1.0)
        try:
            answer = _send_once(method, url, headers or {}, body, ends - time.monotonic(), label or method)
        except (NotSent, UnknownOutcome):
            if last or time.monotonic() + pause >= ends:
                raise
        else:
            asked = answer.retry_after()
            if asked is not None:
                pause = asked
            too_long = pause > LONGEST_WAIT or time.monotonic() + pause >= ends
            if last or too_long or answer.status not in RETRY_STATUSES:
                return answer
        _pause(pause)
    raise AssertionError("unreachable: the last try returns or raises")


def _send_once(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float, label: str
) -> Answer:
    seconds = max(0.001, seconds)
    with _Exchange(seconds) as exchange:
        try:
            response = _session().request(
                method,
                url,
                headers=dict(headers),
                data=body,
                stream=True,
                allow_redirects=False,
                proxies=_proxies(url),
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
            )
            with response:
                received = _read(response, exchange)
        except (requests.RequestException, HTTPError, OSError, UnicodeError) as error:
            _drop_session()
            what = type(error).__name__
            if not exchange.sent:
                raise NotSent(f"{label}: could not connect ({what}); nothing was sent", code=what) from None
            if exchange.timed_out or isinstance(error, requests.Timeout):  # the socket's own clock may ring first
                raise UnknownOutcome(f"{label}: no complete answer within {seconds:.0f} s", code="timeout") from None
            raise UnknownOutcome(f"{label}: the connection broke before the answer ({what})", code=what) from None
        except BaseException:
            _drop_session()  # a soft time limit cut in: this connection still has an answer under way
            raise
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, received)


def _proxies(url: str) -> dict[str, str]:
    """The proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as every program reads them; none to this very machine."""
    try:
        at_home = urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return {}  # no address at all, as the call itself will say
    return {} if at_home else get_environ_proxies(url)


def _read(response: requests.Response, exchange: _Exchange) -> bytes:
    """The whole body; short bodies raise (urllib3 enforces Content-Length), so does one past the size limit."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(65536):
        size += len(part)
        parts.append(part)
        if exchange.timed_out or time.monotonic() > exchange.ends:
            exchange.timed_out = True
            raise requests.ReadTimeout("deadline passed while reading")
        if size > MAX_ANSWER_BYTES:
            raise requests.ConnectionError("answer too large")
    if exchange.timed_out:
        raise requests.ReadTimeout("deadline passed while reading")
    return b"".join(parts)


def _session() -> requests.Session:
    """This thread's session; a forked worker makes its own, so that no two processes write to one socket."""
    session: requests.Session | None = getattr(_thread, "session", None)
    if session is None or _thread.process != os.getpid():
        session = requests.Session()
        session.trust_env = False  # .netrc must never replace our own credentials; see _proxies for the rest
        # Stores share a thread: what one host sets must not travel with the next store's call.
        session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(max_retries=0)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        _thread.session = session
        _thread.process = os.getpid()
    return session


def _drop_session() -> None:
    session: requests.Session | None = getattr(_thread, "session", None)
    if session is not None:
        session.close()
    _thread.session = None
