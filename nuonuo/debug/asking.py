"""Asking: a question with everything that shapes its recall but is no part of the bank."""

from dataclasses import dataclass, field, replace

import torch

from nuonuo.association import Separation
from nuonuo.memory import Memory
from nuonuo.trace import Settings, Trace


@dataclass(frozen=True)
class Asking:
    """How a question is asked."""

    query: str
    settings: Settings = field(default_factory=Settings)
    hops: int = 0
    separation: Separation | None = None  # of the hops; power 3 if None
    whitened: bool = True  # whether stage one compares whitened keys, or plain cosines
    embedding: tuple[float, ...] | None = None  # (d,) of the query where it was made elsewhere; None: it is encoded

    def about(self, query: str, embedding: tuple[float, ...] | None = None) -> "Asking":
        """Another question asked in the same way."""
        return replace(self, query=query, embedding=embedding)

    def of(self, memory: Memory) -> Trace:
        """Ask it."""
        s, asked = self.settings, self.query if self.embedding is None else torch.tensor(self.embedding)
        trace = memory.recall(asked, s.k, s.beta, s.steps, s.noise, self.hops, self.separation, self.whitened)
        return trace if self.embedding is None else replace(trace, query=self.query)
