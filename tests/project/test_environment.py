"""Where settings come from, and what a person is told about a wrong one."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from project import environment
from project.environment import VARIABLES, Environment, variables
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
        ("DEBUG", "ture"),
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
def test_a_wrong_variable_stops_the_start_with_one_sentence_that_names_it(name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        env={**os.environ, name: value},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(name)
    assert name != "FIELD_ENCRYPTION_KEYS" or not value or value not in done.stderr


def test_a_second_set_up_never_replaces_the_keys(tmp_path: Path) -> None:
    assert write(tmp_path / ".env")
    first = (tmp_path / ".env").read_text()
    assert not write(tmp_path / ".env")
    assert (tmp_path / ".env").read_text() == first
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_the_example_file_names_every_variable() -> None:
    text = (Path(__file__).resolve().parents[2] / ".env.example").read_text()
    assert [name for name in VARIABLES if f"\n{name}=" not in text] == []
