"""What a bank's file says of itself before it is opened, and why it may not be opened or changed."""

import shutil
from dataclasses import fields
from pathlib import Path

from nuonuo.memory.records import BankSettings, Record
from nuonuo.memory.schema import check_complete, check_intact, check_ours, read
from nuonuo.memory.sqlite import UNREADABLE, to_read

ROOM = 1 << 16  # bytes that a shared file's index takes, and some more


class Busy(ValueError):
    """Another program holds the file; nothing was changed."""


class Full(Busy):
    """The disk that holds the file is full; nothing was changed. SQLite needs some room even to read a shared file."""


class Conflict(ValueError):
    """A memory was changed by someone else since the version that a change was made on; nothing was written.

    stored: the memory as it is now. attempted: as it should have become, with the version it was made on.
    """

    def __init__(self, stored: Record, attempted: Record) -> None:
        super().__init__(
            f"memory {stored.id} was changed by someone else meanwhile: it holds {', '.join(map(repr, stored.cues))} → "
            f"{stored.target!r} now"
        )
        self.stored, self.attempted = stored, attempted


def refused(path: Path | None, reason: Exception) -> ValueError:
    """Why a file cannot be opened, as a sentence: it is locked, or it is no bank."""
    if "locked" in str(reason):
        return Busy(f"bank {path} is in use by another program and cannot be opened")
    if is_full(path, reason):
        return Full(f"bank {path} cannot be opened: its disk is full")
    return ValueError(f"bank {path} must be a NuoNuo bank, a SQLite file that can be read and written: {reason}")


def is_full(path: Path | None, reason: Exception) -> bool:
    """Whether SQLite has failed because no room is left on a file's disk, whatever it calls that."""
    if "disk is full" in str(reason):
        return True
    try:
        return path is not None and "disk I/O error" in str(reason) and shutil.disk_usage(path.parent).free < ROOM
    except OSError:
        return False


def read_meta(path: str | Path) -> dict:
    """What an existing bank was made with; the file is only read. Raises ValueError if there is no bank at path."""
    path = Path(path)
    if not path.is_file():
        kind = "it is a folder" if path.is_dir() else "it is a link to nothing" if path.is_symlink() else ""
        raise ValueError(f"there is no bank at {path}{kind and f': {kind}'}")
    try:
        check_ours(path)
        with to_read(path) as db:
            known, intact = read(db, path) if path.stat().st_size else ({}, True)
    except UNREADABLE as reason:
        raise refused(path, reason) from reason
    if not known:
        raise ValueError(f"there is no bank at {path}: the file is empty")
    if not intact:
        settings_of(path, known)
        check_intact(path, intact)
    return known


def settings_of(path: str | Path | None, meta: dict) -> BankSettings:
    """A file's meta as settings. Raises ValueError, naming the file, if it does not say all of them."""
    names = [f.name for f in fields(BankSettings)]
    check_complete(None if path is None else Path(path), meta, names)
    try:
        return BankSettings(**{name: meta[name] for name in names})
    except TypeError as reason:
        raise ValueError(f"bank {path} is damaged: it was made with settings that none can have") from reason
