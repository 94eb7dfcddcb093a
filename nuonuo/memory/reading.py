"""Reading: what is read from the memories' texts, the words they are made of and the links between them.

It never changes, and a bank shares it with the same bank unwhitened. What is not needed is not read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Generic, TypeVar

import torch
from torch import Tensor

from nuonuo.maths.spreading import Graph
from nuonuo.maths.words import Words
from nuonuo.memory.items import Items, Stored
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import Record
from nuonuo.memory.relations import Relations

EDITS = 100  # for which all texts could be read anew
Made = TypeVar("Made")


class Carried(Generic[Made]):
    """What was read of texts once, and the edits since, which are made when it is needed again.

    Two threads may both make them: either is right, one assignment keeps it.
    """

    def __init__(self, made: Made | None = None, edits: tuple[Callable[[Made], Made], ...] = ()) -> None:
        self._state = made, edits

    def get(self, anew: Callable[[], Made]) -> Made:
        """As it is now. anew: reads everything."""
        made, edits = self._state
        if made is None or edits:
            made = anew() if made is None else reduce(lambda one, edit: edit(one), edits, made)
            self._state = made, ()
        return made

    def edited(self, edit: Callable[[Made], Made]) -> "Carried[Made]":
        """After one more edit; nothing if it has not been read, or after so many that reading anew is as quick."""
        made, edits = self._state
        return Carried() if made is None or len(edits) == EDITS else Carried(made, (*edits, edit))


@dataclass(frozen=True, eq=False)
class Reading:
    """Of N memories in order of age and their n cues."""

    device: torch.device
    stored: Stored = field(default_factory=Stored)
    texts: Items[str] = field(default_factory=Items)  # of each cue row
    _words: Carried[Words] = field(default_factory=Carried, repr=False)
    _relations: Carried[Relations] = field(default_factory=Carried, repr=False)
    _graphs: dict[tuple[Relation, ...], Graph] = field(default_factory=dict, repr=False)

    @property
    def words(self) -> Words:
        """BM25 of the cue rows."""
        return self._words.get(lambda: Words.of(self.texts, self.device))

    @property
    def relations(self) -> Relations:
        """The typed links between the memories."""
        return self._relations.get(lambda: Relations.of(self.stored.records))

    def graph(self, relations: tuple[Relation, ...]) -> Graph:
        """The links of some kinds, ready to carry attention."""
        graph = self._graphs.get(relations)
        if graph is None:
            source, to, weight, kind = (
                torch.tensor(one, device=self.device) for one in self.relations.arrays(relations)
            )
            graph = self._graphs[relations] = Graph.of(source, to, weight, kind, len(self.stored))
        return graph

    def append(self, rows: Sequence[Record]) -> "Reading":
        """With more memories."""
        texts = [text for row in rows for text in row.cues]
        return Reading(
            self.device,
            self.stored.append(rows),
            self.texts.append(texts),
            self._words.edited(lambda words: words.append(texts)),
            self._relations.edited(lambda relations: relations.append(rows)),
        )

    def remove(self, ids: Sequence[int], kept: Tensor) -> "Reading":
        """Without some memories. kept: (n,) which cue rows stay."""
        return Reading(
            self.device,
            self.stored.remove(ids),
            self.texts.keep(kept.cpu().numpy()),
            self._words.edited(lambda words: words.keep(kept)),
            self._relations.edited(lambda relations: relations.remove(ids)),
        )

    def replace(self, row: Record, position: int, first: int, after: int) -> "Reading":
        """With another record of one memory, whose cue rows were those from `first` to before `after`."""
        return Reading(
            self.device,
            self.stored.replace(position, row),
            self.texts.put(first, after, row.cues),
            self._words.edited(lambda words: words.replace(first, after, row.cues)),
            self._relations.edited(lambda relations: relations.replace(row)),
        )
