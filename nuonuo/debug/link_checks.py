"""Link checks: causes of a miss that lie in the links between memories, and in what they carry."""

import torch

from nuonuo.debug.case import Case
from nuonuo.debug.causes import Evidence
from nuonuo.debug.outranked import PartRecalled, PushedOut, Unlinked, WeakLink
from nuonuo.debug.ranking import rank
from nuonuo.debug.saying import telling
from nuonuo.maths import spreading
from nuonuo.maths.words import tokens
from nuonuo.memory.joining import Relation

RARE = 0.01  # share of the texts that a rare word stands in


def weak_link(case: Case) -> Evidence | None:
    """A memory among the first has a link to it, which brings too little."""
    asking, bank = case.trace.asking, case.bank
    graph = None if case.first else bank.reading.graph(asking.relations)
    if graph is None or not len(graph):
        return None
    other = tuple(Relation).index(Relation.SEQUENCE)  # what stands beside it is its context, another cause
    edges = ((graph.to == case.position) & (graph.relation != other)).nonzero()[:, 0]
    if not len(edges):
        return None
    sources = graph.source[edges]
    a = spreading.attention(case.own, asking.spread)[sources]  # of all memories, 1 for the first
    brings = asking.links * a * graph.weight[edges]
    best = int(brings.argmax())
    source = int(sources[best])
    place = rank(case.totals, source)
    if place > case.within:
        return None
    relation = tuple(Relation)[int(graph.relation[edges[best]])]
    lacks = case.threshold - float(case.totals[case.position])
    i, expected = bank.ids[source], case.expected
    return WeakLink(
        i, case.cue(i), place, relation, float(a[best]), float(brings[best]), lacks, case.cue(expected), case.rank
    )


def second_hop(case: Case) -> Evidence | None:
    """A part of what is expected is recalled, and no link leads on from it to this one, which is no candidate."""
    if not case.recalled or case.mine:
        return None
    drawn = {link.source for link in case.bank.reading.relations.links(case.expected) if link.to == case.expected}
    if (
        case.score.links
        or drawn & set(case.recalled)
        or not (bridge(case) or case.bank.rows[case.expected].about.title)
    ):
        return None
    source, senders = case.recalled[0], min(case.trace.asking.senders, len(case.bank.ids))
    return Unlinked(source, case.cue(source), case.expected, case.cue(case.expected), case.rank, senders)


def bridge(case: Case) -> list[str]:
    """Rare words that a recalled memory and the expected one share and the query lacks: what leads on to it.

    Rare: in one of a hundred texts at most.
    """
    words = case.bank.reading.words
    query, theirs = set(tokens(case.trace.noisy_query or "")), set(tokens(case.text(case.expected)))
    shared = {word for i in case.recalled for word in telling(case.text(i)) if word in theirs} - query
    return sorted(word for word in shared if int((words.scores(word) > 0).sum()) <= max(2, RARE * words.n))


def pushed_out(case: Case) -> Evidence | None:
    """By meaning and words alone it would be among the first."""
    if case.first or not case.trace.asking.links:
        return None
    without = case.place(case.own)
    if without > case.within:
        return None
    brought = case.totals - case.own
    ahead = (case.totals > case.totals[case.position]) & brought.isfinite()
    if not bool(ahead.any()):
        return None
    most = int(torch.where(ahead, brought, -torch.inf).argmax())
    rival = case.bank.ids[most]
    return PushedOut(case.rank, without, rival, case.cue(rival), float(brought[most]), case.score.links)


def partly(case: Case) -> Evidence | None:
    """Some of what is expected is recalled, and some is not."""
    if case.first or not case.recalled:
        return None
    some, cue = len(case.recalled), case.cue(case.expected)
    sessions = {case.bank.rows[i].about.session for i in case.right} - {None}
    return PartRecalled(some, case.wanted, case.within, cue, case.rank, len(sessions))
