"""Which memories of a file a bank holds already, by texts, embeddings and where they come from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from nuonuo.memory.records import Record, Tie

SAME = 1e-4  # between the numbers of a text's embeddings that were made in other batches


def missing(wanted: Sequence[Record], rows: Sequence[Record]) -> list[int]:
    """Which of the wanted memories are not among the rows, by number: same texts, embeddings and origin, as often."""
    return [number for number, found in enumerate(_found(wanted, rows)) if found is None]


def lacking(items: Sequence[Record], prepared: Sequence[Record], rows: Sequence[Record]) -> list[Record]:
    """The items that are not among the stored rows (`missing`); what ties them to one that is, ties them to its id.

    prepared: the items with their embeddings.
    """
    found = _found(prepared, rows)
    ids = {one.key: row.id for one, row in zip(items, found, strict=True) if row and one.key is not None}
    return [_tied(one, ids) for one, row in zip(items, found, strict=True) if row is None]


def _tied(one: Record, ids: Mapping[str, int]) -> Record:
    ties = tuple(Tie(ids[key], weight) for key, weight in one.key_ties if key in ids)
    rest = tuple((key, weight) for key, weight in one.key_ties if key not in ids)
    return replace(one, ties=(*one.ties, *ties), key_ties=rest)


def _found(wanted: Sequence[Record], rows: Sequence[Record]) -> list[Record | None]:
    """The row that each of the wanted memories is stored as, each row once."""
    there: dict[tuple, list[tuple[Record, np.ndarray]]] = defaultdict(list)  # by texts and origin
    for row in rows:
        there[_alike(row)].append((row, np.vstack([row.cue_embeddings, row.embedding])))
    found: list[Record | None] = []
    for one in wanted:
        alike = there.get(_alike(one), [])
        x = np.vstack([one.cue_embeddings, one.embedding]) if alike else None
        near = (i for i, (row, known) in enumerate(alike) if _one_id(one, row) and np.abs(known - x).max() <= SAME)
        place = next(near, None)
        found.append(None if place is None else alike.pop(place)[0])
    return found


def _alike(one: Record) -> tuple:
    """What two rows of one memory have in common: texts, and where they come from, save their own id and metadata."""
    return one.target, one.cues, replace(one.about, own_id=None, metadata=None)


def _one_id(one: Record, other: Record) -> bool:
    """Whether two rows may be one by their own ids: the same, or one has none."""
    return None in (one.about.own_id, other.about.own_id) or one.about.own_id == other.about.own_id
