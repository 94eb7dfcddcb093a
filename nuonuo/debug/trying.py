"""Trying: changes of how a bank is made or asked, each run over all questions at once.

No change looks at the questions: a failing query is never stored here. What a change does to one question is therefore
no better known than to the others, and `held_out` measures it on those.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from nuonuo.debug import keyed
from nuonuo.debug.keyed import By
from nuonuo.debug.ranking import BLOCK, Expected, Ranks, alternatives, of_things, placed
from nuonuo.debug.saying import folded
from nuonuo.debug.terms import Way, ways
from nuonuo.maths.search import of_memories
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.encoder import Encoder
from nuonuo.memory.records import Record

STRENGTHS = (0.25, 0.5, 0.75, 1.0)  # exponents of the whitening
RRF = 60  # constant of the fusion, as published
MOST_TEXTS = 2_000  # that are encoded for one change where not every change must be run
Spare = dict[int, tuple[str, ...]]  # further cues that are known of a memory and not stored


@dataclass(frozen=True)
class Change:
    """One change of how a bank is made or asked."""

    words: str
    whitening: tuple[float, bool] | None = None  # another exponent and centre
    by: tuple[By, ...] = ()  # further cues made of what is stored
    spare: bool = False  # the further cues that came with the file
    way: Way | None = None  # to ask, with the bank as it is
    fuse: bool = False  # reciprocal rank fusion with BM25
    fold: bool = False  # copies of a memory forgotten

    def asking(self, how: Asking) -> Asking:
        """How the bank it makes is asked, where it is asked so now."""
        return self.way.asking if self.way else replace(how, whitened=True)

    @property
    def cues(self) -> bool:
        """Whether it gives memories further cues, which must be encoded."""
        return bool(self.by) or self.spare


def changes(memory: Memory, how: Asking) -> list[Change]:
    """Every change that is tried, the cheapest first."""
    made = memory.settings if how.whitened else memory.settings.unwhitened()
    now = (made.exponent, made.centre)
    possible = [("Compare plain cosines", 0.0, False), ("Centre the embeddings, no whitening", 0.0, True)]
    possible += [(f"Whiten the keys with strength {e:g}", e, True) for e in STRENGTHS]
    return [
        *(Change(way.words, way=way) for way in ways(how)),
        *(Change(w, whitening=(e, c)) for w, e, c in possible if (e, c) != now),
        Change("Fuse meaning and words by rank (RRF) instead of adding scores", fuse=True),
        Change("Fold copies: keep one of memories with the same text", fold=True),
        *(Change(keyed.WORDS[by], by=(by,)) for by in By),
        Change("Store the further cues that came with the file", spare=True),
    ]


@dataclass(frozen=True, eq=False)
class Questions:
    """Questions of one bank, embedded: x (questions, d) and their texts, both after the noise, and what they expect."""

    x: Tensor
    words: Sequence[str]
    expected: Sequence[Expected]


def run(
    memory: Memory, how: Asking, change: Change, asked: Questions, spare: Spare, most: int | None = None
) -> list[Ranks] | None:
    """The ranks of what is expected as the change makes them; None if it changes nothing here.

    most: texts that it may encode; None if it needs more, too. None: any number.
    """
    if change.fuse:
        return fused(memory.bank, asked, how)
    bank = changed(memory, how, change, spare, most)
    if bank is None:
        return None
    expected = with_copies(memory, asked.expected) if change.fold else asked.expected
    return placed(bank, asked.x, asked.words, expected, change.asking(how))


def with_copies(memory: Memory, expected: Sequence[Expected]) -> list[Expected]:
    """What is expected, with the copies of each memory, of which any will do."""
    of: dict[tuple[str, str], set[int]] = {}
    for row in memory:
        of.setdefault(_text(row), set()).add(row.id)
    alike = {i: ids for ids in of.values() for i in ids}
    return [
        [frozenset(other for i in alternatives(thing) for other in alike.get(i, {i})) for thing in some]
        for some in expected
    ]


def _text(row: Record) -> tuple[str, str]:
    """What two copies have in common."""
    return folded(row.cues[0]), folded(row.target)


def fused(bank: Bank, asked: Questions, how: Asking) -> list[Ranks]:
    """Reciprocal rank fusion (Cormack, Clarke & Büttcher, SIGIR 2009): Σ 1/(60 + rank) of meaning and of BM25."""
    bank = bank if how.whitened else bank.unwhitened()
    found: list[Ranks] = []
    for start in range(0, len(asked.x), BLOCK):
        some = slice(start, start + BLOCK)
        meaning = of_memories(bank.whitening(asked.x[some]) @ bank.keys.mT, bank.owner, len(bank.ids))
        words = of_memories(bank.reading.words.batch(asked.words[some]), bank.owner, len(bank.ids))
        score = 1 / (RRF + _ranks(meaning)) + torch.where(words > 0, 1 / (RRF + _ranks(words)), 0.0)
        found += [of_things(row, bank, things) for row, things in zip(score, asked.expected[some], strict=True)]
    return found


def _ranks(score: Tensor) -> Tensor:
    """Ranks from 1 of each row (b, N); of equals the first comes first."""
    order = score.argsort(dim=1, descending=True, stable=True)
    places = torch.arange(1, score.shape[1] + 1, dtype=torch.float32, device=score.device)
    return torch.empty_like(score).scatter_(1, order, places.expand_as(score))


def changed(memory: Memory, how: Asking, change: Change, spare: Spare, most: int | None = None) -> Bank | None:
    """The bank as the change makes it, with its whitening fitted anew; None if it changes nothing, or needs too much.

    most: texts that may be encoded.
    """
    if change.way:
        return memory.bank if change.way.applies(memory.bank) else None
    now = memory.settings if how.whitened else memory.settings.unwhitened()
    rows = stored = list(memory)
    if change.cues:
        made = further(memory, change, spare)
        count = sum(map(len, made))
        if not count or (most is not None and count > most):
            return None
        rows = with_cues(rows, made, memory.encoder)
        if all(len(row.cues) == len(old.cues) for row, old in zip(rows, stored, strict=True)):
            return None
    if change.fold:
        gone = set(copies(rows))
        if not gone:
            return None
        rows = [row for row in rows if row.id not in gone]
    if change.whitening:
        now = replace(now, exponent=change.whitening[0], centre=change.whitening[1])
    bank = Bank.of(rows, now, memory.device)
    return replace(bank, reading=memory.bank.reading) if change.whitening else bank


def further(memory: Memory, change: Change, spare: Spare) -> list[list[str]]:
    """The further cues that a change gives each memory, in order of age."""
    of_each = [keyed.texts(memory.bank, memory.encoder, by) for by in change.by]
    of_each += [[list(spare.get(row.id, ())) for row in memory]] if change.spare else []
    return [[text for some in row for text in some] for row in zip(*of_each, strict=True)]


def together(some: Sequence[Change]) -> Change:
    """Several changes that give memories further cues, as one."""
    named = "; ".join(one.words[:1].lower() + one.words[1:] for one in some)
    by = tuple(by for one in some for by in one.by)
    return Change(f"Together: {named}", by=by, spare=any(one.spare for one in some))


def copies(rows: Iterable[Record]) -> list[int]:
    """Ids of the memories that have the same texts as one before them, but for case, blanks and Unicode form."""
    seen: set[tuple[str, str]] = set()
    gone = []
    for row in rows:
        text = _text(row)
        if text in seen:
            gone.append(row.id)
        seen.add(text)
    return gone


def with_cues(rows: Sequence[Record], further: Sequence[Sequence[str]], encoder: Encoder | None) -> list[Record]:
    """The memories with further cues, those they have left out, and new texts where there is no encoder for them."""
    known = {row.target: row.embedding for row in rows}
    fresh = [
        [text for text in texts if text not in row.cues and (encoder or text in known)]
        for row, texts in zip(rows, further, strict=True)
    ]
    texts = list(dict.fromkeys(text for some in fresh for text in some if text not in known))
    if encoder and texts:
        known |= dict(zip(texts, encoder.encode(texts).cpu().numpy(), strict=True))
    made = []
    for row, some in zip(rows, fresh, strict=True):
        x = np.stack([*row.cue_embeddings, *(known[text] for text in some)])
        made.append(replace(row, cues=(*row.cues, *some), cue_vectors=x))
    return made


def tried(
    memory: Memory,
    how: Asking,
    asked: Questions,
    spare: Spare,
    most: int | None = None,
    only: Callable[[Change], bool] = lambda change: True,
) -> Iterator[tuple[Change, list[Ranks]]]:
    """Every change that changes something, with what it makes of the questions. only: which are run."""
    every = [change for change in changes(memory, how) if only(change)]
    for change in every:
        found = run(memory, how, change, asked, spare, most)
        if found is not None:
            yield change, found
