"""Joining: what texts say and what memories are called, as tables, and the links that their join is.

A key is a number that stands for one text in one role: a title, a session, a source, a cue.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

REACH, NEXT, DECAY = 3, 0.25, 0.5  # memories before and after in a session, the weight of the next, and of each further
NONE = -1  # no key
LINKS, EACH = 2_000_000, 10  # that texts make, at most: so many in all, or a memory if those are more

# MEMORY: in order of storing
MEMORY = np.dtype(
    [("id", "i8"), ("title", "i8"), ("session", "i8"), ("position", "f8")], align=True
)  # in order of storing
SAID = np.dtype([("id", "i8"), ("key", "i8"), ("relation", "i1"), ("start", "i4"), ("end", "i4")], align=True)
CALLED = np.dtype([("key", "i8"), ("id", "i8"), ("source", "i8"), ("position", "f8")], align=True)
TIE = np.dtype([("id", "i8"), ("to", "i8"), ("weight", "f8")], align=True)


class Relation(StrEnum):
    """Why one memory is linked to another."""

    SEQUENCE = "sequence"
    MENTION = "mention"
    REFERENCE = "reference"
    TARGET = "target"
    HAND = "by hand"


CODE = {relation: code for code, relation in enumerate(Relation)}


@dataclass(frozen=True)
class Joined:
    """m links between positions in the order of storing, sorted by (source, to, relation)."""

    source: np.ndarray  # (m,) int64
    to: np.ndarray  # (m,) int64
    relation: np.ndarray  # (m,) int8
    weight: np.ndarray  # (m,) float64


def join(memories: np.ndarray, said: np.ndarray, called: np.ndarray, ties: np.ndarray) -> Joined:
    """All links of the memories; the tables are of the dtypes above, in any order but for that of `memories`."""
    place = _Places(memories["id"])
    drawn = _last(ties)
    drawn = drawn[place.stored(drawn["to"]) & (drawn["to"] != drawn["id"])]
    pairs = place.pairs(drawn["id"], drawn["to"])
    hand = drawn["weight"] > 0

    near, weight = _sequences(memories)
    by, to, relation = _read(memories, said, called, place)
    codes = np.concatenate([np.full(len(near), CODE[Relation.SEQUENCE]), relation])
    derived = np.concatenate([near, place.pairs(by, to)])
    kept = ~np.isin(derived, pairs[~hand])
    weights = np.concatenate([weight, np.ones(len(relation))])[kept]

    codes = np.concatenate([codes[kept], np.full(int(hand.sum()), CODE[Relation.HAND])])
    weights = np.concatenate([weights, drawn["weight"][hand]])
    links = np.concatenate([derived[kept], pairs[hand]]) * len(CODE) + codes
    links, first = np.unique(links, return_index=True)
    pair, code = np.divmod(links, len(CODE))
    source, target = np.divmod(pair, max(1, len(memories)))
    return Joined(source, target, code.astype(np.int8), weights[first])


class _Places:
    """Where in the order of storing an id is."""

    def __init__(self, ids: np.ndarray) -> None:
        self.order = np.argsort(ids)
        self.ids = ids[self.order]

    def stored(self, ids: np.ndarray) -> np.ndarray:
        """Whether each is the id of a memory."""
        return np.isin(ids, self.ids)

    def of(self, ids: np.ndarray) -> np.ndarray:
        """Positions of ids that are stored."""
        return self.order[np.searchsorted(self.ids, ids)]

    def pairs(self, by: np.ndarray, to: np.ndarray) -> np.ndarray:
        """One number for two stored ids: position of the one · N + position of the other."""
        return self.of(by) * len(self.ids) + self.of(to)


def _last(ties: np.ndarray) -> np.ndarray:
    """The last tie of each pair."""
    _, last = np.unique(ties[["id", "to"]][::-1], return_index=True)
    return ties[::-1][last]


def _sequences(memories: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (as `_Places.pairs`) of neighbours in a session, and their weights."""
    N = len(memories)
    inside = np.flatnonzero(memories["session"] != NONE)
    order = inside[np.lexsort((inside, memories["position"][inside], memories["session"][inside]))]
    session = memories["session"][order]
    pairs, weights = [np.empty(0, np.int64)], [np.empty(0)]
    for step in range(1, REACH + 1):
        same = session[step:] == session[:-step]
        a, b = order[:-step][same], order[step:][same]
        pairs += [a * N + b, b * N + a]
        weights.append(np.full(2 * len(a), NEXT * DECAY ** (step - 1)))
    return np.concatenate(pairs), np.concatenate(weights)


def _read(
    memories: np.ndarray, said: np.ndarray, called: np.ndarray, place: _Places
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who says what of whom: ids, ids and relations of the links that texts make."""
    keys = 1 + max(said["key"].max(initial=NONE), called["key"].max(initial=NONE))
    said = said[np.bincount(called["key"], minlength=keys)[said["key"]] > 0]
    called = called[np.bincount(said["key"], minlength=keys)[called["key"]] > 0]
    said = said[_outermost(said)]
    said = said[said["key"] != memories["title"][place.of(said["id"])]]  # its own title, on it or on others
    called = _first_of_source(called, place)
    count = np.bincount(called["key"], minlength=keys)
    said = said[_rare(np.bincount(said["key"], minlength=keys) * count, max(LINKS, EACH * len(memories)))[said["key"]]]
    low, count = (count.cumsum() - count)[said["key"]], count[said["key"]]
    row = np.repeat(np.arange(len(said)), count)
    within = np.arange(len(row)) - np.repeat(count.cumsum() - count, count)
    by, to = said["id"][row], called["id"][low[row] + within]
    other = by != to
    return by[other], to[other], said["relation"][row][other]


def _rare(pairs: np.ndarray, most: int) -> np.ndarray:
    """Which keys link: all, but for the commonest where there would be more links than `most`.

    pairs: links that each key makes. 20,000 memories of one text would make 400 million, and mean nothing by them.
    """
    order = np.argsort(pairs, kind="stable")
    kept = np.empty(len(pairs), bool)
    kept[order] = pairs[order].cumsum() <= most
    return kept


def _first_of_source(called: np.ndarray, place: _Places) -> np.ndarray:
    """Sorted by key; of the memories of one source that a key calls only the first stays."""
    called = called[np.lexsort((place.of(called["id"]), called["position"], called["source"], called["key"]))]
    again = (called["key"][1:] == called["key"][:-1]) & (called["source"][1:] == called["source"][:-1])
    again &= called["source"][1:] != NONE
    return called[np.concatenate([np.ones(min(1, len(called)), bool), ~again])]


def _outermost(said: np.ndarray) -> np.ndarray:
    """Whether each stands inside no other, longer one of its memory and relation."""
    if not len(said):
        return np.empty(0, bool)
    group = np.unique(said["id"] * len(CODE) + said["relation"], return_inverse=True)[1]
    start, end = said["start"].astype(np.int64), said["end"].astype(np.int64)
    order = np.lexsort((-end, start, group))
    reach = (group * (end.max() + 1) + end)[order]  # of another group: less than any end of this one
    before = np.concatenate([[-1], np.maximum.accumulate(reach)[:-1]])
    key = start[order]
    fresh = np.concatenate([[True], (reach[1:] != reach[:-1]) | (key[1:] != key[:-1])])
    leader = np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))  # the first of those at one place
    outer = np.empty(len(order), bool)
    outer[order] = before[leader] < reach
    return outer
