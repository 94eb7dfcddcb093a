"""Reading: what is read from the memories' texts, the words they are made of and the links between them.

It never changes, and a bank shares it with the same bank unwhitened. What is not needed is not read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from nuonuo.maths.spreading import Graph
from nuonuo.maths.words import Words
from nuonuo.memory.items import Items, Stored
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import Record
from nuonuo.memory.relations import Relations


@dataclass
class Read:
    """What has been read on first use. Two threads may both read: either is right, one assignment keeps it."""

    words: Words | None = None
    relations: Relations | None = None
    graphs: dict[tuple[Relation, ...], Graph] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Reading:
    """Of N memories in order of age and their n cues."""

    device: torch.device
    stored: Stored = field(default_factory=Stored)
    texts: Items[str] = field(default_factory=Items)  # of each cue row
    _read: Read = field(default_factory=Read, repr=False)

    @property
    def words(self) -> Words:
        """BM25 of the cue rows."""
        if self._read.words is None:
            self._read.words = Words.of(self.texts, self.device)
        return self._read.words

    @property
    def relations(self) -> Relations:
        """The typed links between the memories."""
        if self._read.relations is None:
            self._read.relations = Relations.of(self.stored.records)
        return self._read.relations

    def graph(self, relations: tuple[Relation, ...]) -> Graph:
        """The links of some kinds, ready to carry attention."""
        graph = self._read.graphs.get(relations)
        if graph is None:
            source, to, weight, kind = (
                torch.tensor(one, device=self.device) for one in self.relations.arrays(relations)
            )
            graph = self._read.graphs[relations] = Graph.of(source, to, weight, kind, len(self.stored))
        return graph

    def append(self, rows: Sequence[Record]) -> "Reading":
        """With more memories."""
        texts = [text for row in rows for text in row.cues]
        read = self._carried(lambda words: words.append(texts), lambda relations: relations.append(rows))
        return Reading(self.device, self.stored.append(rows), self.texts.append(texts), read)

    def remove(self, ids: Sequence[int], kept: Tensor) -> "Reading":
        """Without some memories. kept: (n,) which cue rows stay."""
        read = self._carried(lambda words: words.keep(kept), lambda relations: relations.remove(ids))
        return Reading(self.device, self.stored.remove(ids), self.texts.keep(kept.cpu().numpy()), read)

    def replace(self, row: Record, position: int, first: int, after: int) -> "Reading":
        """With another record of one memory, whose cue rows were those from `first` to before `after`."""
        read = self._carried(
            lambda words: words.replace(first, after, row.cues), lambda relations: relations.replace(row)
        )
        return Reading(self.device, self.stored.replace(position, row), self.texts.put(first, after, row.cues), read)

    def _carried(self, words: Callable[[Words], Words], relations: Callable[[Relations], Relations]) -> Read:
        """What has been read, after a change."""
        read = self._read
        return Read(
            None if read.words is None else words(read.words),
            None if read.relations is None else relations(read.relations),
        )
