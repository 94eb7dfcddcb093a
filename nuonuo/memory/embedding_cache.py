"""Embeddings remembered between runs: one SQLite file for all programs of a user, bounded, never in the way.

Beyond its bound the embeddings that were not used for longest are forgotten. A file that cannot be read or written any
more (no folder, read-only, disk full, broken) costs a warning and the memory of earlier runs, nothing else.
"""

import hashlib
import logging
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nuonuo.memory.sqlite import connect

MEGABYTES = 1024  # of a file, unless NUONUO_CACHE_MB says otherwise: 500,000 embeddings of MiniLM
ROOM = 0.05  # of the bound, made free at once when it is reached
ASKED = 500  # rows looked up by one statement
GONE = 64  # rows forgotten by one statement
FRESH = 600  # seconds in which another use of an embedding is not written down
log = logging.getLogger(__name__)


class EmbeddingCache:
    """Embeddings by text, for one model.

    path: the file; None keeps them in this process only. megabytes: how large the file may become, its write-ahead log
    of a few MB aside; None for the environment's NUONUO_CACHE_MB, or 1,024 without it. Threads may share it.
    Raises ValueError if NUONUO_CACHE_MB is no whole number >= 0.
    """

    def __init__(self, path: str | Path | None, model: str, megabytes: int | None = None) -> None:
        self.model = model
        self.path = path
        self.bound = (bound_of_environment() if megabytes is None else megabytes) << 20  # bytes
        self._lock = threading.Lock()
        try:
            if path is not None:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._db = opened(path)
        except (OSError, sqlite3.Error) as reason:
            self._do_without(reason)

    def key(self, text: str) -> bytes:
        """What a text of this model is filed under."""
        return hashlib.sha256(f"{self.model}\0{text}".encode("utf-8", "surrogatepass")).digest()

    def get(self, texts: Sequence[str], d: int | None = None) -> dict[str, np.ndarray]:
        """The embeddings that are remembered, by text; one that is damaged or not of d numbers is not remembered."""
        found: dict[str, np.ndarray] = {}
        by_key = {self.key(text): text for text in texts}
        keys = list(by_key)
        for start in range(0, len(keys), ASKED):
            with self._lock:
                try:
                    for key, vector, kept in self._look_up(keys[start : start + ASKED]):
                        row = _row(vector, kept)
                        if row is not None and len(row) == (d or len(row)):
                            found[by_key[key]] = row
                except sqlite3.Error as reason:
                    self._do_without(reason)
        return found if len({len(row) for row in found.values()}) < 2 else {}

    def put(self, texts: Sequence[str], rows: np.ndarray) -> None:
        """Remember the embeddings (n, d) of texts."""
        now = int(time.time())
        vectors = [np.asarray(row, dtype=np.float32).tobytes() for row in rows]
        keyed = zip(map(self.key, texts), vectors, strict=True)
        entries = [(key, vector, now, zlib.crc32(vector)) for key, vector in keyed]
        with self._lock:
            try:
                self._write(entries)
            except sqlite3.Error as reason:
                self._do_without(reason)
                self._write(entries)

    def _look_up(self, keys: Sequence[bytes]) -> list[tuple[bytes, object, int | None]]:
        """(key, vector, checksum) of the keys that are remembered; that they were used is written down."""
        marks, now = ",".join("?" * len(keys)), int(time.time())
        found = self._db.execute(f"SELECT key, vector, used, sum FROM entry WHERE key IN ({marks})", keys).fetchall()
        if stale := [(now, key) for key, _, used, _ in found if used < now - FRESH]:
            with self._db:
                self._db.executemany("UPDATE entry SET used = ? WHERE key = ?", stale)
        return [(key, vector, kept) for key, vector, _, kept in found]

    def _write(self, entries: Sequence[tuple[bytes, bytes, int, int]]) -> None:
        """Store (key, vector, time, checksum) in one transaction, then forget what is too much."""
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO entry (key, vector, used, sum) VALUES (?, ?, ?, ?)", entries)
        if self._bytes() <= self.bound:
            return
        with self._db:
            gone = 1
            while gone and self._bytes() > self.bound * (1 - ROOM):
                oldest = "SELECT id FROM entry ORDER BY used LIMIT ?"
                gone = self._db.execute(f"DELETE FROM entry WHERE id IN ({oldest})", (GONE,)).rowcount
        beyond = self._pragma("page_count") - self.bound // self._pragma("page_size")
        if beyond > 0:  # a script, because only that steps through the pages
            self._db.executescript(f"PRAGMA incremental_vacuum({beyond})")

    def _bytes(self) -> int:
        """Of the pages that hold something."""
        return (self._pragma("page_count") - self._pragma("freelist_count")) * self._pragma("page_size")

    def _pragma(self, name: str) -> int:
        return self._db.execute(f"PRAGMA {name}").fetchone()[0]

    def _do_without(self, reason: Exception) -> None:
        log.warning(
            "%s cannot be used as a cache of embeddings, going on without it (delete it if it is broken): %s",
            self.path,
            reason,
        )
        self._db = opened(None)


def opened(path: str | Path | None) -> sqlite3.Connection:
    """A cache file, made or brought up to date. Raises sqlite3.Error if it cannot be written."""
    db = connect(path, "OFF")  # a lost cache costs time, nothing else
    try:
        with db:
            db.execute("BEGIN IMMEDIATE")
            known = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "entry" not in known:
                # no WITHOUT ROWID: its rows spill over into a page each
                db.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, key BLOB UNIQUE, vector BLOB, used INTEGER)")
                db.execute("CREATE INDEX entry_used ON entry (used)")  # used: seconds since 1970
            if "sum" not in {row[1] for row in db.execute("PRAGMA table_info(entry)")}:
                db.execute("ALTER TABLE entry ADD COLUMN sum INTEGER")  # CRC-32 of the vector
            if "embedding" in known:  # of version 0.1.0
                db.execute("INSERT OR IGNORE INTO entry (key, vector, used) SELECT key, vector, 0 FROM embedding")
                db.execute("DROP TABLE embedding")
        if db.execute("PRAGMA auto_vacuum").fetchone()[0] != 2:  # 2: free pages can be given back to the system
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("VACUUM")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _row(stored: object, kept: int | None) -> np.ndarray | None:
    """A stored embedding, or None if it is not as it was stored. kept: its checksum; None of an old version."""
    if not isinstance(stored, bytes) or len(stored) % 4 or (kept is not None and kept != zlib.crc32(stored)):
        return None
    row = np.frombuffer(stored, dtype=np.float32)
    return row if np.isfinite(row).all() else None


def bound_of_environment() -> int:
    """The megabytes that NUONUO_CACHE_MB allows, or MEGABYTES. Raises ValueError if it is no whole number >= 0."""
    given = os.environ.get("NUONUO_CACHE_MB", str(MEGABYTES))
    if not (given.isascii() and given.isdigit()):
        raise ValueError(f"NUONUO_CACHE_MB must be a whole number of megabytes >= 0, got {given!r}")
    return int(given)
