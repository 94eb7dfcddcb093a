"""Candidates: the k memories ranked first by what they mean, the words they share and what is linked to them.

    s = z(similarity) + w·BM25,   S = s + γ·Pᵀa     (nuonuo/maths/spreading.py)

A memory scores as its best cue, in either of the two. The first by s stays in front and the rest follow by S: links
bring up what the query's own words and meaning do not reach, and never cost the memory that these find (FINDINGS.md).
`find` is one query, over rough similarities and postings; `totals` is the same of many, densely, for experiments.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.maths import spreading
from nuonuo.maths.search import SLACK, best_rows, dots, first, floor, of_memories
from nuonuo.maths.spreading import SAME, Graph, Standard
from nuonuo.memory.asking import Asking
from nuonuo.memory.bank import Bank
from nuonuo.memory.joining import Relation
from nuonuo.memory.looking import Rough


@dataclass(frozen=True)
class Sent:
    """What one link brought to a candidate."""

    place: int  # of the candidate
    position: int  # of the memory that sent it
    relation: Relation
    attention: float  # a of the sender
    weight: float  # of the link in P


@dataclass(frozen=True)
class Found:
    """c candidates, best first, then the first by plain cosine and, if a word is shared, by BM25: m in all."""

    count: int  # c
    rows: Tensor  # (m,) of each one's most similar cue
    positions: Tensor  # (m,) of the memories
    similarity: Tensor  # (m,) exact
    bm25: Tensor  # (m,)
    meaning: Tensor  # (m,) z(similarity)
    words: Tensor  # (m,) w·BM25
    association: Tensor  # (m,) γ·Pᵀa
    sent: tuple[Sent, ...]  # to the candidates
    nearest: Tensor  # () the row first by plain cosine
    z: Standard  # of the similarity
    links: int  # that could carry attention
    exact: bool  # whether all cues were compared, and not what a coarse look found


@dataclass(frozen=True)
class Scored:
    """Some memories scored exactly, before anything is sent over links."""

    positions: Tensor  # (u,) ascending
    similarity: Tensor  # (u,)
    rows: Tensor  # (u,) of each one's most similar cue
    s: Tensor  # (u,)

    def best(self, n: int) -> Tensor:
        """Which of them are the n best by s, with the equals of the last: (u,)."""
        return self.s >= self.s.topk(min(n, len(self.s))).values[-1]


@dataclass(frozen=True)
class Hop:
    """What the links of the senders carried: e of them."""

    received: Tensor  # (N,) Pᵀa
    senders: Tensor  # (e,) position of the memory that each link is of
    attention: Tensor  # (e,) its a
    edges: Tensor  # (e,) place of the link in the graph
    graph: Graph

    @property
    def to(self) -> Tensor:
        """Position of the memory that each link leads to: (e,)."""
        return self.graph.to[self.edges]


def find(bank: Bank, key: Tensor, rough: Rough, text: str | None, asking: Asking) -> Found:
    """The candidates for a key (d,), from a rough look, and its text, if it has one, over a bank that is not empty."""
    mean, sd = bank.moments.standards(key[None])
    z, bm25 = Standard(float(mean), float(sd)), words_of(bank, text)
    worded = text is not None and asking.words > 0
    by_words = asking.words * bm25 if worded else torch.zeros_like(bm25) if text else bm25
    beside = bank.owner[rough.nearest][None]
    if text is not None and float(bm25[said := bm25.argmax()]) > 0:
        beside = torch.cat([beside, said[None]])
    wanted = min(max(asking.k, asking.senders), len(bank.ids))
    near = promising(bank, rough, by_words if worded else None, z, wanted)
    some = scored(bank, key, torch.cat([near, beside]).unique(), z, by_words)
    lead = some.positions[some.s.argmax()]
    carried = hop(bank, some, asking)
    if carried:  # what nothing was sent to and is not among the best by s is no candidate
        best = some.positions[some.best(wanted)]
        some = scored(bank, key, torch.cat([best, beside, carried.to]).unique(), z, by_words)
    association = asking.links * carried.received[some.positions] if carried else torch.zeros_like(some.s)
    in_front = torch.where(some.positions == lead, torch.inf, some.s + association)
    best = first(in_front, min(asking.k, len(bank.ids)))
    shown = torch.cat([best, torch.searchsorted(some.positions, beside)])
    positions, similarity = some.positions[shown], some.similarity[shown]
    return Found(
        count=len(best),
        rows=some.rows[shown],
        positions=positions,
        similarity=similarity,
        bm25=bm25[positions],
        meaning=z(similarity),
        words=by_words[positions],
        association=association[shown],
        sent=sent_to(positions[: len(best)], carried, len(bank.ids)) if carried else (),
        nearest=rough.nearest,
        z=z,
        links=len(carried.graph) if carried else 0,
        exact=rough.near is None,
    )


def promising(bank: Bank, rough: Rough, by_words: Tensor | None, z: Standard, wanted: int) -> Tensor:
    """Positions of the memories that may be among the best so many by s, ascending, as far as a rough look can tell.

    by_words: (N,) w·BM25; None if no memory has any.
    """
    found, slack = None, 2 * rough.off * z.scale + SLACK * (1 + z.scale)
    if rough.near is not None:  # what a coarse look has not found may be less than it says
        found = rough.near if bank.single else bank.owner[rough.near].unique_consecutive()
    if found is not None and by_words is None:
        if not bank.single:
            return found
        about = rough.similarity[found] * z.scale
        return found[about >= floor(about, wanted) - slack]
    of = rough.similarity if bank.single else of_memories(rough.similarity, bank.owner, len(bank.ids))
    about = of * z.scale if by_words is None else torch.add(by_words, of, alpha=z.scale)  # but for the mean
    sure = about if found is None else about[found]
    return (about >= floor(sure, wanted) - slack).nonzero()[:, 0]


def words_of(bank: Bank, text: str | None) -> Tensor:
    """BM25 of a text with each memory's best cue, (N,); 0 without a text."""
    if text is None:
        return bank.norms.new_zeros(len(bank.ids))
    rows = bank.reading.words.scores(text)
    return rows if bank.single else of_memories(rows, bank.owner, len(bank.ids))


def scored(bank: Bank, key: Tensor, positions: Tensor, z: Standard, by_words: Tensor) -> Scored:
    """Memories (u,), ascending, scored by their best cue. by_words: (N,) w·BM25."""
    if bank.single:
        similarity, rows = dots(bank.index.log[positions], key), positions
    else:
        place = positions.new_full((len(bank.ids),), -1)
        place[positions] = torch.arange(len(positions), device=bank.device)
        member = place[bank.owner]
        rows = (member >= 0).nonzero()[:, 0]
        of_rows, member = dots(bank.index.log[rows], key), member[rows]
        similarity = of_memories(of_rows, member, len(positions))
        rows = rows[best_rows(of_rows, member, similarity)]
    return Scored(positions, similarity, rows, z(similarity) + by_words[positions])


def hop(bank: Bank, some: Scored, asking: Asking) -> Hop | None:
    """The attention of the best few sent over their links; None if nothing is linked, or links are switched off."""
    graph = bank.reading.graph(asking.relations) if asking.links else None
    if graph is None or not len(graph):
        return None
    senders = some.best(asking.senders)
    a, positions = spreading.attention(some.s[senders], asking.spread), some.positions[senders]
    which, edges = graph.of_senders(positions)
    carried = a[which] * graph.weight[edges]
    received = torch.zeros(len(bank.ids), device=bank.device).index_add_(0, graph.to[edges], carried)
    return Hop(received, positions[which], a[which], edges, graph)


def sent_to(positions: Tensor, carried: Hop, memories: int) -> tuple[Sent, ...]:
    """What each link brought to the candidates at positions (c,)."""
    place = positions.new_full((memories,), -1)
    place[positions] = torch.arange(len(positions), device=positions.device)
    to = place[carried.to]
    hit = to >= 0
    edges = carried.edges[hit]
    columns = (to[hit], carried.senders[hit], carried.graph.relation[edges])
    relations = tuple(Relation)
    every = (*columns, carried.attention[hit], carried.graph.weight[edges])
    return tuple(
        Sent(to, sender, relations[relation], a, weight)
        for to, sender, relation, a, weight in zip(*(column.tolist() for column in every), strict=True)
    )


@torch.inference_mode()
def totals(bank: Bank, keys: Tensor, texts: Sequence[str | None], asking: Asking) -> Tensor:
    """S of every memory for many keys (b, d) and their texts, the first by s lifted to infinity: (b, N)."""
    graph = bank.reading.graph(asking.relations) if asking.links else None
    return in_front(own(bank, keys, texts, asking), graph, asking)


@torch.inference_mode()
def own(bank: Bank, keys: Tensor, texts: Sequence[str | None], asking: Asking) -> Tensor:
    """s of every memory for many keys (b, d) and their texts: (b, N)."""
    mean, sd = bank.moments.standards(keys)
    scale = torch.where(sd > SAME, 1 / sd, 0.0)
    similarity = of_memories(keys @ bank.keys.mT, bank.owner, len(bank.ids))
    s = (similarity - mean[:, None]) * scale[:, None]
    if asking.words:
        s += asking.words * torch.stack([words_of(bank, text) for text in texts])
    return s


@torch.inference_mode()
def in_front(s: Tensor, graph: Graph | None, asking: Asking) -> Tensor:
    """S of all memories from their s, the first by s lifted to infinity: (b, N) -> (b, N)."""
    lead = s.argmax(1, keepdim=True)
    if graph is not None and len(graph):
        least = s.topk(min(asking.senders, s.shape[1]), dim=1).values[:, -1:]
        a = torch.where(s >= least, torch.exp(asking.spread * (s - s.amax(1, keepdim=True))), 0.0)
        s = s + asking.links * graph.spread(a)
    return s.scatter(1, lead, torch.inf)
