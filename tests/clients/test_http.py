"""Real sockets: whatever the far side does, a creating call leaves once and its outcome is sorted truthfully."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator

import pytest

from connectors import http
from connectors.errors import NotSent, UnknownOutcome
from tests.clients.far_side import OK, Far, FarSide, cuts, drips, says


@pytest.fixture
def far() -> Iterator[FarSide]:
    server = FarSide()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses between tries are written down instead of slept."""
    pauses: list[float] = []
    monkeypatch.setattr(http, "_pause", pauses.append)
    return pauses


def test_an_answer_of_any_status_is_handed_over(far: FarSide) -> None:
    far.script = [says(b"HTTP/1.1 422 No\r\nX-Request-Id: r1\r\nContent-Length: 2\r\n\r\n{}")]
    answer = http.send("POST", far.url, body=b"{}", creates=True)
    assert (answer.status, answer.headers["x-request-id"], answer.body) == (422, "r1", b"{}")


@pytest.mark.parametrize("far_side", [cuts, says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", keep=False)])
def test_a_create_without_a_whole_answer_is_unknown_and_never_repeated(far: FarSide, far_side: Far) -> None:
    far.script = [far_side]
    with pytest.raises(UnknownOutcome):
        http.send("POST", far.url, body=b"{}", creates=True)
    assert len(far.requests) == 1


@pytest.mark.parametrize("status", [b"429 Slow", b"502 Bad", b"503 Away"])
def test_a_create_answered_with_a_failure_goes_out_once(far: FarSide, status: bytes) -> None:
    far.script = [says(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")]
    http.send("POST", far.url, body=b"{}", creates=True)
    assert len(far.requests) == 1


def test_a_chunked_answer_cut_in_the_middle_is_unknown(far: FarSide) -> None:
    far.script = [says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", keep=False)]
    with pytest.raises(UnknownOutcome):
        http.send("POST", far.url, body=b"{}", creates=True)


def test_a_refused_connection_is_certainly_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NotSent):
        http.send("POST", f"http://127.0.0.1:{port}/", body=b"{}", creates=True)


def test_a_server_without_tls_is_certainly_not_sent(far: FarSide) -> None:
    far.script = [cuts]
    with pytest.raises(NotSent):
        http.send("POST", far.url.replace("http://", "https://"), body=b"{}", creates=True, deadline=0.5)


@pytest.mark.parametrize("url", ["nonsense", "http://", "http://[::1/", "http://a b/"])
def test_a_mistyped_address_is_certainly_not_sent(url: str) -> None:
    with pytest.raises(NotSent):
        http.send("POST", url, body=b"{}", creates=True)


def test_a_token_pasted_with_a_stray_sign_is_certainly_not_sent(far: FarSide) -> None:
    far.script = [says(OK)]
    for token in ("abc…", "abc\n"):
        with pytest.raises(NotSent):
            http.send("POST", far.url, headers={"X-Token": token}, body=b"{}", creates=True)
    assert far.requests == []


@pytest.mark.parametrize(
    "far_side",
    [
        drips(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", b"a"),
        drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        drips(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"a"),
        drips(b"", b""),
    ],
    ids=["headers", "body", "chunks", "body without length", "silence"],
)
def test_a_drip_of_bytes_cannot_outlast_the_deadline(far: FarSide, far_side: Far) -> None:
    far.script = [far_side]
    began = time.monotonic()
    with pytest.raises(UnknownOutcome) as caught:
        http.send("POST", far.url, body=b"{}", creates=True, deadline=0.5)
    assert 0.4 < time.monotonic() - began < 1.5
    assert caught.value.code == "timeout"


def test_all_tries_of_a_safe_call_share_one_deadline(far: FarSide) -> None:
    far.script = [drips(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a")]
    began = time.monotonic()
    with pytest.raises(UnknownOutcome):
        http.send("GET", far.url, deadline=0.5)
    assert time.monotonic() - began < 1.5


def test_nothing_leaves_once_the_deadline_has_passed(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    far.script = [says(OK)]
    connect = http._WatchedHTTP.connect

    def slow_connect(self: http._WatchedHTTP) -> None:
        connect(self)
        time.sleep(0.2)

    monkeypatch.setattr(http._WatchedHTTP, "connect", slow_connect)
    with pytest.raises(NotSent):
        http.send("POST", far.url, body=b"{}", creates=True, deadline=0.1)
    assert far.requests == []


def test_a_safe_call_survives_a_lost_answer_and_a_bad_gateway(far: FarSide) -> None:
    far.script = [cuts, says(b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n"), says(OK)]
    assert http.send("POST", far.url, body=b"{query}").body == b"ok"
    assert [request.split(b"\r\n\r\n")[1] for request in far.requests] == [b"{query}"] * 3


def test_a_safe_call_gives_up_after_three_tries(far: FarSide) -> None:
    far.script = [cuts]
    with pytest.raises(UnknownOutcome):
        http.send("GET", far.url)
    assert len(far.requests) == 3


def test_a_short_retry_after_is_waited_for_and_a_long_one_is_left_to_the_caller(
    far: FarSide, no_pauses: list[float]
) -> None:
    far.script = [says(b"HTTP/1.1 429 Slow\r\nRetry-After: 1.5\r\nContent-Length: 0\r\n\r\n"), says(OK)]
    assert http.send("GET", far.url).status == 200
    assert no_pauses == [1.5]
    far.requests.clear()
    far.script = [says(b"HTTP/1.1 429 Slow\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n")]
    answer = http.send("GET", far.url)
    assert (answer.status, answer.retry_after(), len(far.requests)) == (429, 30.0, 1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("2", 2.0), ("-1", 0.0), ("", None), ("soon", None), ("nan", None), ("inf", None), ("9e9", 3600.0)],
)
def test_an_odd_retry_after_never_stops_a_shop(header: str, seconds: float | None) -> None:
    assert http.Answer(429, {"retry-after": header}, b"").retry_after() == seconds


def test_a_lively_connection_is_used_again(far: FarSide) -> None:
    far.script = [says(OK)]
    for _ in range(3):
        http.send("POST", far.url, body=b"{}", creates=True)
    assert far.connections == 1


def test_a_create_never_rides_a_connection_that_was_idle(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    far.script = [says(OK)]
    http.send("POST", far.url, body=b"{}", creates=True)
    monkeypatch.setattr(http, "IDLE_SECONDS", 0.0)
    assert http.send("POST", far.url, body=b"{}", creates=True).status == 200
    assert (far.connections, len(far.requests)) == (2, 2)


def test_traffic_with_another_vendor_does_not_keep_an_idle_connection_alive(
    far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = FarSide()
    far.script = other.script = [says(OK)]
    try:
        monkeypatch.setattr(http, "IDLE_SECONDS", 2.0)
        http.send("GET", far.url)
        until = time.monotonic() + 2.2
        while time.monotonic() < until:
            http.send("GET", other.url)
        assert other.connections == 1
        http.send("POST", far.url, body=b"{}", creates=True)
        assert far.connections == 2
    finally:
        other.close()


def test_a_forked_worker_opens_connections_of_its_own(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    far.script = [says(OK)]
    http.send("GET", far.url)
    mine = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: mine + 1)  # what a fork looks like from inside
    http.send("GET", far.url)
    assert far.connections == 2


def test_one_stores_cookies_never_travel_with_another_stores_call(far: FarSide) -> None:
    far.script = [says(b"HTTP/1.1 200 OK\r\nSet-Cookie: store=a; Path=/\r\nContent-Length: 0\r\n\r\n"), says(OK)]
    http.send("GET", far.url)
    http.send("GET", far.url)
    assert b"cookie" not in far.requests[1].lower()


def test_a_redirect_is_not_followed_with_our_token(far: FarSide) -> None:
    far.script = [says(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")]
    assert http.send("GET", far.url, headers={"X-Token": "t"}).status == 302
    assert len(far.requests) == 1


def test_an_endless_answer_does_not_fill_the_memory(far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER_BYTES", 1000)
    far.script = [says(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"a" * 5000)]
    with pytest.raises(UnknownOutcome):
        http.send("POST", far.url, body=b"{}", creates=True)


def test_neither_errors_nor_debug_logs_show_the_url(far: FarSide, caplog: pytest.LogCaptureFixture) -> None:
    far.script = [says(OK), cuts]
    url = f"{far.url}?app_secret=hush"
    with caplog.at_level(logging.DEBUG):
        http.send("GET", url, creates=True, label="token")
        with pytest.raises(UnknownOutcome) as caught:
            http.send("GET", url, creates=True, label="token")
    assert "hush" not in caplog.text
    assert "hush" not in caught.value.sentence
    assert caught.value.sentence.startswith("token:")
