"""The command `index`: a bank's cues brought into Milvus, and stage one asked there."""

import signal
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nuonuo.cli.console import echo, progress, table

if TYPE_CHECKING:
    from nuonuo.engines.connection import Connection
    from nuonuo.engines.filling import Filled
    from nuonuo.engines.protocol import Hits
    from nuonuo.memory import Memory

STOPPED = "what was sent stays, and the same command goes on from there"
FILE = Annotated[Path, typer.Argument(help="A bank's file, such as notes.nuonuo.", show_default=False)]
To = Annotated[
    str | None,
    typer.Option(
        help="Where: a file that ends in .db, or http://host:port with its token in MILVUS_TOKEN; the setting "
        "NUONUO_INDEX if left out.",
        show_default=False,
    ),
]
Name = Annotated[str | None, typer.Option(help="Of the collection; the bank's own if left out.", show_default=False)]
Ask = Annotated[
    str | None, typer.Option(help="Ask this by meaning, by words and by codes; send nothing.", show_default=False)
]


def index(
    bank: FILE,
    to: To = None,
    name: Name = None,
    dense: Annotated[str, typer.Option(help="Index of the keys: flat is exact, auto is Milvus' choice.")] = "flat",
    ask: Ask = None,
    k: Annotated[int, typer.Option(help="Memories to find, with --ask.")] = 10,
    drop: Annotated[bool, typer.Option("--drop", help="Drop the collection instead; the bank stays.")] = False,
) -> None:
    """Bring a bank's cues into Milvus: what is new or changed is sent, what was forgotten removed. The bank stays."""
    from nuonuo.__main__ import cancelled
    from nuonuo.engines.collection import check_name, named_after
    from nuonuo.engines.connection import Connection, address
    from nuonuo.memory import Memory

    uri, called = address(to), check_name(name or named_after(bank.stem))  # before the bank is read
    signal.signal(signal.SIGINT, lambda *_: cancelled(STOPPED))
    with closing(Memory.open(bank)) as memory, closing(Connection(uri)) as connection:
        if drop:
            _drop(connection, called)
        elif ask is not None:
            _ask(memory, connection, called, ask, k)
        else:
            _fill(memory, connection, called, dense)


def _fill(memory: "Memory", connection: "Connection", name: str, dense: str) -> None:
    from nuonuo.engines.filling import fill

    state = memory.bank
    with progress("Making codes") as bar:
        state.make_codes(bar)
    with progress("Sending") as bar:
        filled = fill(state, memory.name, connection, name, dense, bar)
    echo(_said(filled, name, connection))


def _said(filled: "Filled", name: str, connection: "Connection") -> str:
    """What a filling has done, in words."""
    done = {"added": filled.added, "replaced": filled.replaced, "removed": filled.removed}
    told = ", ".join(f"{count:,} {what}" for what, count in done.items() if count) or "nothing to send"
    kept = f"; {filled.kept:,} were there already" if filled.kept else ""
    return f"Cues in {name} at {connection.address}: {told}{kept}."


def _ask(memory: "Memory", connection: "Connection", name: str, query: str, k: int) -> None:
    """Each way's k memories as a table. Raises ValueError if the bank has no encoder, the query is blank or k < 1."""
    from nuonuo.engines.milvus import Milvus
    from nuonuo.memory.noise import Noise
    from nuonuo.memory.recall import ask

    state = memory.bank
    asked = ask(query, Noise(), memory.encoder, memory.dimension, memory.device, memory.name)
    engine, key = Milvus(connection, name, state, memory.name), state.whitening(asked.embedding[None])
    ways = {
        "By meaning": (engine.search(key, k), "similarity"),
        "By words": (engine.by_words([query], k), "BM25"),
        "By codes": (engine.by_codes(state.encode(key).winners, k), "shared winners"),
    }
    for way, (found, score) in ways.items():
        rows = _rows(found[0], score, memory)
        echo(f"{way}:\n{table(rows)}\n" if rows else f"{way}: no memory shares one.\n")
    if len(engine) != len(state.X):
        echo(f"{name} holds {len(engine):,} cues, and the bank {len(state.X):,}: run nuonuo index again.")


def _rows(found: "Hits", score: str, memory: "Memory") -> list[dict]:
    stored = memory.bank.rows
    every = zip(found.memories.tolist(), found.scores.tolist(), strict=True)
    return [
        {"rank": rank, "id": id_, score: worth, "target": stored[id_].target if id_ in stored else "(forgotten)"}
        for rank, (id_, worth) in enumerate(every, 1)
    ]


def _drop(connection: "Connection", name: str) -> None:
    from nuonuo.engines.collection import all_of, drop, found

    leads, names = found(connection, name, "dropped"), all_of(connection, name)
    if not names:
        raise ValueError(f"{connection.address} has no collection {name!r}: there is nothing to drop")
    drop(connection, names, name if leads else None)
    echo(f"Dropped {name} at {connection.address}; the bank is as it was.")
