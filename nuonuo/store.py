"""Banks on disk: one SQLite file a bank.

Write-ahead log with synchronous=FULL: a write has returned only when it is on the disk, and several processes may read
and write. Migrations are numbered; a released one is never edited.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nuonuo.items import Prepared
from nuonuo.sqlite import connect

MIGRATIONS = (
    """
    CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS memory (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        target TEXT NOT NULL,
        embedding BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS cue (
        id INTEGER PRIMARY KEY,
        memory INTEGER NOT NULL REFERENCES memory (id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        embedding BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS cue_memory ON cue (memory);
    CREATE TABLE IF NOT EXISTS whitening (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        fitted_on INTEGER, shrinkage REAL, mean BLOB, matrix BLOB);
    """,
)

NOT_A_BANK = "bank {} must be a NuoNuo bank, a SQLite file that can be read and written"


@dataclass(frozen=True)
class Row:
    """One memory as stored: cues[0] is the cue it was added with, the rest are paraphrases."""

    id: int
    target: str
    embedding: np.ndarray  # (d,) float32, of the target
    cues: tuple[str, ...]
    cue_embeddings: np.ndarray  # (len(cues), d) float32


def stored(memory: int, row: Prepared) -> Row:
    """A prepared memory under its id."""
    return Row(memory, row.target, row.embedding, row.cues, row.cue_embeddings)


class Store:
    """One bank's file, or a bank in memory only (path None).

    meta: what the bank is made with (encoder, dimension, seed, …). Raises ValueError if the file is not a bank, was
    made by a newer program, or was made with another encoder, dimension or seed.
    """

    def __init__(self, path: str | Path | None, meta: dict | None = None) -> None:
        self.path = Path(path) if path is not None else None
        self._lock = threading.RLock()
        if self.path is not None and not self.path.parent.is_dir():
            raise ValueError(f"bank {self.path} cannot be made: there is no folder {self.path.parent}")
        try:
            self._db = connect(self.path, "FULL")
        except sqlite3.DatabaseError as reason:
            raise ValueError(f"{NOT_A_BANK.format(self.path)}: {reason}") from reason
        try:
            self._db.execute("PRAGMA foreign_keys=ON")
            self._db.execute("PRAGMA secure_delete=ON")  # what is forgotten leaves the file too
            self._migrate()
            self.meta = self._settle_meta(meta or {})
        except sqlite3.DatabaseError as reason:
            self._db.close()
            raise ValueError(f"{NOT_A_BANK.format(self.path)}: {reason}") from reason
        except ValueError:
            self._db.close()
            raise
        self._version = self._data_version()

    def add(self, rows: Iterable[Prepared]) -> list[int]:
        """Store memories in one durable transaction; their ids."""
        ids = []
        with self._lock, self._db:
            for row in rows:
                values = (row.target, blob(row.embedding))
                cursor = self._db.execute("INSERT INTO memory (target, embedding) VALUES (?, ?)", values)
                ids.append(int(cursor.lastrowid or 0))
                self._insert_cues(ids[-1], row.cues, row.cue_embeddings)
        return ids

    def restore(self, rows: Iterable[Row]) -> None:
        """Store memories under ids that are free, as those of forgotten ones are, in one durable transaction."""
        with self._lock, self._db:
            for row in rows:
                values = (row.id, row.target, blob(row.embedding))
                self._db.execute("INSERT INTO memory (id, target, embedding) VALUES (?, ?, ?)", values)
                self._insert_cues(row.id, row.cues, row.cue_embeddings)

    def replace(self, row: Row) -> None:
        """Give a stored memory another target and other cues. Raises ValueError if it is gone."""
        with self._lock, self._db:
            values = (row.target, blob(row.embedding), row.id)
            if not self._db.execute("UPDATE memory SET target=?, embedding=? WHERE id=?", values).rowcount:
                raise ValueError(f"there is no memory with id {row.id} in bank {self.path}: another process removed it")
            self._db.execute("DELETE FROM cue WHERE memory=?", (row.id,))
            self._insert_cues(row.id, row.cues, row.cue_embeddings)

    def delete(self, ids: Sequence[int]) -> None:
        """Remove memories and their cues."""
        with self._lock, self._db:
            self._db.executemany("DELETE FROM memory WHERE id=?", [(i,) for i in ids])

    def load(self) -> list[Row]:
        """Every memory, oldest first, as of one moment."""
        with self._lock, self._db:
            self._db.execute("BEGIN")  # both SELECTs and the version see one snapshot
            cues: dict[int, list[tuple[str, np.ndarray]]] = {}
            for memory, text, vector in self._db.execute("SELECT memory, text, embedding FROM cue ORDER BY id"):
                cues.setdefault(memory, []).append((text, np.frombuffer(vector, np.float32)))
            rows = []
            for number, target, vector in self._db.execute("SELECT id, target, embedding FROM memory ORDER BY id"):
                texts, vectors = zip(*cues[number], strict=True)
                rows.append(Row(number, target, np.frombuffer(vector, np.float32), texts, np.stack(vectors)))
            self._version = self._data_version()
            return rows

    def save_whitening(self, fitted_on: int, shrinkage: float, mean: np.ndarray, matrix: np.ndarray | None) -> None:
        """Remember the fitted whitening, so that a reopened bank recalls the same."""
        values = (fitted_on, shrinkage, blob(mean), None if matrix is None else blob(matrix))
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO whitening VALUES (1, ?, ?, ?, ?)", values)

    def load_whitening(self) -> tuple[int, float, np.ndarray, np.ndarray | None] | None:
        """(fitted on, shrinkage, mean (d,), matrix (d, d) or None), or None if none was saved."""
        with self._lock:
            row = self._db.execute("SELECT fitted_on, shrinkage, mean, matrix FROM whitening").fetchone()
        if row is None:
            return None
        mean = np.frombuffer(row[2], np.float32)
        return (
            row[0],
            row[1],
            mean,
            None if row[3] is None else np.frombuffer(row[3], np.float32).reshape(-1, len(mean)),
        )

    def changed_elsewhere(self) -> bool:
        """Whether another process has written since the last load."""
        with self._lock:
            return self._data_version() != self._version

    def copy_into(self, other: "Store") -> None:
        """Make another store hold what this one does: ids, embeddings and whitening too."""
        with self._lock:
            self._db.backup(other._db)

    def close(self) -> None:
        """Close the file; a bank in memory is gone."""
        with self._lock:
            self._db.close()

    def _insert_cues(self, memory: int, cues: Sequence[str], embeddings: np.ndarray) -> None:
        rows = [(memory, text, blob(vector)) for text, vector in zip(cues, embeddings, strict=True)]
        self._db.executemany("INSERT INTO cue (memory, text, embedding) VALUES (?, ?, ?)", rows)

    def _data_version(self) -> int:
        return self._db.execute("PRAGMA data_version").fetchone()[0]

    def _migrate(self) -> None:
        # Tables are counted first: a process that makes the same new file meanwhile commits both together.
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        done = self._db.execute("PRAGMA user_version").fetchone()[0]
        if done > len(MIGRATIONS):
            raise ValueError(f"bank {self.path} was made by a newer version of NuoNuo (format {done}): update first")
        if done == 0 and tables:
            raise sqlite3.DatabaseError("it belongs to another program")
        for number, script in enumerate(MIGRATIONS[done:], done + 1):
            self._db.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version={number}; COMMIT;")

    def _settle_meta(self, wanted: dict) -> dict:
        """The file's own meta, written first if it is new; of processes that make one file together the first wins."""
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            known = {k: json.loads(v) for k, v in self._db.execute("SELECT key, value FROM meta")}
            if not known:
                self._db.executemany("INSERT INTO meta VALUES (?, ?)", [(k, json.dumps(v)) for k, v in wanted.items()])
                return dict(wanted)
        for name, value in wanted.items():
            if value != known[name]:
                raise ValueError(
                    f"bank {self.path} was made with {name} {known[name]!r}, got {value!r}: "
                    f"open it with {known[name]!r}, or import its texts into a new bank"
                )
        return known


def blob(vector: np.ndarray) -> bytes:
    """float32 bytes of an array."""
    return np.ascontiguousarray(vector, dtype=np.float32).tobytes()


def read_meta(path: str | Path) -> dict:
    """What an existing bank was made with. Raises ValueError if there is no bank at path."""
    if not Path(path).is_file():
        raise ValueError(f"there is no bank at {path}")
    store = Store(path)
    store.close()
    if not store.meta:
        raise ValueError(f"there is no bank at {path}: the file is empty")
    return store.meta
