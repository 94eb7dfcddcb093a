"""Diagnosis: why a recall did not bring back what is expected.

What counts as right is a `Rule`, chosen by who asks. The first cause that holds, in the order of `checks.CHECKS`, is
the verdict: what a run has shown of the texts comes first, then links, then the ranking. Where the state comes to rest,
and hops, are looked at only where the ranking is right.
"""

from collections.abc import Collection
from dataclasses import dataclass

from nuonuo.debug.case import Case, bank_of, scores
from nuonuo.debug.cause import Cause
from nuonuo.debug.causes import Evidence, NotStored
from nuonuo.debug.checks import CHECKS
from nuonuo.debug.outranked import ByLink
from nuonuo.debug.ranking import rank
from nuonuo.debug.rule import FIRST, Rule
from nuonuo.memory import Memory
from nuonuo.memory.candidates import own
from nuonuo.memory.trace import Trace

RIGHT = "right"  # the verdict of a recall without a cause to complain
Thing = frozenset[int]  # ids of which any will do; empty if none is stored


@dataclass(frozen=True)
class Missed:
    """An expected memory that should have come."""

    memory: int
    rank: int
    cause: Evidence | None  # the first that holds


@dataclass(frozen=True)
class Diagnosis:
    """A recall held against what is expected."""

    expected: int | None  # the expected memory that came best; of several things the best that is missing, if one is
    rank: int | None  # its rank among all memories; None if it is not stored, or nothing is expected
    weight: float  # its first-step weight among the candidates
    causes: tuple[Evidence, ...]  # the verdict first; empty if nothing is wrong
    evidence: tuple[tuple[Thing, int | None], ...] = ()  # each expected thing, and its best memory's rank
    recalled: int = 0  # of the things
    notes: tuple[ByLink, ...] = ()  # what only links brought, right or not
    rule: Rule = FIRST  # when it counts as right
    missed: tuple[Missed, ...] = ()  # each expected memory that should have come and did not, the best first

    @property
    def wanted(self) -> int:
        """Things that are expected."""
        return len(self.evidence)

    @property
    def verdict(self) -> str:
        """The first cause; RIGHT if there is none."""
        return self.causes[0].cause if self.causes else RIGHT

    @property
    def ranked(self) -> bool:
        """Whether the ranking is right, whatever settling and hops then made of it."""
        return self.recalled >= self.rule.wanted(self.wanted)

    @property
    def sentence(self) -> str:
        """What is wrong, with its numbers; empty if nothing is."""
        if not self.causes:
            return ""
        part = f"{self.recalled} of {self.wanted} recalled. " if self.recalled and not self.ranked else ""
        return f"{'' if self.causes[0].cause is Cause.PART else part}{self.causes[0].sentence}"


def diagnose(
    memory: Memory, trace: Trace, expected: Collection[int] | Collection[Thing], rule: Rule = FIRST
) -> Diagnosis:
    """Why a recall over `memory` missed, if it did.

    expected: things, each a frozenset of ids of which any will do, as `questions.things` gives them; or plain ids, of
    which any is right: one thing. rule: when it counts as right. Raises ValueError if nothing is expected.
    """
    if not expected:
        raise ValueError("expected must name at least one memory")
    several = [frozenset(i for i in one if i in memory) for one in expected if isinstance(one, frozenset)]
    things = several or [frozenset(i for i in expected if isinstance(i, int) and i in memory)]
    best = [best_of(memory, trace, thing) if thing else None for thing in things]
    evidence = tuple((thing, one and one[1]) for thing, one in zip(things, best, strict=True))
    count = len(things)
    cut = min(rule.ranks(count), len(trace.candidates))
    there = sorted((one for one in best if one), key=lambda one: one[1])
    met, missing = ([one for one in there if (one[1] <= cut) is here] for here in (True, False))
    notes = by_links(memory, trace, there, cut if count > 1 else len(trace.candidates))
    enough = len(met) >= rule.wanted(count)
    if not enough and not missing:
        near = trace.answer
        return Diagnosis(None, None, 0.0, (NotStored(near.id, near.cue, near.cosine),), evidence, len(met), notes)
    recalled, right = tuple(dict.fromkeys(i for i, _ in met)), frozenset().union(*things)
    cases = [Case(memory, trace, i, right, place, count, recalled, rule) for i, place in (met if enough else missing)]
    case = cases[0]
    found = tuple(cause for check in CHECKS if (cause := check(case)))
    missed = () if enough else tuple(Missed(one.expected, one.rank, first_cause(one)) for one in cases[1:])
    missed = missed if enough else (Missed(case.expected, case.rank, found[0] if found else None), *missed)
    weight = case.mine.weight if case.mine else 0.0
    return Diagnosis(case.expected, case.rank, weight, found, evidence, len(met), notes, rule, missed)


def first_cause(case: Case) -> Evidence | None:
    """The first cause that holds."""
    return next((cause for check in CHECKS if (cause := check(case))), None)


def best_of(memory: Memory, trace: Trace, expected: Collection[int]) -> tuple[int, int]:
    """The expected memory that came best, and its rank among all memories."""
    placed = [(place, c.id) for place, c in enumerate(trace.candidates, 1) if c.id in expected]
    if placed:
        return placed[0][1], placed[0][0]
    bank = bank_of(memory, trace)
    score = scores(bank, trace)
    place, best = min((rank(score, bank.ids.index(i)), i) for i in expected)
    return best, max(place, len(trace.candidates) + 1)  # rounded otherwise than in the recall, never before it


def by_links(memory: Memory, trace: Trace, expected: Collection[tuple[int, int]], within: int) -> tuple[ByLink, ...]:
    """Expected memories among the first `within` that would not be there by meaning and words. expected: with ranks."""
    brought = [
        (trace.candidates[place - 1], place)
        for _, place in expected
        if place <= min(within, len(trace.candidates)) and trace.candidates[place - 1].senders
    ]
    if not brought:
        return ()
    bank = bank_of(memory, trace)
    s = own(bank, trace.key.to(bank.device)[None], [trace.noisy_query], trace.asking)[0]
    made = []
    for one, place in brought:
        without, sender = rank(s, bank.ids.index(one.id)), one.senders[0]
        if without > within:
            made.append(ByLink(one.id, one.cue, place, without, sender.id, sender.cue, sender.relation))
    return tuple(made)
