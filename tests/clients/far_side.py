"""A server on a real socket that does to each request what the test wrote down."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

Far = Callable[[socket.socket, bytes], bool | None]
"""Answers one request on a connection; a true result keeps the connection open."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class FarSide:
    """A server that answers request number n by its n-th script line; the last line serves all further ones."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/path"
        self.script: list[Far] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            while request := _read_request(sock):
                self.requests.append(request)
                line = self.script[min(len(self.requests), len(self.script)) - 1]
                if not line(sock, request):
                    break
        except OSError:
            pass
        finally:
            sock.close()

    def close(self) -> None:
        self.listener.close()
        for sock in self._open:
            sock.close()


def _read_request(sock: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = sock.recv(65536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body


def says(*parts: bytes, keep: bool = True) -> Far:
    def answer(sock: socket.socket, _: bytes) -> bool:
        for part in parts:
            sock.sendall(part)
        return keep

    return answer


def cuts(sock: socket.socket, _: bytes) -> None:
    sock.shutdown(socket.SHUT_RDWR)


def drips(first: bytes, endless: bytes) -> Far:
    def answer(sock: socket.socket, _: bytes) -> None:
        sock.sendall(first)
        for _drop in range(400):
            sock.sendall(endless)
            time.sleep(0.02)  # the slow sender itself, not a wait for something

    return answer
