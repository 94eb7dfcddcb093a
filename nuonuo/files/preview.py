"""A file of memories before it is imported: its format, what each column is taken for, and what comes twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nuonuo.files.columns import FURTHER, METADATA, UNNAMED, Columns, paths
from nuonuo.files.duplicates import Duplicates, duplicates, once
from nuonuo.files.links import of_items
from nuonuo.files.memories import Embeddings, Found, embeddings_of, read_file, scan
from nuonuo.files.names import plain, short
from nuonuo.files.values import is_vector
from nuonuo.memory.records import Record

EXAMPLES, SAMPLES = 3, 5
NEAR_ONE = 1e-3  # |length − 1| of a vector that counts as one of length 1


@dataclass(frozen=True)
class Column:
    """One column of a file."""

    name: str
    role: str  # of files/columns.py, or "metadata", or "not kept"
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """What a file holds and how it would be imported; nothing is stored or encoded."""

    name: str
    format: str
    rows: int  # memories; 0 if `problem` says why there are none
    columns: tuple[Column, ...]
    guess: Columns  # or what was chosen
    samples: tuple[Record, ...]  # the first memories
    given: Embeddings | None  # embeddings that come along
    lengths: tuple[float, float] | None  # shortest and longest of these
    duplicates: Duplicates
    notes: tuple[str, ...]  # a sentence each, without its full stop
    problem: str | None = None  # why it cannot be imported so

    def to_dict(self) -> dict[str, Any]:
        """As JSON writes it."""
        return {
            "file": self.name,
            "format": self.format,
            "memories": self.rows,
            "columns": [asdict(column) for column in self.columns],
            "roles": self.guess.roles,
            "metadata": self.guess.metadata,
            "embedding": None if self.given is None or self.given.size is None else self.given.size,
            "lengths": self.lengths,
            "duplicates": asdict(self.duplicates),
            "samples": [_sample(one) for one in self.samples],
            "notes": list(self.notes),
            "problem": self.problem,
        }


def preview(
    path: str | Path, columns: Mapping[str, str | bool | None] | None = None, stored: Iterable[Record] = ()
) -> Preview:
    """Look at a file. columns: as `read_file` takes them. stored: of the bank that it would go to.

    Raises ValueError if it is of no format that is read; what is wrong with a row, or a column that lacks, is the
    preview's `problem`.
    """
    path = Path(path)
    try:
        return preview_of(read_file(path, columns), path.name, stored)
    except ValueError as reason:
        found = scan(path, columns)
        if not found.rows:
            raise
        return replace(preview_of(found, path.name, ()), problem=str(reason))


def preview_of(found: Found, name: str, stored: Iterable[Record] = ()) -> Preview:
    """A preview of a file that was read."""
    doubled = duplicates(found.items, stored)
    given = embeddings_of(found.items) if found.items else None
    lengths = _lengths(found.items)
    notes = [*found.notes]
    if lengths and max(abs(length - 1) for length in lengths) > NEAR_ONE:
        notes.append(f"vectors of lengths from {lengths[0]:.3g} to {lengths[1]:.3g} are made 1")
    if told := str(doubled):
        notes.append(told)
    if links := str(of_items(once(found.items))) if found.items else "":
        notes.append(links)
    return Preview(
        name,
        found.format,
        len(found.items),
        _columns(found),
        found.columns,
        found.items[:SAMPLES],
        given,
        lengths,
        doubled,
        tuple(notes),
    )


def _columns(found: Found) -> tuple[Column, ...]:
    """The columns in the file's order, with what becomes of each."""
    roles = {name: role for role, name in found.columns.roles.items()}
    return tuple(
        Column(name, roles.get(name) or _unmapped(name, values, found.columns), _examples(values))
        for name, values in paths(found.rows).items()
    )


def _unmapped(name: str, values: Sequence[Any], columns: Columns) -> str:
    if columns.is_own and plain(name) in FURTHER:
        return plain(name)
    first = next((value for value in values if value is not None), None)
    kept = columns.metadata and not UNNAMED.match(plain(name)) and not is_vector(first, 32)
    return "metadata" if kept or (plain(name) in METADATA and columns.metadata) else "not kept"


def _examples(values: Iterable[Any]) -> tuple[str, ...]:
    shown: dict[str, None] = {}
    for value in values:
        if value is not None and value != "" if not isinstance(value, np.ndarray) else True:
            shown[_shown(value)] = None
        if len(shown) == EXAMPLES:
            break
    return tuple(shown)


def _shown(value: Any) -> str:
    """A value in a few characters: a text as it is, a vector by its size."""
    if isinstance(value, str):
        text = " ".join(value.split())
        return text if len(text) <= 60 else text[:59] + "…"
    if isinstance(value, np.ndarray | list) and is_vector(value, 4):
        return f"{np.asarray(value, dtype=object).size:,} numbers"
    return short(value.tolist() if isinstance(value, np.ndarray) else value)


def _lengths(items: Iterable[Record]) -> tuple[float, float] | None:
    vectors = [np.atleast_2d(np.asarray(one.cue_vectors)) for one in items if one.cue_vectors is not None]
    if not vectors:
        return None
    norms = np.linalg.norm(np.vstack(vectors), axis=1)
    return float(norms.min()), float(norms.max())


def _sample(one: Record) -> dict[str, Any]:
    about = {name: value for name, value in asdict(one.about).items() if value is not None and name != "metadata"}
    return (
        {"cue": one.cues[0], "target": one.target}
        | about
        | ({"metadata": one.about.fields} if one.about.fields else {})
    )
