"""Fixes: the smallest change that fixes a recall, run on a copy before it is offered.

Smallest first: the query, the settings, then the bank. A fix is whole if the copy, asked again, is diagnosed as right;
partial if the cause that was found is gone and another remains. What helps in nothing is not offered. What else a fix
changes is found by asking every saved question again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nuonuo.debug.asking import ask
from nuonuo.debug.cause import HOPS, SETTLING
from nuonuo.debug.causes import Crosstalk, MissingLink
from nuonuo.debug.changes import Change
from nuonuo.debug.diagnosis import RIGHT, Diagnosis, diagnose
from nuonuo.debug.proposals import Proposal, proposals
from nuonuo.debug.ranking import Ranks, ranks, recall_at
from nuonuo.debug.rule import Rule
from nuonuo.files.questions import Question, things
from nuonuo.maths.intervals import average
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import Record
from nuonuo.memory.store import Conflict
from nuonuo.memory.trace import Trace

EVERY = ("everywhere", "fold")  # kinds of fix that change the whole bank
ALONE = ("teach", "memorise")  # kinds that fit one query alone


@dataclass(frozen=True)
class Held:
    """What a change does to the questions it was not looked for: the gain in recall, with its 95% interval."""

    within: int  # recall@within
    gain: float
    low: float
    high: float
    n: int  # questions

    @property
    def costs(self) -> bool:
        """Whether the others lose by it."""
        return self.gain < 0

    def __str__(self) -> str:
        """In words."""
        span = f"recall@{self.within} {self.gain:+.3f} ({self.low:+.3f} to {self.high:+.3f})"
        return f"{span} on the {self.n:,} other questions"


@dataclass(frozen=True)
class Fix:
    """A change that was run on a copy, and what came of it."""

    kind: str  # as its proposal says
    words: str  # what to do
    asking: Asking  # how to ask afterwards
    change: Change | None  # what to do to a bank; None if only the asking changes
    rank: int | None  # of the expected memory after it
    weight: float  # its first-step weight then
    left: str  # the verdict that remains: "right" if it fixes the recall
    fixed: tuple[str, ...] = ()  # other saved questions that it fixes
    broke: tuple[str, ...] = ()  # and those that it breaks
    held: Held | None = None  # what it does to all other questions; None if there are none, or it was not measured

    @property
    def whole(self) -> bool:
        """Whether nothing remains to be fixed."""
        return self.left == RIGHT

    @property
    def ranked(self) -> bool:
        """Whether nothing remains that lies in the ranking."""
        return self.left == RIGHT or self.left in SETTLING | HOPS


@dataclass(frozen=True)
class Undo:
    """What takes a change of a bank back."""

    rows: tuple[Record, ...]  # those it changed, as they were, each with the version that it replaces
    removed: tuple[Record, ...]  # those it removed
    made: tuple[Record, ...]  # those it added

    @property
    def added(self) -> tuple[int, ...]:
        """Ids of the memories that the change added."""
        return tuple(row.id for row in self.made)


def fixes(
    memory: Memory, trace: Trace, question: Question, found: Diagnosis, saved: Sequence[Question] = ()
) -> list[Fix]:
    """The fixes of a recall that was diagnosed: whole ones first, smallest first, those that others lose by last.

    trace: of the recall. question: what was asked, and what is expected. saved: questions to ask again after each;
    what is right says the rule of the diagnosis. Memorising the query is always the last.
    """
    tried = (
        run(memory, trace.asking, question, found, one, saved) for one in proposals(memory, trace, question, found)
    )
    return sorted((one for one in tried if one), key=order)


def order(fix: Fix) -> tuple:
    """What mends the ranking comes first; what fits this query alone last of that, what costs others before it."""
    return not fix.ranked, fix.kind in ALONE, fix.held is not None and fix.held.costs, not fix.whole


def first(memory: Memory, trace: Trace, question: Question, found: Diagnosis) -> Fix | None:
    """The first of `fixes`, without running those after it that cannot be first."""
    tried: list[Fix] = []
    for each in proposals(memory, trace, question, found):
        one = run(memory, trace.asking, question, found, each)
        if one and one.whole and one.kind not in ALONE:
            return min([*tried, one], key=order)
        tried += [one] if one else []
    return min(tried, key=order, default=None)


def of_one(memory: Memory, trace: Trace, question: Question, found: Diagnosis) -> Fix | None:
    """The first whole fix that changes single memories and is more than the query memorised; None if there is none."""
    for each in proposals(memory, trace, question, found):
        if each.change and each.kind not in (*EVERY, *ALONE):
            one = run(memory, trace.asking, question, found, each)
            if one and one.ranked:
                return one
    return None


def run(
    memory: Memory,
    asking: Asking,
    question: Question,
    found: Diagnosis,
    proposed: Proposal,
    saved: Sequence[Question] = (),
) -> Fix | None:
    """What a proposal does, run on a copy of the bank if it changes it; None if it helps in nothing.

    asking: how the recall was asked before it.
    """
    trial = memory.copy() if proposed.change else memory
    try:
        if proposed.change:
            proposed.change(trial)
        after = diagnose(trial, ask(trial, question, proposed.asking), things([question], trial)[0], found.rule)
        if not helps(found, after):
            return None
        others = [one for one in saved if one.query != question.query and one.answerable]
        before, now = (found_in(bank, how, others) for bank, how in ((memory, asking), (trial, proposed.asking)))
        met = [tuple(found.rule.met(r, q.count) for r in (a, b)) for q, a, b in zip(others, before, now, strict=True)]
        fixed, broke = (
            tuple(q.query for q, pair in zip(others, met, strict=True) if pair == turned)
            for turned in ((False, True), (True, False))
        )
        what = (proposed.kind, proposed.words, proposed.asking, proposed.change)
        held = held_out(before, now, [one.count for one in others], found.rule)
        return Fix(*what, after.rank, after.weight, str(after.verdict), fixed, broke, held)
    finally:
        if trial is not memory:
            trial.close()


def helps(before: Diagnosis, after: Diagnosis) -> bool:
    """Whether a recall is right now, has more of what is expected, or is no worse off with another verdict.

    A chain that breaks at a later hop is better off too.
    """
    if after.verdict == RIGHT or after.recalled != before.recalled:
        return after.verdict == RIGHT or after.recalled > before.recalled
    if after.rank is None or after.rank > (before.rank or after.rank) or after.weight < before.weight:
        return False
    return after.verdict != before.verdict or _hop(after) > _hop(before)


def _hop(found: Diagnosis) -> int:
    """The hop at which a chain breaks; 0 if that is not the verdict."""
    return found.causes[0].hop if isinstance(found.causes[0], MissingLink | Crosstalk) else 0


def found_in(memory: Memory, asking: Asking, questions: Sequence[Question]) -> list[Ranks]:
    """The ranks of what each question expects, all asked in the same way."""
    return ranks(memory, questions, things(questions, memory), asking) if questions else []


def held_out(before: Sequence[Ranks], after: Sequence[Ranks], counts: Sequence[int], rule: Rule) -> Held | None:
    """The gain in recall over questions, with the number of things that each expects; None without questions."""
    if not counts:
        return None
    k = rule.within
    gains = [recall_at(b, n, k) - recall_at(a, n, k) for a, b, n in zip(before, after, counts, strict=True)]
    found = average(gains, "gain", -1.0, 1.0)
    return Held(k, found["gain"], found["low"], found["high"], len(gains))


def apply(memory: Memory, change: Change) -> Undo:
    """Change a bank, wholly or not at all; what takes it back."""
    with memory.alone():  # what others do is not this change's
        before = memory.bank.rows
        change(memory)
        after = memory.bank.rows
    changed = [row for i, row in before.items() if i in after and not same(row, after[i])]
    rows = tuple(replace(row, version=after[row.id].version) for row in changed)
    removed, made = (
        tuple(row for i, row in one.items() if i not in other) for one, other in ((before, after), (after, before))
    )
    return Undo(rows, removed, made)


def same(one: Record | None, two: Record | None) -> bool:
    """Whether two rows hold the same texts, origin, ties and embeddings, or are both none."""
    if one is two or one is None or two is None:
        return one is two
    texts = (one.target, one.cues) == (two.target, two.cues)
    origin = (one.about, one.ties) == (two.about, two.ties)
    return (
        texts
        and origin
        and all(map(np.array_equal, (one.embedding, one.cue_embeddings), (two.embedding, two.cue_embeddings)))
    )


def undo(memory: Memory, made: Undo) -> None:
    """Take a change back: what it added goes, what it changed or removed is as it was.

    Raises Conflict, and takes nothing back, if one of these memories was changed since; ValueError if one that it
    changed was removed.
    """
    with memory.alone():
        stored = memory.bank.rows
        if gone := [row.id for row in made.rows if row.id not in stored]:
            raise ValueError(f"memory {gone[0]} was removed by someone else meanwhile")
        for row in made.made:
            if row.id in stored and stored[row.id].version != row.version:
                raise Conflict(stored[row.id], row)
        memory.forget([i for i in made.added if i in stored])
        memory.put_back([*made.rows, *made.removed])
