"""Milvus: `milvus:FILE.db` as Milvus Lite keeps one, or `milvus+http://host:port`, token from MILVUS_TOKEN.

A collection that a server does not hold in memory is loaded while it is read and released afterwards.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from nuonuo.stores.copies import Copy
from nuonuo.stores.protocol import BATCH, Collection, Kind, Row, StoreError, check_among, client, plainly

DENSE = {"FLOAT_VECTOR": np.float32, "FLOAT16_VECTOR": np.float16}  # types of field that hold dense vectors
SECONDS = 10.0  # that a server may take to be reached


def connect(path: str, address: str, doing: str = "reading", done: str = "read") -> Any:
    """A client of a file that ends in .db, or of a server's URL, with the token of MILVUS_TOKEN.

    doing, done: what it is for, for the sentence. Raises StoreError if none answers or its library is missing.
    """
    milvus = client("pymilvus", "milvus", doing)
    for name in ("pymilvus", "milvus_lite", "grpc"):  # which write every error that they raise to the terminal too
        logging.getLogger(name).setLevel(logging.CRITICAL)
    served = "://" in path
    if not served:
        client("milvus_lite", "milvus", doing)
    token = os.environ.get("MILVUS_TOKEN", "")
    with plainly("the Milvus server" if served else "Milvus", address, done):
        # dedicated: a shared connection outlives its clients, and is taken for a server that is gone
        return milvus.MilvusClient(path, token=token, timeout=SECONDS, dedicated=True)


def let_go(path: str | Path) -> None:
    """End the server that Milvus Lite has started in this process for a file; nothing if it is not installed."""
    with suppress(ImportError):
        from milvus_lite.server_manager import server_manager_instance

        server_manager_instance.release_server(str(path))


class Milvus:
    """A Milvus database, of a file or of a server."""

    def __init__(self, address: str, path: str) -> None:
        self.address, self._copy = address, None
        if "://" not in path:
            client("milvus_lite", "milvus")
            self._copy = Copy(path, "Milvus")
            if self._copy.path.suffix != ".db":
                self._copy.close()
                raise StoreError(f"a Milvus Lite store must be named as one that ends in .db, got {path}")
            path = str(self._copy.path)
        try:
            self._client = connect(path, address)
        except StoreError:
            self._let_go()
            raise

    def collections(self) -> list[str]:
        """Their names."""
        with plainly("Milvus", self.address):
            return sorted(self._client.list_collections())

    def about(self, collection: str) -> Collection:
        """Count, and size and metric of its dense vectors."""
        check_among(collection, self.collections(), self.address)
        kinds = {}
        with plainly("Milvus", self.address):
            for field in self._fields(collection):
                if field["type"].name in DENSE:
                    indexes = self._client.list_indexes(collection, field_name=field["name"])
                    index = self._client.describe_index(collection, indexes[0]) if indexes else None
                    metric = (index or {}).get("metric_type")
                    kinds[field["name"]] = Kind(field["params"].get("dim"), metric.lower() if metric else None)
            count = int(self._client.get_collection_stats(collection)["row_count"])
        return Collection(collection, count, kinds)

    def read(self, collection: str, vector: str) -> Iterator[Row]:
        """Primary keys, the vector chosen, and the other fields, the dynamic ones among them."""
        with plainly("Milvus", self.address):
            fields = self._fields(collection)
            key = next(one["name"] for one in fields if one.get("is_primary"))
            kind = next(DENSE.get(one["type"].name, np.float32) for one in fields if one["name"] == vector)
            others = {one["name"] for one in fields if "VECTOR" in one["type"].name}
            loaded = self._client.get_load_state(collection)["state"].name == "Loaded"
            if not loaded:
                self._client.load_collection(collection)
        try:
            with plainly("Milvus", self.address):
                pages = self._client.query_iterator(collection, batch_size=BATCH, output_fields=["*"])
            while True:
                with plainly("Milvus", self.address):
                    page = pages.next()
                if not page:
                    return
                for one in page:
                    x, rest = one[vector], {k: v for k, v in one.items() if k not in others and k != key}
                    yield Row(str(one[key]), _numbers(x, kind), rest)
        finally:
            if not loaded and not self._copy:
                with suppress(Exception):  # the server may be gone; what is raised already says so
                    self._client.release_collection(collection)

    def close(self) -> None:
        """End the client, and the server that Milvus Lite has started for the copy, and delete that."""
        self._client.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._copy:
            let_go(self._copy.path)
            self._copy.close()

    def _fields(self, collection: str) -> list[dict[str, Any]]:
        return self._client.describe_collection(collection)["fields"]


def _numbers(x: Any, kind: type) -> np.ndarray:
    """A vector (d,) float32; one of half precision comes as its bytes."""
    if isinstance(x, list) and len(x) == 1 and isinstance(x[0], bytes):
        x = x[0]
    return np.asarray(np.frombuffer(x, kind) if isinstance(x, bytes) else x, dtype=np.float32)
