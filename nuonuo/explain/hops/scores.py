"""Scores: every memory of a bank scored as one recall scores its candidates, in one dense pass.

    S(γ) = s + γ·Pᵀa        s, P and a are of the query and the bank alone (nuonuo/maths/spreading.py)

so the same numbers give the rank of every memory at every γ.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from nuonuo.maths.search import best_rows, first, of_memories
from nuonuo.maths.spreading import Standard, attention
from nuonuo.memory.bank import Bank
from nuonuo.memory.candidates import Hop, Scored, hop, words_of
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
    words = asking.words * bm25
    some = all_scored(bank, trace.key.to(bank.device), z, words)
    cosine = bank.X @ trace.probe.to(bank.device)
    return Scores(
        meaning=z(some.similarity),
        words=words,
        bm25=bm25,
        cosine=cosine if bank.single else of_memories(cosine, bank.owner, len(bank.ids)),
        s=some.s,
        a=attention(some.s, asking.spread),
        carried=hop(bank, some, replace(asking, links=1.0)),
    )


def all_scored(bank: Bank, key: Tensor, z: Standard, by_words: Tensor) -> Scored:
    """As `candidates.scored` of every memory, without the copy of all keys (n, d) that choosing among them makes."""
    everyone = torch.arange(len(bank.ids), device=bank.device)
    similarity, rows = bank.keys @ key, everyone
    if not bank.single:
        of_rows, similarity = similarity, of_memories(similarity, bank.owner, len(bank.ids))
        rows = best_rows(of_rows, bank.owner, similarity)
    return Scored(everyone, similarity, rows, z(similarity) + by_words)


def position(bank: Bank, memory: int) -> int:
    """Where a stored memory stands among the bank's, by its id. Ids ascend unless a forgotten one was put back."""
    place = bisect_left(bank.ids, memory)
    return place if place < len(bank.ids) and bank.ids[place] == memory else bank.ids.index(memory)


def places(score: Tensor, positions: Sequence[int]) -> list[int]:
    """The ranks of a few memories among all, from 1; of equals the older is first. score: (N,).

    Counted, for sorting all of 200,000 takes a hundred times as long as counting who is ahead of one.
    """
    x = score.cpu()
    return [1 + int((x > x[p]).count_nonzero()) + int((x[:p] == x[p]).count_nonzero()) for p in positions]


def best(score: Tensor, k: int) -> list[int]:
    """Positions of the k largest, best first, of equals the older. score: (N,)."""
    k = min(k, len(score))
    least = score.topk(k).values[-1]
    above = (score > least).nonzero()[:, 0]
    equal = (score == least).nonzero()[: k - len(above), 0]
    return [*above[first(score[above], len(above))].tolist(), *equal.tolist()]
