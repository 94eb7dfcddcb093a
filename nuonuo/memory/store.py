"""Banks on disk: one SQLite file a bank.

Write-ahead log with synchronous=FULL: a write has returned only when it is on the disk, and several processes may read
and write. Every change of a memory gives it a number that no other change in the file has, its version, and says which
version it was made on: what someone else has changed meanwhile is not lost, but a Conflict.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from nuonuo.memory.opening import Busy, Conflict, Full, is_full, refused
from nuonuo.memory.records import Record
from nuonuo.memory.rows import INSERT, UPDATE, WITH_CUES, blob, checksum, columns, rows_of, tied
from nuonuo.memory.schema import check_ours, is_latest, migrate, settle
from nuonuo.memory.sqlite import UNREADABLE, connect, damage

SIDE_BY_SIDE = 16  # memories whose cues are written after them


class Store:
    """One bank's file, or a bank in memory only (path None).

    meta: what the bank is made with (encoder, dimension, seed, …). Raises ValueError if the file is not a bank, was
    made by a newer program, or was made with another encoder, dimension or seed.
    """

    def __init__(self, path: str | Path | None, meta: dict | None = None) -> None:
        self.path = Path(path) if path is not None else None
        self._lock = threading.RLock()
        self._left = False  # whether texts that are stored no more may be in the log
        if self.path is not None and not self.path.parent.is_dir():
            raise ValueError(f"bank {self.path} cannot be made: there is no folder {self.path.parent}")
        try:
            check_ours(self.path)
            self._db = connect(self.path, "FULL")
        except UNREADABLE as reason:
            raise refused(self.path, reason) from reason
        try:
            self._file = self._identity()
            self._db.execute("PRAGMA foreign_keys=ON")
            self._db.execute("PRAGMA secure_delete=ON")  # what is forgotten leaves the file too
            self.meta = self._opened(meta or {})
            self._version = self._data_version()
        except (*UNREADABLE, OSError) as reason:
            self._db.close()
            raise refused(self.path, reason) from reason
        except ValueError:
            self._db.close()
            raise

    def _opened(self, meta: dict) -> dict:
        """The meta of the file, brought to the latest format if it is not; an unchanged one waits for no writer."""
        if self.path is not None and (wrong := damage(self._db)):
            raise ValueError(f"bank {self.path} is damaged: {wrong}")
        if is_latest(self._db):
            with self.reading():
                return settle(self._db, self.path, meta)
        with self.writing():
            migrate(self._db, self.path)
            return settle(self._db, self.path, meta)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One durable transaction that no other process writes beside: all of it is on the disk afterwards, or nothing.

        One inside another is part of it.
        """
        with self._transaction("BEGIN IMMEDIATE", "written: nothing was stored"):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While it lasts everything is read as of one moment."""
        with self._transaction("BEGIN", "read"):
            yield

    def add(self, rows: Iterable[Record]) -> list[Record]:
        """Store memories in one durable transaction; the rows, with their ids, and with ties by key as ties to ids.

        Raises ValueError, and stores nothing, if a tie is to a key that none of these has.
        """
        with self.writing():
            found = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name='memory'").fetchone()
            added = tied([row.numbered(number) for number, row in enumerate(rows, found[0] + 1 if found else 1)])
            self._insert(added)
        return added

    def restore(self, rows: Iterable[Record]) -> list[Record]:
        """Store memories under ids that are free, as those of forgotten ones are; the rows, with their new versions."""
        restored = []
        with self.writing():
            for row in rows:
                restored.append(replace(row, version=self._next_version()))
            self._insert(restored)
        return restored

    def replace(self, row: Record) -> Record:
        """Give a stored memory another target, cues, origin and ties; the row, with its new version.

        row.version is the version this change was made on. Raises Conflict if the file holds another one, and
        ValueError if the memory is gone.
        """
        with self.writing():
            (found,) = self.load(row.id) or (None,)
            if found is None:
                raise ValueError(f"there is no memory with id {row.id} in bank {self.path}: another process removed it")
            if found.version != row.version:
                raise Conflict(found, row)
            row = replace(row, version=self._next_version())
            self._db.execute(UPDATE, columns(row))
            self._db.execute("DELETE FROM cue WHERE memory=?", (row.id,))
            self._left = True
            self._insert_cues([row])
            return row

    def delete(self, ids: Sequence[int]) -> None:
        """Remove memories and their cues."""
        with self.writing():
            self._db.executemany("DELETE FROM memory WHERE id=?", [(i,) for i in ids])
            self._left = True

    def load(self, only: int | None = None) -> list[Record]:
        """Every memory, oldest first, as of one moment; or the one with an id, if it is there.

        Raises ValueError if the file is damaged: a memory without a cue, with links that cannot be read, or not as it
        was stored.
        """
        with self.reading():
            one, given = ("", ()) if only is None else ("WHERE {}=?", (only,))
            try:
                rows = list(rows_of(self._db.execute(WITH_CUES.format(one.format("memory.id")), given)))
            except UNREADABLE:
                raise
            except (TypeError, ValueError) as reason:
                raise ValueError(f"bank {self.path} is damaged: {reason}") from reason
            cues = self._db.execute(f"SELECT count(*) FROM cue {one.format('memory')}", given).fetchone()[0]
            if cues != sum(len(row.cues) for row in rows):
                raise ValueError(f"bank {self.path} is damaged: it has a cue of no memory")
            if only is None:
                self._version = self._data_version()
            return rows

    def save_whitening(self, fitted_on: int, shrinkage: float, mean: np.ndarray, matrix: np.ndarray | None) -> None:
        """Remember the fitted whitening, so that a reopened bank recalls the same."""
        values = (fitted_on, shrinkage, blob(mean), None if matrix is None else blob(matrix))
        with self.writing():
            self._db.execute("INSERT OR REPLACE INTO whitening VALUES (1, ?, ?, ?, ?, ?)", (*values, checksum(values)))

    def load_whitening(self) -> tuple[int, float, np.ndarray, np.ndarray | None] | None:
        """(fitted on, shrinkage, mean (d,), matrix (d, d) or None), or None if none was saved.

        Raises ValueError if it is not as it was saved.
        """
        with self.reading():
            row = self._db.execute("SELECT fitted_on, shrinkage, mean, matrix, checksum FROM whitening").fetchone()
        if row is None:
            return None
        if row[4] != checksum(row[:4]):
            raise ValueError(f"bank {self.path} is damaged: its whitening is not as it was stored")
        mean = np.frombuffer(row[2], np.float32)
        matrix = None if row[3] is None else np.frombuffer(row[3], np.float32).reshape(-1, len(mean))
        return row[0], row[1], mean, matrix

    def changed_elsewhere(self) -> bool:
        """Whether another process has written since the last load; to a bank in memory none can."""
        if self.path is None:
            return False
        with self.reading():
            return self._data_version() != self._version

    def copy_into(self, other: "Store") -> None:
        """Make another store hold what this one does: ids, embeddings, whitening. Raises ValueError if it cannot."""
        with self._lock:
            try:
                self._db.backup(other._db)
            except UNREADABLE as reason:
                raise ValueError(f"bank {other.path} cannot be written: {reason}") from reason

    def close(self) -> None:
        """Close the file, with nothing left in its log unless another program still reads it; of memory, it is gone."""
        with self._lock:
            if self._left:
                self._empty_log()
            self._db.close()

    def _insert(self, rows: Sequence[Record]) -> None:
        """Write memories, which have ids, and their cues side by side: a cut file has lost both or neither."""
        for first in range(0, len(rows), SIDE_BY_SIDE):
            some = rows[first : first + SIDE_BY_SIDE]
            self._db.executemany(INSERT, map(columns, some))
            self._insert_cues(some)

    def _insert_cues(self, rows: Sequence[Record]) -> None:
        cues = (
            (row.id, text, blob(vector))
            for row in rows
            for text, vector in zip(row.cues, row.cue_embeddings, strict=True)
        )
        self._db.executemany("INSERT INTO cue (memory, text, embedding) VALUES (?, ?, ?)", cues)

    @contextmanager
    def _transaction(self, begin: str, done: str) -> Iterator[None]:
        """begin: the statement. done: what cannot be done if SQLite refuses, for the sentence."""
        with self._lock:
            try:
                if self._db.in_transaction:
                    yield
                    return
                if done != "read" and self._file != self._identity():
                    raise ValueError(f"bank {self.path} was deleted or replaced while it was open: nothing was stored")
                self._db.execute(begin)
                with self._db:
                    yield
                if self._left:
                    self._empty_log()
            except sqlite3.IntegrityError:  # a rule of the tables was broken: what it says is for whoever broke it
                raise
            except UNREADABLE as reason:
                if "locked" in str(reason):
                    raise Busy(f"bank {self.path} is in use by another program and cannot be {done}") from reason
                kind, why = (Full, "its disk is full") if is_full(self.path, reason) else (ValueError, str(reason))
                raise kind(f"bank {self.path} cannot be {done}: {why}") from reason

    def _empty_log(self) -> None:
        """Bring all into the file and cut its log, where forgotten texts would stay; later if another reads it now."""
        with suppress(sqlite3.OperationalError):
            self._left = bool(self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])

    def _identity(self) -> tuple[int, int] | None:
        """Device and number of the file at the path; None of none, and of a bank in memory."""
        try:
            found = self.path and self.path.stat()
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if found else None

    def _next_version(self) -> int:
        return self._db.execute("UPDATE counter SET changes = changes + 1 RETURNING changes").fetchone()[0]

    def _data_version(self) -> int:
        return self._db.execute("PRAGMA data_version").fetchone()[0]
