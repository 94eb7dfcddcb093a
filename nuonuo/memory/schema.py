"""What a bank's file holds, and whether a file is a bank.

Migrations are numbered; a released one is never edited. A file is looked into before anything in it is changed.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nuonuo.memory.rows import SELECT, checksum
from nuonuo.memory.sqlite import backup, contents

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
    """
    ALTER TABLE memory ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), changes INTEGER NOT NULL);
    INSERT INTO counter VALUES (1, 0);
    """,
    """
    ALTER TABLE memory ADD COLUMN title TEXT;
    ALTER TABLE memory ADD COLUMN session TEXT;
    ALTER TABLE memory ADD COLUMN position REAL;
    ALTER TABLE memory ADD COLUMN source TEXT;
    ALTER TABLE memory ADD COLUMN "when" TEXT;
    ALTER TABLE memory ADD COLUMN ties TEXT;
    """,
    """
    ALTER TABLE memory ADD COLUMN own_id TEXT;
    ALTER TABLE memory ADD COLUMN metadata TEXT;
    """,
    """
    ALTER TABLE memory ADD COLUMN checksum INTEGER;
    ALTER TABLE whitening ADD COLUMN checksum INTEGER;
    """,
)
SUMS = 5  # the format that has checksums
META_SUM = "checksum"  # the key of the meta's own


def check_ours(path: Path | None) -> None:
    """Raises sqlite3.DatabaseError if a file belongs to another program, ValueError if to a newer version of ours."""
    done, tables = contents(path)
    if done > len(MIGRATIONS):
        raise ValueError(f"bank {path} was made by a newer version of NuoNuo (format {done}): update first")
    if tables and (done == 0 or not {"meta", "memory", "cue"} <= tables):
        raise sqlite3.DatabaseError("it belongs to another program")


def is_latest(db: sqlite3.Connection) -> bool:
    """Whether a file has the latest format and says how it was made: there is nothing to write on opening it."""
    if db.execute("PRAGMA user_version").fetchone()[0] != len(MIGRATIONS):
        return False
    return db.execute("SELECT 1 FROM meta").fetchone() is not None


def migrate(db: sqlite3.Connection, path: Path | None) -> None:
    """Bring a file to the latest format, inside a transaction: of processes that make one file, one does this.

    A file of an older format is first copied beside itself, as FILE.v1 for format 1.
    """
    done = db.execute("PRAGMA user_version").fetchone()[0]
    if path is not None and 0 < done < len(MIGRATIONS):
        backup(path, Path(f"{path}.v{done}"))
    for number, script in enumerate(MIGRATIONS[done:], done + 1):
        for statement in script.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version={number}")
    if done < SUMS:
        _write_sums(db)


def _write_sums(db: sqlite3.Connection) -> None:
    """Give every row of a file that had none its checksum."""
    cues: dict[int, list[tuple[str, bytes]]] = {}
    for memory, text, vector in db.execute("SELECT memory, text, embedding FROM cue ORDER BY id"):
        cues.setdefault(memory, []).append((text, vector))
    sums = [(checksum(row[1:-1], *cues.get(row[0], ())), row[0]) for row in db.execute(SELECT)]
    db.executemany("UPDATE memory SET checksum=? WHERE id=?", sums)
    for one in db.execute("SELECT fitted_on, shrinkage, mean, matrix FROM whitening").fetchall():
        db.execute("UPDATE whitening SET checksum=?", (checksum(one),))
    if meta := dict(db.execute("SELECT key, value FROM meta")):
        db.execute("INSERT INTO meta VALUES (?, ?)", (META_SUM, _sum_of(meta)))


def _sum_of(meta: Mapping[str, str]) -> str:
    return str(checksum(sorted(meta), (meta[key] for key in sorted(meta))))


def read(db: sqlite3.Connection, path: Path | None) -> tuple[dict[str, Any], bool]:
    """What a file says of how it was made, empty if nothing, and whether that is as it was written.

    Raises ValueError if it cannot be read.
    """
    written = dict(db.execute("SELECT key, value FROM meta"))
    kept, known = written.pop(META_SUM, None), {}
    for key, value in written.items():
        try:
            known[key] = json.loads(value)
        except (TypeError, ValueError) as reason:
            raise ValueError(f"bank {path} is damaged: its {key} cannot be read") from reason
    summed = db.execute("PRAGMA user_version").fetchone()[0] >= SUMS
    return known, not written or not summed or kept == _sum_of(written)


def settle(db: sqlite3.Connection, path: Path | None, wanted: dict) -> dict:
    """The file's own meta, written first if it is new: of processes that make one file together the first wins.

    Raises ValueError if it lacks something wanted, or was made with something else.
    """
    known, intact = read(db, path)
    if not known:
        made = {key: json.dumps(value) for key, value in wanted.items()}
        if made:
            db.executemany("INSERT INTO meta VALUES (?, ?)", [*made.items(), (META_SUM, _sum_of(made))])
        return dict(wanted)
    check_complete(path, known, wanted)
    check_intact(path, intact)
    for name, value in wanted.items():
        if value != known[name]:
            raise ValueError(
                f"bank {path} was made with {name} {known[name]!r}, got {value!r}: "
                f"open it with {known[name]!r}, or import its texts into a new bank"
            )
    return known


def check_complete(path: Path | None, meta: dict, names: Iterable[str]) -> None:
    """Raises ValueError, naming the file, unless a bank's meta says all these."""
    for name in names:
        if name not in meta:
            raise ValueError(f"bank {path} is damaged: it does not say with which {name} it was made")


def check_intact(path: Path | None, intact: bool) -> None:
    """Raises ValueError, naming the file, if what it says of how it was made is not as it was written."""
    if not intact:
        raise ValueError(f"bank {path} is damaged: what it says of how it was made is not as it was written")
