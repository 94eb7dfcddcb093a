"""Ranking: where the expected memories of many questions come, in one product per block of questions.

A recall ranks by first-step attention, which rises with similarity, so the similarities alone give every rank.
"""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from nuonuo.bank import Bank
from nuonuo.debug.queries import Question
from nuonuo.index import of_memories
from nuonuo.items import unit_rows
from nuonuo.memory import Memory
from nuonuo.noise import Noise

BLOCK = 256  # questions at a time: 20 MB of similarities over 20,000 cues
Ranks = tuple[int, ...]  # of the expected things that are stored, best first
Expected = Collection[int | frozenset[int]]  # things: a memory's id, or ids of which any will do


def ranks(
    memory: Memory,
    questions: Sequence[Question],
    meant: Sequence[Expected],
    whitened: bool = True,
    noise: Noise | None = None,
) -> list[Ranks]:
    """The ranks of each question's expected memories among all memories; a memory scores as its best cue.

    meant: of each question. whitened: False compares plain cosines. Raises ValueError if a question can't be embedded.
    """
    return placed(memory.bank, embed(memory, questions, noise or Noise()), meant, whitened)


def placed(bank: Bank, x: Tensor, meant: Sequence[Expected], whitened: bool = True) -> list[Ranks]:
    """`ranks` of questions that are embedded already. x: (questions, d)."""
    place = {i: position for position, i in enumerate(bank.ids)}
    found: list[Ranks] = []
    for start in range(0, len(x), BLOCK):
        some = x[start : start + BLOCK]
        keys, probes = (bank.keys, bank.whitening(some)) if whitened else (bank.X, some)
        best = of_memories(probes @ keys.mT, bank.owner, len(bank.ids))  # (b, N)
        for row, things in zip(best, meant[start : start + BLOCK], strict=True):
            known = [[place[i] for i in alternatives(thing) if i in place] for thing in things]
            found.append(tuple(sorted(min(rank(row, position) for position in some) for some in known if some)))
    return found


def rank(score: Tensor, position: int) -> int:
    """The rank of one memory by its score; of equals the first comes first, as in a recall. score: (N,)."""
    mine = score[position]
    return 1 + int((score > mine).sum()) + int((score[:position] == mine).sum())


def alternatives(thing: int | frozenset[int]) -> frozenset[int]:
    """The memories of which any will do for one expected thing."""
    return thing if isinstance(thing, frozenset) else frozenset({thing})


def embed(memory: Memory, questions: Sequence[Question], noise: Noise) -> Tensor:
    """The noisy questions' embeddings (b, d): their own, or their texts encoded in batches."""
    own = [q.embedding is not None for q in questions]
    texts = [noise.on_text(q.query) for q, ready in zip(questions, own, strict=True) if not ready]
    if texts and memory.encoder is None:
        raise ValueError(
            f"bank {memory.name} holds ready-made embeddings: each question needs an embedding, "
            f"and {texts[0]!r} has none"
        )
    x = torch.empty(len(questions), memory.dimension, device=memory.device)
    if texts and memory.encoder:
        x[[i for i, ready in enumerate(own) if not ready]] = memory.encoder.encode(texts).to(memory.device)
    for i in (i for i, ready in enumerate(own) if ready):
        vector = torch.tensor(questions[i].embedding)
        x[i] = unit_rows(vector, 1, memory.dimension, f"embedding of question {questions[i].id}", memory.device)[0]
    return torch.stack([noise.on_embedding(one) for one in x]) if noise.sigma and len(x) else x


def recall_at(found: Ranks, expected: int, k: int) -> float:
    """The share of a question's expected things among the first k. expected: how many there are, stored or not."""
    return sum(rank <= k for rank in found) / expected


def reciprocal(found: Ranks, most: int) -> float:
    """1/rank of the first expected memory, or 0 if it is not among the first `most`."""
    return 1 / found[0] if found and found[0] <= most else 0.0
