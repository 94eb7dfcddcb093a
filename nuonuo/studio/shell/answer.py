"""What every page says was recalled, in the same words: the memory ranked first, and where the state comes to rest.

One owner of these sentences, so that no two pages can tell two stories of one address.
"""

from collections.abc import Collection, Sequence

from nuonuo import Memory, Trace
from nuonuo.memory.outcome import Kind
from nuonuo.memory.records import Record
from nuonuo.memory.trace import Candidate
from nuonuo.studio.shell.words import ordinal, quoted

NAMES = {"meaning": "meaning", "words": "words", "association": "links"}  # of the three terms that rank

SURE = 0.9  # attention from which one update has decided
WITHIN = 5  # ranks that count where several memories are expected together


def recalled(trace: Trace, expected: Collection[int] = ()) -> str:
    """The target that came back, and how surely: Markdown, two readings where they differ.

    expected: ids of the memories that should have come back.
    """
    first = trace.answer
    who = f"{target(first)}{', the expected memory' if first.id in expected else ''}"
    among = candidates(len(trace.candidates))
    ranked = f"Recalled {who}: ranked first by {ranked_by(trace)}, with p = {share(first.weight)} among {among}"
    if trace.outcome.agree:
        return f"{ranked}, and the state comes to rest on it, a **fixed point**.{_attended(trace)}"
    return f"{ranked}, at update step 0.{_attended(trace)} {at_rest(trace)}"


def ranked_by(trace: Trace) -> str:
    """What put the first memory in front: links never do, words only where the query shares one."""
    return "meaning and words" if trace.asking.words and trace.lexical else "meaning"


def _attended(trace: Trace) -> str:
    """Which candidate has the largest attention, if that is not the first."""
    most = trace.attended
    if most.id == trace.answer.id:
        return ""
    return f" By meaning alone {target(most)} is closer: it has the largest attention, p = {share(most.weight)}."


def target(memory: Candidate | Record) -> str:
    """The target of a memory, quoted; with its title before it."""
    title = memory.title if isinstance(memory, Candidate) else memory.about.title
    text = memory.target
    return quoted(text if not title or text.startswith(title) else f"{title}\n{text}")


def at_rest(trace: Trace) -> str:
    """Where the state comes to rest: a fixed point, a metastable state or the average of all; Markdown."""
    end, lead, count = trace.outcome.rest, trace.resting, len(trace.candidates)
    if end.kind is Kind.ONE:
        other = "" if trace.outcome.agree else ", another memory"
        return f"At rest the state is a **fixed point** at {target(lead)}{other} (p = {share(end.weight)})."
    if end.kind is Kind.SUBSET:
        return (
            f"At rest the state is a **metastable state**: the average of about {end.number:.1f} of "
            f"{candidates(count)}, led by {target(lead)} (p = {share(end.weight)})."
        )
    return (
        f"At rest the state is the **average of all**: about {end.number:.1f} of {candidates(count)} "
        "share the attention."
    )


def against(trace: Trace) -> str:
    """One update against many, in one sentence: who shares p at step 0, and who does at rest."""
    end, lead, first = trace.outcome.rest, trace.resting, trace.answer
    c, before = len(trace.candidates), share(first.weight)
    if c == 1:
        return "One candidate has all the attention, at step 0 and at rest."
    own = share(float(end.p[0]))
    if end.kind is not Kind.ONE:
        which = "a" if end.kind is Kind.SUBSET else "the"
        some = f"about {end.number:.1f} of {c} share ({which} {end.kind.value})"
        return f"One update ranks: the first has p = {before}. At rest {some}, and it has {own}."
    if end.lead:
        other = f"it ends on {target(lead)}, with p = {share(end.weight)}"
        return f"One update gives the first p = {before}; repeated, {other}."
    if first.weight >= SURE:
        return f"One update suffices: the first has p = {before} already, and {own} at rest."
    return f"One update ranks: the first has p = {before}. Repeated, it completes: at rest the first has {own}."


def missed(memory: Memory, trace: Trace, expected: int) -> str:
    """Where the expected memory came instead of first, quoted by its target, and what both score; Markdown.

    Raises ValueError if the bank holds no such memory.
    """
    who, rank = target(memory.get(expected)), trace.rank(expected)
    if rank is None:
        return f"Expected {who}, which is not among the {candidates(len(trace.candidates))}."
    at, first = trace.candidates[rank - 1], trace.answer
    held = " Links never take the place of the first." if at.total > first.total else ""
    return (
        f"Expected {who}, which came {ordinal(rank)} with p = {share(at.weight)}: it scores {score(at)}, "
        f"the first {score(first)}.{held}"
    )


def places(trace: Trace, things: Sequence[Collection[int]]) -> list[int | None]:
    """Of each thing that is expected, any of whose memories will do, the best rank; None if it is no candidate."""
    ranks = {c.id: rank for rank, c in enumerate(trace.candidates, 1)}
    return [min((ranks[i] for i in thing if i in ranks), default=None) for thing in things]


def several(trace: Trace, things: Sequence[Collection[int]]) -> str:
    """How many of several things that are expected together are among the first `WITHIN`; Markdown."""
    ranks = places(trace, things)
    came = [rank for rank in ranks if rank is not None and rank <= WITHIN]
    said = f"**{len(came)} of {len(things)} expected memories are among the first {WITHIN}**"
    there = [f"{_briefly(trace.candidates[rank - 1])} {ordinal(rank)}" for rank in sorted(filter(None, ranks))]
    lost = len(things) - len(there)
    if lost:
        there.append(f"{lost} no candidate" if there else "none is a candidate")
    return f"{said}: {', '.join(there)}."


def _briefly(candidate: Candidate) -> str:
    """A candidate by its title, else by its target, quoted."""
    return quoted(candidate.title or candidate.target, 60)


def score(candidate: Candidate) -> str:
    """What a candidate is ranked by, with the terms that brought something: 4.21 (meaning 3.11 + words 1.10)."""
    terms = {name: getattr(candidate, term) for term, name in NAMES.items()}
    some = [f"{name} {signed(value)}" for name, value in terms.items() if value or name == "meaning"]
    return (
        f"{signed(candidate.total)} ({' + '.join(some)})" if len(some) > 1 else f"{signed(candidate.total)} by meaning"
    )


def signed(value: float) -> str:
    """A score with two decimals and, if it is negative, a minus sign."""
    return f"{value:.2f}".replace("-", "−")


def nearest(trace: Trace, expected: Collection[int] = ()) -> str:
    """What plain nearest neighbour recalls, held against the memory ranked first and the state at rest; Markdown."""
    near = trace.nearest
    start = f"**Plain nearest neighbour** (cosine {near.cosine:.2f}) recalls"
    if near.id == trace.answer.id:
        if trace.outcome.agree:
            sentence = f"{start} the same memory"
        elif _rests_on(trace) is None:
            sentence = f"{start} the memory ranked first"
        else:
            sentence = f"{start} the memory ranked first, while the state rests on another one"
        wrong = expected and near.id not in expected
        return f"{sentence}.{' What it recalls is not the expected memory.' if wrong else ''}"
    if near.id in expected:
        return f"{start} {target(near)}, the expected memory: it is right here."
    if (rest := _rests_on(trace)) and rest.id == near.id:
        return f"{start} {target(near)}, the memory on which the state rests, not the one ranked first."
    return f"{start} {target(near)} instead."


def lexical(trace: Trace, expected: Collection[int] = ()) -> str:
    """What words alone recall, by BM25, held against the memory ranked first; Markdown."""
    found = trace.lexical
    if found is None:
        why = "no word of the query stands in a cue" if trace.query else "the query has no text"
        return f"**Words alone** (BM25) recall nothing: {why}."
    start = f"**Words alone** (BM25 {found.bm25:.2f}) recall"
    if found.id == trace.answer.id:
        return f"{start} the memory ranked first."
    if found.id in expected:
        return f"{start} {target(found)}, the expected memory: they are right here."
    return f"{start} {target(found)} instead."


def steps_taken(trace: Trace) -> str:
    """Whether the update steps that were asked for sufficed to come to rest; empty if they did."""
    if trace.outcome.rest.arrived:
        return ""
    return (
        f"{steps(trace.asking.steps)} did not get there: the last state is still "
        f"{trace.outcome.rest.left:.2f} away from rest (a pattern has length 1)."
    )


def last_state(trace: Trace) -> str:
    """The state that was handed on, as a noun: after how many update steps, and whether it has come to rest."""
    done = f"the state after {steps(trace.asking.steps)}"
    if trace.outcome.rest.arrived:
        return f"{done}, which has come to rest"
    return f"{done}, still {trace.outcome.rest.left:.2f} away from rest"


def steps(count: int) -> str:
    """How many update steps, as a noun."""
    return "1 update step" if count == 1 else f"{count} update steps"


def candidates(count: int) -> str:
    """How many candidates, as a noun."""
    return "1 candidate" if count == 1 else f"{count} candidates"


def share(p: float) -> str:
    """An attention weight with two digits that count: 0.82, 0.088, 0.0012."""
    return f"{p:.2f}" if p >= 0.1 or p == 0 else f"{p:.2g}"


def _rests_on(trace: Trace) -> Candidate | None:
    """The one memory on which the state rests; None if several share."""
    return trace.resting if trace.outcome.rest.kind is Kind.ONE else None
