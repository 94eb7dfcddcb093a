"""Filling: a bank's cues brought into a collection, so that it holds them and nothing else.

What is there already is not sent again, what was changed is replaced, what was forgotten is removed. So a filling that
was interrupted goes on where it was, and one that is run twice doubles nothing.
"""

from dataclasses import dataclass

import numpy as np

from nuonuo.engines.collection import Fit, Kept, check_name, found, lead, make
from nuonuo.engines.connection import Connection, EngineError
from nuonuo.engines.rows import Numbered, batches, numbered
from nuonuo.maths.codes import Progress
from nuonuo.memory.bank import Bank

BATCH = 500  # rows sent at a time; of texts of the greatest length 33 MB
PAGE = 5_000  # rows whose numbers are asked for at a time


@dataclass(frozen=True)
class Filled:
    """What a filling has done, in cues."""

    collection: Kept
    added: int
    replaced: int
    removed: int
    kept: int  # that were there as they are


def fill(
    bank: Bank, bank_name: str, connection: Connection, name: str, dense: str = "flat", progress: Progress | None = None
) -> Filled:
    """Bring a bank's cues into the collection `name`; progress(done, total) of the cues that must be sent.

    dense: flat or auto, of the keys' index. Raises EngineError if the connection is lost (what was sent stays, and the
    next filling goes on from there), or the name is of another bank's collection or of one that is not ours.
    """
    check_name(name)
    fit, there, wanted = Fit.of(bank, bank_name, dense), found(connection, name, "filled"), numbered(bank)
    if there:
        check_same(there.fit, fit, name, connection)
        if there.fit.print != fit.print:
            check_shared(held(connection, there), wanted, name, there, connection)
    kept = make(connection, name, fit)
    stored = held(connection, kept)
    remove(connection, kept, gone := np.setdiff1d(stored.numbers, wanted.numbers))
    place = dict(stored.pairs)
    before = [place.get(number) for number in wanted.numbers.tolist()]
    some = np.array([i for i, made in enumerate(before) if made != wanted.made[i]], np.int64)
    added, done = sum(before[i] is None for i in some), 0
    try:
        for rows in batches(bank, wanted, some, kept.fit.mean, BATCH):
            with connection.asking("filled") as client:
                client.upsert(kept.name, rows)
            done += len(rows)
            if progress:
                progress(done, len(some))
        with connection.asking("filled") as client:
            client.flush(kept.name)
        lead(connection, name, kept)
    except EngineError as reason:
        raise EngineError(
            f"{reason}; {done:,} of {len(some):,} cues were sent and stay: once it answers, the same command goes on"
        ) from reason
    return Filled(kept, added, len(some) - added, len(gone), len(wanted) - len(some))


def check_same(there: Fit, fit: Fit, name: str, connection: Connection) -> None:
    """Raises EngineError if a collection is of another bank, or of other embeddings, than a fit."""
    of = f"the collection {name!r} at {connection.address} is of bank {there.bank}"
    if there.dimension != fit.dimension:
        raise EngineError(
            f"{of} with dimension {there.dimension}, and bank {fit.bank} has {fit.dimension}: choose another --name, "
            "or --drop it first"
        )
    if there.bank != fit.bank:
        raise EngineError(f"{of}, not of {fit.bank}: choose another --name, or --drop it first")


def check_shared(old: Numbered, wanted: Numbered, name: str, there: Kept, connection: Connection) -> None:
    """Raises EngineError if a collection of an earlier fit shares no cue with a bank: it is another's of that name."""
    if len(old) and len(wanted) and not old.pairs & wanted.pairs:
        raise EngineError(
            f"the collection {name!r} at {connection.address} is of another bank called {there.fit.bank}, with none of "
            "these cues: choose another --name, or --drop it first"
        )


def held(connection: Connection, kept: Kept) -> Numbered:
    """The rows that a collection holds."""
    numbers, made = [], []
    with connection.asking("read") as client:
        client.load_collection(kept.name)
        pages = client.query_iterator(kept.name, batch_size=PAGE, output_fields=["number", "made"])
        while page := pages.next():
            numbers += [one["number"] for one in page]
            made += [one["made"] for one in page]
        pages.close()
    return Numbered(np.array(numbers, np.int64), np.array(made, np.int64))


def remove(connection: Connection, kept: Kept, numbers: np.ndarray) -> None:
    """Remove rows by number."""
    for part in np.array_split(numbers, max(1, -(-len(numbers) // PAGE))):
        if len(part):
            with connection.asking("filled") as client:
                client.delete(kept.name, ids=part.tolist())
