"""Memory: what was added, recalled by two-stage settling and chained by Hebbian links.

    query → embedding → key → top-k candidates → softmax settling → code → hops, all kept in a Trace

One process may hold a bank for many threads; several processes may share its file. Whoever reads takes `bank` once, a
state that never changes; a change makes the next one and swaps it in. No reader waits for a writer.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from nuonuo.maths import codes
from nuonuo.memory.allowed import allow, encoder_for
from nuonuo.memory.arrow import table_of
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.calling import Call
from nuonuo.memory.device import pick_device
from nuonuo.memory.editing import edited, with_cue
from nuonuo.memory.encoder import Encoder, Progress, as_encoder
from nuonuo.memory.many import recall_many
from nuonuo.memory.opening import read_meta, settings_of
from nuonuo.memory.recall import ask, facts, recall
from nuonuo.memory.records import About, BankSettings, Record, Tie, Vector, prepare, record
from nuonuo.memory.shared import Shared
from nuonuo.memory.store import Store
from nuonuo.memory.trace import BankFacts, Trace

FEW = 16  # changed memories up to which each is replaced in the bank; more are read from the file at once


class Memory:
    """A bank of memories.

    path: its file; None keeps it in this process. encoder: an Encoder, a model's name, or a function from texts to
    embeddings (n, d); None with `dimension` takes ready-made embeddings only. units, winners: D and k of the codes.
    exponent, ridge: of the whitening. Raises ValueError if the file was made with another encoder, dimension or seed.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        encoder: Encoder | str | Path | Call | None = None,
        *,
        dimension: int | None = None,
        seed: int = 0,
        units: int = codes.UNITS,
        winners: int = codes.WINNERS,
        exponent: float = 0.5,
        ridge: float = 0.1,
        centre: bool = True,
        device: str = "auto",
        name: str | None = None,
    ) -> None:
        self.encoder = encoder = None if encoder is None and dimension is not None else as_encoder(encoder, device)
        self.device = encoder.device if encoder else pick_device(device)
        made, d = (encoder.name, encoder.dimension) if encoder else (None, dimension or 0)
        settings = BankSettings(made, d, seed, units, winners, exponent, ridge, centre)
        allow(path, encoder)
        self._store = Store(path, asdict(settings))
        self.settings = settings_of(path, self._store.meta)
        self.name = name or (Path(path).stem if path else "memory")
        self._shared = Shared(self._store, self.device)

    @staticmethod
    def open(path: str | Path, encoder: Encoder | str | Call | None = None, device: str = "auto") -> "Memory":
        """An existing bank as it was made, with the model it names only if that is allowed (memory/allowed.py)."""
        made_with = asdict(settings_of(path, read_meta(path)))
        name, dimension = made_with.pop("encoder"), made_with.pop("dimension")
        return Memory(path, encoder_for(path, name, encoder, device), dimension=dimension, device=device, **made_with)

    def copy(self, path: str | Path | None = None) -> "Memory":
        """The same memories, ids and whitening in another bank, a new file or this process; nothing is encoded."""
        made_with = asdict(self.settings) | {"encoder": self.encoder}
        twin = Memory(path, name=self.name, device=str(self.device), **made_with)
        self._shared.copy_into(twin._shared)
        return twin

    @property
    def bank(self) -> Bank:
        """The memories as they are now: a state that never changes. Take it once for all that belongs together."""
        return self._shared.bank

    @property
    def dimension(self) -> int:
        """d of the embeddings."""
        return self.settings.dimension

    @property
    def path(self) -> Path | None:
        """The bank's file."""
        return self._store.path

    @property
    def cues(self) -> int:
        """Stored cues, paraphrases included."""
        return len(self.bank.owner)

    def __len__(self) -> int:
        return len(self.bank.ids)

    def __iter__(self):
        """Stored rows, oldest first."""
        return iter(self.bank.rows.values())

    def __contains__(self, memory: int) -> bool:
        return memory in self.bank.rows

    def get(self, memory: int) -> Record:
        """One stored memory. Raises ValueError if there is none with this id."""
        row = self.bank.rows.get(memory)
        if row is None:
            raise ValueError(f"there is no memory with id {memory} in bank {self.name}")
        return row

    def add(
        self,
        cue: str,
        target: str | None = None,
        cues: Sequence[str] = (),
        about: About | None = None,
        ties: Sequence[Tie] = (),
        embedding: Vector | None = None,
        target_embedding: Vector | None = None,
    ) -> int:
        """Store one memory; its id. It is durable when this returns. The rest is as `record` takes it."""
        return self.add_many([record(cue, target, cues, embedding, target_embedding, about or About(), ties)])[0]

    def add_many(self, records: Iterable[Record], progress: Progress | None = None) -> list[int]:
        """Store memories in one durable transaction, all or none; their ids. progress(done, total) per batch encoded.

        Nothing is stored if any memory is wrong: a text that is blank or too long, or an embedding that is missing, of
        another dimension, not finite or zero. A tie to another of these by its key becomes a tie to its id.
        """
        rows = prepare(list(records), self.encoder, self.dimension, progress)  # before any lock is taken
        with self.alone():
            added = self._store.add(rows)
            self._shared.swap(self.bank.append(added))
        return [row.id for row in added]

    def forget(self, memory: int | Sequence[int]) -> None:
        """Remove memories from candidates, links and disk, all or none. Raises ValueError if one does not exist."""
        ids = [memory] if isinstance(memory, int) else list(memory)
        with self.alone():
            for i in ids:
                self.get(i)
            self._store.delete(ids)
            self._shared.swap(self.bank.remove(ids))

    def put_back(self, rows: Sequence[Record]) -> None:
        """Make memories as these rows say again, under their ids: forgotten ones are stored, changed ones replaced.

        The version of a row is the one it replaces. Raises Conflict, and changes nothing, if one was changed since.
        """
        with self.alone():
            bank, many = self.bank, len(rows) > FEW
            for row in (row for row in rows if row.id in self):
                new = self._store.replace(row)
                bank = bank if many else bank.replace(new)
            gone = [row for row in rows if row.id not in bank.rows]
            self._store.restore(gone)
            self._shared.swap(self._shared.read() if gone or many else bank)  # in their old places

    def change(
        self,
        memory: int,
        cue: str | None = None,
        target: str | None = None,
        cues: Sequence[str] | None = None,
        version: int | None = None,
        about: About | None = None,
        ties: Sequence[Tie] | None = None,
    ) -> Record:
        """Give a memory another cue, target, paraphrases, origin or ties, what is None stays; it as it is then.

        version: of the row that was seen, None for the newest. Raises Conflict, changing nothing, if another is stored.
        """
        return self._shared.change(
            lambda: edited(self.get(memory), self.encoder, cue, target, cues, about, ties), version
        )

    def add_cue(self, memory: int, text: str, embedding: Vector | None = None) -> Record:
        """Let another text bring a memory back; the memory as it is then. embedding: (d,); None: it is encoded."""
        return self._shared.change(lambda: with_cue(self.get(memory), self.encoder, text, embedding))

    def refresh(self) -> None:
        """Read the file again if another process has changed it. Does not wait for a writer, who does so himself."""
        self._shared.refresh()

    def alone(self) -> AbstractContextManager[None]:
        """While it lasts no one else changes the bank; what is changed in it is one transaction, all or nothing.

        Readers go on meanwhile. One inside another is part of it.
        """
        return self._shared.alone()

    def close(self) -> None:
        """Close the bank's file."""
        self._store.close()

    def recall(
        self, query: str | Vector, asking: Asking | None = None, text: str | None = None, **changed: Any
    ) -> Trace:
        """Two-stage recall of a text or embedding (d,), then the hops asked for, from the settled state.

        asking: how; the defaults if None. text: what an embedding is of: without it its words cannot be compared.
        changed: fields of Asking that differ, such as k=5, beta=8 or hops=6.

        Raises ValueError if the bank is empty, the query is blank, not finite or of another dimension, or a field is
        out of range.
        """
        self.refresh()  # what another process has added counts too
        how, bank = asking or Asking(), self.bank  # one state, whatever others do meanwhile
        how = replace(how, **changed) if changed else how
        asked = ask(query, how.noise, self.encoder, self.dimension, self.device, self.name, text)
        return next(recall(bank, self.name, [asked], how))

    def recall_many(self, queries: Sequence[str | Vector], asking: Asking | None = None, **changed: Any) -> list[Trace]:
        """`recall` of each of many texts or embeddings, encoded together; all are checked before any is asked."""
        return recall_many(self, queries, replace(asking or Asking(), **changed))

    def to_arrow(self) -> Any:
        """The memories as a pyarrow.Table, a row each (memory/arrow.py)."""
        return table_of(self)

    @staticmethod
    def from_frame(frame: Any, path: str | Path | None = None, **chosen: Any) -> "Memory":
        """A bank of a pandas frame or an Arrow table, whose columns are guessed or named (files/frames.py)."""
        return import_module("nuonuo.files.frames").memory_of(frame, path, **chosen)  # a room above this one

    def chain(self, query: str | Vector, hops: int = 6, **changed: Any) -> Trace:
        """`recall` followed by hops; takes the same fields of Asking."""
        return self.recall(query, hops=hops, **changed)

    def make_codes(self, whitened: bool = True, progress: Progress | None = None) -> bool:
        """Make the codes that hops need; False if the memories changed meanwhile."""
        bank = self.bank
        (bank if whitened else bank.unwhitened()).make_codes(progress)
        return self.bank is bank

    def describe(self, whitened: bool = True) -> BankFacts:
        """What shapes this bank's recalls, for the Trace."""
        bank = self.bank
        return facts(bank if whitened else bank.unwhitened(), self.name)
