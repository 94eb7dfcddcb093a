"""Links counted: how many of each relation a bank has, and how many an import brings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nuonuo.memory.joining import Relation
from nuonuo.memory.records import Record
from nuonuo.memory.relations import Relations
from nuonuo.memory.rows import tied

NOUNS = {
    Relation.SEQUENCE: ("in sequence", "in sequence"),
    Relation.MENTION: ("mention", "mentions"),
    Relation.REFERENCE: ("reference", "references"),
    Relation.TARGET: ("from target to cue", "from target to cue"),
    Relation.HAND: ("by hand", "by hand"),
}
Counts = Mapping[Relation, int]


@dataclass(frozen=True)
class Brought:
    """The links that come with new memories, by relation; a relation without any is left out."""

    between: Counts  # among the new memories
    others: Counts  # between a new one and one that was there before

    def __str__(self) -> str:
        """In words, "64 links between them: 64 mentions"; empty if there are none."""
        parts = [("between them", self.between), ("with the others", self.others)]
        return "; ".join(f"{linked(counts)} {where}: {by_kind(counts)}" for where, counts in parts if counts)


def counts(relations: Relations) -> Counts:
    """The number of links of each relation that there is."""
    return _counts(relations.arrays()[3])


def brought(relations: Relations, order: Sequence[int], new: Collection[int]) -> Brought:
    """The links of some new memories. order: the ids of all memories in order of storing."""
    source, to, _, code = relations.arrays()
    fresh = np.isin(np.array(order, np.int64), list(new))  # (N,)
    ends = fresh[source].astype(int) + fresh[to]  # (m,)
    return Brought(_counts(code[ends == 2]), _counts(code[ends == 1]))


def of_items(items: Sequence[Record]) -> Brought:
    """The links that the memories of a file have among themselves, before they are stored; nothing is encoded."""
    rows = tied([replace(one, id=number) for number, one in enumerate(items, 1)])
    return Brought(counts(Relations.of(rows)), {})


def linked(counts: Counts) -> str:
    """How many links those are: 1 link, 2 links."""
    number = sum(counts.values())
    return f"{number:,} {'link' if number == 1 else 'links'}"


def by_kind(counts: Counts) -> str:
    """How many of each relation, in words: "2,436 mentions, 12 by hand"."""
    return ", ".join(f"{number:,} {NOUNS[relation][number != 1]}" for relation, number in counts.items())


def _counts(codes: np.ndarray) -> Counts:
    numbers = np.bincount(codes, minlength=len(Relation)).tolist()
    return {relation: number for relation, number in zip(Relation, numbers, strict=True) if number}
