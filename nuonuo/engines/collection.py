"""Collections: what Milvus keeps of a bank under one fit of its whitening.

Keys and codes are of a fit, so another fit is another collection, NAME_ and the fit's print. It is filled beside the
old one; once it is whole the alias NAME leads to it and the old one is dropped. What is searched is so always whole and
of one fit, whenever a filling ends. What a collection is of stands in its properties, by which it is known as ours.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nuonuo.engines.connection import Connection, EngineError
from nuonuo.engines.rows import LONGEST
from nuonuo.memory.bank import Bank

FORMAT = "1"
OURS = "nuonuo."  # what the names of our properties begin with
DENSE = {"flat": "FLAT", "auto": "AUTOINDEX"}  # exact; or approximate, as the server chooses
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
SPARSE = "SPARSE_INVERTED_INDEX"


@dataclass(frozen=True)
class Fit:
    """What all rows of a collection share."""

    print: str  # of whitening, settings and index: rows of two fits never stand in one collection
    bank: str  # the name of the bank
    dimension: int  # d of the keys
    dense: str  # index of the keys: flat or auto
    mean: float  # length of a text, in words, when it was made

    @staticmethod
    def of(bank: Bank, name: str, dense: str = "flat") -> "Fit":
        """The fit of a bank as it is now. Raises EngineError if dense is neither flat nor auto."""
        if dense not in DENSE:
            raise EngineError(f"dense must be flat (exact) or auto (as Milvus chooses), got {dense!r}")
        w, s = bank.whitening, bank.settings
        summed = hashlib.blake2b(repr((FORMAT, dense, s.dimension, s.seed, s.units, s.winners)).encode(), digest_size=6)
        for part in (w.mean, w.matrix):
            summed.update(b"" if part is None else part.cpu().numpy().tobytes())
        return Fit(summed.hexdigest(), name, s.dimension, dense, bank.reading.words.mean)

    @property
    def properties(self) -> dict[str, str]:
        """As a collection keeps it."""
        values = {"format": FORMAT, "print": self.print, "bank": self.bank, "dense": self.dense}
        return {OURS + key: value for key, value in values.items()} | {
            f"{OURS}dimension": str(self.dimension),
            f"{OURS}mean": repr(self.mean),
        }

    @staticmethod
    def read(properties: dict[str, str]) -> "Fit | None":
        """The fit that properties tell of; None if they are of no collection of ours."""
        p = {key.removeprefix(OURS): value for key, value in properties.items() if key.startswith(OURS)}
        if p.get("format") != FORMAT:
            return None
        return Fit(p["print"], p["bank"], int(p["dimension"]), p["dense"], float(p["mean"]))


@dataclass(frozen=True)
class Kept:
    """A collection of ours that is there."""

    name: str  # its own, not the alias
    fit: Fit


def check_name(name: str) -> str:
    """A name that a collection may have. Raises EngineError if it is none."""
    if not NAME.fullmatch(name):
        raise EngineError(f"a collection's name must be letters, digits and _, no digit first, got {name!r}")
    return name


def named_after(bank: str) -> str:
    """A collection's name from a bank's."""
    plain = re.sub(r"\W", "_", bank, flags=re.ASCII)[:100]
    return plain if NAME.fullmatch(plain) else f"bank_{plain}"


def found(connection: Connection, name: str, done: str = "searched") -> Kept | None:
    """The collection that a name leads to; None if there is none. Raises EngineError if it is not ours."""
    check_name(name)
    with connection.asking(done) as client:
        if not client.has_collection(name):
            return None
        said = client.describe_collection(name)
    fit = Fit.read(said.get("properties") or {})
    if fit is None or said["collection_name"] == name:
        raise EngineError(
            f"the collection {name!r} at {connection.address} was not made by NuoNuo and is left alone: choose another "
            "--name"
        )
    return Kept(said["collection_name"], fit)


def all_of(connection: Connection, name: str) -> list[str]:
    """The own names of every collection of ours under a name: the one that it leads to, and begun ones."""
    own = re.compile(rf"{re.escape(check_name(name))}_[0-9a-f]{{12}}")
    with connection.asking("read") as client:
        begun = [one for one in sorted(client.list_collections()) if own.fullmatch(one)]
        return [one for one in begun if Fit.read(client.describe_collection(one).get("properties") or {})]


def make(connection: Connection, name: str, fit: Fit) -> Kept:
    """The collection of a fit, made if it is not there yet, and not led to by the name."""
    own = f"{name}_{fit.print}"
    with connection.asking("filled") as client:
        if client.has_collection(own):
            there = Fit.read(client.describe_collection(own).get("properties") or {})
            if there is None:
                raise EngineError(f"the collection {own!r} at {connection.address} was not made by NuoNuo")
            return Kept(own, there)
        schema, indexes = _layout(client, fit)
        client.create_collection(
            own, schema=schema, index_params=indexes, properties=fit.properties, consistency_level="Strong"
        )
    return Kept(own, fit)


def _layout(client: Any, fit: Fit) -> tuple[Any, Any]:
    """Fields and indexes of a collection."""
    from pymilvus import DataType

    schema, indexes = client.create_schema(auto_id=False, enable_dynamic_field=False), client.prepare_index_params()
    schema.add_field("number", DataType.INT64, is_primary=True)
    for field in ("memory", "cue", "made"):
        schema.add_field(field, DataType.INT64)
    schema.add_field("text", DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("key", DataType.FLOAT_VECTOR, dim=fit.dimension)
    indexes.add_index("key", index_type=DENSE[fit.dense], metric_type="IP")
    for field in ("code", "words"):
        schema.add_field(field, DataType.SPARSE_FLOAT_VECTOR)
        indexes.add_index(field, index_type=SPARSE, metric_type="IP")
    return schema, indexes


def lead(connection: Connection, name: str, kept: Kept) -> None:
    """Let a name lead to a collection that is whole, and drop those of ours that it has led to or that were begun."""
    there = found(connection, name, "filled")
    with connection.asking("filled") as client:
        if there is None:
            client.create_alias(kept.name, name)
        elif there.name != kept.name:
            client.alter_alias(kept.name, name)
    drop(connection, [one for one in all_of(connection, name) if one != kept.name])


def drop(connection: Connection, names: Sequence[str], alias: str | None = None) -> None:
    """Drop collections of ours, and first the alias that leads to one."""
    with connection.asking("dropped") as client:
        if alias is not None:
            client.drop_alias(alias)
        for name in names:
            client.drop_collection(name)
