"""Influence: what one recall would have been without one of its memories, or without one of its words.

Leave-one-out, exact and batched: nothing is stored, forgotten or asked again. The whitening stays as it is.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo import index
from nuonuo.bank import Bank
from nuonuo.debug.checks import bank_of
from nuonuo.memory import Memory
from nuonuo.trace import Trace

MOST_WORDS = 60  # of a query whose words are left out one by one


@dataclass(frozen=True)
class Without:
    """A recall had one memory not been stored."""

    id: int  # of the memory left out
    cue: str  # of it, the one that matched best
    rank: int | None  # of the wanted memory then; None if it is no candidate even then
    weight: float  # first-step weight of the wanted memory then
    gain: float  # by how much that is more than now
    answer: int  # what would be recalled


@dataclass(frozen=True)
class Word:
    """A query asked without one of its words."""

    word: str  # as typed
    place: int  # in the query, from 1
    similarity: float  # of the wanted memory then
    lead: float  # of the wanted memory over the best other one then; negative: a rival wins
    change: float  # by how much that is more than with the whole query
    rank: int  # of the wanted memory among all then


def of_memories(memory: Memory, trace: Trace, wanted: int) -> tuple[Without, ...]:
    """What the recall would be without each of its candidates but the wanted memory, in the candidates' order.

    The memory that comes after the last candidate moves up. Raises ValueError if the wanted memory is not stored.
    """
    memory.get(wanted)
    ids, similarity = _with_next(bank_of(memory, trace), trace)
    left_out = [place for place, c in enumerate(trace.candidates) if c.id != wanted]
    if not left_out:
        return ()
    logits = (trace.settings.beta * similarity).repeat(len(left_out), 1)  # (m, c + 1), or (m, c) if none comes next
    logits[range(len(left_out)), left_out] = -torch.inf
    mine = ids.index(wanted) if wanted in ids else None
    weights = [0.0] * len(left_out) if mine is None else logits.softmax(1)[:, mine].tolist()
    now = next((c.weight for c in trace.candidates if c.id == wanted), 0.0)
    return tuple(
        Without(
            id=ids[place],
            cue=trace.candidates[place].cue,
            rank=None if mine is None else mine + (place > mine),  # from 1, and one less if the other was before it
            weight=weight,
            gain=weight - now,
            answer=ids[1 if place == 0 else 0],
        )
        for place, weight in zip(left_out, weights, strict=True)
    )


def _with_next(bank: Bank, trace: Trace) -> tuple[list[int], Tensor]:
    """Ids and similarities of the candidates and, if there is one, the memory that comes after them: (c + 1,)."""
    ids = [c.id for c in trace.candidates]
    key, probe = trace.key.to(bank.device), trace.probe.to(bank.device)
    rows, _ = bank.search(key, probe, len(ids) + 1)
    for row, found in zip(rows, bank.of_rows(rows), strict=True):
        if found.id not in ids:
            return [*ids, found.id], torch.cat([trace.similarity.to(key), (bank.keys[row] @ key)[None]])
    return ids, trace.similarity.to(key)


def of_words(memory: Memory, trace: Trace, wanted: int) -> tuple[Word, ...]:
    """What the query would find without each of its words, in their order; the noise on its embedding stays the same.

    Empty without an encoder or a text, or for fewer than 2 or more than 60 words. A wanted memory that is alone leads
    over a similarity of −1. Raises ValueError if the wanted memory is not stored.
    """
    memory.get(wanted)
    words = [] if trace.noisy_query is None or memory.encoder is None else trace.noisy_query.split()
    if memory.encoder is None or not 2 <= len(words) <= MOST_WORDS:
        return ()
    bank, noise = bank_of(memory, trace), trace.settings.noise
    x = memory.encoder.encode([" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]).to(bank.device)
    probes = torch.stack([noise.on_embedding(one) for one in x])  # (w, d)
    keys = torch.cat([trace.key.to(bank.device)[None], bank.whitening(probes)])  # (w + 1, d), the whole query first
    others = index.of_memories(keys @ bank.keys.mT, bank.owner, len(bank.ids))  # (w + 1, N)
    position = bank.ids.index(wanted)
    mine = others[:, position].clone()
    others[:, position] = -torch.inf
    lead = mine - others.amax(1).clamp(min=-1.0)
    rank = 1 + (others > mine[:, None]).sum(1)
    change = lead - lead[0]
    columns = (column[1:].tolist() for column in (mine, lead, change, rank))
    return tuple(Word(word, i, *row) for i, (word, *row) in enumerate(zip(words, *columns, strict=True), 1))
