"""SQLite files that several threads and processes share: write-ahead log, waiting for locks.

https://www.sqlite.org/wal.html
"""

import sqlite3
import time
from pathlib import Path

PATIENCE = 30.0  # seconds another process may hold a lock


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
