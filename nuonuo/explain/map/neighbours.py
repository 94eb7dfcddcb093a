"""True neighbours, and how many of them a map keeps.

A map's neighbourhood preservation is the mean share of each point's k nearest neighbours that are among its k nearest
on the map (the recall of Venna et al., J. Machine Learning Research 2010; called agreement rate in Lee & Verleysen,
Neurocomputing 2009). On many points it is measured on a seeded sample, each against all others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

SAMPLE = 500  # points measured; the mean of their shares is then uncertain by some 0.01
MOST = 15  # neighbours looked at
BLOCK = 512  # rows compared with all others at a time
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Neighbours:
    """The k nearest points of m points, nearest first."""

    index: Tensor  # (m, k)
    similarity: Tensor  # (m, k) dot products


@dataclass(frozen=True)
class Pair:
    """Two points that lie side by side on a map."""

    point: int
    nearest: int  # the point nearest to it on the map
    rank: int  # that one's true place among its neighbours; 1 is the true nearest


@dataclass(frozen=True)
class Kept:
    """How much of the true neighbourhoods a map keeps."""

    k: int  # neighbours looked at
    share: float  # mean share of true neighbours kept, 0 to 1
    chance: float  # what dots strewn at random would keep
    sample: int  # points measured
    seed: int  # that drew them
    worst: Pair  # of the measured points, the one whose nearest dot is the falsest


def neighbourhood(N: int) -> int:
    """How many neighbours of N points are worth looking at: a quarter of the others, 15 at most."""
    return max(1, min(MOST, (N - 1) // 4))


def nearest(K: Tensor, rows: Tensor, k: int, progress: Progress | None = None) -> Neighbours:
    """The k most similar other rows of unit keys K (N, d), for each of `rows` (m,). 1 <= k < N.

    progress(done, m) after each block. Raises ValueError if k is out of range.
    """
    if not 1 <= k < len(K):
        raise ValueError(f"k must lie between 1 and {len(K) - 1}, one less than the points, got {k}")
    index, similarity = [], []
    for start in range(0, len(rows), BLOCK):
        some = rows[start : start + BLOCK]
        score = K[some] @ K.mT  # (512, N)
        top = score.scatter_(1, some[:, None], -torch.inf).topk(k)
        index.append(top.indices)
        similarity.append(top.values)
        if progress:
            progress(start + len(some), len(rows))
    return Neighbours(torch.cat(index), torch.cat(similarity))


def preservation(K: Tensor, xy: Tensor, seed: int = 0) -> Kept | None:
    """How many true neighbours among unit keys K (N, d) the map xy (N, 2 or 3) keeps; None below 4 points."""
    N = len(K)
    if N < 4:
        return None
    k = neighbourhood(N)
    rows = torch.randperm(N, generator=torch.Generator().manual_seed(seed))[:SAMPLE].to(K.device)
    own = torch.arange(len(rows), device=K.device), rows  # each point beside itself
    score, distance = K[rows] @ K.mT, torch.cdist(xy[rows], xy)  # (m, N)
    score[own], distance[own] = -torch.inf, torch.inf
    truth, near = score.topk(k).indices, distance.topk(k, largest=False).indices  # (m, k)
    share = (truth[:, :, None] == near[:, None, :]).any(2).float().mean()
    rank = (score > score.gather(1, near[:, :1])).sum(1) + 1  # of the nearest dot
    i = int(rank.argmax())
    worst = Pair(int(rows[i]), int(near[i, 0]), int(rank[i]))
    return Kept(k, float(share), k / (N - 1), len(rows), seed, worst)
