"""Ranking: the places that what many questions need takes in a bank, by any way of scoring its memories.

A question needs one or more things, and for each of them any one of some memories will do. recall@k is the share of
its things among the k memories ranked first.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from nuonuo.maths.intervals import average
from nuonuo.maths.search import of_memories
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.candidates import totals

BATCH = 64  # questions ranked at a time
Need = tuple[frozenset[int], ...]  # ids: of each thing, the memories of which any one will do
Places = tuple[float, ...]  # from 1, of each thing; infinite if none of its memories is stored
Way = Callable[[Bank, Tensor, Sequence[str]], Tensor]  # embeddings (b, d) and their texts -> scores (b, N)


@dataclass(frozen=True)
class Asked:
    """Questions of one bank: texts, embeddings (b, d), and what each needs."""

    texts: tuple[str, ...]
    X: Tensor
    needs: tuple[Need, ...]


def asked(memory: Memory, texts: Iterable[str], needs: Iterable[Need]) -> Asked:
    """Questions, encoded by the bank's encoder. Raises ValueError if it has none."""
    if memory.encoder is None:
        raise ValueError(f"bank {memory.name} holds ready-made embeddings: its questions cannot be encoded")
    texts = tuple(texts)
    return Asked(texts, memory.encoder.encode(list(texts)).to(memory.device), tuple(needs))


def by_asking(how: Asking) -> Way:
    """The ranking of a recall that is asked so."""

    def scores(bank: Bank, X: Tensor, texts: Sequence[str]) -> Tensor:
        bank = bank if how.whitened else bank.unwhitened()
        return totals(bank, bank.whitening(X), texts, how)

    return scores


def by_words(bank: Bank, X: Tensor, texts: Sequence[str]) -> Tensor:
    """BM25 alone, a memory scoring as its best cue: (b, N)."""
    return of_memories(bank.reading.words.batch(texts), bank.owner, len(bank.ids))


WAYS: dict[str, Way] = {
    "cosine": by_asking(Asking(whitened=False).alone),
    "bm25": by_words,
    "whitened": by_asking(Asking().alone),
    "words": by_asking(Asking(links=0.0)),
    "default": by_asking(Asking()),
}


@torch.inference_mode()
def places(bank: Bank, questions: Asked, way: Way) -> list[Places]:
    """The places of what each question needs; of memories that score alike the one stored first comes first."""
    position = {memory: i for i, memory in enumerate(bank.ids)}
    found: list[Places] = []
    for start in range(0, len(questions.texts), BATCH):
        some = slice(start, start + BATCH)
        order = way(bank, questions.X[some], questions.texts[some]).sort(dim=1, descending=True, stable=True).indices
        rank = torch.empty_like(order).scatter_(1, order, torch.arange(order.shape[1]).to(order).expand_as(order) + 1)
        for row, need in zip(rank.cpu(), questions.needs[some], strict=True):
            each = ([position[i] for i in thing if i in position] for thing in need)
            found.append(tuple(float(row[thing].min()) if thing else math.inf for thing in each))
    return found


def recall(found: Places, k: int) -> float:
    """recall@k of one question."""
    return fmean(place <= k for place in found)


def summary(found: Sequence[Places], cuts: Sequence[int]) -> dict[str, float]:
    """recall@k with recall@k_low and recall@k_high, its 95% interval, at each cut; n questions."""
    row: dict[str, float] = {}
    for k in cuts:
        name = f"recall@{k}"
        mean = average([recall(one, k) for one in found], name, 0.0, 1.0)
        row |= {name: mean[name], f"{name}_low": mean["low"], f"{name}_high": mean["high"]}
    return row | {"n": len(found)}


def gathered(parts: Iterable[Mapping[str, list[Places]]]) -> dict[str, list[Places]]:
    """What several banks' questions found, by the name of the way, as one list each."""
    found: dict[str, list[Places]] = {}
    for part in parts:
        for name, some in part.items():
            found.setdefault(name, []).extend(some)
    return found
