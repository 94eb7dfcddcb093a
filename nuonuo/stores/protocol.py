"""What every store offers: its collections, what is known of one, and its rows.

A store is one small file beside this one, opened by `nuonuo/stores/addresses.py` for the addresses that begin with its
name. It reads through the store's own client library, imported when it is opened, and writes nothing: a server is only
asked, and a folder that its client would change by opening it is copied first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

import numpy as np

BATCH = 500  # rows asked for at a time


class StoreError(ValueError):
    """What went wrong with a store, in one sentence that names its address."""


@dataclass(frozen=True)
class Row:
    """One row as the store holds it."""

    id: str
    vector: np.ndarray | None  # (d,) float32; None: the row has none
    fields: dict[str, Any] = field(default_factory=dict)  # its text and whatever else came with it


@dataclass(frozen=True)
class Kind:
    """One kind of dense vector that the rows of a collection have."""

    size: int | None  # None: the store does not say
    metric: str | None  # "cosine", "ip", "l2" or another of the store's own; None: the store does not say


@dataclass(frozen=True)
class Collection:
    """What a store says of a collection."""

    name: str
    count: int  # rows
    kinds: dict[str, Kind]  # of its vectors, by name
    note: str = ""  # a sentence on what is not exact in it, such as compressed vectors


class VectorStore(Protocol):
    """A store that is open. Its methods raise StoreError."""

    address: str  # as it may be shown: without a password

    def collections(self) -> list[str]:
        """The names of what can be read."""

    def about(self, collection: str) -> Collection:
        """What is known of a collection. Raises StoreError naming those that there are, if it is none of them."""

    def read(self, collection: str, vector: str) -> Iterator[Row]:
        """The rows, asked for BATCH at a time. vector: which of the collection's kinds of vector."""

    def close(self) -> None:
        """Let go of the store; what was copied of it is deleted."""


@contextmanager
def plainly(product: str, address: str, done: str = "read") -> Iterator[None]:
    """Whatever a client library raises inside is raised as a StoreError that names product and address.

    done: what cannot be done, for the sentence.
    """
    try:
        yield
    except (StoreError, MemoryError):
        raise
    except Exception as reason:  # clients raise a dozen kinds, of their own, of their transport and of the runtime
        said = getattr(reason, "message", None)  # without Milvus's code around it
        lines = [line.strip() for line in str(said or reason).splitlines() if line.strip()]
        why = (lines[0] if lines else type(reason).__name__)[:300]
        raise StoreError(f"{product} at {address} cannot be {done}: {why}") from reason


def client(module: str, extra: str, doing: str = "reading") -> Any:
    """A store's client library. Raises StoreError saying what to install if it is not there."""
    try:
        return import_module(module)
    except ImportError as reason:
        missing = reason.name or module
        raise StoreError(f"{doing} {extra} needs the package {missing}: pip install 'nuonuo[{extra}]'") from reason


def check_among(name: str, there: list[str], address: str) -> None:
    """Raises StoreError naming the collections that there are, unless `name` is one."""
    if name not in there:
        raise StoreError(f"{address} has no collection {name!r}: {listed(there)}")


def listed(names: list[str], most: int = 20) -> str:
    """Names for the end of a sentence."""
    if not names:
        return "there is none"
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"there {'is' if len(names) == 1 else 'are'} {', '.join(names[:most])}{more}"


def floats(vector: Any) -> np.ndarray | None:
    """A row's vector (d,) float32; None if it has none."""
    return None if vector is None else np.asarray(vector, dtype=np.float32)
