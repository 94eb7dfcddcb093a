"""Preparing: the memories of a file read and encoded in the background, so that storing them is one quick change."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuonuo.files.duplicates import once
from nuonuo.files.memories import read_file
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.records import Record, prepare

Chosen = Mapping[str, str | bool | None]  # role to column, as `read_file` takes them


@dataclass(frozen=True)
class Prepared:
    """Memories that are ready to be stored."""

    kept: list[Record]  # as read, what comes twice once
    ready: list[Record]  # the same with their embeddings
    doubled: int  # rows that were one before them


def work(file: Path, columns: Chosen, encoder: str | None, dimension: int, report: Any) -> Prepared:
    """Read a file and encode it, as a background job. encoder: name of the bank's; None: it has none.

    Raises ValueError as `read_file` and `prepare` do.
    """
    return prepared(file, columns, Encoder(encoder) if encoder else None, dimension, told(report))


def prepared(
    file: Path, columns: Chosen, encoder: Encoder | None, dimension: int, progress: Progress | None
) -> Prepared:
    """Read a file and encode it, here and now. Raises ValueError as `read_file` and `prepare` do."""
    items = read_file(file, columns).items
    kept = once(items)
    return Prepared(kept, prepare(kept, encoder, dimension, progress), len(items) - len(kept))


def told(report: Any) -> Progress:
    """Progress as a job reports it, which says by itself how long it will take."""
    return lambda done, total: report(done / max(total, 1), f"{done:,} of {total:,} texts encoded")
