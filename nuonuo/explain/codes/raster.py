"""One recall seen through its codes: who fires which units, where the cut falls, and which memories collide.

A code keeps the k best-scoring of D units of a random projection, the fly's hash (Dasgupta, Stevens & Navlakha, Science
2017). Two codes are compared by the units they share.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.maths import codes
from nuonuo.memory.bank import Bank
from nuonuo.memory.trace import Trace

RIVALS = 4  # candidates shown below the answer


@dataclass(frozen=True)
class Line:
    """The code of one key of a recall."""

    role: str  # "question", "settled", "answer", "expected" or "rival"
    id: int | None  # the memory; None for the query and its settled state
    text: str
    units: Tensor  # (k,) best first
    margin: float  # score of the last winner minus that of the first loser
    shared: int  # units in common with the query


@dataclass(frozen=True)
class Raster:
    """Codes one below the other, their units in an order that puts shared ones side by side."""

    lines: tuple[Line, ...]  # the query first, its settled state second
    columns: Tensor  # (m,) every unit that fires in some line
    fires: Tensor  # (lines, m) bool
    common: int  # units that the settled state shares with the answer
    winners: int  # k
    units: int  # D

    @property
    def ids(self) -> list[int | None]:
        """The memory of each line; None for the query and its settled state."""
        return [line.id for line in self.lines]

    @property
    def question(self) -> Line:
        """The code of the query."""
        return self.lines[0]

    @property
    def settled(self) -> Line:
        """The code of the settled state."""
        return self.lines[1]

    @property
    def answer(self) -> Line:
        """The code of the memory that is ranked first."""
        return self.lines[2]


@dataclass(frozen=True)
class Cut:
    """All D scores of the query's key in order, and the cut that makes the code."""

    score: Tensor  # (D,) best first
    unit: Tensor  # (D,) which unit it is
    places: Tensor  # (k,) where the first-ranked memory's winners come in this order, from 1
    winners: int  # k

    @property
    def margin(self) -> float:
        """Score of the last winner minus that of the first loser."""
        return float(self.score[self.winners - 1] - self.score[self.winners])

    @property
    def threshold(self) -> float:
        """The score halfway between them."""
        return float(self.score[self.winners - 1] + self.score[self.winners]) / 2


@dataclass(frozen=True)
class Found:
    """The memory whose code shares the most units with a key's."""

    id: int
    text: str  # the cue that does
    shared: int


@dataclass(frozen=True)
class Collision:
    """A memory that shares units with the chosen one."""

    id: int
    text: str  # its cue that shares most
    units: tuple[int, ...]  # which they share
    cosine: float  # of the embeddings


@dataclass(frozen=True)
class Collisions:
    """The memories whose codes share units with one memory's, most first."""

    id: int
    text: str
    units: Tensor  # (k,) of its code, those that the most of `others` share first
    usage: Tensor  # (k,) how many cues of the bank use each of them
    others: tuple[Collision, ...]
    count: Tensor  # (k+1,) how many other cues share 0, 1, … k units
    chance: float  # units that two random codes share: k²/D


def raster(trace: Trace, P: Tensor, k: int, wanted: int | None = None) -> Raster:
    """The codes of a recall: query, settled state, first-ranked memory, rivals, and the expected one if a candidate.

    P: (d, D). k: winners, below D.
    """
    shown = list(trace.candidates[: 1 + RIVALS])
    shown += [c for c in trace.candidates[1 + RIVALS :] if c.id == wanted]
    places = [trace.candidates.index(c) for c in shown]
    x = torch.cat([trace.key[None], trace.xi[-1:], trace.X[places]])
    top = (x @ P).topk(k + 1)
    units = top.indices[:, :k]
    margin = (top.values[:, k - 1] - top.values[:, k]).tolist()
    texts = [trace.noisy_query or "the query", "the state after settling", *(c.cue for c in shown)]
    roles = ["question", "settled", *(_role(c.id, trace.answer.id, wanted) for c in shown)]
    columns, fires = align(units)
    shared = (fires & fires[0]).sum(1).tolist()
    lines = zip(roles, [None, None, *(c.id for c in shown)], texts, units, margin, shared, strict=True)
    common = int((fires[1] & fires[2]).sum())
    return Raster(tuple(Line(*line) for line in lines), columns, fires, common, k, P.shape[1])


def align(units: Tensor) -> tuple[Tensor, Tensor]:
    """Order the units of codes (n, k) so that shared ones are neighbours; the order (m,), and who fires (n, m).

    Read downwards, each column is a binary number; columns come in falling order. So the first code's units come
    first, among them those that the second also has, and so on.
    """
    columns = units.unique()
    fires = torch.stack([torch.isin(columns, code) for code in units])  # (n, m)
    order = torch.arange(len(columns), device=units.device)
    for line in fires.flip(0):  # the first line decides last, so it decides most
        order = order[(~line[order]).int().argsort(stable=True)]
    return columns[order], fires[:, order]


def cut(trace: Trace, P: Tensor, k: int) -> Cut:
    """Scores of the query's key under P (d, D), and where the first-ranked memory's k winners come among them."""
    score = (trace.key @ P).sort(descending=True)
    place = torch.empty_like(score.indices)
    place[score.indices] = torch.arange(1, len(place) + 1, device=place.device)
    answer = codes.encode(trace.X[:1], P, k).winners[0].long()
    return Cut(score.values, score.indices, place[answer].sort().values, k)


def search(bank: Bank, keys: Tensor) -> tuple[Found, ...]:
    """Retrieval by codes alone: for each key (n, d) the memory that shares the most units with it, by postings."""
    links, found = bank.links(), []
    for code in bank.encode(keys).winners:
        best = links.cue_overlap(code).max(0)
        row = best.indices[None]
        found.append(Found(bank.of_rows(row)[0].id, bank.texts[int(row)], round(float(best.values) * len(code))))
    return tuple(found)


def collisions(bank: Bank, memory: int, most: int = 8) -> Collisions:
    """The `most` memories that share the most units with a memory's first cue, by the links' postings.

    Raises ValueError if the bank has no such memory.
    """
    if memory not in bank.rows:
        raise ValueError(f"there is no memory with id {memory} in this bank")
    links, position = bank.links(), bank.ids.index(memory)
    row = int((bank.owner == position).nonzero()[0, 0])
    own = links.cues[row]  # (k,)
    shared = (links.cue_overlap(own) * len(own)).round().long()  # (n,)
    others = bank.owner != position
    count = torch.bincount(shared[others], minlength=len(own) + 1)
    found = _closest(bank, shared * others, most)
    units = torch.isin(links.cues[found], own)  # (m, k) which of each one's units are shared
    met = [links.cues[r][units[i]] for i, r in enumerate(found.tolist())]
    times = sum((torch.isin(own, each).long() for each in met), torch.zeros_like(own, dtype=torch.long))
    order = times.argsort(descending=True, stable=True)
    cosine = (bank.X[found] @ bank.X[row]).tolist()
    listed = zip(bank.of_rows(found), found.tolist(), met, cosine, strict=True)
    return Collisions(
        id=memory,
        text=bank.texts[row],
        units=own[order].long(),
        usage=links.usage[own.long()][order],
        others=tuple(Collision(m.id, bank.texts[r], tuple(u.tolist()), c) for m, r, u, c in listed),
        count=count,
        chance=len(own) ** 2 / links.units,
    )


def _closest(bank: Bank, shared: Tensor, most: int) -> Tensor:
    """Cue rows of the `most` memories that share most, one row each; those that share nothing are left out."""
    rows = shared.topk(min(len(shared), 8 * most)).indices  # a memory may come with several cues
    seen: dict[int, int] = {}
    for row, owner, units in zip(rows.tolist(), bank.owner[rows].tolist(), shared[rows].tolist(), strict=True):
        if units and len(seen) < most:
            seen.setdefault(owner, row)
    return torch.tensor(list(seen.values()), dtype=torch.long, device=shared.device)


def _role(memory: int, answer: int, wanted: int | None) -> str:
    if memory == answer:
        return "answer"
    return "expected" if memory == wanted else "rival"
