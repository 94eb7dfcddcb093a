"""Store fixes: changes of the whole bank, or of how it is asked, as the first fix of a miss.

Each is run over all questions of a bank at once. For a miss the change counts that brings what it expects and gains
most recall on all other questions: those did not choose it, so the gain is not flattered by the one that is fixed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from nuonuo.debug import keyed
from nuonuo.debug.changes import Change as Act
from nuonuo.debug.changes import Everywhere, Fold
from nuonuo.debug.diagnosis import RIGHT
from nuonuo.debug.fixes import Fix, Held, held_out
from nuonuo.debug.keyed import By
from nuonuo.debug.ranking import Ranks, noisy, recall_at, texts
from nuonuo.debug.rule import Rule
from nuonuo.debug.trying import MOST_TEXTS, Change, Questions, Spare, run, together, tried
from nuonuo.files.questions import Question, things
from nuonuo.maths.intervals import average
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking

STILL = "still beyond the ranks that count"  # what a change leaves that helps in part
WIDER = "within"  # kind of a fix that hands on more of the ranking


def store_fixes(
    memory: Memory,
    questions: Sequence[Question],
    x: Tensor,
    now: Sequence[Ranks],
    how: Asking,
    rule: Rule,
    spare: Spare,
) -> dict[int, Fix]:
    """The first such fix of each question that is missed, by its number; none where no change brings what it expects.

    x: (questions, d), without Gaussian noise. now: the ranks of what each expects.
    """
    some = [i for i, q in enumerate(questions) if q.answerable]
    missed = [i for i in some if not rule.met(now[i], questions[i].count)]
    if not missed:
        return {}
    asked = Questions(noisy(x, how.noise), texts(questions, how.noise), things(questions, memory))
    every = list(_measured(memory, questions, asked, now, how, rule, spare))
    made = {i: _first(i, some, every, questions, now, how, rule, spare) for i in missed}
    return {i: fix for i, fix in made.items() if fix}


@dataclass(frozen=True, eq=False)
class Measured:
    """A change that was run: the ranks it makes of each question's things, and its gain in recall over all of them."""

    change: Change
    found: list[Ranks]
    gain: float  # summed


def _measured(
    memory: Memory,
    questions: Sequence[Question],
    asked: Questions,
    now: Sequence[Ranks],
    how: Asking,
    rule: Rule,
    spare: Spare,
) -> Iterator[Measured]:
    """Every change that can be applied, and those together that give memories cues and gain."""
    helpful = []

    def measured(change: Change, found: list[Ranks]) -> Measured:
        gains = (_gain(*one, rule) for one in zip(questions, now, found, strict=True) if one[0].answerable)
        return Measured(change, found, sum(gains))

    for change, found in tried(memory, how, asked, spare, MOST_TEXTS, can_apply):
        one = measured(change, found)
        helpful += [change] if change.cues and one.gain > 0 else []
        yield one
    if len(helpful) > 1 and (both := run(memory, how, together(helpful), asked, spare)) is not None:
        yield measured(together(helpful), both)


def _first(
    i: int,
    some: Sequence[int],
    every: Sequence[Measured],
    questions: Sequence[Question],
    now: Sequence[Ranks],
    how: Asking,
    rule: Rule,
    spare: Spare,
) -> Fix | None:
    """The change that gains most on the questions other than number i, of those that bring what that one expects.

    If none does, of those that bring it nearer, if it gains significantly. some: the questions that expect anything.
    """
    q, others = questions[i], [j for j in some if j != i]
    within = rule.ranks(q.count)
    fit = [one for one in every if rule.met(one.found[i], q.count)]
    fit = fit or [one for one in every if one.gain > 0 and _nearer(now[i], one.found[i], within)]
    if not fit:
        return None
    best = max(fit, key=lambda one: one.gain - _gain(q, now[i], one.found[i], rule))
    before, after = ([ranks[j] for j in others] for ranks in (now, best.found))
    held = held_out(before, after, [questions[j].count for j in others], rule)
    if rule.met(best.found[i], q.count):
        return as_fix(best.change, how, max(best.found[i]), held, spare)
    if held and held.low > 0:
        return as_fix(best.change, how, _missing(best.found[i], within), held, spare, STILL)
    return None


def first_fixes(
    memory: Memory,
    questions: Sequence[Question],
    x: Tensor,
    now: Sequence[Ranks],
    how: Asking,
    rule: Rule,
    spare: Spare,
) -> dict[int, Fix]:
    """`store_fixes`, and where none gains on the others, more of the ranking handed on if that suffices."""
    found = store_fixes(memory, questions, x, now, how, rule, spare)
    for i, q in enumerate(questions):
        weak = i not in found or _costs(found[i]) or not found[i].whole
        if weak and q.answerable and not rule.met(now[i], q.count):
            more = wider(questions, now, how, rule, i)
            found |= {i: more} if more else {}
    return found


def _costs(fix: Fix) -> bool:
    return fix.held is not None and fix.held.costs


def wider(questions: Sequence[Question], now: Sequence[Ranks], how: Asking, rule: Rule, number: int) -> Fix | None:
    """More of the ranking handed on, two or four times as much, if that holds all that one question expects."""
    q, wider = questions[number], [replace(rule, within=times * rule.within) for times in (2, 4)]
    more = next((one for one in wider if one.met(now[number], q.count)), None)
    if more is None:
        return None
    others = [j for j, one in enumerate(questions) if j != number and one.answerable]
    k, wide = rule.within, more.within
    gains = [recall_at(now[j], questions[j].count, wide) - recall_at(now[j], questions[j].count, k) for j in others]
    found = average(gains, "gain", -1.0, 1.0) if gains else None
    held = Held(wide, found["gain"], found["low"], found["high"], len(gains)) if found else None
    words = f"Hand on the first {wide} instead of {k}"
    return Fix(WIDER, words, how, None, max(now[number]), 0.0, RIGHT, held=held)


def _nearer(before: Ranks, after: Ranks, within: int) -> bool:
    """Whether the best of what is missing comes nearer."""
    return 0 < _missing(after, within) < _missing(before, within)


def _missing(found: Ranks, within: int) -> int:
    """The rank of the best thing that is not among those that count; 0 if there is none."""
    return next((rank for rank in found if rank > within), 0)


def _gain(question: Question, before: Ranks, after: Ranks, rule: Rule) -> float:
    k, n = rule.within, question.count
    return recall_at(after, n, k) - recall_at(before, n, k)


def can_apply(change: Change) -> bool:
    """Whether a bank can be changed so where it is: its whitening is made once, but can be left out."""
    plain = change.whitening == (0.0, False)
    return change.way is not None or change.cues or change.fold or plain


def as_fix(change: Change, how: Asking, rank: int, held: Held | None, spare: Spare, left: str = RIGHT) -> Fix:
    """A change that was run as a fix of one question. rank: of the last thing it expects, or of the best missing."""
    asking = change.asking(how)
    act: Act | None = None
    if change.whitening:
        asking = replace(how, whitened=False)
    elif change.cues:
        act = Everywhere(change.by, tuple(spare.items()) if change.spare else ())
    elif change.fold:
        act = Fold()
    kind = change.way.kind if change.way else "whiten" if change.whitening else "fold" if change.fold else "everywhere"
    return Fix(kind, change.words, asking, act, rank, 0.0, left, held=held)


def prepare_texts(
    memory: Memory, right: Sequence[tuple[frozenset[int], ...]], now: Sequence[Ranks], rule: Rule
) -> None:
    """Encode in one go the texts by which the checks will look for the memories that are missed."""
    if memory.encoder is None:
        return
    ids = {
        i
        for things, ranks in zip(right, now, strict=True)
        if things and not rule.met(ranks, len(things))
        for thing in things
        for i in thing
    }
    some = [
        text for by in CHECKED for made in keyed.texts(memory.bank, memory.encoder, by, sorted(ids)) for text in made
    ]
    if some:
        memory.encoder.encode(list(dict.fromkeys(some)))


CHECKED = (By.PART, By.SENTENCE, By.DATED, By.CONTEXT, By.ANSWER)  # by which the checks look for a memory
