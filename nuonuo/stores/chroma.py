"""Chroma: `chroma:FOLDER`, or `chroma+http://host:port` with a token from CHROMA_TOKEN."""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from nuonuo.stores.copies import Copy
from nuonuo.stores.protocol import BATCH, Collection, Kind, Row, StoreError, check_among, client, floats, plainly


class Chroma:
    """A Chroma database, of a folder or of a server."""

    def __init__(self, address: str, path: str) -> None:
        chromadb = client("chromadb", "chroma")
        from chromadb.config import Settings

        self.address, self._copy = address, None
        settings = Settings(anonymized_telemetry=False)
        if "://" in path:
            url, token = urlsplit(path), os.environ.get("CHROMA_TOKEN")
            secure = url.scheme == "https"
            headers = {"x-chroma-token": token, "Authorization": f"Bearer {token}"} if token else {}
            with plainly("the Chroma server", address):
                self._client = chromadb.HttpClient(
                    url.hostname, url.port or (443 if secure else 8000), secure, headers, settings
                )
            return
        self._copy = Copy(path, "Chroma")
        if not (self._copy.path / "chroma.sqlite3").is_file():
            self._copy.close()
            raise StoreError(f"there is no Chroma store at {path}: it would hold a file chroma.sqlite3")
        with plainly("Chroma", address):
            self._client = chromadb.PersistentClient(str(self._copy.path), settings)

    def collections(self) -> list[str]:
        """Their names."""
        with plainly("Chroma", self.address):
            return sorted(one.name for one in self._client.list_collections())

    def about(self, collection: str) -> Collection:
        """Count, metric and size of its vectors."""
        found = self._get(collection)
        with plainly("Chroma", self.address):
            how = found.configuration_json or {}
            space = next((how[kind].get("space") for kind in ("hnsw", "spann") if how.get(kind)), None)
            first = found.get(limit=1, include=["embeddings"])["embeddings"]
            size = len(first[0]) if first is not None and len(first) else None
            return Collection(collection, found.count(), {"embedding": Kind(size, space)})

    def read(self, collection: str, vector: str = "embedding") -> Iterator[Row]:
        """Ids, embeddings, documents and metadata."""
        found, start = self._get(collection), 0
        while True:
            with plainly("Chroma", self.address):
                got = found.get(limit=BATCH, offset=start, include=["embeddings", "documents", "metadatas"])
            for id_, x, text, more in zip(*(got[k] for k in _PARTS), strict=True):
                yield Row(id_, floats(x), {**(more or {}), "document": text})
            if len(got["ids"]) < BATCH:
                return
            start += BATCH

    def close(self) -> None:
        """End the client and delete the copy."""
        session = getattr(getattr(self._client, "_server", None), "_session", None)
        self._client.close()
        if session is not None:  # to a server, which the client leaves open
            session.close()
        if self._copy:
            self._copy.close()

    def _get(self, collection: str) -> Any:
        check_among(collection, self.collections(), self.address)
        with plainly("Chroma", self.address):
            return self._client.get_collection(collection, embedding_function=None)


_PARTS = ("ids", "embeddings", "documents", "metadatas")
