"""Activation: which memories a query reaches by meaning and words, and which over their links.

Collins & Loftus, Psychological Review 1975: a query activates some nodes, and these activate what they are linked to.
Which memories are drawn, and in which order, does not depend on γ: each keeps its place while γ moves.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.explain.hops.scores import Scores, best, places, position, scores
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import Record
from nuonuo.memory.trace import Trace

FULL = Asking().links  # γ that says which memories are drawn as brought up, whatever γ is now
DRAWN = 12  # memories at most
FAINT = 0.01  # of a link: drawn if it carries at least so much attention


@dataclass(frozen=True)
class Node:
    """A memory that the query reaches."""

    id: int
    name: str  # its title; without one its cue
    cue: str
    brought: bool  # it comes up over links: by meaning and words it is not among the first
    rank: int  # 1 for the first
    alone: int  # its rank without links
    meaning: float  # z(similarity)
    words: float  # w·BM25
    attention: float  # a: what it sends to each of its links, before P
    received: float  # Pᵀa
    evidence: bool  # it is expected


@dataclass(frozen=True)
class Edge:
    """A link between two nodes, and what it carries."""

    source: int  # id
    to: int  # id
    relation: Relation
    attention: float  # a of the source
    weight: float  # in P

    @property
    def carried(self) -> float:
        """a·P: what it brings for γ = 1."""
        return self.attention * self.weight


@dataclass(frozen=True)
class Evidence:
    """One expected thing: of the memories that will do for it, the best ranked one in each ranking."""

    id: int
    name: str
    rank: int
    linked: int  # at γ = FULL
    alone: int  # without links
    cosine: int  # by plain cosine
    words: int | None  # by BM25; None if it shares no word with the query


@dataclass(frozen=True)
class Listed:
    """A memory in a ranking."""

    id: int
    name: str
    score: float  # S, s, cosine or BM25; the first by s has S = ∞


@dataclass(frozen=True)
class Activation:
    """What one query reaches in a bank of N memories."""

    memories: int  # N
    links: int  # of the kinds that are asked for
    gamma: float
    first: int  # an expected memory counts among the first so many
    nodes: tuple[Node, ...]  # by meaning and words in order of s, then the brought up, most received first
    edges: tuple[Edge, ...]  # between nodes
    evidence: tuple[Evidence, ...]
    missing: int  # expected things that are not stored
    lists: dict[str, tuple[Listed, ...]]  # the first of each of Evidence's rankings; fewer by words if few share one
    alone: dict[int, int]  # rank without links of each of the trace's candidates, by id

    def found(self, ranking: str = "rank") -> int:
        """Evidence among the first, by one of its rankings: rank, linked, alone, cosine or words."""
        ranks = (getattr(one, ranking) for one in self.evidence)
        return sum(rank is not None and rank <= self.first for rank in ranks)

    @property
    def wanted(self) -> int:
        """How many things are expected, stored or not."""
        return len(self.evidence) + self.missing

    def edges_to(self, memory: int) -> list[Edge]:
        """The links into a memory, the one that brings most first."""
        return sorted((e for e in self.edges if e.to == memory), key=lambda e: -e.carried)


def activation(bank: Bank, trace: Trace, expected: Sequence[frozenset[int]] = (), first: int = 5) -> Activation:
    """What the trace's query reaches in the bank that was asked.

    expected: things, each as ids of which any will do (`files.questions.things`). first: expected memories count among
    the first so many. Raises ValueError if first is below 1.
    """
    if first < 1:
        raise ValueError(f"first must be >= 1, got {first}")
    all_ = scores(bank, trace)
    by = {"rank": all_.total(trace.asking.links), "linked": all_.total(FULL), "alone": all_.s}
    by |= {"cosine": all_.cosine, "words": all_.bm25}
    things = [some for one in expected if (some := [position(bank, i) for i in one if i in bank.rows])]
    ranks = {ranking: _ranks(score, [p for some in things for p in some]) for ranking, score in by.items()}
    wanted = [min(some, key=lambda p: ranks["rank"][p]) for some in things]
    direct, brought = drawn(all_, first, wanted)
    for ranking in ("rank", "alone"):
        ranks[ranking] |= _ranks(by[ranking], [p for p in direct + brought if p not in ranks[ranking]])
    nodes = [_node(bank, all_, ranks, p, p in brought, p in wanted) for p in direct + brought]
    asked = [c.id for c in trace.candidates]
    return Activation(
        memories=len(bank.ids),
        links=0 if all_.carried is None else len(all_.carried.graph),
        gamma=trace.asking.links,
        first=first,
        nodes=tuple(nodes),
        edges=edges(bank, all_, {node.id for node in nodes}),
        evidence=tuple(_evidence(bank, all_, ranks, *one) for one in zip(things, wanted, strict=True)),
        missing=len(expected) - len(things),
        lists={ranking: _listed(bank, ranking, score, first) for ranking, score in by.items()},
        alone=dict(zip(asked, places(all_.s, [position(bank, i) for i in asked]), strict=True)),
    )


def _ranks(score: Tensor, positions: Sequence[int]) -> dict[int, int]:
    """The rank of each of some positions."""
    return dict(zip(positions, places(score, positions), strict=True))


def _listed(bank: Bank, ranking: str, score: Tensor, most: int) -> tuple[Listed, ...]:
    """The first of a ranking; by words only those that share one."""
    return tuple(
        Listed(bank.ids[p], name(bank.rows[bank.ids[p]]), float(score[p]))
        for p in best(score, most)
        if ranking != "words" or score[p] > 0
    )


Ranks = Mapping[str, Mapping[int, int]]  # of each ranking, the rank by position


def _node(bank: Bank, all_: Scores, ranks: Ranks, p: int, brought: bool, evidence: bool) -> Node:
    memory = bank.rows[bank.ids[p]]
    return Node(
        id=memory.id,
        name=name(memory),
        cue=memory.cues[0],
        brought=brought,
        rank=ranks["rank"][p],
        alone=ranks["alone"][p],
        meaning=float(all_.meaning[p]),
        words=float(all_.words[p]),
        attention=float(all_.a[p]),
        received=float(all_.received[p]),
        evidence=evidence,
    )


def _evidence(bank: Bank, all_: Scores, ranks: Ranks, some: list[int], first: int) -> Evidence:
    """some: positions of which any will do. first: the one of them that is ranked first."""
    least = {by: min(ranks[by][p] for p in some) for by in ("rank", "linked", "alone", "cosine")}
    words = min((ranks["words"][p] for p in some if all_.bm25[p] > 0), default=None)
    return Evidence(bank.ids[first], name(bank.rows[bank.ids[first]]), **least, words=words)


def drawn(all_: Scores, most: int, wanted: Sequence[int]) -> tuple[list[int], list[int]]:
    """Positions to draw: found by meaning and words, best first, and brought up by links, most received first.

    most: of either. wanted: those that are drawn in any case.
    """
    most = min(most, DRAWN // 2)
    direct = best(all_.s, most)
    up = [p for p in best(all_.total(FULL), most) if p not in direct and all_.received[p] >= FAINT]
    for p in wanted:
        if p not in direct + up:
            (up if all_.received[p] >= FAINT else direct).append(p)
    for p in senders(all_, up):
        if p not in direct + up and len(direct) + len(up) < DRAWN:
            direct.append(p)
    direct, up = (sorted(set(ps), key=lambda p: -float(by[p])) for ps, by in ((direct, all_.s), (up, all_.received)))
    return direct, up


def senders(all_: Scores, positions: Sequence[int]) -> list[int]:
    """Of each of some positions the one that sends most to it."""
    if all_.carried is None:
        return []
    sent = all_.carried.attention * all_.carried.graph.weight[all_.carried.edges]
    return [int(all_.carried.senders[torch.where(all_.carried.to == p, sent, -1).argmax()]) for p in positions]


def edges(bank: Bank, all_: Scores, shown: Collection[int]) -> tuple[Edge, ...]:
    """The links between some memories, by id, that carry something."""
    if all_.carried is None:
        return ()
    carried, relations = all_.carried, tuple(Relation)
    weight = carried.graph.weight[carried.edges]
    kept = (carried.attention * weight >= FAINT).nonzero()[:, 0]
    columns = (carried.senders, carried.to, carried.graph.relation[carried.edges], carried.attention, weight)
    made = (
        Edge(bank.ids[source], bank.ids[to], relations[relation], a, w)
        for source, to, relation, a, w in zip(*(column[kept].tolist() for column in columns), strict=True)
    )
    return tuple(edge for edge in made if edge.source in shown and edge.to in shown)


def name(memory: Record) -> str:
    """What a memory is called: its title; without one its cue."""
    return memory.about.title or memory.cues[0]
