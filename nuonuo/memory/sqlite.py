"""SQLite files that several threads and processes share: write-ahead log, waiting for locks.

https://www.sqlite.org/wal.html
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

# what a damaged file makes sqlite3 raise: its messages quote bytes of the file, which need be no text
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
PATIENCE = 2.0  # seconds another process may hold a lock


def contents(path: str | Path | None) -> tuple[int, frozenset[str]]:
    """The user_version and the tables of a file, (0, none) if there is none; nothing in it is changed.

    Raises sqlite3.DatabaseError if it is something else or cannot be read.
    """
    if path is None or not Path(path).is_file() or not Path(path).stat().st_size:
        return 0, frozenset()
    with to_read(path) as db:
        db.execute("BEGIN")  # both of one moment
        version = db.execute("PRAGMA user_version").fetchone()[0]
        return version, frozenset(name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'"))


@contextmanager
def to_read(path: str | Path) -> Iterator[sqlite3.Connection]:
    """An existing file while it is only read; it waits for no writer."""
    log, journal = (Path(f"{path}-{kind}").exists() for kind in ("wal", "journal"))
    how = "?mode=ro" if log else "" if journal else "?immutable=1"  # a journal must be played back before one can read
    uri = f"{Path(path).absolute().as_uri()}{how}"
    with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as db:
        yield db


def backup(path: str | Path, to: Path) -> None:
    """Copy a file with all that its write-ahead log holds, as of one moment, over `to`: wholly or not at all."""
    aside = to.with_name(f"{hashlib.sha256(os.fsencode(to.name)).hexdigest()[:16]}.part")  # its own would be too long
    aside.unlink(missing_ok=True)
    try:
        with to_read(path) as db, closing(sqlite3.connect(aside)) as copy:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, complete by itself
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(to)
    finally:
        aside.unlink(missing_ok=True)


def connect(path: str | Path | None, synchronous: str) -> sqlite3.Connection:
    """Open a file, or a database in memory only (None), for any thread of this process.

    synchronous: "FULL" (a commit is on the disk when it returns) or "OFF". Raises sqlite3.DatabaseError if the file
    is something else or cannot be written.
    """
    db = sqlite3.connect(":memory:" if path is None else str(path), check_same_thread=False, timeout=PATIENCE)
    try:
        write_ahead(db)
        db.execute(f"PRAGMA synchronous={synchronous}")
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def write_ahead(db: sqlite3.Connection) -> None:
    """Switch to a write-ahead log. SQLite gives up at once if two processes do so together; this waits."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as reason:
            if "locked" not in str(reason) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def damage(db: sqlite3.Connection) -> str:
    """What of a file's pages SQLite finds damaged first (`quick_check`), empty if nothing."""
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    return "" if found == "ok" else " ".join(found.split())
