"""A bank's file copied while it is open, checked row by row, and what is readable of a damaged one put into a new file.

The file itself is never changed: it is copied aside with its log first.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nuonuo.maths import codes
from nuonuo.memory.encoder import DEFAULT, DIMENSION
from nuonuo.memory.opening import read_meta, settings_of
from nuonuo.memory.records import BankSettings, Record
from nuonuo.memory.rows import COLUMNS, row_of
from nuonuo.memory.schema import MIGRATIONS, SUMS, read
from nuonuo.memory.sqlite import UNREADABLE, backup, contents, damage
from nuonuo.memory.store import Store

SPARSE = 64  # rows of a page that are looked for where the last row's number cannot be read
MOST = 2**36  # bytes of a file that was cut; holes take no space
Raw = dict[int, tuple[Any, ...]]


@dataclass(frozen=True)
class Repaired:
    """What a repair has brought into a new file, and what it could not."""

    memories: int
    lost: tuple[int, ...]  # ids of memories that are not as they were stored, or not whole
    made: bool  # whether the settings were read; if not they are the usual ones
    reason: str  # what was wrong with the pages, empty if SQLite finds nothing


def copy(path: str | Path, to: str | Path) -> None:
    """A complete copy of a bank, which may be open, in a new file. Raises ValueError if there is no bank, or a file."""
    read_meta(path)
    with _new(Path(to)) as made:
        try:
            backup(path, made)
        except UNREADABLE as reason:
            raise ValueError(f"bank {path} cannot be copied to {to}: {reason}") from reason


def check(path: str | Path) -> int:
    """Check every page, index and row of a bank; how many memories it holds. Raises ValueError at what is wrong."""
    read_meta(path)
    with tempfile.TemporaryDirectory() as aside:
        whole = Path(aside) / "copy"
        _copied(Path(path), whole)
        with closing(sqlite3.connect(whole)) as db:
            try:
                found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            except UNREADABLE as reason:
                found = str(reason)
        if found != "ok":
            raise ValueError(f"bank {path} is damaged: {' '.join(found.split())}")
        try:
            with closing(Store(whole)) as store:
                store.load_whitening()
                return len(store.load())
        except ValueError as reason:
            raise ValueError(str(reason).replace(str(whole), str(path))) from reason


def repair(path: str | Path, to: str | Path) -> Repaired:
    """Copy what is readable of a damaged bank into a new file; ids, texts and embeddings stay.

    Raises ValueError if nothing can be read, if it is of a newer version, or if there is a file already.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no bank at {path}")
    with tempfile.TemporaryDirectory() as aside, _new(Path(to)) as made:
        whole = Path(aside) / "copy"
        _copied(path, whole)
        _lengthen(whole)
        try:
            done, tables = contents(whole)
        except UNREADABLE as reason:
            raise ValueError(f"nothing of {path} can be read: {reason}") from reason
        if done > len(MIGRATIONS) and done < 1000:
            raise ValueError(f"bank {path} was made by a newer version of NuoNuo (format {done}): update first")
        if not {"memory", "cue"} <= tables:
            raise ValueError(f"nothing of {path} can be read: it has no table of memories")
        with closing(sqlite3.connect(whole)) as db:
            db.text_factory = lambda data: data.decode("utf-8", "replace")  # a checksum tells what that has changed
            try:
                rows, lost = _rows(db)
            except UNREADABLE as reason:
                raise ValueError(f"nothing of {path} can be read: {reason}") from reason
            settings, known = _settings(db, rows, path)
            wrong = _wrong(db)
        rows = [row for row in rows if row.cue_embeddings.shape[1] == len(row.embedding) == settings.dimension]
        if not rows:
            raise ValueError(f"nothing of {path} can be read: none of its memories is whole")
        with closing(Store(made, asdict(settings))) as store:
            store.restore([replace(row, version=0) for row in rows])
    return Repaired(len(rows), tuple(sorted(lost)), known, wrong)


@contextmanager
def _new(to: Path) -> Iterator[Path]:
    """A file to be made, which has its name once it is whole. Raises ValueError if there is one, or no folder."""
    if not to.parent.is_dir():
        raise ValueError(f"{to} cannot be made: there is no folder {to.parent}")
    if to.exists() or to.is_symlink():
        raise ValueError(f"{to} is there already: choose another name")
    with tempfile.TemporaryDirectory(dir=to.parent) as aside:
        made = Path(aside) / "bank"
        yield made
        os.link(made, to)  # unlike a rename it overwrites nothing


def _copied(path: Path, to: Path) -> None:
    """The bytes of a file and of its log, whatever they are."""
    shutil.copyfile(path, to)
    if Path(f"{path}-wal").is_file():
        shutil.copyfile(f"{path}-wal", f"{to}-wal")


def _lengthen(path: Path) -> None:
    """Give a file that was cut the length that its header says, or SQLite reads nothing of it."""
    with path.open("rb") as file:
        header = file.read(100)
    size, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    length = (65_536 if size == 1 else size) * pages
    if path.stat().st_size < length <= MOST:
        os.truncate(path, length)


def _rows(db: sqlite3.Connection) -> tuple[list[Record], set[int]]:
    """The memories that are whole, and the ids of those that are not."""
    cues: dict[int, list[tuple[str, bytes]]] = {}
    for _, memory, text, vector in _readable(db, "cue", ("id", "memory", "text", "embedding")).values():
        cues.setdefault(memory, []).append((text, vector))
    done = db.execute("PRAGMA user_version").fetchone()[0]
    there = {row[1] for row in db.execute("PRAGMA table_info(memory)")}
    names = [name if name.strip('"') in there else "NULL" for name in COLUMNS]
    kept, lost = [], {number for number in cues if isinstance(number, int)}
    for number, found in _readable(db, "memory", names).items():
        lost.add(number)
        try:
            row = row_of(found, cues[number], summed=done >= SUMS)
            if np.isfinite(row.cue_embeddings).all() and np.isfinite(row.embedding).all():
                kept.append(replace(row, version=0))
                lost.discard(number)
        except (KeyError, TypeError, ValueError):
            continue
    return kept, lost


def _readable(db: sqlite3.Connection, table: str, names: Sequence[str]) -> Raw:
    """The rows of a table by number, without those that cannot be read: halves are tried where a whole fails."""
    found: Raw = {}
    try:
        last = db.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] or 0
    except UNREADABLE:  # its last page is lost
        last = max(SPARSE, db.execute("PRAGMA page_count").fetchone()[0] * SPARSE)
    left = [(1, last)]
    while left:
        low, high = left.pop()
        try:
            select = f"SELECT rowid, {', '.join(names)} FROM {table} NOT INDEXED WHERE rowid BETWEEN ? AND ?"
            for number, *row in db.execute(select, (low, high)):
                found[number] = tuple(row)
        except (*UNREADABLE, OverflowError):
            if low < high:
                left += [(low, (low + high) // 2), ((low + high) // 2 + 1, high)]
    return dict(sorted(found.items()))


def _settings(db: sqlite3.Connection, rows: Sequence[Record], path: Path) -> tuple[BankSettings, bool]:
    """What the bank was made with, and whether it says so; else what a new one of such embeddings is made with."""
    try:
        meta, intact = read(db, path)
        if intact:
            return settings_of(path, meta), True
    except (sqlite3.DatabaseError, ValueError):
        pass
    d = len(rows[0].embedding) if rows else 1
    name = DEFAULT if d == DIMENSION else None
    return BankSettings(name, d, 0, codes.UNITS, codes.WINNERS, 0.5, 0.1, True), False


def _wrong(db: sqlite3.Connection) -> str:
    try:
        return damage(db)
    except UNREADABLE as reason:
        return str(reason)
