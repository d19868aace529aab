"""Where settings come from: the process environment, then `var/demo.env` while a demo runs, then `.env`.

Nothing is raised here. A wrong value is written down as one sentence in `Environment.problems`, so that every
entry point (manage.py, Celery, the web server, the system check) can say all of them at once and stop.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet

from project import databases
from project.env_file import read_file
from settings_app.typed_text import is_key

FOLDER = Path(__file__).resolve().parent.parent
VAR = FOLDER / "var"
DEMO_ENV = VAR / "demo.env"
DEMO_LOCK = VAR / "demo.lock"
RUN_LOCK = VAR / "run.lock"
"""Held as long as the launcher lives, however it ends; a file that a killed one left behind is held by nobody."""

REDIS_ADDRESS = VAR / "redis" / "address"
"""Written by the embedded Redis of `make run` while it runs, so that manage.py elsewhere finds it."""

USUAL_REDIS = "redis://127.0.0.1:6379/0"

VARIABLES = (
    "SECRET_KEY",
    "DEBUG",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "REDIS_URL",
    "FIELD_ENCRYPTION_KEYS",
    "PUBLIC_URL",
    "TRUSTED_PROXIES",
    "TIKTOK_SHOP_APP_KEY",
    "TIKTOK_SHOP_APP_SECRET",
    "TIKTOK_SHOP_SERVICE_ID",
    "TIKTOK_SHOP_API_URL",
    "TIKTOK_SHOP_AUTH_URL",
    "TIKTOK_SHOP_AUTHORIZE_URL",
    "SHOPIFY_API_VERSION",
    "SHOPIFY_API_URL",
    "SHOPIFY_CLIENT_ID",
    "SHOPIFY_CLIENT_SECRET",
    "FETCH_INTERVAL_SECONDS",
    "DISPATCH_INTERVAL_SECONDS",
    "VERIFY_SETTLE_SECONDS",
    "SENTRY_DSN",
)

OLDEST_SHOPIFY_VERSION = "2025-07"

YES = frozenset({"true", "yes", "y", "on", "ok", "1"})
"""Those of django-environ."""
NO = frozenset({"false", "no", "n", "off", "0"})

MOST_SECONDS = 10**9
"""Thirty years are for ever; beyond some thousands no clock can count them."""

_HOST_NAME = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*|\[[0-9A-Fa-f:.]+\]")


def variables(process: Mapping[str, str] | None = None, *, demo: bool = True) -> dict[str, str]:
    """Every variable that is set, the nearer source first; one that is set to nothing hides those behind it."""

    layers = [read_file(FOLDER / ".env")]
    if demo and is_held(DEMO_LOCK):
        layers.append(read_file(DEMO_ENV))
    layers.append(dict(os.environ if process is None else process))
    return {name: value for layer in layers for name, value in layer.items()}


def is_held(path: Path) -> bool:
    """Whether a living process holds this lock."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def embedded_redis_url() -> str:
    """The Redis that a running `make run` started, else the usual address on this machine."""
    try:
        return REDIS_ADDRESS.read_text().strip() if is_held(RUN_LOCK) else USUAL_REDIS
    except OSError:
        return USUAL_REDIS


class Environment:
    """Typed reading; what cannot be read becomes its default and a sentence in `problems`."""

    def __init__(self, values: Mapping[str, str], problems: Sequence[str] = ()) -> None:
        self.values = values
        self.problems = list(problems)

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            self._missing(name)
        return value

    def _missing(self, name: str) -> None:
        self.problems.append(f"{name} is missing: run `make setup`, which writes one into .env, or set it.")

    def key(self, name: str) -> str:
        """An id or secret of a vendor's app: what a header can carry."""
        value = self.text(name)
        if not is_key(value):
            self._not_a_key(name)
        return value

    def _not_a_key(self, name: str) -> None:
        self.problems.append(f"{name} holds a blank, a line break or a foreign letter: copy it again.")

    def flag(self, name: str) -> bool:
        value = self.text(name, "false").lower()
        if value not in YES | NO:
            self.problems.append(f"{name} is {value!r}: write true or false.")
        return value in YES

    def names(self, name: str, default: str = "") -> list[str]:
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def secrets(self, name: str) -> str:
        """A secret, or a comma list of them."""
        value = self.text(name)
        if value and not self.names(name):
            self.problems.append(f"{name} holds nothing but commas: write the app's secret, or leave it empty.")
        if not all(map(is_key, self.names(name))):
            self._not_a_key(name)
        return value

    def hosts(self, name: str, default: str) -> list[str]:
        """Host names as browsers send them, without their port."""
        values = self.names(name, default)
        if wrong := [value for value in values if not _HOST_NAME.fullmatch(value)]:
            self.problems.append(f"{name} names {wrong[0]!r}: write host names alone, without https:// and port.")
        return values

    def seconds(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if re.fullmatch(r"[0-9]{1,10}", value) and 1 <= int(value) <= MOST_SECONDS:
            return int(value)
        self.problems.append(
            f"{name} is {value!r}: write a whole number of seconds, 1 to {MOST_SECONDS}, such as {default}."
        )
        return default

    def dsn(self, name: str) -> str:
        """Where Sentry takes reports: its own address for one project."""
        value = self.text(name)
        address = urlsplit(value) if _host(value, ("http", "https")) else None
        if value and not (address and address.username and address.path.rpartition("/")[2].isdigit()):
            self.problems.append(f"{name} is no DSN: copy it whole from Sentry, like https://key@o1.ingest.sentry.io/2")
            return ""
        return value

    def count(self, name: str, *, most: int) -> int:
        value = self.text(name, "0")
        if value.isascii() and value.isdigit() and len(value) <= 3 and int(value) <= most:
            return int(value)
        self.problems.append(f"{name} is {value!r}: write a whole number from 0 to {most}.")
        return 0

    def web_address(self, name: str, default: str) -> str:
        """An http or https address without a slash at its end; `{domain}` stands in it where the default has it."""
        value = self.text(name, default)
        kept = "{domain}" if "{domain}" in default else ""
        if _host(value, ("http", "https")) is None or re.search(r"[\s{}?#\\]", value.replace(kept, "")):
            braces = f" and no braces but {kept}" if kept else ""
            self.problems.append(
                f"{name} is {value!r}: write a whole address, http:// or https:// first, "
                f"without blanks, ? and #{braces}, like {default}"
            )
            return default
        return value.rstrip("/")

    def api_version(self, name: str, default: str) -> str:
        """A quarterly Shopify version; the documents need what came with 2025-07."""
        value = self.text(name, default)
        if re.fullmatch(r"20\d\d-(01|04|07|10)", value) and value >= OLDEST_SHOPIFY_VERSION:
            return value
        self.problems.append(
            f"{name} is {value!r}: write a quarterly version from {OLDEST_SHOPIFY_VERSION} on, such as {default}."
        )
        return default

    def redis_address(self, name: str) -> str:
        value = self.text(name, embedded_redis_url())
        if _host(value, ("redis", "rediss")) is None or not re.fullmatch(r"/?[0-9]{0,4}", urlsplit(value).path):
            self.problems.append(f"{name} is not a Redis address: write one like redis://127.0.0.1:6379/0")
            return embedded_redis_url()
        return value

    def origins(self, name: str) -> list[str]:
        values = [value.removesuffix("/") for value in self.names(name)]
        if wrong := [value for value in values if _host(value, ("http", "https")) is None or value.count("/") > 2]:
            self.problems.append(
                f"{name} names {wrong[0]!r}: each entry starts with https:// and ends with the host or its port, "
                "as https://shop.example"
            )
        return [value for value in values if value not in wrong]

    def fernet_keys(self, name: str) -> list[str]:
        keys = self.names(name)
        if not keys:
            self._missing(name)
        for place, key in enumerate(keys, 1):
            try:
                Fernet(key)
            except ValueError:
                # The key itself is never shown: it may be a good key with one letter missing.
                self.problems.append(
                    f"{name}: entry {place} is not a Fernet key (44 characters, the last one is =): "
                    "put the key back as `make setup` wrote it, commas only between keys."
                )
        return keys

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Django's DATABASES entry for SQLite or PostgreSQL; a relative SQLite path counts from the project folder."""
        value = self.text(name, default)
        scheme = value.partition(":")[0]
        try:
            if scheme not in ("sqlite", "postgres", "postgresql", "psql", "pgsql"):
                raise ValueError(scheme)
            found: dict[str, Any] = environ.Env.db_url_config(value)
            if found["NAME"] in ("", ":memory:"):  # a database in memory would be another one in each process
                raise ValueError(value)
        except ValueError:
            self.problems.append(
                f"{name} is not a database address: write one like postgres://user:password@host:5432/orderbridge "
                f"or {default}"
            )
            found = environ.Env.db_url_config(default)
        if not found["ENGINE"].endswith("sqlite3"):
            return databases.postgresql(found)
        found["NAME"] = str(self._sqlite_file(name, FOLDER / found["NAME"]))
        return databases.sqlite(found)

    def _sqlite_file(self, name: str, file: Path) -> Path:
        """Only `var/` is made; another folder that is not there is more likely a typing error than a wish."""
        folder = file.parent
        try:
            if folder == VAR or VAR in folder.parents:
                folder.mkdir(parents=True, exist_ok=True)
            if folder.is_dir():
                return file
            self.problems.append(f"{name} names a file in {folder}, which does not exist: make that folder first.")
        except OSError as error:
            self.problems.append(f"{name} names a file in {folder}, which cannot be made ({error.strerror}).")
        return file


def _host(address: str, schemes: tuple[str, ...]) -> str | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname if parts.scheme in schemes and parts.hostname else None
