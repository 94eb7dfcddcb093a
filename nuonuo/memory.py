"""Memory: what was added, recalled by two-stage settling and chained by Hebbian links.

    query → embedding → key → top-k candidates → softmax settling → code → hops, all kept in a Trace

One process may hold a bank for many threads; several processes may share its file.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from nuonuo import codes
from nuonuo.association import Separation, power
from nuonuo.bank import Bank, check_settings
from nuonuo.device import pick_device
from nuonuo.encoder import DEFAULT, Encoder, Progress
from nuonuo.items import Item, Prepared, Vector, prepare, revise, unit_rows
from nuonuo.noise import Noise
from nuonuo.recall import ask, recall
from nuonuo.store import Row, Store, read_meta, stored
from nuonuo.trace import Settings, Trace
from nuonuo.whitening import Whitening

BULK = 1_000  # memories per durable transaction
MADE_WITH = ("seed", "units", "winners", "exponent", "ridge", "centre")  # what a bank keeps for life


class Memory:
    """A bank of memories.

    path: its file; None keeps it in this process. encoder: an Encoder or a model name; None with `dimension` takes
    ready-made embeddings only. units, winners: D and k of the codes. exponent, ridge: of the whitening.
    Raises ValueError if the file was made with another encoder, dimension or seed.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        encoder: Encoder | str | None = None,
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
        if isinstance(encoder, str) or (encoder is None and dimension is None):
            encoder = Encoder(encoder or DEFAULT, device)
        self.encoder = encoder
        self.device = encoder.device if encoder else pick_device(device)
        text = {"encoder": encoder.name, "dimension": encoder.dimension} if encoder else None
        meta = text or {"encoder": None, "dimension": dimension}
        meta |= {"seed": seed, "units": units, "winners": winners}
        meta |= {"exponent": exponent, "ridge": ridge, "centre": centre}
        check_settings(meta)
        self._store = Store(path, meta)
        self.meta = self._store.meta
        self.name = name or (Path(path).stem if path else "memory")
        self._lock = threading.RLock()
        self._load()

    @staticmethod
    def open(path: str | Path, encoder: Encoder | None = None, device: str = "auto") -> "Memory":
        """Open an existing bank as it was made. Raises ValueError if there is none."""
        meta = read_meta(path)
        made_with = {k: meta[k] for k in MADE_WITH}
        if encoder is None and meta["encoder"] is None:
            return Memory(path, dimension=meta["dimension"], device=device, **made_with)
        return Memory(path, encoder or Encoder(meta["encoder"], device), **made_with)

    def copy(self, path: str | Path | None = None) -> "Memory":
        """The same memories, ids and whitening in another bank, a new file or this process; nothing is encoded."""
        made_with = {k: self.meta[k] for k in ("dimension", *MADE_WITH)}
        twin = Memory(path, self.encoder, name=self.name, device=str(self.device), **made_with)
        with self._lock:
            self._store.copy_into(twin._store)
            twin.bank = self.bank.twin()
        return twin

    @property
    def dimension(self) -> int:
        """d of the embeddings."""
        return self.meta["dimension"]

    @property
    def path(self) -> Path | None:
        """The bank's file."""
        return self._store.path

    @property
    def cues(self) -> int:
        """Stored cues, paraphrases included."""
        return len(self.bank.X)

    def __len__(self) -> int:
        return len(self.bank.ids)

    def __iter__(self):
        """Stored rows, oldest first."""
        return iter(list(self.bank.rows.values()))

    def __contains__(self, memory: int) -> bool:
        return memory in self.bank.rows

    def get(self, memory: int) -> Row:
        """One stored memory. Raises ValueError if there is none with this id."""
        if memory not in self.bank.rows:
            raise ValueError(f"there is no memory with id {memory} in bank {self.name}")
        return self.bank.rows[memory]

    def add(self, cue: str, target: str | None = None, cues: Sequence[str] = ()) -> int:
        """Store one memory; its id. It is durable when this returns."""
        return self.add_many([Item(cue, target, cues)])[0]

    def add_many(self, items: Iterable[Item], progress: Progress | None = None) -> list[int]:
        """Store memories, 1,000 per durable transaction; their ids. progress(done, total) after each batch encoded.

        Nothing is stored if any item is wrong: a blank text, or an embedding that is missing, of another dimension,
        not finite or zero.
        """
        rows = prepare(list(items), self.encoder, self.dimension, progress)
        with self._lock:
            self.refresh()
            ids = []
            for start in range(0, len(rows), BULK):
                ids += self._store.add(rows[start : start + BULK])
            before = self.bank.whitening
            self.bank.append([stored(i, row) for i, row in zip(ids, rows, strict=True)])
            self._keep_whitening(before)
        return ids

    def forget(self, memory: int | Sequence[int]) -> None:
        """Remove memories from candidates, links and disk. Raises ValueError if one does not exist."""
        ids = [memory] if isinstance(memory, int) else list(memory)
        with self._lock:
            self.refresh()
            for i in ids:
                self.get(i)
            self._store.delete(ids)
            before = self.bank.whitening
            self.bank.remove(ids)
            self._keep_whitening(before)

    def put_back(self, rows: Sequence[Row]) -> None:
        """Make memories as these rows say again, under their ids: forgotten ones are stored, changed ones replaced."""
        with self._lock:
            self.refresh()
            gone, before = [row for row in rows if row.id not in self], self.bank.whitening
            for row in rows:
                if row.id in self:
                    self._store.replace(row)
                    self.bank.replace(row)
            self._keep_whitening(before)
            if gone:
                self._store.restore(gone)
                self._load()  # in their old places

    def change(self, memory: int, cue: str | None = None, target: str | None = None, cues: Sequence[str] | None = None):
        """Give a memory another cue, target or paraphrases; what is None stays."""
        with self._lock:
            self.refresh()
            old = self.get(memory)
            first = old.cues[0] if cue is None else cue
            rest = old.cues[1:] if cues is None else cues
            kept = Prepared(old.target, old.embedding, old.cues, old.cue_embeddings)
            row = revise(kept, Item(first, old.target if target is None else target, rest), self.encoder)
            self._store.replace(stored(memory, row))
            before = self.bank.whitening
            self.bank.replace(stored(memory, row))
            self._keep_whitening(before)

    def add_cue(self, memory: int, text: str, embedding: Vector | None = None) -> None:
        """Let another text bring a memory back. embedding: (d,), of the text; None: it is encoded."""
        old = self.get(memory)
        if embedding is None:
            self.change(memory, cues=[*old.cues[1:], text])
            return
        x = unit_rows(embedding, 1, self.dimension, "embedding").cpu().numpy()  # (1, d)
        self.put_back([replace(old, cues=(*old.cues, text), cue_embeddings=np.concatenate([old.cue_embeddings, x]))])

    def refresh(self) -> None:
        """Read the file again if another process has changed it."""
        with self._lock:
            if self._store.changed_elsewhere():
                self._load()

    def close(self) -> None:
        """Close the bank's file."""
        self._store.close()

    def recall(
        self,
        query: str | Vector,
        k: int = 20,
        beta: float = 32.0,
        steps: int = 3,
        noise: Noise | None = None,
        hops: int = 0,
        separation: Separation | None = None,
        whitened: bool = True,
    ) -> Trace:
        """Two-stage recall of a text or embedding (d,), then `hops` hops from the settled state.

        separation: of the hops; power 3 if None. whitened: False takes the embeddings themselves as keys.

        Raises ValueError if the bank is empty, the query is blank, not finite or of another dimension, or k, beta,
        steps or hops is out of range.
        """
        settings = Settings(k, beta, steps, noise or Noise())
        if k < 1:
            raise ValueError(f"k must be >= 1, got {k}")
        if hops < 0:
            raise ValueError(f"hops must be >= 0, got {hops}")
        with self._lock:
            if not len(self):
                raise ValueError(f"bank {self.name} is empty: add a memory before recalling")
            asked = ask(query, settings.noise, self.encoder, self.dimension, self.device, self.name)
            bank = self.bank if whitened else self.bank.unwhitened()
            return recall(bank, self.describe(whitened), asked, settings, hops, separation or power(3))

    def chain(self, query: str | Vector, hops: int = 6, **settings) -> Trace:
        """`recall` followed by hops; takes the same settings."""
        return self.recall(query, hops=hops, **settings)

    def make_codes(self, whitened: bool = True, progress: Progress | None = None) -> bool:
        """Make the codes that hops need while recalls go on; False if the memories changed meanwhile."""
        bank = self.bank if whitened else self.bank.unwhitened()
        return bank.make_codes(self._lock, progress)

    def describe(self, whitened: bool = True) -> dict:
        """What shapes this bank's recalls, for the Trace."""
        bank = self.bank if whitened else self.bank.unwhitened()
        fit = {"fitted_on": bank.whitening.n, "shrinkage": bank.whitening.shrinkage}
        return {"name": self.name, "memories": len(self), "cues": self.cues, **fit, **bank.meta}

    def _keep_whitening(self, before) -> None:
        """Write the whitening down if it was fitted again."""
        w = self.bank.whitening
        if w is not before:
            matrix = None if w.matrix is None else w.matrix.cpu().numpy()
            self._store.save_whitening(w.n, w.shrinkage, w.mean.cpu().numpy(), matrix)

    def _load(self) -> None:
        """Make the bank from the store."""
        saved, fitted = self._store.load_whitening(), None
        if saved:
            n, shrinkage, mean, matrix = saved
            A = None if matrix is None else torch.tensor(matrix, device=self.device)
            centre = torch.tensor(mean, device=self.device)
            fitted = Whitening(centre, A, n, self.meta["exponent"], self.meta["ridge"], shrinkage)
        self.bank = Bank(self._store.load(), self.dimension, self.meta, self.device, fitted)
        self._keep_whitening(fitted)
