"""What a sandbox remembers: named tables of JSON documents, in memory or kept in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

Document = dict[str, Any]


class Store:
    """Tables of JSON documents by text key.

    Reads are plain dictionary reads. `put` and `drop` change memory and note what changed; `commit` writes every
    noted document in one SQLite transaction, so one effect on the shop is one commit. Call `commit` before the
    answer is sent: a sandbox killed at any moment then continues with everything it ever answered.

    The caller holds `lock` around one effect, from its first read to its `commit`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._tables: dict[str, dict[str, Document]] = {}
        self._changed: dict[tuple[str, str], bool] = {}
        self._file: sqlite3.Connection | None = None
        if path is not None:
            self._file = _open(path)
            for table, key, body in self._file.execute("SELECT kind, key, body FROM documents ORDER BY place"):
                self.table(table)[key] = json.loads(body)

    def table(self, name: str) -> dict[str, Document]:
        """The living table, in the order in which its documents were first put. Read it; write through `put`."""
        return self._tables.setdefault(name, {})

    def get(self, table: str, key: str) -> Document | None:
        return self._tables.get(table, {}).get(key)

    def put(self, table: str, key: str, document: Document) -> Document:
        self.table(table)[key] = document
        self._changed[table, key] = True
        return document

    def drop(self, table: str, key: str) -> None:
        self.table(table).pop(key, None)
        self._changed[table, key] = True

    def next_number(self, counter: str, first: int = 1) -> int:
        """The next number of a named counter, never given twice, not even after a restart."""
        numbers = self.table("counters").get(counter)
        number = first if numbers is None else int(numbers["last"]) + 1
        self.put("counters", counter, {"last": number})
        return number

    def commit(self) -> None:
        changed, self._changed = self._changed, {}
        if self._file is None or not changed:
            return
        kept = [(table, key, self.get(table, key)) for table, key in changed]
        with self._file:
            self._file.executemany(
                "INSERT INTO documents (kind, key, body) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                [(table, key, json.dumps(body, default=str)) for table, key, body in kept if body is not None],
            )
            self._file.executemany(
                "DELETE FROM documents WHERE kind = ? AND key = ?",
                [(table, key) for table, key, body in kept if body is None],
            )

    def wipe(self) -> None:
        """Forget everything, the file included."""
        self._tables.clear()
        self._changed.clear()
        if self._file is not None:
            with self._file:
                self._file.execute("DELETE FROM documents")


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    # One connection, used under `lock` only; serving threads differ from the one that opened it.
    file = sqlite3.connect(path, check_same_thread=False)
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=NORMAL")
    file.execute(
        "CREATE TABLE IF NOT EXISTS documents "
        "(place INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, key))"
    )
    return file
