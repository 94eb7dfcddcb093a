"""Logs: rows of which a successor with more, fewer or other rows is made without copying the rest.

Rows are only ever written behind the last, in storage that a log shares with its successors; each log knows where its
own rows stand. What belongs to no row any more is left out when it is a tenth of all.
"""

from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

import torch
from jaxtyping import Int, Shaped
from torch import Tensor

ROOM = 1.25  # times what is needed, where storage must be larger
DEAD = 0.1  # of the rows, that may stand in storage for nothing


@dataclass(eq=False)
class Storage:
    """Rows that are written once, the first `used` of them by now."""

    rows: Shaped[Tensor, "capacity ..."]
    used: int
    coarse: tuple[Any, int] | None = None  # FAISS's index of the first so many rows (maths/coarse.py)
    lock: Lock = field(default_factory=Lock, repr=False)  # held while rows are written
    making: Lock = field(default_factory=Lock, repr=False)  # held while FAISS's index is made

    def extended(self, end: int, more: Shaped[Tensor, "m ..."]) -> "Storage":
        """Storage with others behind its first `end` rows: itself, unless it has no room or something stands there."""
        whole = end + len(more)
        with self.lock:
            if self.used == end and whole <= len(self.rows):
                self.rows[end:whole] = more
                self.used = whole
                return self
            coarse = self.coarse if self.coarse and self.coarse[1] <= end else None
        rows = more.new_empty(int(whole * ROOM), *more.shape[1:])
        rows[:end], rows[end:whole] = self.rows[:end], more
        return Storage(rows, whole, coarse)


@dataclass(frozen=True, eq=False)
class Log:
    """n rows in order; it never changes."""

    storage: Storage
    end: int  # how much of the storage it may read
    place: Int[Tensor, " n"] | None = None  # where each row stands there; None: row i is the i-th

    @staticmethod
    def of(rows: Shaped[Tensor, "n ..."]) -> "Log":
        """Of rows (n, ...), which nobody may change any more."""
        return Log(Storage(rows, len(rows)), len(rows))

    def __len__(self) -> int:
        return self.end if self.place is None else len(self.place)

    def __getitem__(self, index: slice | Tensor) -> Tensor:
        """Some rows, by position."""
        at = index if self.place is None else self.place[index]
        if isinstance(at, slice) or at.dtype == torch.bool:
            return self.written[at]
        return self.written.index_select(0, at)  # of bytes ten times as quick as [at]

    @property
    def written(self) -> Shaped[Tensor, "end ..."]:
        """All that it may read, rows or not, by place."""
        return self.storage.rows[: self.end]

    @cached_property
    def all(self) -> Shaped[Tensor, "n ..."]:
        """All rows: (n, ...); copied where some have been replaced."""
        return self[:]

    @cached_property
    def position(self) -> Int[Tensor, " end"] | None:
        """The row that stands at each place, -1 for none; None: the i-th is row i."""
        if self.place is None:
            return None
        return self.place.new_full((self.end,), -1).scatter_(0, self.place, torch.arange(len(self)).to(self.place))

    def put(self, first: int, after: int, rows: Shaped[Tensor, "m ..."]) -> "Log":
        """With others in place of the rows from `first` to before `after`."""
        if not len(self):
            return Log.of(rows)
        storage, end = self.storage.extended(self.end, rows), self.end + len(rows)
        if self.place is None and first == after == self.end:
            return Log(storage, end)
        place = self._places
        new = torch.arange(self.end, end, device=place.device)
        return Log(storage, end, torch.cat([place[:first], new, place[after:]]))._trimmed()

    def append(self, rows: Shaped[Tensor, "m ..."]) -> "Log":
        """With more rows."""
        return self.put(len(self), len(self), rows)

    def keep(self, kept: slice | Tensor) -> "Log":
        """Of some of its rows."""
        return Log(self.storage, self.end, self._places[kept])._trimmed()

    @property
    def _places(self) -> Tensor:
        return torch.arange(self.end, device=self.storage.rows.device) if self.place is None else self.place

    def _trimmed(self) -> "Log":
        return self if self.end <= (1 + DEAD) * len(self) else Log.of(self.all)
