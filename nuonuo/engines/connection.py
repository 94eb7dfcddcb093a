"""A connection to Milvus: a file of Milvus Lite or a server, by one setting, NUONUO_INDEX.

What a file's own server or a cluster raises becomes one sentence: what could not be done, where, and why.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nuonuo.stores.milvus import connect, let_go
from nuonuo.stores.pgvector import without_password
from nuonuo.stores.protocol import StoreError, plainly

SETTING = "NUONUO_INDEX"
HOW = "a file that ends in .db, or http://host:port"
SECONDS = 60.0  # that one call may take


class EngineError(StoreError):
    """What went wrong with an engine, in one sentence that names its address."""


def address(given: str | None) -> str:
    """The address of the index: as given, or the setting NUONUO_INDEX. Raises EngineError if it is none."""
    uri = (given or os.environ.get(SETTING, "")).strip()
    if not uri:
        raise EngineError(f"where the index is must be said, with --to or {SETTING}: {HOW}")
    scheme, served, rest = uri.partition("://")
    if served:
        if scheme.lower() not in {"http", "https"} or not rest.strip("/"):
            raise EngineError(f"an index must be {HOW}, got {without_password(uri)!r}")
        return uri
    path = Path(uri).expanduser()
    if path.suffix != ".db":
        raise EngineError(f"an index must be {HOW}, got {uri!r}")
    if not path.absolute().parent.is_dir():
        raise EngineError(f"the index {uri} cannot be made: there is no folder {path.parent}")
    if path.is_file():
        raise EngineError(
            f"{uri} is a file of another program: Milvus Lite keeps an index in a folder that ends in .db"
        )
    return str(path)


class Connection:
    """An open connection; close it. Raises EngineError if the address is wrong, none answers or pymilvus is missing."""

    def __init__(self, given: str | None = None) -> None:
        uri = address(given)
        self._path = None if "://" in uri else Path(uri)
        self.address = without_password(uri)
        try:
            self._client = connect(uri, self.address, "indexing in", "reached")
        except StoreError as reason:
            raise EngineError(str(reason)) from reason

    @contextmanager
    def asking(self, done: str) -> Iterator[Any]:
        """The client; whatever it raises is raised as an EngineError. done: what cannot be done, as in "searched"."""
        try:
            with plainly("Milvus", self.address, done):
                yield self._client
        except EngineError:
            raise
        except StoreError as reason:
            raise EngineError(str(reason)) from reason

    def close(self) -> None:
        """End the client, and the server that Milvus Lite has started for a file."""
        self._client.close()
        if self._path:
            let_go(self._path)
