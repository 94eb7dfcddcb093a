"""One recall on a map: what the map's figure draws and its words say, all of it measured.

Dots may lie; the lines from the question end at its true candidates, those of the Trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nuonuo.explain.map.maps import Map, Placed, path
from nuonuo.explain.map.neighbours import Kept, neighbourhood
from nuonuo.explain.map.points import Points
from nuonuo.explain.map.topics import Topics
from nuonuo.maths.search import of_memories
from nuonuo.memory.bank import Bank
from nuonuo.memory.trace import Trace


@dataclass(frozen=True)
class Shade:
    """What the dots' colours mean."""

    title: str
    value: np.ndarray  # (N,) float32, NaN where a dot has none; a group's number where there are names
    names: tuple[str, ...] = ()

    @property
    def on_dots(self) -> bool:
        """Whether the dots themselves carry the colours: groups, or a measure that every memory has."""
        return bool(self.names) or not np.isnan(self.value).any()


@dataclass(frozen=True)
class Asked:
    """A question on the map."""

    rows: np.ndarray  # (c,) the candidates' dots, by rank
    cues: tuple[str, ...]  # (c,) the stored cue of each that matched best
    weight: np.ndarray  # (c,) their first-step attention
    path: np.ndarray  # (T+1, 2 or 3) where each state lies, the question first
    place: np.ndarray  # (c,) each candidate's place among the dots around the question; 1 is the nearest
    kept: float  # share of its k true neighbours that are its k nearest dots
    k: int
    nearest: int  # the nearest dot


@dataclass(frozen=True)
class Picked:
    """A memory looked at, and its true neighbours."""

    row: int
    neighbours: np.ndarray  # (k,) rows, nearest first
    similarity: np.ndarray  # (k,)
    place: np.ndarray  # (k,) each one's place among the dots around the picked one; 1 is the nearest dot
    nearest: int  # the nearest dot
    nearest_rank: int  # that one's true place among the neighbours


@dataclass(frozen=True)
class View:
    """Everything the figure of a map shows. N memories, and `of` in the bank."""

    name: str  # of the map; zoom and camera belong to it
    method: str
    explained: tuple[float, ...]  # of PCA's axes
    ids: np.ndarray  # (N,)
    xy: np.ndarray  # (N, 2 or 3) float32
    fitted: np.ndarray  # (N,) bool
    texts: Sequence[str] | None  # (N,) to be shown beside the pointer; None where there are too many
    shade: Shade
    kept: Kept | None
    asked: Asked | None
    picked: Picked | None
    hops: tuple[int, ...] = ()  # dots recalled hop by hop
    of: int = 0  # memories in the bank, where the N are a sample; else 0


def ask(made: Map, placed: Placed, points: Points, trace: Trace, bank: Bank) -> Asked:
    """Where a question lies and what the map makes of its neighbourhood. bank: with the keys that the recall asked."""
    rows = rows_of(points, [c.id for c in trace.candidates])
    way = path(made, placed.xy, rows, trace)
    distance = torch.linalg.vector_norm(torch.from_numpy(placed.xy - way[0]), dim=1)
    place = _places(distance, rows)
    k = min(neighbourhood(len(distance)), len(rows))
    similarity = of_memories(bank.keys @ trace.key, bank.owner, len(bank.ids)).cpu()  # words and links rank besides
    if points.sampled:
        similarity = similarity[bank.owner[points.first].cpu()]
    cues = tuple(c.cue for c in trace.candidates)
    kept = float((_places(distance, similarity.topk(k).indices.numpy()) <= k).mean())
    return Asked(rows, cues, trace.p[0].cpu().numpy(), way, place, kept, k, int(distance.argmin()))


def pick(placed: Placed, points: Points, memory: int) -> Picked | None:
    """The true neighbours of a memory and what the map makes of them; None if it is not there or alone."""
    found = np.flatnonzero(points.ids == memory)
    if not len(found) or len(points.ids) < 2:
        return None
    row, N = int(found[0]), len(points.ids)
    similarity = (points.K @ points.K[row]).cpu()
    similarity[row] = -torch.inf
    distance = torch.linalg.vector_norm(torch.from_numpy(placed.xy - placed.xy[row]), dim=1)
    distance[row] = torch.inf
    best = similarity.topk(min(neighbourhood(N), 8))
    place = _places(distance, best.indices.numpy())
    near = int(distance.argmin())
    rank = int((similarity > similarity[near]).sum()) + 1
    return Picked(row, best.indices.numpy(), best.values.numpy(), place, near, rank)


def _places(distance: Tensor, rows: np.ndarray) -> np.ndarray:
    """The places of some dots, from 1, when all are ordered by distance (N,)."""
    return ((distance < distance[rows][:, None]).sum(1) + 1).numpy()


def rows_of(points: Points, ids: Sequence[int]) -> np.ndarray:
    """The dots of memories by id."""
    order = np.argsort(points.ids, kind="stable")
    return order[np.searchsorted(points.ids, np.array(ids, dtype=np.int64), sorter=order)]


def by_attention(points: Points, asked: Asked | None) -> Shade:
    """Each candidate's first-step attention p; the other memories had none."""
    value = np.full(len(points.ids), np.nan, dtype=np.float32)
    if asked is not None:
        value[asked.rows] = asked.weight
    return Shade("attention p", value)


def by_topic(found: Topics, points: Points) -> Shade:
    """The group of each memory; of those that came to the points later, that of the nearest which has one."""
    group, K = found.group, points.K
    if len(group) < len(K):
        group = torch.cat([group, group[(K[len(group) :] @ K[: len(group)].mT).argmax(1)]])
    return Shade(f"Clusters by k-means (seed {found.seed})", group.cpu().numpy().astype(np.float32), found.names)


def by_overlap(points: Points, overlap: Tensor) -> Shade:
    """Share of code units each memory's cue shares with the settled state. overlap: (n,), of every cue row."""
    return Shade("code units shared", overlap[points.first].cpu().numpy())


def by_hop(points: Points, hops: Sequence[int]) -> Shade:
    """At which hop, from 1, each memory was recalled; `hops` are dots in order."""
    value = np.full(len(points.ids), np.nan, dtype=np.float32)
    for number, row in reversed(list(enumerate(hops, 1))):
        value[row] = number
    return Shade("hop", value)
