"""Proposals: what may fix a recall, smallest change first: the query, the settings, then the bank.

Nothing here is run; nuonuo/debug/fixes.py runs each and offers what fixes or helps.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nuonuo.debug import keyed
from nuonuo.debug.causes import Collision, MissingLink, NearDuplicate
from nuonuo.debug.changes import Add, AddCue, Change, Everywhere, Fold, Forget, Link, Merge, Rename, numbers
from nuonuo.debug.checks import DUPLICATE
from nuonuo.debug.diagnosis import Diagnosis
from nuonuo.debug.keyed import By
from nuonuo.debug.outranked import Outdone, Unlinked
from nuonuo.debug.terms import ways
from nuonuo.debug.text_causes import ByAnswer, CutShort, Duplicates, InContext, OneSentence, Stale, Undated
from nuonuo.files.questions import Question
from nuonuo.maths.association import SEPARATIONS
from nuonuo.maths.theory import beta_for_weight
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.trace import Trace

NEAR = 0.4  # cosine from which a cue may be what a chain should have gone on to
SURE = 0.9  # first-step weight that a raised β aims at
MOST = 200.0  # β beyond which a margin counts as a tie, and to which the app goes
BY = {CutShort: By.PART, OneSentence: By.SENTENCE, Undated: By.DATED, InContext: By.CONTEXT, ByAnswer: By.ANSWER}
SHOWN = 160  # characters of a cue that is offered
MOST_MEMORIES = 1_000  # of a bank in which every memory gets a further cue to try it
MOST_CANDIDATES = 100  # k beyond which more candidates are no small change


@dataclass(frozen=True)
class Proposal:
    """A change that may fix a recall."""

    kind: str
    words: str  # what to do
    asking: Asking  # how to ask afterwards
    change: Change | None = None  # what to do to a bank


def proposals(memory: Memory, trace: Trace, question: Question, found: Diagnosis) -> list[Proposal]:
    """What may fix a recall that was diagnosed, smallest first; nothing if nothing is wrong."""
    if not found.causes:
        return []
    if found.expected is None:
        held = {text for row in memory for text in (row.target, *row.cues)}
        lacking = [text for text in question.texts if text not in held]
        return [one for text in lacking for one in storing(memory, trace.asking, question, text)]
    return [*of_settings(memory, trace, found), *of_bank(memory, trace, question, found)]


def of_settings(memory: Memory, trace: Trace, found: Diagnosis) -> Iterator[Proposal]:
    """Another way to ask the same bank."""
    assert found.expected is not None
    asking = trace.asking
    if asking.noisy:
        yield Proposal("quiet", "Ask without noise", asking.quiet)
    for way in ways(asking):
        if (trace.query is not None if way.kind == "words" else found.wanted > 1) and way.applies(memory.bank):
            yield Proposal(way.kind, way.words, way.asking)
    if beta := needed_beta(trace, found.expected):
        yield Proposal("beta", f"Raise β from {asking.beta:g} to {beta:g}", replace(asking, beta=beta))
    if found.rank and asking.k < found.rank <= MOST_CANDIDATES:
        yield Proposal("k", f"Raise k from {asking.k} to {found.rank}", replace(asking, k=found.rank))
    if memory.settings.exponent or memory.settings.centre:
        words = "Compare plain cosines instead of whitened keys" if asking.whitened else "Whiten the keys"
        yield Proposal("whiten", words, replace(asking, whitened=not asking.whitened))
    for phi in (str(SEPARATIONS[name]) for name in ("power", "softmax") if asking.hops):
        if phi != asking.separation:
            yield Proposal("separation", f"Separate the links by {phi}", replace(asking, separation=phi))


def of_bank(memory: Memory, trace: Trace, question: Question, found: Diagnosis) -> Iterator[Proposal]:
    """Another bank, asked in the same way."""
    assert found.expected is not None
    expected, asking = found.expected, trace.asking
    rivals = [one for one in found.causes if isinstance(one, NearDuplicate | Outdone | Collision)]
    duplicate = any(isinstance(one, NearDuplicate) for one in rivals)
    yield from of_texts(memory, asking, expected, found)
    if any(isinstance(one, MissingLink) for one in found.causes) and (link := missing_link(memory, trace)):
        yield Proposal("link", f"Store the missing link “{link.cue}” → “{link.target}”", asking, link)
    for one in (one for one in found.causes if isinstance(one, Unlinked)):
        words = f"Draw a link from “{one.source_cue}” to “{one.cue}”"
        yield Proposal("tie", words, asking, Link(one.source, one.memory))
    if rivals:
        yield from of_rival(memory, asking, expected, rivals[0], duplicate)
    if not duplicate:  # one more cue would only tie with it
        yield teaching(asking, question, expected, question.query)


def of_texts(memory: Memory, asking: Asking, expected: int, found: Diagnosis) -> Iterator[Proposal]:
    """Further cues made of what is stored: of this memory, then the same of every memory; and copies folded."""
    for one in found.causes:
        if isinstance(one, CutShort | OneSentence | Undated | InContext | ByAnswer) and memory.encoder:
            cue = f"“{one.text}”" if len(one.text) <= SHOWN else f"{BY[type(one)]}, “{one.text[:SHOWN]}…”,"
            yield Proposal("key", f"Let {cue} bring it back too", asking, AddCue(expected, one.text))
            if len(memory) <= MOST_MEMORIES:
                by = BY[type(one)]
                yield Proposal("everywhere", keyed.WORDS[by], asking, Everywhere((by,)))
        if isinstance(one, Duplicates):
            yield Proposal("fold", f"Fold copies: {len(one.copies)} before it", asking, Fold((expected,)))
        if isinstance(one, Stale) and one.newer:
            words = f"Forget the older “{one.rival_cue}” ({one.theirs})"
            yield Proposal("remove", words, asking, Forget(one.rival))


def of_rival(
    memory: Memory, asking: Asking, expected: int, one: NearDuplicate | Outdone | Collision, duplicate: bool
) -> Iterator[Proposal]:
    """What can be done about the memory that is in the way."""
    rival = one.rival
    theirs = memory.get(rival)
    if memory.encoder and theirs.target not in theirs.cues[0]:
        told = f"{theirs.cues[0]} {theirs.target}"
        yield Proposal("rename", f"Rename the rival “{theirs.cues[0]}” to “{told}”", asking, Rename(rival, told))
    if duplicate and alike(memory, expected, rival):
        words = f"Merge the near-duplicate “{theirs.cues[0]}” into it"
        yield Proposal("merge", words, asking, Merge(expected, rival))
    if duplicate:
        yield Proposal("remove", f"Forget the near-duplicate “{theirs.cues[0]}”", asking, Forget(rival))


def needed_beta(trace: Trace, expected: int) -> float | None:
    """The β, as a whole number, that would give a memory ranked first most of the weight; None if it is not first."""
    if trace.answer.id != expected or len(trace.candidates) < 2:
        return None
    gap = trace.candidates[0].similarity - trace.candidates[1].similarity
    beta = beta_for_weight(gap, len(trace.candidates), SURE)
    return float(math.ceil(beta)) if trace.asking.beta < beta <= MOST else None


def teaching(asking: Asking, question: Question, expected: int, text: str) -> Proposal:
    """Let a text bring a memory back: the query itself, or a visitor's words."""
    own = question.embedding if text == question.query else None
    what = "the query" if text == question.query else f"“{text}”"
    words = f"Memorise {what}: store it as one more cue of the memory (it fits this query alone)"
    return Proposal("teach", words, asking, AddCue(expected, text, own))


def storing(memory: Memory, asking: Asking, question: Question, text: str) -> Iterator[Proposal]:
    """Store what was expected, by its own text; or with the query as its cue, which fits that alone."""
    if memory.encoder:
        yield Proposal("store", f"Store “{text}”", asking, Add(text, text))
    change = Add(question.query, text, question.embedding)
    words = f"Store “{text}” and memorise the query as its cue (it fits this query alone)"
    yield Proposal("memorise", words, asking, change)


def missing_link(memory: Memory, trace: Trace) -> Add | None:
    """From where a chain ended to the stored cue that is nearest to it and was not met; None if none is near."""
    bank, met = memory.bank, {trace.answer.id, *(hop.id for hop in trace.hops)}
    end = bank.rows.get(trace.hops[-1].id if trace.hops else trace.answer.id)
    if end is None:
        return None
    cosine = (bank.X @ bank.T[bank.ids.index(end.id)]).tolist()
    owner = [bank.ids[position] for position in bank.owner.tolist()]
    rows = [row for row, i in enumerate(owner) if i not in met and bank.texts[row] != end.target]
    if not rows:
        return None
    row = max(rows, key=cosine.__getitem__)
    if cosine[row] < NEAR:
        return None
    return Add(end.target, bank.texts[row], numbers(end.embedding), numbers(bank.X[row]))


def alike(memory: Memory, one: int, two: int) -> bool:
    """Whether two memories recall what is nearly the same."""
    return float(memory.get(one).embedding @ memory.get(two).embedding) >= DUPLICATE
