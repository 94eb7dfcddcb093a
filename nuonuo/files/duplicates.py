"""Memories that come twice: exactly, with the same texts and id, or nearly, with texts that fold to the same."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nuonuo.files.names import counted
from nuonuo.files.question import folded
from nuonuo.memory.records import Record


@dataclass(frozen=True)
class Duplicates:
    """How many memories of a file are there already, in the file or in a bank."""

    exact: int  # as another one before it in the file, which is stored once
    near: int  # of the others, as one before it but for blanks or Unicode's form: stored
    known: int  # of those left, as one in the bank, which is not stored again
    known_near: int  # and as one in the bank but for blanks or Unicode's form, or another id: stored

    def __str__(self) -> str:
        """In words, a part each with a semicolon between them; empty if there are none."""
        parts = (
            (self.exact, "exact duplicate", ", stored once"),
            (self.near, "near duplicate", ", the same but for blanks or Unicode form: stored"),
            (self.known, "memory", " that the bank has already"),
            (self.known_near, "near duplicate", " of what the bank has: stored"),
        )
        many = {"memory": "memories"}
        return "; ".join(counted(number, noun, many.get(noun)) + rest for number, noun, rest in parts if number)


def once(items: Sequence[Record]) -> list[Record]:
    """The memories of a file, each once: those with the texts, id, place and vectors of one before them are left out.

    One that others are linked to by key stays.
    """
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for item in items:
        key = (*_key(item), item.about.own_id, _bytes(item), item.key)
        if key not in seen:
            kept.append(item)
            seen.add(key)
    return kept


def fresh(items: Sequence[Record], stored: Iterable[Record]) -> list[Record]:
    """Those of the items that a bank does not hold by texts, place and own id, or that bring vectors of their own."""
    own = _own_ids(stored)
    return [item for item in items if item.cue_vectors is not None or item.key_ties or not _is_known(item, own)]


def duplicates(items: Sequence[Record], stored: Iterable[Record] = ()) -> Duplicates:
    """What of a file comes twice, in it or beside what a bank stores."""
    rows = list(stored)
    kept = once(items)
    own = _own_ids(rows)
    new = [item for item in kept if not _is_known(item, own)]
    seen: set[tuple[str, str]] = set()
    near = 0
    for item in kept:
        key = _folded(item)
        near += key in seen
        seen.add(key)
    there = {_folded(row) for row in rows}
    return Duplicates(
        len(items) - len(kept), near, len(kept) - len(new), sum(_folded(item) in there for item in new) if there else 0
    )


def _key(one: Record) -> tuple[Any, ...]:
    """Texts, and the place in a conversation, where the same may be said twice."""
    return one.cues, one.target, one.about.session, one.about.position


def _own_ids(rows: Iterable[Record]) -> dict[tuple[Any, ...], set[str | None]]:
    found: dict[tuple[Any, ...], set[str | None]] = defaultdict(set)
    for row in rows:
        found[_key(row)].add(row.about.own_id)
    return found


def _is_known(item: Record, own: dict[tuple[Any, ...], set[str | None]]) -> bool:
    ids = own.get(_key(item), set())
    return bool(ids) and (item.about.own_id is None or None in ids or item.about.own_id in ids)


def _folded(one: Record) -> tuple[str, str]:
    return folded(one.cues[0]), folded(one.target)


def _bytes(one: Record) -> bytes | None:
    return None if one.cue_vectors is None else np.asarray(one.cue_vectors, np.float32).tobytes()
