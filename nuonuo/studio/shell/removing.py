"""An own bank deleted, so that it can be brought back, and renamed.

A deleted bank is copied into the folder `deleted` first, while nobody else can write it; an open file is never moved.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from nuonuo import Memory
from nuonuo.memory import rescue
from nuonuo.studio.shell import banks, own, scratch

QUESTIONS = ".questions.jsonl"


@dataclass(frozen=True)
class Deleted:
    """An own bank that was deleted, and where it lies."""

    name: str
    file: Path


def delete(name: str, memory: Memory) -> Deleted:
    """Delete an own bank with its questions. Raises ValueError, deleting nothing, if it cannot be kept aside."""
    folder = own.made(own.home() / "deleted", 0o700)
    scratch.expire(folder)
    path, aside = banks.file_of(name), folder / f"{secrets.token_urlsafe(16)}.nuonuo"
    try:
        with memory.alone():  # nobody adds to it between its copy and its end
            rescue.copy(path, aside)
            for part in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                part.unlink(missing_ok=True)
        _move(own.beside(path, QUESTIONS), own.beside(aside, QUESTIONS))
    except OSError as reason:
        raise ValueError(f"the bank {path.stem!r} cannot be deleted: {reason.strerror or reason}") from reason
    return Deleted(path.stem, aside)


def bring_back(one: Deleted) -> str:
    """Give a deleted bank its name again; that for the URL. Raises ValueError if it is taken or the file expired."""
    path = own.free(own.folder(), one.name)
    try:
        own.publish(one.file, path)
        _move(own.beside(one.file, QUESTIONS), own.beside(path, QUESTIONS))
        one.file.unlink()
    except OSError as reason:
        raise ValueError(f"the bank {one.name!r} cannot be brought back: {reason.strerror or reason}") from reason
    return banks.OWN + path.stem


def rename(name: str, memory: Memory, to: str) -> str:
    """Give an own bank another name; that for the URL. Raises ValueError, changing nothing, if it cannot have it."""
    own.free(own.folder(), to)
    gone = delete(name, memory)
    try:
        return bring_back(Deleted(own.named(to), gone.file))
    except ValueError:  # someone took the name this moment
        bring_back(gone)
        raise


def _move(file: Path, to: Path) -> None:
    if file.exists():
        os.replace(file, to)
