"""Scores: every memory of a bank scored as one recall scores its candidates, in one dense pass.

    S(γ) = s + γ·Pᵀa        s, P and a are of the query and the bank alone (nuonuo/maths/spreading.py)

so the same numbers give the rank of every memory at every γ.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from nuonuo.maths.search import first, of_memories
from nuonuo.maths.spreading import attention
from nuonuo.memory.bank import Bank
from nuonuo.memory.candidates import Hop, hop, scored, words_of
from nuonuo.memory.trace import Trace


@dataclass(frozen=True)
class Scores:
    """Of one query and N memories."""

    meaning: Tensor  # (N,) z(similarity)
    words: Tensor  # (N,) w·BM25
    bm25: Tensor  # (N,)
    cosine: Tensor  # (N,) of the plain embeddings
    s: Tensor  # (N,) meaning + words
    a: Tensor  # (N,) exp(β(s − max s)): what a memory sends, if it is one of the senders
    carried: Hop | None  # None if nothing is linked

    @property
    def received(self) -> Tensor:
        """Pᵀa, (N,)."""
        return torch.zeros_like(self.s) if self.carried is None else self.carried.received

    def total(self, gamma: float) -> Tensor:
        """S with the first by s lifted to infinity, (N,): what a recall ranks by."""
        return (self.s + gamma * self.received).scatter(0, self.s.argmax(0, keepdim=True), torch.inf)


def scores(bank: Bank, trace: Trace) -> Scores:
    """Every memory scored for the trace's query. bank: the one that was asked."""
    asking, z, bm25 = trace.asking, trace.terms.similarity, words_of(bank, trace.noisy_query)
    words, everyone = asking.words * bm25, torch.arange(len(bank.ids), device=bank.device)
    some = scored(bank, trace.key.to(bank.device), everyone, z, words)
    return Scores(
        meaning=z(some.similarity),
        words=words,
        bm25=bm25,
        cosine=of_memories(bank.X @ trace.probe.to(bank.device), bank.owner, len(bank.ids)),
        s=some.s,
        a=attention(some.s, asking.spread),
        carried=hop(bank, some, replace(asking, links=1.0)),
    )


def places(score: Tensor) -> Tensor:
    """The rank of each, from 1; of equals the older is first. score: (N,)."""
    order = first(score, len(score))
    return torch.empty_like(order).scatter(0, order, torch.arange(1, len(order) + 1, device=order.device))


def best(score: Tensor, k: int) -> list[int]:
    """Positions of the k largest, best first."""
    return first(score, min(k, len(score))).tolist()
