"""The command `import` for a vector store's address: one collection of it, into a bank."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from nuonuo.cli.console import echo, harmless, progress, table

if TYPE_CHECKING:
    from nuonuo.memory.encoder import Encoder
    from nuonuo.stores.reading import StoreRead

CHOSEN = {"text", "vector"}  # the columns that may be named for a store


def import_store(
    files: Sequence[str],
    columns: Mapping[str, str | bool | None],
    bank: Path | None,
    asked: tuple[str | None, Path | None, str | None],
    preview: bool,
    as_json: bool,
) -> None:
    """Read a collection of the store at an address, say what is known of it, and store its rows unless `preview`.

    columns: text and vector name the fields that hold them. asked: the collection, the file of a FAISS index's texts,
    and the encoder that the vectors are compared with. Raises ValueError if one of them is wrong, or the store is.
    """
    from nuonuo.memory.encoder import DEFAULT, Encoder
    from nuonuo.stores.addresses import HOW, is_address, open_store
    from nuonuo.stores.reading import read_collection

    collection, texts, name = asked
    if len(files) != 1 or not is_address(files[0]):
        raise ValueError(f"--collection and --texts are for the address of one store, {HOW}, got {', '.join(files)}")
    if wrong := sorted(set(columns) - CHOSEN):
        raise ValueError(
            f"of a store --text and --vector can be named, and the rest is kept as it is: got --{wrong[0]}"
        )
    with closing(open_store(files[0], texts)) as store, progress("Reading") as bar:
        text, vector = (_named(columns.get(role)) for role in ("text", "vector"))
        encoder = _of_bank(bank, name) or Encoder(name or DEFAULT)
        read = read_collection(store, collection, text, vector, encoder, bar)
    into = bank or Path(f"{read.collection.name.replace('/', '_')}.nuonuo")
    if preview:
        _show(read, as_json)
    else:
        _store(read, into, encoder, as_json)


def _named(column: str | bool | None) -> str | None:
    return column if isinstance(column, str) else None


def _of_bank(bank: Path | None, name: str | None) -> "Encoder | None":
    """The encoder that a bank has already. Raises ValueError if another one is asked for."""
    from nuonuo.memory import Memory
    from nuonuo.memory.encoder import Encoder

    if bank is None or not bank.exists():
        return None
    with closing(Memory.open(bank, Encoder(name) if name else None)) as memory:
        return memory.encoder


def _show(read: "StoreRead", as_json: bool) -> None:
    if as_json:
        echo(json.dumps(_facts(read), ensure_ascii=False))
        return
    count = len(read.records)
    echo(f"{harmless(read.address)}, collection {harmless(read.collection.name)}: {count:,} memories.\n")
    shown = [{"id": one.about.own_id, "text": one.target} for one in read.records[:5]]
    echo(table(shown) + "\n")
    for sentence in read.sentences:
        echo(harmless(sentence))


def _store(read: "StoreRead", into: Path, encoder: "Encoder", as_json: bool) -> None:
    """Put the rows into a bank: with the encoder if the vectors are its own, else without one."""
    from nuonuo.cli import filling
    from nuonuo.cli.importing import done, said

    where = f"{read.address}, collection {read.collection.name}"
    fits = read.whose is not None and read.whose.fits
    if into.exists():
        _check_fit(read, into)
    with progress("Storing") as bar:
        made = encoder if fits else read.dimension
        added = filling.add_missing(into, read.records, where, bar, made=None if into.exists() else made)
    if as_json:
        roles = {"text": read.text, "vector": read.vector}
        echo(json.dumps(done(where, into, roles, added, read.sentences) | _facts(read), ensure_ascii=False))
        return
    echo(said(into, added))
    for sentence in read.sentences:
        echo(harmless(sentence))
    if not fits:
        echo(f"Bank {into} has no encoder: ask it with vectors, or import with --encoder and the model's name.")


def _check_fit(read: "StoreRead", into: Path) -> None:
    """Raises ValueError if a bank's own encoder did not make the vectors."""
    from nuonuo.memory.opening import read_meta

    if read_meta(into)["encoder"] is not None and read.whose is not None and not read.whose.fits:
        raise ValueError(
            f"{read.address} cannot be put into bank {into}, whose encoder is another: {read.whose.sentence}"
        )


def _facts(read: "StoreRead") -> dict[str, object]:
    """What is known of a collection, as JSON has it."""
    kind = read.collection.kinds[read.vector]
    facts = {"address": read.address, "collection": read.collection.name, "rows": read.collection.count}
    facts |= {"memories": len(read.records), "dimension": read.dimension, "metric": kind.metric}
    cosine = read.whose.median if read.whose and read.whose.texts else None
    return facts | {"maker": read.whose.maker.value if read.whose else None, "median_cosine": cosine}
