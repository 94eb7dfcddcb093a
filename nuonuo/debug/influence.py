"""Influence: what one recall would have been without one of its memories, or without one of its words.

Leave-one-out, exact and batched: nothing is stored, forgotten or asked again. The whitening stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.debug.case import bank_of
from nuonuo.debug.ranking import rank
from nuonuo.maths import search as index
from nuonuo.maths.spreading import Standard
from nuonuo.memory import Memory
from nuonuo.memory.bank import Bank
from nuonuo.memory.candidates import in_front, own
from nuonuo.memory.trace import Trace

MOST_WORDS = 60  # of a query whose words are left out one by one


@dataclass(frozen=True)
class Without:
    """A recall had one memory not been stored."""

    id: int  # of the memory left out
    cue: str  # of it, the one that matched best
    rank: int | None  # of the expected memory then; None if it is no candidate even then
    weight: float  # first-step weight of the expected memory then
    gain: float  # by how much that is more than now
    answer: int  # what would be recalled


@dataclass(frozen=True)
class Word:
    """A query asked without one of its words."""

    word: str  # as typed
    place: int  # in the query, from 1
    similarity: float  # of the expected memory then
    lead: float  # of the expected memory over the best other one then, in meaning and words; negative: a rival wins
    change: float  # by how much that is more than with the whole query
    rank: int  # of the expected memory among all then


def of_memories(memory: Memory, trace: Trace, expected: int) -> tuple[Without, ...]:
    """What the recall would be without each of its candidates but the expected memory, in the candidates' order.

    What the similarities are standardised by, how rare a word is and every link are those of the bank without it.
    Raises ValueError if the expected memory is not stored.
    """
    memory.get(expected)
    bank = bank_of(memory, trace)
    similarity = bank.keys @ trace.key.to(bank.device)  # (n,)
    now = next((c.weight for c in trace.candidates if c.id == expected), 0.0)
    found = []
    for left_out in (c for c in trace.candidates if c.id != expected):
        ids, weights = _without(bank, trace, similarity, left_out.id)
        rank = ids.index(expected) + 1 if expected in ids else None
        weight = weights[rank - 1] if rank else 0.0
        found.append(Without(left_out.id, left_out.cue, rank, weight, weight - now, ids[0]))
    return tuple(found)


def _without(bank: Bank, trace: Trace, similarity: Tensor, left_out: int) -> tuple[list[int], list[float]]:
    """The candidates there would be, best first, and their first-step weights. similarity: (n,) of the cue rows."""
    asking, position = trace.asking, bank.ids.index(left_out)
    kept = bank.owner != position  # (n,)
    owner, ids = bank.owner[kept], [*bank.ids[:position], *bank.ids[position + 1 :]]
    owner, rows, reading = owner - (owner > position).long(), similarity[kept], bank.reading.remove([left_out], kept)
    best = index.of_memories(rows, owner, len(ids))
    s = Standard(float(rows.mean()), float(rows.std(correction=0)))(best)
    if asking.words and trace.noisy_query is not None:
        s = s + asking.words * index.of_memories(reading.words.scores(trace.noisy_query), owner, len(ids))
    graph = reading.graph(asking.relations) if asking.links else None
    order = index.first(in_front(s[None], graph, asking)[0], min(asking.k, len(ids)))
    return [ids[place] for place in order.tolist()], (asking.beta * best[order]).softmax(0).tolist()


def of_words(memory: Memory, trace: Trace, expected: int) -> tuple[Word, ...]:
    """What the query would find without each of its words, in their order; the noise on its embedding stays the same.

    Empty without an encoder or a text, or for fewer than 2 or more than 60 words. An expected memory that is alone
    leads over 0. Raises ValueError if the expected memory is not stored.
    """
    memory.get(expected)
    words = [] if trace.noisy_query is None or memory.encoder is None else trace.noisy_query.split()
    if memory.encoder is None or not 2 <= len(words) <= MOST_WORDS:
        return ()
    bank, asking, position = bank_of(memory, trace), trace.asking, memory.bank.ids.index(expected)
    texts = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    probes = torch.stack([asking.noise.on_embedding(one) for one in memory.encoder.encode(texts).to(bank.device)])
    keys = torch.cat([trace.key.to(bank.device)[None], bank.whitening(probes)])  # (w + 1, d), the whole query first
    s = own(bank, keys, [trace.noisy_query, *texts], asking)  # (w + 1, N)
    total = in_front(s, bank.reading.graph(asking.relations) if asking.links else None, asking)
    mine = s[:, position].clone()
    others = s.index_fill(1, torch.tensor([position], device=s.device), -torch.inf).amax(1)
    lead = mine - others.where(others.isfinite(), 0.0)
    similarity = (keys @ bank.keys[bank.owner == position].mT).amax(1)
    columns = (column[1:].tolist() for column in (similarity, lead, lead - lead[0]))
    ranks = [rank(row, position) for row in total[1:]]
    return tuple(Word(word, i, *row) for i, (word, *row) in enumerate(zip(words, *columns, ranks, strict=True), 1))


def telling(words: Sequence[Word]) -> str | None:
    """The word without which the expected memory comes first by the widest lead; None if there is none."""
    leads = [(word.lead, word.word) for word in words if word.rank == 1]
    return max(leads)[1].strip(".,;:!?\"'()") or None if leads else None
