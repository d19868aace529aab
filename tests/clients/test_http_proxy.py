"""Behind a proxy: the standard variables are honoured, and what left for the vendor is still told from what did not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors import http
from connectors.errors import NotSent, UnknownOutcome

VENDOR = "vendor.example"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(http, "_pause", lambda seconds: None)
    http._drop_session()
    yield
    http._drop_session()


def listen(talk: Callable[[socket.socket], None]) -> int:
    """A server that talks with each caller; returns its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            caller, _ = server.accept()
            with caller:
                try:
                    talk(caller)
                except OSError:
                    pass  # the caller was faster

    threading.Thread(target=serve, daemon=True).start()
    port: int = server.getsockname()[1]
    return port


def head(caller: socket.socket) -> bytes:
    """The request; of a POST its body too, or the connection would be reset under the answer."""
    got = b""
    while b"\r\n\r\n" not in got or (b"POST" in got[:4] and got.endswith(b"\r\n\r\n")):
        part = caller.recv(65536)
        if not part:
            break
        got += part
    return got


class Proxy:
    """Notes what it is asked for. `answer` b"" cuts the call; a tunnel leads to `target` where there is one."""

    def __init__(self, answer: bytes = OK, target: int | None = None) -> None:
        self.asked: list[bytes] = []
        self.answer, self.target = answer, target
        self.url = f"http://somebody:secret@127.0.0.1:{listen(self.talk)}"

    def talk(self, caller: socket.socket) -> None:
        asked = head(caller)
        self.asked.append(asked)
        if not asked.startswith(b"CONNECT") or self.target is None:
            caller.sendall(self.answer)
            return
        caller.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.target)) as beyond:
            back = threading.Thread(target=_carry, args=(beyond, caller), daemon=True)
            back.start()
            _carry(caller, beyond)
            back.join(5)


def _carry(source: socket.socket, sink: socket.socket) -> None:
    try:
        while part := source.recv(65536):
            sink.sendall(part)
    except OSError:
        pass  # one side hung up; so does the other
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For VENDOR, signed by itself; key and certificate in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, VENDOR)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(VENDOR)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file = tmp_path_factory.mktemp("tls") / "vendor.pem"
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain)
        + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def vendor(certificate: Path) -> Callable[[bytes], int]:
    """A vendor over TLS that answers so and hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def start(answer: bytes) -> int:
        def talk(caller: socket.socket) -> None:
            with context.wrap_socket(caller, server_side=True) as secured:
                head(secured)
                secured.sendall(answer)

        return listen(talk)

    return start


def test_a_call_goes_through_the_proxy_and_its_answer_comes_back(
    monkeypatch: pytest.MonkeyPatch, vendor: Callable[[bytes], int], certificate: Path
) -> None:
    proxy = Proxy(target=vendor(OK))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    http._session().verify = str(certificate)
    assert http.send("POST", f"https://{VENDOR}/orders", body=b"x", creates=True).body == b"hello"
    assert proxy.asked[0].startswith(f"CONNECT {VENDOR}:443 ".encode())
    assert b"Proxy-Authorization: Basic" in proxy.asked[0]


def test_an_answer_lost_behind_the_proxy_is_an_unknown_outcome(
    monkeypatch: pytest.MonkeyPatch, vendor: Callable[[bytes], int], certificate: Path
) -> None:
    """The create may have happened: calling it not sent would make a second order."""
    monkeypatch.setenv("https_proxy", Proxy(target=vendor(b"")).url)
    http._session().verify = str(certificate)
    with pytest.raises(UnknownOutcome):
        http.send("POST", f"https://{VENDOR}/orders", body=b"x", creates=True)


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"HTTP/1.1 503 No\r\n\r\n", b"", b"nonsense"]
)
def test_a_proxy_that_opens_no_way_means_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    proxy = Proxy(answer)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with pytest.raises(NotSent) as raised:
        http.send("POST", f"https://{VENDOR}/orders", body=b"x", creates=True)
    assert "secret" not in raised.value.sentence
    assert len(proxy.asked) == 1


def test_a_proxy_that_is_down_means_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(NotSent):
        http.send("POST", f"https://{VENDOR}/orders", body=b"x", creates=True)


def test_a_plain_call_through_a_proxy_that_hangs_up_is_an_unknown_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy(b"")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with pytest.raises(UnknownOutcome):
        http.send("POST", f"http://{VENDOR}/orders", body=b"x", creates=True)
    assert proxy.asked[0].startswith(f"POST http://{VENDOR}/orders ".encode())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_very_machine_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    def here(caller: socket.socket) -> None:
        head(caller)
        caller.sendall(OK)

    proxy = Proxy()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    assert http.send("GET", f"http://{host}:{listen(here)}/").body == b"hello"
    assert proxy.asked == []


def test_no_proxy_names_who_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", ".invalid")
    with pytest.raises(NotSent):
        http.send("GET", "http://vendor.invalid/")
    assert proxy.asked == []


def test_a_netrc_file_never_adds_a_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(f"machine {VENDOR} login somebody password else\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    proxy = Proxy()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    http.send("GET", f"http://{VENDOR}/")
    assert b"\r\nAuthorization:" not in proxy.asked[0]
