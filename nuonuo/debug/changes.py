"""Changes: what a fix does to a bank, as data that can be kept, compared and sent to another process.

Each is called with the bank that it changes.
"""

from dataclasses import dataclass

import numpy as np
import torch

from nuonuo.debug.keyed import By
from nuonuo.debug.trying import Change as Tried
from nuonuo.debug.trying import copies, further, with_cues
from nuonuo.memory import Memory
from nuonuo.memory.records import Tie, record

Numbers = tuple[float, ...]  # (d,) an embedding


@dataclass(frozen=True)
class AddCue:
    """Let one more text bring a memory back."""

    memory: int
    text: str
    embedding: Numbers | None = None  # None: it is encoded

    def __call__(self, bank: Memory) -> None:
        """Raises ValueError if the memory is not stored."""
        bank.add_cue(self.memory, self.text, given(self.embedding))


@dataclass(frozen=True)
class Add:
    """Store a memory."""

    cue: str
    target: str
    embedding: Numbers | None = None  # of the cue; None: it is encoded
    target_embedding: Numbers | None = None

    def __call__(self, bank: Memory) -> None:
        """Raises ValueError if an embedding is missing and the bank has no encoder."""
        bank.add_many([record(self.cue, self.target, (), given(self.embedding), given(self.target_embedding))])


@dataclass(frozen=True)
class Rename:
    """Give a memory another cue in place of its first."""

    memory: int
    cue: str

    def __call__(self, bank: Memory) -> None:
        """Raises ValueError if the memory is not stored."""
        bank.change(self.memory, cue=self.cue)


@dataclass(frozen=True)
class Forget:
    """Remove a memory."""

    memory: int

    def __call__(self, bank: Memory) -> None:
        """Raises ValueError if the memory is not stored."""
        bank.forget(self.memory)


@dataclass(frozen=True)
class Merge:
    """Give one memory the other's cues, and forget the other."""

    kept: int
    gone: int

    def __call__(self, bank: Memory) -> None:
        """Raises ValueError if one of them is not stored."""
        row = bank.get(self.gone)
        for text, x in zip(row.cues, row.cue_embeddings, strict=True):
            if text not in bank.get(self.kept).cues:
                bank.add_cue(self.kept, text, x)
        bank.forget(self.gone)


@dataclass(frozen=True)
class Link:
    """Draw a link by hand from one memory to another."""

    source: int
    to: int
    weight: float = 1.0

    def __call__(self, bank: Memory) -> None:
        """Raises ValueError if one of them is not stored."""
        bank.get(self.to)
        others = (tie for tie in bank.get(self.source).ties if tie.to != self.to)
        bank.change(self.source, ties=(*others, Tie(self.to, self.weight)))


@dataclass(frozen=True)
class Fold:
    """Forget the copies of memories, texts that differ in nothing but case, blanks and Unicode form; one of each stays.

    keep: memories that stay where they are one of several.
    """

    keep: tuple[int, ...] = ()

    def __call__(self, bank: Memory) -> None:
        """Nothing is forgotten where there are no copies."""
        rows = sorted(bank, key=lambda row: row.id not in self.keep)
        if gone := copies(rows):
            bank.forget(gone)


@dataclass(frozen=True)
class Everywhere:
    """Give every memory the further cues that can be made of what is stored, and those that are known of it."""

    by: tuple[By, ...]
    known: tuple[tuple[int, tuple[str, ...]], ...] = ()  # of memories, by id

    def __call__(self, bank: Memory) -> None:
        """Raises ValueError if there is no encoder for them."""
        change = Tried(f"{self.by}", by=self.by, spare=bool(self.known))
        some = further(bank, change, dict(self.known))
        if bank.encoder is None and any(some):
            raise ValueError(f"bank {bank.name} holds ready-made embeddings: it has no encoder for further cues")
        rows = list(bank)
        made = with_cues(rows, some, bank.encoder)
        bank.put_back([new for old, new in zip(rows, made, strict=True) if len(new.cues) > len(old.cues)])


Change = AddCue | Add | Rename | Forget | Merge | Link | Fold | Everywhere


def given(embedding: Numbers | None) -> torch.Tensor | None:
    """An embedding as a tensor (d,)."""
    return None if embedding is None else torch.tensor(embedding)


def numbers(embedding: np.ndarray | torch.Tensor) -> Numbers:
    """An embedding (d,) as plain numbers."""
    return tuple(embedding.tolist())
