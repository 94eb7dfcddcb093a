"""Scratch banks: a visitor's changes to a sample, in a file that only the page's address names.

The address holds an unguessable token, so whoever has the link sees the changes and nobody else finds them. A file
that was not opened for `KEPT` is deleted.
"""

import contextlib
import ctypes
import gc
import os
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nuonuo import Memory
from nuonuo.studio.shell import own

KEPT = timedelta(days=30)  # since it was last opened
TOUCH = 3600.0  # s between two notes that a file is in use
ADDRESS = re.compile(r"scratch:([a-z]{1,40}):([A-Za-z0-9_-]{22})")  # 22 characters are 128 random bits


@dataclass(frozen=True)
class Scratch:
    """A changed sample, as an address names it."""

    sample: str
    token: str

    @property
    def address(self) -> str:
        """What the page's address says for the bank."""
        return f"scratch:{self.sample}:{self.token}"

    def file(self, folder: Path) -> Path:
        """Where it lies in the folder of scratch banks."""
        return folder / f"{self.sample}.{self.token}.nuonuo"


def read(address: str) -> Scratch | None:
    """What an address names; None if it cannot name a scratch bank."""
    found = ADDRESS.fullmatch(address)
    return Scratch(*found.groups()) if found else None


def make(folder: Path, sample: str, memory: Memory) -> Scratch:
    """A scratch bank with a sample's memories, ids and settings; expired ones are deleted first."""
    expire(own.made(folder, 0o700))
    made = Scratch(sample, secrets.token_urlsafe(16))
    memory.copy(made.file(folder)).close()
    return made


def find(folder: Path, one: Scratch) -> Path | None:
    """Its file, noted as in use; None if it has expired or never was."""
    file = one.file(folder)
    try:
        age = time.time() - file.stat().st_mtime
        if age > KEPT.total_seconds():
            return None
        if age > TOUCH:
            os.utime(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return file


def until(file: Path) -> datetime:
    """When it expires if nobody opens it before, in UTC."""
    return datetime.fromtimestamp(file.stat().st_mtime, UTC) + KEPT


def expire(folder: Path) -> None:
    """Delete the scratch banks that were not opened for `KEPT`."""
    oldest = time.time() - KEPT.total_seconds()
    for file in folder.glob("*.nuonuo"):
        try:
            if file.stat().st_mtime < oldest:
                for part in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
                    part.unlink(missing_ok=True)
        except FileNotFoundError:  # another process was faster
            continue


def give_back(_: object) -> None:
    """Hand freed memory back to the system when a bank is released: glibc keeps some 6 MiB of each otherwise.

    What only refers to itself goes first: Streamlit is told not to look for it after each run (.streamlit/config.toml).
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # no glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)
