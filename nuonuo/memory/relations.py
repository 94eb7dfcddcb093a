"""Relations: the typed links between memories, read from what is stored.

    sequence    to the three before and the three after it in its session
    mention     to the memories whose title stands in its texts; of titles inside one another the longest is meant
    reference   to the memories that [[a title]], a link, an address or an id in its texts points at
    target      to the memories that have its target as a cue
    by hand     to the memory of each of its ties; a tie of weight 0 takes away all other links to it

A text that so many memories have or say that their links would be millions links none of them (joining.LINKS).

Two tables are kept, of what texts say and of what memories are called, and the links are their join. A row of either
comes from one memory's record alone, so a change touches the rows of what is changed and the links are those that a
fresh reading gives. Only the titles to look for are shared: old texts are read again for a title that is new.
"""

import itertools
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from nuonuo.memory.joining import CALLED, CODE, MEMORY, NONE, SAID, TIE, Joined, Relation, join
from nuonuo.memory.mentions import form, occurrences, plain
from nuonuo.memory.records import Record
from nuonuo.memory.references import names, references

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Link:
    """A link from one memory to another."""

    source: int  # id
    to: int  # id
    relation: Relation
    weight: float  # > 0


class Keys:
    """A number for each text in a role, from 0; it only grows, so all Relations made from one another share it."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._growing = threading.Lock()

    def __call__(self, role: str, text: str) -> int:
        """The number of a text; two threads that ask at once get the same."""
        name = role + text
        number = self._known.get(name)
        if number is None:
            with self._growing:
                number = self._known.setdefault(name, len(self._known))
        return number


@dataclass
class Made:
    """What is joined on first use; two threads may both do it, either is right."""

    joined: Joined | None = None
    arrays: dict[frozenset[Relation], Arrays] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Relations:
    """The links between memories. It never changes: what adds, removes or replaces memories gives another."""

    _memories: np.ndarray  # MEMORY (N,)
    _texts: tuple[str, ...]  # (N,) as they are matched
    _forms: dict[str, int]  # all titles that were looked for in all texts, and their keys
    _said: np.ndarray  # SAID
    _called: np.ndarray  # CALLED
    _ties: np.ndarray  # TIE
    _keys: Keys
    _made: Made = field(default_factory=Made, repr=False)

    @staticmethod
    def of(rows: Sequence[Record]) -> "Relations":
        """The links between these memories, which have ids, in order of storing."""
        said, called, ties = (np.empty(0, dtype) for dtype in (SAID, CALLED, TIE))
        return Relations(np.empty(0, MEMORY), (), {}, said, called, ties, Keys()).append(rows)

    def append(self, rows: Sequence[Record]) -> "Relations":
        """With more memories, which have ids. Raises ValueError if one is there already."""
        ids = [*self._memories["id"].tolist(), *(row.id for row in rows)]
        if len(set(ids)) < len(ids):
            twice = next(row.id for row in rows if ids.count(row.id) > 1)
            raise ValueError(f"memory {twice} must be added once, it is there already: replace it")
        return self._insert(len(self._texts), rows) if rows else self

    def remove(self, ids: Sequence[int]) -> "Relations":
        """Without some memories and their links; an id that is not there is none to remove."""
        less = self._without(ids)
        return self if len(less._texts) == len(self._texts) else less._pruned()

    def replace(self, row: Record) -> "Relations":
        """With another record of one memory, in its old place. Raises ValueError if it is not there."""
        position = self._position(row.id)
        return self._without([row.id])._insert(position, [row])._pruned()

    def arrays(self, relations: Collection[Relation] = tuple(Relation)) -> Arrays:
        """The m links of some relations: (source (m,) int64, to (m,) int64, weight (m,) float32, code (m,) int8).

        Sorted by (source, to). source and to: positions in the order of storing. code: place in Relation; a pair has a
        row for each relation. The arrays cannot be written to.
        """
        chosen = frozenset(map(Relation, relations))
        if chosen not in self._made.arrays:
            all_ = self._joined
            rows = np.isin(all_.relation, [CODE[one] for one in chosen])
            arrays = all_.source[rows], all_.to[rows], all_.weight[rows].astype(np.float32), all_.relation[rows]
            for array in arrays:
                array.setflags(write=False)
            self._made.arrays[chosen] = arrays
        return self._made.arrays[chosen]

    def links(self, memory: int) -> list[Link]:
        """Links from one memory, then those to it, each by place of the other. Raises ValueError if it is not there."""
        position, all_, ids = self._position(memory), self._joined, self._memories["id"]
        rows = np.concatenate([np.flatnonzero(all_.source == position), np.flatnonzero(all_.to == position)])
        ends = ids[all_.source[rows]].tolist(), ids[all_.to[rows]].tolist()
        kinds = [tuple(Relation)[code] for code in all_.relation[rows].tolist()]
        return [Link(*link) for link in zip(*ends, kinds, all_.weight[rows].tolist(), strict=True)]

    def __len__(self) -> int:
        """Number of links."""
        return len(self._joined.source)

    @property
    def _joined(self) -> Joined:
        made = self._made.joined
        if made is None:
            made = join(self._memories, self._said, self._called, self._ties)
            self._made.joined = made
        return made

    def _position(self, memory: int) -> int:
        found = np.flatnonzero(self._memories["id"] == memory)
        if not len(found):
            raise ValueError(f"there is no memory with id {memory}")
        return int(found[0])

    def _insert(self, at: int, rows: Sequence[Record]) -> "Relations":
        """With more memories at a position; `_forms` grows by their titles."""
        key = self._keys
        titles = [form(row.about.title) for row in rows]
        new = {title: key("mention ", title) for title in titles if title and title not in self._forms}
        forms = {**self._forms, **new}
        ids, texts = [row.id for row in rows], tuple(map(_text, rows))
        said = _mentions(self._memories["id"].tolist(), self._texts, new) + _mentions(ids, texts, forms)
        memories, called = [], []
        for row, title, text in zip(rows, titles, texts, strict=True):
            own = forms[title] if title else NONE
            memories.append((row.id, own, _key(key, "session ", row.about.session), _order(row)))
            called += _called(row, own, key)
            said += [(row.id, key("", name), CODE[Relation.REFERENCE], *span) for name, *span in references(text)]
            said.append((row.id, key("cue ", row.target), CODE[Relation.TARGET], 0, 0))
        ties = [(row.id, tie.to, tie.weight) for row in rows for tie in row.ties]
        there = self._memories
        return replace(
            self,
            _memories=np.concatenate([there[:at], np.array(memories, MEMORY), there[at:]]),
            _texts=(*self._texts[:at], *texts, *self._texts[at:]),
            _forms=forms,
            _said=np.concatenate([self._said, np.array(said, SAID)]),
            _called=np.concatenate([self._called, np.array(called, CALLED)]),
            _ties=np.concatenate([self._ties, np.array(ties, TIE)]),
            _made=Made(),
        )

    def _without(self, ids: Sequence[int]) -> "Relations":
        """Without the rows of some memories; their titles are still looked for."""
        gone = np.array(list(ids), np.int64)
        tables = {name: getattr(self, name) for name in ("_memories", "_said", "_called", "_ties")}
        kept = {name: table[~np.isin(table["id"], gone)] for name, table in tables.items()}
        stay = (~np.isin(self._memories["id"], gone)).tolist()
        return replace(self, _texts=tuple(itertools.compress(self._texts, stay)), _made=Made(), **kept)

    def _pruned(self) -> "Relations":
        """Without what texts say of titles that no memory has any more."""
        live = set(self._memories["title"].tolist())
        forms = {title: key for title, key in self._forms.items() if key in live}
        if len(forms) == len(self._forms):
            return self
        dead = np.array([key for key in self._forms.values() if key not in live])
        return replace(self, _forms=forms, _said=self._said[~np.isin(self._said["key"], dead)])


def _text(row: Record) -> str:
    """All texts of a memory, one a line, as they are matched."""
    return "\n".join(dict.fromkeys(map(plain, (*row.cues, row.target))))


def _order(row: Record) -> float:
    """Its place in its session or source; without one it comes after those that have one."""
    return np.inf if row.about.position is None else row.about.position


def _key(key: Keys, role: str, text: str | None) -> int:
    return key(role, text) if text and text.strip() else NONE


def _mentions(ids: Sequence[int], texts: Sequence[str], forms: dict[str, int]) -> list[tuple[int, ...]]:
    """Rows of SAID: where the forms stand in the texts."""
    keys, code = list(forms.values()), CODE[Relation.MENTION]
    found = occurrences(texts, list(forms))
    return [(ids[text], keys[number], code, start, end) for text, number, start, end in found]


def _called(row: Record, title: int, key: Keys) -> list[tuple[int, int, int, float]]:
    """Rows of CALLED: the keys by which others mean a memory."""
    where, source = _order(row), _key(key, "source ", row.about.source)
    rows = [(key("cue ", cue), row.id, NONE, where) for cue in dict.fromkeys(row.cues)]
    rows += [(key("", name), row.id, source, where) for name in names(row.about)]
    return rows if title == NONE else [*rows, (title, row.id, NONE, where)]
