"""Ranking: where the expected memories of many questions come, by `candidates.totals` of a block of them at a time."""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from nuonuo.files.questions import Question
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.candidates import totals
from nuonuo.memory.noise import Noise
from nuonuo.memory.vectors import unit_rows

BLOCK = 64  # questions at a time: 5 MB of scores over 20,000 memories, and 30 MB of what 120,000 links carry
DEFAULT = Asking()
COSINES = Asking(whitened=False).alone  # plain cosine's ranking
Ranks = tuple[int, ...]  # of the expected things that are stored, best first
Each = tuple[int | None, ...]  # of the expected things as they are expected; None for one that is not there
Expected = Collection[int | frozenset[int]]  # things: a memory's id, or ids of which any will do


def ranks(
    memory: Memory, questions: Sequence[Question], expected: Sequence[Expected], asking: Asking = DEFAULT
) -> list[Ranks]:
    """The ranks of each question's expected memories among all memories.

    expected: of each question. Raises ValueError if a question cannot be embedded.
    """
    x = noisy(embed(memory, questions, asking.noise), asking.noise)
    return placed(memory.bank, x, texts(questions, asking.noise), expected, asking)


def placed(bank: Bank, x: Tensor, words: Sequence[str], expected: Sequence[Expected], asking: Asking) -> list[Ranks]:
    """`ranks` of questions that are embedded already. x: (questions, d) and words: their texts, both after the noise.

    bank: whitened, as a memory holds it.
    """
    return [in_order(one) for one in placed_each(bank, x, words, expected, asking)]


def placed_each(
    bank: Bank, x: Tensor, words: Sequence[str], expected: Sequence[Expected], asking: Asking
) -> list[Each]:
    """`placed`, with the rank of each thing in the order in which they are expected; None for one not stored."""
    bank = bank if asking.whitened else bank.unwhitened()
    found: list[Each] = []
    for start in range(0, len(x), BLOCK):
        some = slice(start, start + BLOCK)
        score = totals(bank, bank.whitening(x[some]), words[some], asking)  # (b, N)
        rows = zip(score, expected[some], strict=True)
        found += [tuple(of_thing(row, bank, thing) for thing in things) for row, things in rows]
    return found


def in_order(each: Each) -> Ranks:
    """The ranks of the things that were found, best first."""
    return tuple(sorted(rank for rank in each if rank is not None))


def of_things(score: Tensor, bank: Bank, things: Expected) -> Ranks:
    """The ranks of what one question expects. score: (N,)."""
    return in_order(tuple(of_thing(score, bank, thing) for thing in things))


def of_thing(score: Tensor, bank: Bank, thing: int | frozenset[int]) -> int | None:
    """The best rank of the memories that will do for a thing; None if none is stored. score: (N,)."""
    stored = [bank.ids.index(i) for i in alternatives(thing) if i in bank.rows]
    return min((rank(score, position) for position in stored), default=None)


def rank(score: Tensor, position: int) -> int:
    """The rank of one memory by its score; of equals the first comes first, as in a recall. score: (N,)."""
    mine = score[position]
    return 1 + int((score > mine).sum()) + int((score[:position] == mine).sum())


def alternatives(thing: int | frozenset[int]) -> frozenset[int]:
    """The memories of which any will do for one expected thing."""
    return thing if isinstance(thing, frozenset) else frozenset({thing})


def texts(questions: Sequence[Question], noise: Noise) -> list[str]:
    """The questions' texts after the noise on words, for their words to be compared."""
    return [noise.on_text(question.query) for question in questions]


def embed(memory: Memory, questions: Sequence[Question], noise: Noise) -> Tensor:
    """The questions' embeddings (b, d): their own, or those of their texts after the noise on words.

    Gaussian noise is not on them yet: that is `noisy`. Raises ValueError if a question cannot be embedded.
    """
    own = [q.embedding is not None for q in questions]
    asked = [noise.on_text(q.query) for q, ready in zip(questions, own, strict=True) if not ready]
    if asked and memory.encoder is None:
        raise ValueError(
            f"bank {memory.name} holds ready-made embeddings: each question needs an embedding, "
            f"and {asked[0]!r} has none"
        )
    x = torch.empty(len(questions), memory.dimension, device=memory.device)
    if asked and memory.encoder:
        x[[i for i, ready in enumerate(own) if not ready]] = memory.encoder.encode(asked).to(memory.device)
    for i in (i for i, ready in enumerate(own) if ready):
        vector = torch.tensor(questions[i].embedding)
        x[i] = unit_rows(vector, 1, memory.dimension, f"embedding of question {questions[i].id}", memory.device)[0]
    return x


def noisy(x: Tensor, noise: Noise) -> Tensor:
    """Embeddings (b, d) with Gaussian noise on each."""
    return torch.stack([noise.on_embedding(one) for one in x]) if noise.sigma and len(x) else x


def recall_at(found: Ranks, count: int, k: int) -> float:
    """The share of a question's expected things among the first k. count: of the things, stored or not."""
    return sum(rank <= k for rank in found) / count


def any_at(found: Ranks, k: int) -> float:
    """Whether one of a question's expected things is among the first k: 1 or 0."""
    return float(bool(found) and found[0] <= k)


def reciprocal(found: Ranks, most: int) -> float:
    """1/rank of the first expected memory, or 0 if it is not among the first `most`."""
    return 1 / found[0] if found and found[0] <= most else 0.0
