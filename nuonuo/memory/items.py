"""Items: texts and memories in order, of which a successor is made without copying the rest, as logs of tensors are."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress, pairwise
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np

from nuonuo.maths.log import DEAD
from nuonuo.memory.records import Record

Item = TypeVar("Item")
_growing = Lock()  # held while a list is written behind its last item


@dataclass(frozen=True, eq=False)
class Items(Sequence[Item], Generic[Item]):
    """n objects in order; it never changes (maths/log.py says how)."""

    written: list[Item] = field(default_factory=list)
    end: int = 0  # how much of the list it may read
    place: np.ndarray | None = None  # (n,) where each stands there; None: item i is the i-th

    @staticmethod
    def of(items: Sequence[Item]) -> "Items[Item]":
        """Of some objects."""
        return Items(list(items), len(items))

    def __len__(self) -> int:
        return self.end if self.place is None else len(self.place)

    def __getitem__(self, index: Any) -> Any:
        """One of them, or a tuple of a slice of them."""
        if isinstance(index, slice):
            return tuple(self)[index] if self.place is not None else tuple(self.written[: self.end][index])
        if self.place is not None:
            return self.written[self.place[index]]
        if not -self.end <= index < self.end:
            raise IndexError(f"item {index} of {self.end}")
        return self.written[index if index >= 0 else self.end + index]

    def __iter__(self) -> Iterator[Item]:
        if self.place is None:
            return iter(self.written[: self.end])
        return map(self.written.__getitem__, self.place.tolist())

    def at(self, positions: Sequence[int]) -> list[Item]:
        """Several of them, by positions from 0."""
        written = self.written
        return [written[i] for i in (positions if self.place is None else self.place[positions])]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def put(self, first: int, after: int, items: Sequence[Item]) -> "Items[Item]":
        """With others in place of the items from `first` to before `after`."""
        with _growing:
            written = self.written if len(self.written) == self.end else self.written[: self.end]
            written.extend(items)
        end = self.end + len(items)
        if self.place is None and first == after == self.end:
            return Items(written, end)
        place = self._places
        return Items(written, end, np.concatenate([place[:first], np.arange(self.end, end), place[after:]]))._trimmed()

    def append(self, items: Sequence[Item]) -> "Items[Item]":
        """With more of them."""
        return self.put(len(self), len(self), items)

    def keep(self, mask: np.ndarray) -> "Items[Item]":
        """Of those where the mask (n,) is true."""
        return Items(self.written, self.end, self._places[mask])._trimmed()

    @property
    def _places(self) -> np.ndarray:
        return np.arange(self.end) if self.place is None else self.place

    def _trimmed(self) -> "Items[Item]":
        return self if self.end <= (1 + DEAD) * len(self) else Items.of(list(self))


@dataclass(frozen=True, eq=False)
class Stored(Mapping[int, Record]):
    """The memories by id, in order of age."""

    ids: tuple[int, ...] = ()
    records: Items[Record] = field(default_factory=Items)
    ascending: bool = True  # the ids, as a file gives them

    def __getitem__(self, memory: int) -> Record:
        return self.records[self.position(memory)]

    def __iter__(self) -> Iterator[int]:
        return iter(self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def values(self) -> Any:
        """The memories, oldest first."""
        return self.records

    def position(self, memory: int) -> int:
        """Of a memory in order of age. Raises KeyError if it is not there."""
        if not (self.ascending and isinstance(memory, int)):
            return self._positions[memory]
        found = bisect_left(self.ids, memory)
        if found == len(self.ids) or self.ids[found] != memory:
            raise KeyError(memory)
        return found

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {memory: position for position, memory in enumerate(self.ids)}

    def append(self, rows: Sequence[Record]) -> "Stored":
        """With more memories."""
        new = [row.id for row in rows]
        ascending = self.ascending and all(a < b for a, b in pairwise([*self.ids[-1:], *new]))
        return Stored((*self.ids, *new), self.records.append(rows), ascending)

    def remove(self, ids: Sequence[int]) -> "Stored":
        """Without some memories."""
        kept = ~np.isin(np.array(self.ids, np.int64), list(ids))
        return Stored(tuple(compress(self.ids, kept.tolist())), self.records.keep(kept), self.ascending)

    def replace(self, position: int, row: Record) -> "Stored":
        """With another record at a position."""
        return Stored(self.ids, self.records.put(position, position + 1, [row]), self.ascending)
