"""Where settings come from, and what a person is told about a wrong one."""

from __future__ import annotations

import fcntl
import os
import runpy
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.http.request import validate_host

from project import environment, parts
from project.env_file import problems_of, read_file
from project.environment import FOLDER, VARIABLES, Environment, variables
from project.first_env import write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environment, "FOLDER", tmp_path)
    monkeypatch.setattr(environment, "DEMO_ENV", tmp_path / "demo.env")
    monkeypatch.setattr(environment, "DEMO_LOCK", tmp_path / "demo.lock")
    (tmp_path / ".env").write_text("DEBUG=from-env\nPUBLIC_URL=from-env\nSECRET_KEY=from-env\n")
    (tmp_path / "demo.env").write_text("DEBUG=from-demo\nPUBLIC_URL=from-demo\n")
    return tmp_path


def test_the_terminal_beats_the_demo_and_the_demo_beats_the_file(folder: Path) -> None:
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = variables({"DEBUG": "from-process"})
    assert (found["DEBUG"], found["PUBLIC_URL"], found["SECRET_KEY"]) == ("from-process", "from-demo", "from-env")


def test_what_a_killed_demo_left_behind_does_not_redirect_manage_py(folder: Path) -> None:
    (folder / "demo.lock").touch()
    assert variables({})["PUBLIC_URL"] == "from-env"


def test_a_secret_that_starts_with_a_dollar_sign_stays_a_secret(folder: Path) -> None:
    (folder / ".env").write_text("TIKTOK_SHOP_APP_SECRET=$ecret\n")
    assert Environment(variables({})).text("TIKTOK_SHOP_APP_SECRET") == "$ecret"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("FIELD_ENCRYPTION_KEYS", ""),
        ("FIELD_ENCRYPTION_KEYS", "half-a-key"),
        ("FIELD_ENCRYPTION_KEYS", " , "),
        ("DEBUG", "ture"),
        ("ALLOWED_HOSTS", "https://shop.example"),
        ("ALLOWED_HOSTS", "localhost,shop.example:8000"),
        ("CSRF_TRUSTED_ORIGINS", "https://shop.example/admin"),
        ("FETCH_INTERVAL_SECONDS", "99999999999999999999"),
        ("TIKTOK_SHOP_APP_KEY", "6ab cd"),
        ("TIKTOK_SHOP_APP_SECRET", "sécret"),
        ("SHOPIFY_CLIENT_SECRET", "new,o ld"),
        ("TIKTOK_SHOP_AUTHORIZE_URL", "https://services.us.tiktokshop.com/open/authorize?service_id=7"),
        ("PUBLIC_URL", "https://shop example"),
        ("DATABASE_URL", "postgres://host"),
        ("DATABASE_URL", "sqlite:///"),
        ("REDIS_URL", "redis://127.0.0.1:6379/orders"),
        ("FETCH_INTERVAL_SECONDS", "often"),
        ("DISPATCH_INTERVAL_SECONDS", "0"),
        ("VERIFY_SETTLE_SECONDS", "-5"),
        ("PUBLIC_URL", "shop.example"),
        ("SHOPIFY_API_URL", "ftp://{domain}"),
        ("SHOPIFY_API_URL", "https://{shop}"),
        ("SHOPIFY_API_URL", "https://{domain}/{version}"),
        ("CSRF_TRUSTED_ORIGINS", "shop.example"),
        ("SHOPIFY_CLIENT_SECRET", ","),
        ("SHOPIFY_CLIENT_SECRET", " , ,"),
        ("DATABASE_URL", "sqlite:///no/such/folder/orders.sqlite3"),
        ("DATABASE_URL", "sqlite:////dev/null/orders.sqlite3"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "postgres://host:port/name"),
        ("REDIS_URL", "localhost"),
        ("SENTRY_DSN", "https://o1.ingest.sentry.io/2"),
        ("SENTRY_DSN", "key@o1.ingest.sentry.io"),
        ("TRUSTED_PROXIES", "one"),
        ("TRUSTED_PROXIES", "-1"),
    ],
)
def test_a_wrong_variable_is_one_sentence_that_names_it(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    [sentence] = runpy.run_path(str(FOLDER / "project" / "settings.py"))["ENVIRONMENT_PROBLEMS"]
    assert sentence.startswith(name)
    assert "\n" not in sentence
    assert name != "FIELD_ENCRYPTION_KEYS" or not value or value not in sentence


def test_a_wrong_variable_stops_the_start() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        env={**os.environ, "FETCH_INTERVAL_SECONDS": "often", "DEBUG": "ture"},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["DEBUG", "FETCH_INTERVAL_SECONDS"]


def test_a_web_server_with_a_wrong_variable_ends_instead_of_starting_for_ever() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "project.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket"],
        env={**os.environ, "FETCH_INTERVAL_SECONDS": "often"},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 3
    assert done.stderr.count("FETCH_INTERVAL_SECONDS is 'often'") == 1


def test_an_installation_at_an_ipv6_address_answers_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "http://[::1]:8000")
    assert validate_host("[::1]", runpy.run_path(str(FOLDER / "project" / "settings.py"))["ALLOWED_HOSTS"])


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("starts", ["", "\ufeff"])
def test_a_file_saved_by_another_editor_is_read_like_our_own(tmp_path: Path, starts: str, ends: str) -> None:
    path = tmp_path / ".env"
    lines = ["SECRET_KEY=abc", "", "  # a remark", 'TIKTOK_SHOP_APP_SECRET="a#b"', "export DEBUG=true", ""]
    path.write_bytes((starts + ends.join(lines)).encode())
    assert read_file(path) == {"SECRET_KEY": "abc", "TIKTOK_SHOP_APP_SECRET": "a#b", "DEBUG": "true"}
    assert problems_of(path) == []


def test_a_line_that_cannot_be_read_is_named_and_its_secret_is_not_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ".env"
    path.write_text("DEBUG=true\nSECRET_KEY = abc\n")
    assert read_file(path) == {"DEBUG": "true"}
    assert problems_of(path) == [".env, line 2: it cannot be read; write NAME=value, without blanks around the =."]
    assert "abc" not in "".join(capfd.readouterr())


def test_a_file_in_another_encoding_is_a_sentence_instead_of_a_crash(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes("SECRET_KEY=abc\n# Schlüssel\n".encode("latin-1"))
    assert read_file(path) == {}
    assert problems_of(path) == [".env is not UTF-8 text, so nothing of it was read: save it as UTF-8."]


def test_a_company_proxy_does_not_stand_between_a_demo_and_its_own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"here")

    with socket.create_server(("127.0.0.1", 0)) as nobody:
        proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy)
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert parts.page(f"http://127.0.0.1:{server.server_address[1]}/") == "here"


def test_a_second_set_up_never_replaces_the_keys(tmp_path: Path) -> None:
    assert write(tmp_path / ".env")
    first = (tmp_path / ".env").read_text()
    assert not write(tmp_path / ".env")
    assert (tmp_path / ".env").read_text() == first
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_the_example_file_names_every_variable() -> None:
    text = (Path(__file__).resolve().parents[2] / ".env.example").read_text()
    assert [name for name in VARIABLES if f"\n{name}=" not in text] == []
