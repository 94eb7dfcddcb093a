"""Qdrant: `qdrant:FOLDER` as its Python client keeps one, or `qdrant+http://host:port`, key from QDRANT_API_KEY."""

import os
from collections.abc import Iterator
from typing import Any

from nuonuo.stores.copies import Copy
from nuonuo.stores.protocol import BATCH, Collection, Kind, Row, StoreError, check_among, client, floats, plainly

METRICS = {"Cosine": "cosine", "Dot": "ip", "Euclid": "l2", "Manhattan": "l1"}
ONLY = "vector"  # what the only, unnamed vector of a collection is called here


class Qdrant:
    """A Qdrant database, of a folder or of a server."""

    def __init__(self, address: str, path: str) -> None:
        qdrant = client("qdrant_client", "qdrant")
        self.address, self._copy = address, None
        if "://" in path:
            key = os.environ.get("QDRANT_API_KEY")
            with plainly("the Qdrant server", address):
                self._client = qdrant.QdrantClient(url=path, api_key=key, check_compatibility=False, timeout=30)
            return
        self._copy = Copy(path, "Qdrant")
        if not (self._copy.path / "meta.json").is_file():
            self._copy.close()
            raise StoreError(
                f"there is no Qdrant store at {path}: it would hold a file meta.json, as QdrantClient(path=…) makes; "
                "the folder of a Qdrant server is read by the server: qdrant+http://host:6333"
            )
        with plainly("Qdrant", address):
            self._client = qdrant.QdrantClient(path=str(self._copy.path))

    def collections(self) -> list[str]:
        """Their names."""
        with plainly("Qdrant", self.address):
            return sorted(one.name for one in self._client.get_collections().collections)

    def about(self, collection: str) -> Collection:
        """Count, and size and metric of its dense vectors; multi-vectors and sparse ones are left out."""
        check_among(collection, self.collections(), self.address)
        with plainly("Qdrant", self.address):
            given = self._client.get_collection(collection).config.params.vectors or {}
            named = given if isinstance(given, dict) else {ONLY: given}
            kinds = {
                name or ONLY: Kind(one.size, METRICS.get(one.distance.value, one.distance.value))
                for name, one in named.items()
                if not one.multivector_config
            }
            return Collection(collection, self._client.count(collection, exact=True).count, kinds)

    def read(self, collection: str, vector: str = ONLY) -> Iterator[Row]:
        """Ids, the vector chosen and payloads."""
        more: Any = None
        while True:
            with plainly("Qdrant", self.address):
                points, more = self._client.scroll(
                    collection, limit=BATCH, offset=more, with_payload=True, with_vectors=True
                )
            for one in points:
                x = (
                    one.vector.get(vector if vector in one.vector else "")
                    if isinstance(one.vector, dict)
                    else one.vector
                )
                yield Row(str(one.id), floats(x), dict(one.payload or {}))
            if more is None:
                return

    def close(self) -> None:
        """End the client and delete the copy."""
        self._client.close()
        if self._copy:
            self._copy.close()
