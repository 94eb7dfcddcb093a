"""FAISS: `faiss:INDEX`, an index file that FAISS wrote, with a file of the texts that its vectors belong to.

The texts are JSON, JSONL, CSV or Parquet: in the order of the vectors, or with an `id` that is the vector's in the
index. They are looked for beside the index (docs.faiss: docs.jsonl …). A docstore that is a pickle, as LangChain writes
one, is never opened: unpickling runs what is in it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nuonuo.files.tables import read_rows
from nuonuo.stores.protocol import BATCH, Collection, Kind, Row, StoreError, check_among, client, plainly

BESIDE = (".jsonl", ".json", ".parquet", ".csv")  # of the texts, where the index is docs.faiss
METRICS = {0: "ip", 1: "l2"}
PICKLES = (".pkl", ".pickle")


class Faiss:
    """One index file and the texts that belong to it; its only collection has the index's name."""

    def __init__(self, address: str, path: str, texts: str | Path | None = None) -> None:
        self._faiss = client("faiss", "faiss")
        self.address, self._path = address, Path(path).expanduser()
        if not self._path.is_file():
            raise StoreError(f"there is no FAISS index at {path}")
        self._texts = _texts_file(self._path, texts)
        with plainly("FAISS", address):
            self._index = self._faiss.read_index(str(self._path))

    def collections(self) -> list[str]:
        """The name of the index, without its suffix."""
        return [self._path.stem]

    def about(self, collection: str) -> Collection:
        """Vectors, their size, and the metric of the index."""
        check_among(collection, self.collections(), self.address)
        index = self._index
        note = (
            "" if self._exact() else "The index holds its vectors compressed: what is read is what it decodes them to."
        )
        metric = METRICS.get(index.metric_type, str(index.metric_type))
        return Collection(collection, index.ntotal, {"vector": Kind(index.d, metric)}, note)

    def read(self, collection: str, vector: str = "vector") -> Iterator[Row]:
        """The vectors with their texts."""
        with plainly("FAISS", self.address):
            ids, get = self._vectors()
        fields = self._aligned(ids)
        for start in range(0, len(ids), BATCH):
            with plainly("FAISS", self.address):
                batch = [np.array(get(number), np.float32) for number in range(start, min(start + BATCH, len(ids)))]
            for number, x in enumerate(batch, start):
                own = fields[number].pop("id", None)
                yield Row(str(ids[number] if own is None else own), x, fields[number])

    def close(self) -> None:
        """The index is forgotten."""
        self._index = None

    def _vectors(self) -> tuple[list[int], Any]:
        """The ids in the index, in order, and what gives the vector of the n-th of them."""
        faiss, index = self._faiss, self._index
        outer = faiss.downcast_index(index)
        if isinstance(outer, faiss.IndexIDMap | faiss.IndexIDMap2):
            ids = faiss.vector_to_array(outer.id_map).tolist()
            return ids, faiss.downcast_index(outer.index).reconstruct
        ivf = faiss.try_extract_index_ivf(index)
        if ivf is None:
            return list(range(index.ntotal)), index.reconstruct
        lists = ivf.invlists
        sizes = [lists.list_size(n) for n in range(ivf.nlist)]
        parts = [faiss.rev_swig_ptr(lists.get_ids(n), size).tolist() for n, size in enumerate(sizes) if size]
        ids = sorted(id_ for part in parts for id_ in part)
        ivf.set_direct_map_type(faiss.DirectMap.Hashtable)
        return ids, lambda number: index.reconstruct(ids[number])

    def _exact(self) -> bool:
        """Whether the index holds its vectors as they were given."""
        faiss, index = self._faiss, faiss_inner(self._faiss, self._index)
        exact = (faiss.IndexFlat, faiss.IndexHNSWFlat, faiss.IndexIVFFlat, faiss.IndexNSGFlat)
        return isinstance(index, exact)

    def _aligned(self, ids: list[int]) -> list[dict[str, Any]]:
        """The fields of each vector: by id where every vector has a row of its own id, else by row."""
        rows = _rows(self._texts)
        by_id = {_whole(row.get("id")): row for row in rows}
        if None not in by_id and len(by_id) == len(rows) and all(id_ in by_id for id_ in ids):
            return [dict(by_id[id_]) for id_ in ids]
        if len(rows) != len(ids):
            raise StoreError(
                f"{self._texts} must have a row for each of the {len(ids):,} vectors of {self._path}, in their order "
                f"or with their ids, got {len(rows):,}"
            )
        if ids != list(range(len(ids))):
            raise StoreError(
                f"{self._path} gives its vectors ids of its own, such as {ids[0]}: each row of {self._texts} needs "
                "one of them as its id"
            )
        return [dict(row) for row in rows]


def faiss_inner(faiss: Any, index: Any) -> Any:
    """The index that holds the vectors, without a map of ids around it."""
    index = faiss.downcast_index(index)
    return faiss.downcast_index(index.index) if isinstance(index, faiss.IndexIDMap | faiss.IndexIDMap2) else index


def _texts_file(index: Path, given: str | Path | None) -> Path:
    if given is not None:
        texts = Path(given).expanduser()
        if texts.suffix.lower() in PICKLES:
            raise StoreError(f"{texts} is a pickle, which is never opened, as that runs what is in it: {_export()}")
        if not texts.is_file():
            raise StoreError(f"there is no file {texts} with the texts of {index}")
        return texts
    there = next((file for end in BESIDE if (file := index.with_suffix(end)).is_file()), None)
    if there is not None:
        return there
    pickle = next((file for end in PICKLES if (file := index.with_suffix(end)).is_file()), None)
    if pickle:
        raise StoreError(f"{pickle} is a pickle, which is never opened, as that runs what is in it: {_export()}")
    raise StoreError(
        f"{index} holds vectors and no texts: name the file with its texts (--texts docs.jsonl), one row a vector"
    )


def _export() -> str:
    return "write its texts as JSONL, one object with id and text a line, in the order of the vectors, and name that"


def _rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of texts. Raises StoreError or ValueError naming file and row."""
    if path.suffix.lower() != ".json":
        return [fields for _, fields in read_rows(path)]
    try:
        given = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError, OSError) as reason:
        raise StoreError(f"{path} must be JSON in UTF-8: {reason}") from reason
    if isinstance(given, dict):  # id → text or object
        given = [{"id": id_, **(row if isinstance(row, dict) else {"text": row})} for id_, row in given.items()]
    if not isinstance(given, list):
        raise StoreError(f"{path} must hold a list of texts or of objects, or an object of them by id")
    return [row if isinstance(row, dict) else {"text": row} for row in given]


def _whole(value: Any) -> int | None:
    """An id as the whole number that FAISS knows it by; None if it is none."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
