"""Memories put into a bank's file: checked and encoded first, which may take long, then stored at once.

So a cancelled command has stored nothing, made no file and taken none away. What is being stored when Ctrl-C comes is
stored to its end, which takes a second or two.
"""

import signal
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nuonuo.files.duplicates import duplicates, fresh, once
from nuonuo.files.links import Brought, brought
from nuonuo.files.memories import embeddings_of, lacking
from nuonuo.memory import Memory
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.records import Record, prepare
from nuonuo.memory.whose import Whose, whose


@dataclass(frozen=True)
class Added:
    """What an import has stored, and what it left out."""

    memories: int
    links: Brought
    known: int = 0  # of the file, which the bank had already
    doubled: int = 0  # of the file, as one before it
    near: int = 0  # of those stored, as another but for blanks or Unicode's form
    whose: str = ""  # whose the vectors are that came along, in a sentence


def add(path: Path, item: Record) -> int:
    """Store one memory, in a new bank if there is none at path; its id."""
    with closing(opened(path, None)) as memory:
        prepare([item], memory.encoder, memory.dimension)
        finish()
        with closing(at(path, memory)) as bank:
            return bank.add_many([item])[0]


def add_missing(
    path: Path,
    items: Sequence[Record],
    source: Path | str,
    progress: Progress | None = None,
    last: bool = True,
    made: Encoder | int | None = None,
) -> Added:
    """Store the memories that the bank at path lacks; how many those are, and the links that come with them.

    An import that is run again, after an interruption or by mistake, so doubles nothing, and what a file holds twice is
    stored once. source: the file they come from. last: whether the program ends with it, so that Ctrl-C waits. made:
    the encoder of a new bank, or the size of its ready-made embeddings; None: the default encoder, or none where the
    embeddings are not of its size. Raises ValueError if the embeddings do not fit the bank.
    """
    given = embeddings_of(items)
    new = made if path.exists() or made is not None else given.own_size(str(source))
    made_by = None if made is not None or new is not None else vectors_of(path, items)
    if made_by and not made_by.fits and not path.exists() and not given.lacking:
        new = given.size  # no encoder, for it would be the wrong one
    with closing(opened(path, new)) as memory:
        given.check_fit(memory.dimension, memory.encoder is not None, str(source), str(path))
        stored = list(memory)
        kept = once(items)
        wanted = fresh(kept, stored)  # nothing is encoded that is there
        near = duplicates(wanted, stored)
        prepared = prepare(wanted, memory.encoder, memory.dimension, progress)
        if last:
            finish()
        with closing(at(path, memory)) as bank:
            bank.refresh()
            rows = lacking(wanted, prepared, list(bank))
            ids = bank.add_many(rows) if rows else []
            now = bank.bank
            links = brought(now.reading.relations, now.ids, ids)
        same = near.near + near.known_near if rows else 0
        told = made_by.sentence if made_by else ""
        return Added(len(ids), links, len(kept) - len(ids), len(items) - len(kept), same, told)


def vectors_of(path: Path, items: Sequence[Record]) -> Whose | None:
    """Whose the vectors of items are, held against the encoder of the bank at path or the default one; None of none."""
    if all(one.cue_vectors is None for one in items):
        return None
    if not path.exists():
        return whose(items, Encoder())
    with closing(Memory.open(path)) as memory:
        return whose(items, memory.encoder) if memory.encoder else None


def opened(path: Path, made: Encoder | int | None) -> Memory:
    """The bank at path; if there is none, one in this process only that is made as a new one will be.

    made: as `add_missing` takes it. Raises ValueError if none can be made there, or the bank has another encoder.
    """
    if path.exists():
        return Memory.open(path, made if isinstance(made, Encoder) else None)
    if not path.parent.is_dir():
        raise ValueError(f"bank {path} cannot be made: there is no folder {path.parent}")
    return Memory(encoder=made) if isinstance(made, Encoder) else Memory(dimension=made)


def at(path: Path, memory: Memory) -> Memory:
    """The bank itself: made now, or as another program has made it meanwhile."""
    if memory.path is not None:
        return memory
    return Memory(path, memory.encoder, dimension=memory.dimension)


def finish() -> None:
    """From here on this program does what it does to its end, whatever Ctrl-C asks for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
