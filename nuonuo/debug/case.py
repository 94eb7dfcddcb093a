"""Case: one recall and what was expected of it, as every check looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from nuonuo.debug.outranked import Score
from nuonuo.debug.ranking import rank
from nuonuo.debug.rule import FIRST, Rule
from nuonuo.debug.saying import telling
from nuonuo.maths.search import dots, of_memories
from nuonuo.maths.words import tokens
from nuonuo.memory import Memory
from nuonuo.memory.bank import Bank
from nuonuo.memory.candidates import own, totals, words_of
from nuonuo.memory.trace import Candidate, Trace

ROUNDING = 1e-4  # of a score


@dataclass(frozen=True)
class Case:
    """What every check looks at."""

    memory: Memory
    trace: Trace
    expected: int  # the memory that is looked at: of one thing that should have come, the best
    right: frozenset[int]  # all that are expected
    rank: int  # of the expected memory among all
    wanted: int = 1  # things
    recalled: tuple[int, ...] = ()  # a memory for each thing that is among the first, best first
    rule: Rule = FIRST

    @cached_property
    def bank(self) -> Bank:
        """The bank whose keys the recall compared, as it is when it is first looked at."""
        return bank_of(self.memory, self.trace)

    @property
    def within(self) -> int:
        """The rank up to which it counts as recalled."""
        return self.rule.ranks(self.wanted)

    @property
    def first(self) -> bool:
        """Whether the expected memory was recalled."""
        return self.mine is not None and self.rank <= self.within

    @property
    def mine(self) -> Candidate | None:
        """The expected memory among the candidates."""
        return next((c for c in self.trace.candidates if c.id == self.expected), None)

    @property
    def rival(self) -> Candidate | None:
        """The best candidate that is not expected."""
        return next((c for c in self.trace.candidates if c.id not in self.right), None)

    @property
    def before(self) -> list[Candidate]:
        """The candidates that come before it and are not expected."""
        return [c for c in self.trace.candidates[: self.rank - 1] if c.id not in self.right]

    @cached_property
    def position(self) -> int:
        """Of the expected memory among all."""
        return self.bank.ids.index(self.expected)

    @cached_property
    def totals(self) -> Tensor:
        """S of all memories, the first lifted to infinity: (N,)."""
        return scores(self.bank, self.trace)

    @cached_property
    def own(self) -> Tensor:
        """s of all memories, before anything is sent over links: (N,)."""
        return own(self.bank, self._key[None], [self.trace.noisy_query], self.trace.asking)[0]

    @cached_property
    def bm25(self) -> Tensor:
        """BM25 of all memories, (N,); 0 without a text."""
        return words_of(self.bank, self.trace.noisy_query)

    @cached_property
    def alike(self) -> Tensor:
        """Cosine of every memory's cues with the query's plain embedding, its best: (N,)."""
        return of_memories(self.bank.X @ self.trace.probe.to(self.bank.device), self.bank.owner, len(self.bank.ids))

    @cached_property
    def score(self) -> Score:
        """What the expected memory is ranked by."""
        if self.mine:
            return score_of(self.mine)
        meaning = float(self.trace.terms.similarity(torch.tensor([self.similarity])))
        words = self.trace.asking.words * float(self.bm25[self.position])
        links = float(self.totals[self.position]) - meaning - words
        return Score(meaning, words, links if links > ROUNDING else 0.0)

    @property
    def similarity(self) -> float:
        """Of the expected memory's best cue."""
        return float(dots(self.bank.keys[self._rows(self.expected)], self._key).max())

    @property
    def cosine(self) -> float:
        """Of the expected memory's best cue, before whitening."""
        return float(self.alike[self.position])

    @cached_property
    def threshold(self) -> float:
        """S of the last memory that counts: what the expected memory must pass."""
        some = self.totals.topk(min(self.within, len(self.totals))).values
        return float(some[-1]) if some[-1].isfinite() else float(self.own.max())

    def cue(self, memory: int) -> str:
        """A memory's first cue."""
        return self.bank.rows[memory].cues[0]

    def text(self, memory: int) -> str:
        """All that a memory is found by and brings back."""
        row = self.bank.rows[memory]
        return "\n".join(dict.fromkeys((*row.cues, row.target)))

    def row_of(self, memory: int) -> int:
        """The cue row by which a memory answers."""
        rows = self._rows(memory)
        return int(rows[dots(self.bank.keys[rows], self._key).argmax()])

    def would(self, texts: Sequence[str]) -> list[int]:
        """The rank that the expected memory would have with each text as one more cue, by what the text means.

        What it shares of words and links stays as it is. Empty without an encoder.
        """
        encoder = self.memory.encoder
        if encoder is None or not texts:
            return []
        keys = self.bank.whitening(encoder.encode(texts).to(self.bank.device))  # (t, d)
        z = self.trace.terms.similarity
        meaning, others = z(keys @ self._key), self.totals.clone()
        others[self.position] = -torch.inf
        now = self.score
        return [1 + int((others > max(m, now.meaning) + now.words + now.links).sum()) for m in meaning.tolist()]

    def shared(self, memory: int, most: int = 4) -> list[str]:
        """Words that the query and a memory's texts share, the rarest first."""
        words, query = self.bank.reading.words, self.trace.noisy_query or ""
        theirs = set(tokens(self.text(memory)))
        found = [word for word in telling(query) if word in theirs]
        return sorted(found, key=lambda word: -float(words.scores(word).max()))[:most]

    def place(self, score: Tensor) -> int:
        """The rank of the expected memory by another score (N,)."""
        return rank(score, self.position)

    def answered_by(self, trace: Trace) -> bool:
        """Whether another recall has as many of the expected memories among the first as there are things."""
        among = trace.candidates[: self.within]
        return sum(c.id in self.right for c in among) >= self.rule.wanted(self.wanted)

    @property
    def _key(self) -> Tensor:
        return self.trace.key.to(self.bank.device)

    def _rows(self, memory: int) -> Tensor:
        return (self.bank.owner == self.bank.ids.index(memory)).nonzero()[:, 0]


def score_of(candidate: Candidate) -> Score:
    """What a candidate is ranked by."""
    return Score(candidate.meaning, candidate.words, candidate.association)


def scores(bank: Bank, trace: Trace) -> Tensor:
    """S of all memories as the recall ranked them, the first lifted to infinity: (N,)."""
    return totals(bank, trace.key.to(bank.device)[None], [trace.noisy_query], trace.asking)[0]


def bank_of(memory: Memory, trace: Trace) -> Bank:
    """The bank whose keys a recall compared."""
    bank = memory.bank
    return bank if trace.asking.whitened else bank.unwhitened()
