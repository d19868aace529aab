"""`python -m project.launch demo|run`: the whole system on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from project import demo, parts, processes, redis_server
from project.children import Failed, Part, Stopped, System, set_aside
from project.environment import DEMO_ENV, DEMO_LOCK, REDIS_ADDRESS, RUN_LOCK, VAR, VARIABLES, variables
from project.terminal import hung_up, say, tell

LOGS = VAR / "log"
WEB_PORT = 8000
REDIS_PORT = 6390
NEWS_SECONDS = 5
_stops: list[int] = []


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m project.launch", description=__doc__)
    parser.add_argument("kind", choices=("demo", "run"))
    kind: str = parser.parse_args(arguments).kind
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup asks to outlive the terminal; an ignored SIGINT only means that a shell started us with &.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: _stops.append(number))
    os.umask(0o077)  # databases, keys and logs are nobody else's
    try:
        with _only_one(DEMO_LOCK if kind == "demo" else RUN_LOCK, kind):
            (_demo if kind == "demo" else _run)()
    except Stopped:
        tell("Everything has ended.")
    except (Failed, redis_server.NoRedis, OSError) as problem:
        tell(f"Stopped: {problem}", to=sys.stderr)
        return 1
    return 0


def _demo() -> None:
    first = demo.prepare()
    web = processes.free_port(WEB_PORT)
    tiktok = processes.free_port(web + 1)
    shopify = processes.free_port(tiktok + 1)
    redis = processes.free_port(REDIS_PORT)
    env = demo.environment(web, redis, tiktok, shopify)
    demo.write_private(DEMO_ENV, env)
    try:
        with _system({**os.environ, **env}) as system:
            _start_redis(system, redis, demo.FOLDER / "redis", "demo-")
            for part in (
                parts.tiktok_sandbox(tiktok, demo.FOLDER / "tiktok.data", LOGS / "demo-tiktok.log", env["PUBLIC_URL"]),
                parts.shopify_sandbox(
                    shopify, demo.FOLDER / "shopify.data", LOGS / "demo-shopify.log", demo.SHOPIFY_SECRET
                ),
            ):
                system.start(part, _in_log(part, "listening on"))
            _migrate(system, "demo-")
            system.env = {**system.env, **demo.login()}
            system.run("Making the login", [sys.executable, "-m", "project.first_admin"], LOGS / "demo-setup.log")
            if first:
                say("demo", "making two TikTok shops, a Shopify store and 600 waiting orders")
                demo.fill_vendors(env)
                for document in demo.connections():
                    connect = parts.manage("connect_store", "--json")
                    system.run("Connecting a shop", connect, LOGS / "demo-setup.log", document)
                demo.COMPLETE.touch()
            _start_own_parts(system, web, "demo-", demo.FOLDER / "beat-schedule")
            tell(_demo_page(env, demo.login()))
            system.watch(_News(env["PUBLIC_URL"]).tell)
    finally:
        DEMO_ENV.unlink(missing_ok=True)


def _run() -> None:
    found = variables(demo=False)
    env = {**found, **{name: found.get(name, "") for name in VARIABLES}}
    web = _web_port(env)
    redis = None if env["REDIS_URL"] else processes.free_port(REDIS_PORT)
    if redis is not None:
        env["REDIS_URL"] = f"redis://127.0.0.1:{redis}/0"
    try:
        with _system(env) as system:
            system.run("Reading .env", parts.manage("check"), LOGS / "setup.log")
            if redis is not None:
                _start_redis(system, redis, VAR / "redis", "")
                REDIS_ADDRESS.write_text(env["REDIS_URL"])
            _migrate(system, "")
            # At the terminal itself, for it may ask.
            subprocess.run([sys.executable, "-m", "project.first_admin"], env=dict(env), check=False)
            system.check()
            _start_own_parts(system, web, "", VAR / "beat-schedule")
            tell(
                f"\n  Orderbridge is running: {env['PUBLIC_URL'] or f'http://127.0.0.1:{web}'}/admin/\n"
                f"  Logs are in {LOGS}. Ctrl-C ends everything.\n"
            )
            system.watch(_News(f"http://127.0.0.1:{web}").tell)
    finally:
        REDIS_ADDRESS.unlink(missing_ok=True)


@contextmanager
def _system(env: Mapping[str, str]) -> Iterator[System]:
    # Under nohup the terminal may go.
    stays = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    system = System(env, lambda: len(_stops) or int(not stays and hung_up()))
    try:
        yield system
    finally:
        tell("\nEnding: beat, web, worker, then the rest.")
        system.end(parts.ENDING_ORDER)


def _start_redis(system: System, port: int, folder: Path, prefix: str) -> None:
    part = parts.redis(folder, port, LOGS / f"{prefix}redis.log")
    system.start(part, lambda: part.process is not None and redis_server.answers(port, part.process.pid))


def _migrate(system: System, prefix: str) -> None:
    set_aside(LOGS / f"{prefix}setup.log")
    system.run("Preparing the database", parts.manage("migrate", "--no-input"), LOGS / f"{prefix}setup.log")


def _start_own_parts(system: System, port: int, prefix: str, schedule: Path) -> None:
    system.start(
        parts.web(port, LOGS / f"{prefix}web.log"), lambda: parts.page(f"http://127.0.0.1:{port}/healthz") is not None
    )
    worker = parts.worker(LOGS / f"{prefix}worker.log")
    system.start(worker, _in_log(worker, " ready."), seconds=60)
    system.start(parts.beat(LOGS / f"{prefix}beat.log", schedule))


def _in_log(part: Part, words: str) -> Callable[[], bool]:
    return lambda: parts.says_in_log(part, words)


def _web_port(env: dict[str, str]) -> int:
    """PUBLIC_URL's own port where it names this machine, or the next free one; behind a proxy always 8000."""
    public = urlsplit(env["PUBLIC_URL"] or f"http://127.0.0.1:{WEB_PORT}")
    if public.hostname not in ("127.0.0.1", "localhost"):  # not LOOPBACK: our web server does not listen on ::1
        if not processes.is_free(WEB_PORT):
            raise Failed(
                f"Port {WEB_PORT}, to which your proxy sends {env['PUBLIC_URL']}, is in use by another program."
            )
        return WEB_PORT
    wanted = public.port or WEB_PORT
    port = processes.free_port(wanted)
    if port != wanted:
        say("web", f"port {wanted} is in use by another program, so this is port {port}")
        env["PUBLIC_URL"] = f"http://{public.hostname}:{port}"
    return port


@contextmanager
def _only_one(path: Path, kind: str) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        ends = time.monotonic() + 2
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                # manage.py holds it for an instant while it looks whether a demo runs.
                if time.monotonic() > ends:
                    raise Failed(f"`make {kind}` is already running in this folder; end that one first.") from None
                time.sleep(0.1)
        yield


@dataclass
class _News:
    """How many orders are where, said every few seconds as long as it changes."""

    address: str
    due_at: float = 0.0
    said: str = ""

    def tell(self) -> None:
        if time.monotonic() < self.due_at:
            return
        self.due_at = time.monotonic() + NEWS_SECONDS
        text = parts.page(f"{self.address}/metrics") or ""
        counts = re.findall(r'^orderbridge_orders\{status="(\w+)"\} ([\d.]+)', text, re.MULTILINE)
        news = " · ".join(f"{status.replace('_', ' ')} {int(float(n))}" for status, n in counts if float(n))
        if news not in ("", self.said):
            self.said = news
            say("orders", news)


def _demo_page(env: Mapping[str, str], login: Mapping[str, str]) -> str:
    shopify = env["SHOPIFY_API_URL"].partition("/{domain}")[0]
    return f"""
  The Orderbridge demo is running.

    Admin             {env["PUBLIC_URL"]}/admin/
      login           {login["DEMO_LOGIN"]}
      password        {login["DEMO_PASSWORD"]}
    TikTok sandbox    {env["TIKTOK_SHOP_API_URL"]}/
    Shopify sandbox   {shopify}/

  In another terminal:  .venv/bin/python manage.py order_status
  Logs are in {LOGS}. Ctrl-C ends everything.
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
