"""Fixes: the smallest change that mends a recall, run on a copy before it is offered.

Smallest first: the question, the settings, then the bank. A fix is whole if the copy, asked again, is diagnosed as
right; partial if the cause that was found is gone and another remains. What mends nothing is not offered. What else a
fix changes is found by asking every saved question again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nuonuo.debug.asking import Asking
from nuonuo.debug.diagnosis import RIGHT, Diagnosis, diagnose
from nuonuo.debug.proposals import Change, Proposal, proposals
from nuonuo.debug.queries import Question, things
from nuonuo.debug.ranking import ranks
from nuonuo.memory import Memory
from nuonuo.store import Row


@dataclass(frozen=True)
class Fix:
    """A change that was run, and what came of it."""

    kind: str  # quiet, beta, k, whiten, separation, store, teach, link, rename, merge or remove
    words: str  # what to do
    asking: Asking  # how to ask afterwards
    change: Change | None  # what to do to a bank; None if only the asking changes
    rank: int | None  # of the wanted memory after it
    weight: float  # its first-step weight then
    left: str  # the verdict that remains: "right" if it mends the recall
    newly_right: tuple[str, ...]  # other saved questions that it mends
    newly_wrong: tuple[str, ...]  # and those that it breaks

    @property
    def whole(self) -> bool:
        """Whether nothing remains to be mended."""
        return self.left == RIGHT


@dataclass(frozen=True)
class Undo:
    """What takes a change of a bank back."""

    rows: tuple[Row, ...]  # those it changed or removed, as they were
    added: tuple[int, ...]  # ids of those it added


def fixes(
    memory: Memory, asking: Asking, question: Question, found: Diagnosis, saved: Sequence[Question] = ()
) -> list[Fix]:
    """The fixes of a recall that was diagnosed: whole ones first, smallest first.

    question: what is expected. saved: questions to ask again after each; right means that an expected memory comes
    first.
    """
    tried = (run(memory, asking, question, found, each, saved) for each in proposals(memory, asking, question, found))
    made = [one for one in tried if one]
    return [one for one in made if one.whole] + [one for one in made if not one.whole]


def first(memory: Memory, asking: Asking, question: Question, found: Diagnosis) -> Fix | None:
    """The first of `fixes`, without running those after it that cannot be first."""
    partial = None
    for each in proposals(memory, asking, question, found):
        one = run(memory, asking, question, found, each)
        if one and one.whole:
            return one
        partial = partial or one
    return partial


def run(
    memory: Memory,
    asking: Asking,
    question: Question,
    found: Diagnosis,
    proposed: Proposal,
    saved: Sequence[Question] = (),
) -> Fix | None:
    """What a proposal does, run on a copy of the bank if it changes it; None if it mends nothing."""
    trial = memory.copy() if proposed.change else memory
    try:
        if proposed.change:
            proposed.change(trial)
        after = diagnose(trial, proposed.asking.of(trial), question.meant(trial))
        if not helps(found, after):
            return None
        others = [one for one in saved if one.query != asking.query]
        before, now = (firsts(bank, how, others) for bank, how in ((memory, asking), (trial, proposed.asking)))
        mended, broken = (
            tuple(q.query for q, a, b in zip(others, before, now, strict=True) if (a, b) == turned)
            for turned in ((False, True), (True, False))
        )
        what = (proposed.kind, proposed.words, proposed.asking, proposed.change)
        return Fix(*what, after.rank, after.weight, after.verdict, mended, broken)
    finally:
        if trial is not memory:
            trial.close()


def helps(before: Diagnosis, after: Diagnosis) -> bool:
    """Whether a recall is right now, or its verdict is another with the wanted memory no worse off.

    A chain that breaks at a later hop is better off too.
    """
    if after.verdict == RIGHT:
        return True
    if after.rank is None or after.rank > (before.rank or after.rank) or after.weight < before.weight:
        return False
    hop, later = (each.causes[0].evidence.get("hop", 0) for each in (before, after))
    return after.verdict != before.verdict or int(later) > int(hop)


def firsts(memory: Memory, asking: Asking, questions: Sequence[Question]) -> list[bool]:
    """Whether an expected memory comes first, of each question asked in the same way."""
    found = ranks(memory, questions, things(questions, memory), asking.whitened, asking.settings.noise)
    return [rank[:1] == (1,) for rank in found]


def apply(memory: Memory, change: Change) -> Undo:
    """Change a bank; what takes it back."""
    memory.refresh()  # what another process has done is not this change's
    before = {row.id: row for row in memory}
    change(memory)
    after = {row.id: row for row in memory}
    lost = tuple(row for i, row in before.items() if i not in after or not same(row, after[i]))
    return Undo(lost, tuple(i for i in after if i not in before))


def same(one: Row, two: Row) -> bool:
    """Whether two rows hold the same texts and embeddings."""
    if one is two:
        return True
    texts = (one.target, one.cues) == (two.target, two.cues)
    return texts and all(map(np.array_equal, (one.embedding, one.cue_embeddings), (two.embedding, two.cue_embeddings)))


def undo(memory: Memory, made: Undo) -> None:
    """Take a change back: what it added goes, what it changed or removed is as it was."""
    if made.added:
        memory.forget([i for i in made.added if i in memory])
    memory.put_back(made.rows)
