"""The HTTP server under both sandboxes: keep-alive, one thread per connection, wished faults around every call."""

from __future__ import annotations

import json
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.sandbox.faults import Faults, Wish


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it came in: `path` decoded, `query` in the order sent, header names in lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; an empty body is an empty object. Raises ValueError."""
        return json.loads(self.body) if self.body else {}

    def wish(self) -> Any:
        """What a control call wants: programs send JSON, the pages' buttons a form. Raises ValueError."""
        try:
            return self.json()
        except ValueError:
            if "form" not in self.headers.get("content-type", ""):
                raise
            return dict(parse_qsl(self.body.decode(errors="replace")))


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Reply]
Throttle = Callable[[Request, Wish], Reply]


def json_reply(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    text = json.dumps(body, default=str).encode()
    return Reply(status, text, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def html_reply(page: str, status: int = 200) -> Reply:
    return Reply(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


def after_button(reply: Reply, wish: Any, problem: Callable[[str], str]) -> Reply:
    """Whoever pressed a button (its form names the `page` it is on) sees that page again, or the one that the answer
    names, or what is wrong."""
    back = wish.get("page") if isinstance(wish, dict) else None
    if not back:
        return reply
    told = json.loads(reply.body)
    if reply.status == 200:
        return Reply(303, headers={"Location": str(told.get("page") or back)})
    return html_reply(problem(str(told.get("error") or told)), reply.status)


def plain_throttle(request: Request, wish: Wish) -> Reply:
    """The answer to a `throttled` wish where a vendor has no shape of its own: HTTP 429."""
    return json_reply({"errors": "Too Many Requests"}, 429, {"Retry-After": f"{wish.retry_after or 1:g}"})


def serve(
    handler: Handler,
    port: int,
    faults: Faults,
    operation_of: Callable[[Request], str],
    throttled: Throttle = plain_throttle,
) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT, which end the process with status 0 at once.

    `operation_of` names what a request asks for (see `Faults.take`); `/_sandbox/…` calls never meet a fault.
    Port 0 takes a free one; the line printed when ready names it.
    """

    class Connection(_Connection):
        pass

    Connection.answer = staticmethod(_around(handler, faults, operation_of, throttled))
    server = _Server(("127.0.0.1", port), Connection)
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _leave)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever(poll_interval=0.2)


class _Cut(Exception):
    """The connection is closed without another byte."""


class _Drip(Exception):
    """The reply leaves one byte a second."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply


def _around(handler: Handler, faults: Faults, operation_of: Callable[[Request], str], throttled: Throttle) -> Handler:
    def answer(request: Request) -> Reply:
        if request.path == "/_sandbox/faults":
            return _faults_call(request, faults)
        control = request.path.startswith("/_sandbox/")
        wish = None if control else faults.take(operation_of(request), request.body)
        if wish is None:
            return handler(request)
        if wish.do == "late":
            threading.Thread(target=_land_late, args=(handler, request, wish.seconds), daemon=True).start()
            raise _Cut
        reply = handler(request) if wish.when == "after" else json_reply({"errors": "Internal Server Error"}, 500)
        return _spoil(wish, request, reply, throttled)

    return answer


def _spoil(wish: Wish, request: Request, reply: Reply, throttled: Throttle) -> Reply:
    """What the caller sees of `reply`."""
    match wish.do:
        case "hang":
            time.sleep(wish.seconds)
            raise _Cut
        case "drip":
            raise _Drip(reply)
        case "truncate":
            # The length matches what is sent: the HTTP answer is whole, its JSON is not.
            return Reply(200, reply.body[: max(1, len(reply.body) // 2)], reply.headers)
        case "garbage":
            return html_reply("<html><body>upstream says hello\x00</body></html>")
        case "throttled":
            return throttled(request, wish)
        case "http":
            return _status_reply(wish)
    raise _Cut


def _status_reply(wish: Wish) -> Reply:
    """Gateways answer a 5xx in HTML; the vendor itself answers a 4xx in JSON."""
    known = {status.value: status.phrase for status in HTTPStatus}
    phrase = known.get(wish.status, "Unavailable")
    waiting = {} if wish.retry_after is None else {"Retry-After": f"{wish.retry_after:g}"}
    if wish.status >= 500:
        page = f"<html><head><title>{wish.status} {phrase}</title></head><body><h1>{phrase}</h1></body></html>"
        return Reply(wish.status, page.encode(), {"Content-Type": "text/html", **waiting})
    return json_reply({"errors": phrase}, wish.status, waiting)


def _land_late(handler: Handler, request: Request, seconds: float) -> None:
    time.sleep(seconds)
    handler(request)


def _faults_call(request: Request, faults: Faults) -> Reply:
    if request.method == "GET":
        return json_reply(faults.report())
    try:
        wishes = request.json()
        faults.replace(wishes if isinstance(wishes, list) else [])
    except ValueError as problem:
        return json_reply({"error": str(problem)}, 400)
    return json_reply(faults.report())


def _leave(*_: object) -> None:
    # Every effect is committed before its answer, so leaving loses nothing that anybody was told.
    sys.exit(0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    answer: Handler

    def _serve(self) -> None:
        request = self._read()
        try:
            self._send(self.answer(request))
        except _Cut:
            self._close()
        except _Drip as drip:
            self._drip(drip.reply)
        except ConnectionError:
            self.close_connection = True
        except Exception:
            traceback.print_exc()
            self._send(json_reply({"errors": "Internal Server Error"}, 500))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = self._read_chunks()
        else:
            body = self.rfile.read(int(headers.get("content-length") or 0))
        return Request(self.command, unquote(parts.path), parse_qsl(parts.query, keep_blank_values=True), headers, body)

    def _read_chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, reply: Reply) -> None:
        self.wfile.write(self._head(reply) + (b"" if self.command == "HEAD" else reply.body))

    def _head(self, reply: Reply) -> bytes:
        headers = {"Content-Length": str(len(reply.body)), "Date": self.date_time_string(), **reply.headers}
        phrase = self.responses.get(HTTPStatus(reply.status), ("", ""))[0] if reply.status in _KNOWN else "Unknown"
        lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _drip(self, reply: Reply) -> None:
        self.wfile.write(self._head(reply))
        for byte in reply.body:
            self.wfile.write(bytes([byte]))
            time.sleep(1)

    def _close(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the caller was faster

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: a sandbox serves thousands of calls."""


_KNOWN = frozenset(status.value for status in HTTPStatus)
