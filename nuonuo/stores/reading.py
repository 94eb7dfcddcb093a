"""A collection read as memories: its rows, its metric, and whose vectors they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.records import Record
from nuonuo.memory.whose import Whose, whose
from nuonuo.stores.protocol import Collection, Row, StoreError, VectorStore, listed
from nuonuo.stores.rows import PEEK, Left, memories, opened, text_field

UNIT = 1e-3  # by which the length of a unit vector may differ from 1
METRICS = {"cosine": "cosine", "ip": "inner product", "l2": "Euclidean distance", "l1": "Manhattan distance"}


@dataclass(frozen=True)
class StoreRead:
    """What was read of a collection."""

    address: str
    collection: Collection
    vector: str  # the kind of vector that was read
    text: str  # the field that holds the texts
    records: list[Record]  # with the vectors as the store gave them
    shortest: float  # length of the vectors
    longest: float
    left: Left
    whose: Whose | None  # None: nobody asked

    @property
    def dimension(self) -> int:
        """Size of the vectors."""
        return len(self.records[0].cue_vectors)  # type: ignore[arg-type]

    @property
    def unit(self) -> bool:
        """Whether all vectors are of length 1."""
        return self.shortest >= 1 - UNIT and self.longest <= 1 + UNIT

    @property
    def sentences(self) -> list[str]:
        """What a person should know of it: metric, whose vectors, what was left out."""
        said = [self._metric(), self.whose.sentence if self.whose else "", self.collection.note, self.left.sentence]
        return [sentence for sentence in said if sentence]

    def _metric(self) -> str:
        metric = self.collection.kinds[self.vector].metric
        named = METRICS.get(metric or "", metric)
        if metric == "cosine":
            return "The store ranks by cosine, as NuoNuo does."
        ranks = f"The store ranks by {named}" if metric else "The store does not say what it ranks by"
        if self.unit and metric in {"ip", "l2", None}:
            rest = "" if metric else ", cosine, inner product and Euclidean distance,"
            return f"{ranks}; its vectors are of length 1, so that its order{rest} is that of cosine, as NuoNuo ranks."
        lengths = f"{self.shortest:.3g} to {self.longest:.3g}"
        of = f"its vectors are of length {lengths}" if not self.unit else "that is no order of cosine"
        return f"{ranks} and {of}: NuoNuo ranks by cosine, in another order than the store's."


def read_collection(
    store: VectorStore,
    collection: str | None = None,
    text: str | None = None,
    vector: str | None = None,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> StoreRead:
    """Read a whole collection. collection: None: the only one. text: the field of the texts. vector: which kind.

    encoder: asked whose vectors these are. progress(done, total) per row of the store, now and then. Raises StoreError
    naming what there is if a choice is missing or wrong, or if no row can be a memory.
    """
    about = store.about(collection if collection is not None else only(store))
    kind = chosen_vector(about, vector, store.address)
    where = f"collection {about.name} of {store.address}"
    rows = _counted(store.read(about.name, kind), about.count, progress)
    first = list(islice(rows, PEEK))
    if not first:
        raise StoreError(f"{where} is empty")
    name, left = text_field([opened(row) for row in first], text, where), Left()
    records = list(memories(chain(first, rows), name, left))
    if not records:
        raise StoreError(f"{where} has no row that can be a memory. {left.sentence}")
    sizes = {len(one.cue_vectors) for one in records}  # type: ignore[arg-type]
    if len(sizes) > 1:
        raise StoreError(
            f"{where} has vectors of several sizes, {', '.join(map(str, sorted(sizes)))}: name another field"
        )
    lengths = [float(np.linalg.norm(one.cue_vectors)) for one in records]  # type: ignore[arg-type]
    made_by = whose(records, encoder) if encoder else None
    return StoreRead(store.address, about, kind, name, records, min(lengths), max(lengths), left, made_by)


def only(store: VectorStore) -> str:
    """The only collection of a store. Raises StoreError naming those that there are if it is not one."""
    there = store.collections()
    if len(there) == 1:
        return there[0]
    if not there:
        raise StoreError(f"{store.address} has no collection")
    raise StoreError(f"{store.address} must be read one collection at a time (--collection NAME): {listed(there)}")


def chosen_vector(about: Collection, named: str | None, address: str) -> str:
    """The kind of vector to read. Raises StoreError naming those that there are if none or several are left."""
    kinds = list(about.kinds)
    if named in kinds:
        return str(named)
    if not kinds:
        raise StoreError(f"collection {about.name} of {address} has no dense vectors of floating-point numbers")
    if named is None and len(kinds) == 1:
        return kinds[0]
    wrong = "must say which vectors to read (--vector NAME)" if named is None else f"has no vectors {named!r}"
    raise StoreError(f"collection {about.name} of {address} {wrong}: {listed(kinds)}")


def _counted(rows: Iterable[Row], total: int, progress: Progress | None) -> Iterator[Row]:
    done = 0
    for done, row in enumerate(rows, 1):
        yield row
        if progress and done % 100 == 0:
            progress(done, max(done, total))
    if progress:
        progress(done, done)
