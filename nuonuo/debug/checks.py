"""Checks: each looks for one cause of a missed recall, in its Trace and its bank; what it finds is its evidence."""

from collections.abc import Callable

import torch

from nuonuo.debug import link_checks as links
from nuonuo.debug import text_checks as text
from nuonuo.debug.case import Case, score_of
from nuonuo.debug.causes import (
    AverageOfAll,
    BeyondNoise,
    Collision,
    Crosstalk,
    Evidence,
    Metastable,
    MissingLink,
    NearDuplicate,
    SettledElsewhere,
    Unrelated,
)
from nuonuo.debug.outranked import NotACandidate, Outdone
from nuonuo.debug.saying import folded
from nuonuo.explain.hops import chains
from nuonuo.maths import codes
from nuonuo.maths.theory import effective_number
from nuonuo.memory.noise import Noise
from nuonuo.memory.outcome import Kind, kind
from nuonuo.memory.trace import Trace

DUPLICATE = text.COPY  # cosine of two cues from which they are one question to an encoder
FEW, BACKGROUND = 5, 0.05  # memories, and share of all, that may be as close as one that is related
SHARED = 0.5  # share of a code's units in another memory's code from which they collide
ENDED = ("end of chain", "confidence")  # how a trace says that a chain stopped before all hops were done
SIGMAS, SEEDS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0), 12  # of a memory's basin


def beyond_noise(case: Case) -> Evidence | None:
    """The query was damaged, and undamaged it is right."""
    trace, noise = case.trace, case.trace.asking.noise
    if case.first or not trace.asking.noisy:
        return None
    whole = trace.query is None or trace.noisy_query in {None, trace.query}  # no word of it was damaged
    asked = trace.embedding if whole or trace.query is None else trace.query
    clean = case.memory.recall(asked, trace.asking.quiet, trace.query)
    if not case.answered_by(clean):
        return None
    return BeyondNoise(noise.sigma > 0, tuple(basin(case, clean).items()))


def basin(case: Case, clean: Trace) -> dict[float, float]:
    """The share of seeded draws that recall what is expected, by σ."""

    def draw(noise: Noise) -> Trace:
        return case.memory.recall(clean.embedding, clean.asking, clean.query, steps=1, noise=noise)

    return {
        sigma: sum(case.answered_by(draw(Noise(sigma=sigma, seed=seed))) for seed in range(SEEDS)) / SEEDS
        for sigma in SIGMAS
    }


def ambiguous(case: Case) -> Evidence | None:
    """Another memory answers to what is nearly the same cue."""
    rival = case.rival
    if case.first or rival is None:
        return None
    bank, mine, theirs = case.bank, case.row_of(case.expected), case.row_of(rival.id)
    cosine = float(bank.X[mine] @ bank.X[theirs])
    if cosine < DUPLICATE:
        return None
    return NearDuplicate(rival.id, bank.texts[mine], bank.texts[theirs], cosine)


def unrelated(case: Case) -> Evidence | None:
    """The expected memory is no more like the query than many memories are."""
    if case.first:
        return None
    n = len(case.bank.ids)
    alike = int((case.alike >= case.cosine).sum()) - 1
    if min(alike, case.rank - 1) <= max(FEW, BACKGROUND * n):
        return None
    return Unrelated(case.cosine, alike, n, case.memory.encoder is not None, tuple(case.shared(case.expected)))


def outside(case: Case) -> Evidence | None:
    """It is not among the k candidates."""
    if case.mine:
        return None
    return NotACandidate(case.rank, case.trace.asking.k, case.score, score_of(case.trace.candidates[-1]))


def outdone(case: Case) -> Evidence | None:
    """A rival comes before it."""
    rival = case.rival
    if case.first or rival is None:
        return None
    leads = rival.id == case.trace.answer.id
    return Outdone(rival.id, rival.cue, case.score, score_of(rival), leads, tuple(case.shared(rival.id)))


def restless(case: Case) -> Evidence | None:
    """Ranked first, and the state comes to rest on another memory, or on an average.

    Copies of one target count as one: what they share of the attention is that target's.
    """
    if not case.first or case.wanted > 1 or case.rank > 1:
        return None
    rest, lead, count = case.trace.outcome.rest, case.trace.resting, len(case.trace.candidates)
    number, mine = shared_out(case, rest.p)
    if kind(number, count) is Kind.ONE:
        return None if mine >= 0.5 else SettledElsewhere(lead.id, lead.cue, rest.weight)
    beta = case.trace.asking.beta
    if kind(number, count) is Kind.ALL:
        return AverageOfAll(number, count, beta)
    return Metastable(number, count, lead.cue, rest.weight, beta)


def shared_out(case: Case, p: torch.Tensor) -> tuple[float, float]:
    """How many different targets share an attention (c,) over the candidates, and what the expected one has of it."""
    expected = {folded(case.bank.rows[i].target) for i in case.right}
    of: dict[str, float] = {}
    for candidate, weight in zip(case.trace.candidates, p.tolist(), strict=True):
        text = folded(candidate.target)
        name = "" if candidate.id in case.right or text in expected else text
        of[name] = of.get(name, 0.0) + weight
    return float(effective_number(torch.tensor(list(of.values())))), of.get("", 0.0)


def broken_hop(case: Case) -> Evidence | None:
    """A hop of the chain does not land where its link leads."""
    if case.trace.code is None:
        return None
    step = chains.follow(case.bank, case.trace, max(1, len(case.trace.hops))).broken
    ended = (case.trace.stop or "").startswith(ENDED)
    if step is None and not ended:
        return None
    if step is None or step.right is None or step.recalled is None:
        return MissingLink(step.number if step else len(case.trace.hops) + 1, str(case.trace.stop))
    landed, due = step.recalled.target, step.right.target
    return Crosstalk(step.number, due if step.same else landed, due, step.recalled.cosine)


def collision(case: Case) -> Evidence | None:
    """Its code shares most of its units with another memory's, and the first hop suffers from it."""
    if case.trace.code is None or not case.trace.hops:
        return None
    landed = case.trace.hops[0]
    if landed.id in case.right and landed.cosine >= chains.HELD:
        return None
    bank, links, row = case.bank, case.bank.links(), case.row_of(case.expected)
    overlap = codes.overlap(links.cues[row], links.cues).clone()
    overlap[bank.owner == bank.owner[row]] = 0
    most = int(overlap.argmax())
    if float(overlap[most]) < SHARED:
        return None
    (other,) = bank.of_rows(torch.tensor([most]))
    units = round(float(overlap[most]) * links.cues.shape[1])
    return Collision(other.id, other.cues[0], units, links.cues.shape[1])


CHECKS: tuple[Callable[[Case], Evidence | None], ...] = (
    beyond_noise,
    text.cut_short,
    text.foreign,
    text.duplicates,
    ambiguous,
    text.stale,
    text.negated,
    text.identifier,
    text.named,
    text.undated,
    links.weak_link,
    links.pushed_out,
    text.one_sentence,
    text.by_answer,
    text.in_context,
    links.second_hop,
    text.outvoted,
    unrelated,
    text.crowded,
    text.other_words,
    links.partly,
    outside,
    outdone,
    restless,
    collision,
    broken_hop,
)
