"""Importer: memories from a file, all checked before any is handed on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from nuonuo.files.columns import SAMPLE, Columns, chosen, paths
from nuonuo.files.embeddings import Embeddings as Embeddings
from nuonuo.files.embeddings import embeddings_of as embeddings_of
from nuonuo.files.guessing import guess, only_vector
from nuonuo.files.known import lacking as lacking
from nuonuo.files.known import missing as missing
from nuonuo.files.mapping import Mapped
from nuonuo.files.names import counted, listing, short
from nuonuo.files.origins import about_of, keyed, links_of
from nuonuo.files.sources import open_source
from nuonuo.files.values import numbers, with_direction
from nuonuo.memory.records import LONGEST, Record, Vector, is_text, record

Rows = Iterator[tuple[str, dict[str, Any]]]  # each with where it stands


@dataclass(frozen=True)
class Found:
    """What a file of memories holds, and how it was read."""

    items: tuple[Record, ...]
    format: str  # in words
    columns: Columns
    names: tuple[str, ...]  # of all columns, those inside others under their paths
    rows: tuple[Mapping[str, Any], ...]  # the first of them, as they stand in the file
    notes: tuple[str, ...]  # what was left out, a sentence each without its full stop


def read_items(path: str | Path, columns: Mapping[str, str | bool | None] | None = None) -> list[Record]:
    """The memories in a file, as `read_file` reads them."""
    return list(read_file(path, columns).items)


def read_file(path: str | Path, columns: Mapping[str, str | bool | None] | None = None) -> Found:
    """The memories in a file or folder, and how it was read.

    Rows with `cue`, and optionally `target`, `cues` (a list of paraphrases), `embedding`, `target_embedding`, and where
    it comes from and `links` as files/origins.py reads them, are read so; of any other table the columns are guessed.
    columns: role to the column that has it instead (files/columns.py), "" for none. Lines of text are one memory each,
    its own target. Raises ValueError naming the file, the row and what would be right, if any row is wrong.
    """
    source, found = _scanned(Path(path), columns or {})
    records, notes = records_of(str(path), source, found.columns)
    if not records:
        raise ValueError(f"{path} is empty: it must hold one memory a line")
    return replace(found, items=tuple(records), notes=(*found.notes, *notes))


def records_of(
    name: str, source: Iterable[tuple[str, dict[str, Any]]], made: Columns
) -> tuple[list[Record], list[str]]:
    """Rows, each with where it stands, as memories, and what was left out. name: of the file, for errors to begin with.

    Raises ValueError naming the row and what would be right, if any row is wrong.
    """
    read = Mapped(made)
    records: list[Record] = []
    ids, places = [], []
    size: tuple[int, str] | None = None  # of an embedding, and where it was first met
    for where, given in source:
        try:
            row = read.row(given)
            records.append(one := _record(row, given))
            ids.append(row.get("key", row.get("id")))
            places.append(where)
            size = same_size({"embedding": one.cue_vectors, "target_embedding": one.target_vector}, size, where)
        except ValueError as reason:
            raise ValueError(f"{name}, {where}: {reason}") from reason
    try:
        records = keyed(records, ids, places)
    except ValueError as reason:
        raise ValueError(f"{name}, {reason}") from reason
    return records, list(_notes(read))


def scan(path: str | Path, columns: Mapping[str, str | bool | None] | None = None) -> Found:
    """The first rows of a file and how it would be read, without a memory. Raises ValueError as `read_file` does."""
    return _scanned(Path(path), columns or {})[1]


def _scanned(path: Path, given: Mapping[str, str | bool | None]) -> tuple[Rows, Found]:
    """The rows of a file, and how they are to be read."""
    source = open_source(path)
    rows = _named(path, source.rows)
    first = list(islice(rows, SAMPLE))
    sample = [row for _, row in first]
    names = tuple(paths(sample))
    made = _columns(path, sample, names, given)
    return chain(first, rows), Found((), source.format, made, names, tuple(sample), source.notes)


def _named(path: Path, rows: Rows) -> Rows:
    """The rows, errors of a row beginning with the file's name."""
    try:
        yield from rows
    except ValueError as reason:
        said = str(reason)
        raise ValueError(said if said.startswith(str(path)) else f"{path}, {said}") from reason


def _columns(path: Path, sample: list, names: Sequence[str], given: Mapping[str, str | bool | None]) -> Columns:
    guessed = guess(sample)
    if not sample or not given:
        return guessed if guessed.text or not sample else replace(guessed, text="cue")
    try:
        made = chosen(guessed, given, names)
    except ValueError as reason:
        raise ValueError(f"{path}: {reason}") from reason
    return made if made.text else replace(made, text="cue")


def _notes(read: Mapped) -> Iterator[str]:
    if long := read.left_out:
        fields = listing(f"{name} ({count:,})" for name, count in long.items())
        yield f"{counted(long.total(), 'field')} longer than 10,000 characters, or a further vector, not kept: {fields}"


def _record(row: dict[str, Any], given: Mapping[str, Any]) -> Record:
    """One row as a memory; given: as it stands in the file. Raises ValueError saying what is wrong with it."""
    cue, target, cues = row.get("cue"), row.get("target"), row.get("cues")
    if not is_text(cue):
        raise ValueError(f"cue must be a text that is not blank, got {short(cue)}{columns(given, 'cue', row)}")
    if target is not None and not is_text(target):
        raise ValueError(f"target must be a text that is not blank, or left out, got {short(target)}")
    if cues is not None and not (isinstance(cues, list) and all(map(is_text, cues))):
        raise ValueError(f"cues must be a list of texts that are not blank, got {short(cues)}")
    check_lengths(("cue", cue), ("target", target), *(("a text of cues", text) for text in cues or ()))
    own, of_target = (with_direction(numbers(row, name), name) for name in ("embedding", "target_embedding"))
    made = record(str(cue), target, tuple(cues or ()), own, of_target, about_of(row))
    return replace(made, key_ties=links_of(row))


def check_lengths(*texts: tuple[str, str | None]) -> None:
    """Raises ValueError naming the first of the texts, each with its name, that is longer than a text may be."""
    for name, text in texts:
        if text is not None and len(text) > LONGEST:
            raise ValueError(f"{name} must have at most {LONGEST:,} characters, got {len(text):,}")


def same_size(
    vectors: Mapping[str, Sequence[float] | Vector | None], size: tuple[int, str] | None, where: str
) -> tuple[int, str] | None:
    """What the sizes of all embeddings must be, and where that was first met.

    vectors: a row's, by name. Raises ValueError if one of them has another size.
    """
    for name, vector in vectors.items():
        if vector is None:
            continue
        length = np.shape(vector)[-1]
        size = size or (length, where)
        if length != size[0]:
            raise ValueError(f"{name} must have {size[0]} numbers as in {size[1]}, got {length}")
    return size


def columns(given: Mapping[str, Any], name: str, row: Mapping[str, Any] | None = None) -> str:
    """What a row has instead of a column that it lacks, to end a sentence with; nothing if it has it.

    row: the same under our own names, where that is known.
    """
    if name in given or not given or (row or {}).get(name) is not None:
        return ""
    there = listing(map(str, given), 20)
    if vector := only_vector(paths([given])):
        return f"; there is no such column among {there}, only the embedding in {vector}: add the texts, by their ids"
    return f"; there is no such column among {there}"
