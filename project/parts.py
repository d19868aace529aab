"""What a running system consists of, and the order in which it ends without losing work."""

from __future__ import annotations

import signal
import sys
import urllib.request
from pathlib import Path

from project import redis_server
from project.children import Part
from project.environment import FOLDER

ENDING_ORDER = ("beat", "web", "worker", "TikTok sandbox", "Shopify sandbox", "redis")
"""First nothing new is asked for, then what was begun is finished, and Redis is there until nobody needs it."""

WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""This very machine is always asked directly: a company's proxy knows nothing of its ports."""

WORKER_PATIENCE = 70.0
"""A creating call may take 40 s and its task 60 s; after that the worker itself cuts it."""


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(FOLDER / "manage.py"), *arguments]


def web(port: int, log: Path) -> Part:
    server = ["gunicorn", "project.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    sizes = ["--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "20"]
    return Part("web", [sys.executable, "-m", *server, *sizes, "--no-control-socket"], log, patience=25)


def worker(log: Path) -> Part:
    # Four processes: two long fetches must not keep the orders of another shop waiting.
    command = [sys.executable, "-m", "celery", "-A", "project", "worker", "--concurrency", "4", "--without-gossip"]
    # Orphaned, a warm stop would wait for a Redis that is gone as well; a cut create is verified later.
    return Part("worker", command, log, patience=WORKER_PATIENCE, when_orphaned=signal.SIGKILL)


def beat(log: Path, schedule: Path) -> Part:
    command = [sys.executable, "-m", "celery", "-A", "project", "beat", "--schedule", str(schedule)]
    return Part("beat", command, log, patience=5)


def redis(folder: Path, port: int, log: Path) -> Part:
    folder.mkdir(parents=True, exist_ok=True)
    return Part("redis", redis_server.command(folder, port), log, patience=redis_server.STOP_SECONDS)


def tiktok_sandbox(port: int, data: Path, log: Path, public_url: str) -> Part:
    sent_back = ("--redirect", f"{public_url}/connect/tiktok/callback/")
    return Part("TikTok sandbox", [*_sandbox("tiktok", port, data), *sent_back], log, patience=5)


def shopify_sandbox(port: int, data: Path, log: Path, client_secret: str) -> Part:
    signed = ("--client-secret", client_secret)
    return Part("Shopify sandbox", [*_sandbox("shopify", port, data), *signed], log, patience=5)


def _sandbox(vendor: str, port: int, data: Path) -> list[str]:
    return [sys.executable, "-m", "connectors.sandbox", vendor, "--port", str(port), "--data", str(data)]


def says_in_log(part: Part, words: str) -> bool:
    return part.log.exists() and words in part.log.read_text(errors="replace")


def page(address: str, seconds: float = 2) -> str | None:
    """What a page of our own web server says; None while it does not answer."""
    try:
        with WITHOUT_PROXY.open(address, timeout=seconds) as answer:
            text: bytes = answer.read()
            return text.decode()
    except OSError:
        return None
