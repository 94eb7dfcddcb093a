"""True neighbours, and how many of them a map keeps.

A map's neighbourhood preservation is the mean share of each point's k nearest neighbours that are among its k nearest
on the map (the recall of Venna et al., J. Machine Learning Research 2010; called agreement rate in Lee & Verleysen,
Neurocomputing 2009). On many points it is measured on a seeded sample, each against all others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, cpu

SAMPLE = 500  # points measured; the mean of their shares is then uncertain by some 0.01
MOST = 15  # neighbours looked at
BLOCK = 512  # rows compared with all others at a time
WIDE = 2  # times as many as wanted are looked up in half precision
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


def nearest(K: Tensor, rows: Tensor, k: int, progress: Progress | None = None, half: bool | None = None) -> Neighbours:
    """The k most similar other rows of unit keys K (N, d), for each of `rows` (m,). 1 <= k < N.

    progress(done, m) after each block. half: look up in bfloat16 first, where None says to if this CPU multiplies it;
    the neighbours are the same. Raises ValueError if k is out of range.
    """
    if not 1 <= k < len(K):
        raise ValueError(f"k must lie between 1 and {len(K) - 1}, one less than the points, got {k}")
    halved = K.bfloat16() if (multiplies_halves(K) if half is None else half) else None
    found = []
    for start in range(0, len(rows), BLOCK):
        some = rows[start : start + BLOCK]
        found.append(_among_all(K, some, k) if halved is None else _by_halves(K, halved, some, k))
        if progress:
            progress(start + len(some), len(rows))
    return Neighbours(torch.cat([one.index for one in found]), torch.cat([one.similarity for one in found]))


def multiplies_halves(K: Tensor) -> bool:
    """Whether these keys' device multiplies bfloat16 some four times as fast as float32."""
    supported = getattr(cpu, "_is_avx512_bf16_supported", None)
    return K.device.type == "cpu" and bool(supported and supported())


def rounding(d: int) -> float:
    """How far off a product of two unit keys is in bfloat16, which keeps 8 bits: its own rounding and its terms'.

    The terms' is at most 2⁻⁸, and in many dimensions far less: up or down by chance, they add up as their root does,
    of which eight deviations are taken.
    """
    return 2**-9 + 2**-8 * min(1.0, 8 / d**0.5)


def _among_all(K: Tensor, some: Tensor, k: int) -> Neighbours:
    """Of a block of rows (m,), each compared with all."""
    top = (K[some] @ K.mT).scatter_(1, some[:, None], -torch.inf).topk(k)  # of (m, N)
    return Neighbours(top.indices, top.values)


def _by_halves(K: Tensor, halved: Tensor, some: Tensor, k: int) -> Neighbours:
    """The same: WIDE·k each by rounded products, compared exactly.

    A row of which one that was left out may still be among its k nearest is compared with all.
    """
    wide = (halved[some] @ halved.mT).scatter_(1, some[:, None], -torch.inf).topk(min(WIDE * k, len(K) - 1))
    exact = (K[wide.indices] @ K[some][:, :, None])[:, :, 0]  # (m, WIDE·k)
    best = exact.topk(k)
    index, similarity = wide.indices.gather(1, best.indices), best.values
    unsure = (similarity[:, -1] < wide.values[:, -1].float() + rounding(K.shape[1])).nonzero()[:, 0]
    if len(unsure) and wide.values.shape[1] < len(K) - 1:
        again = _among_all(K, some[unsure], k)
        index[unsure], similarity[unsure] = again.index, again.similarity
    return Neighbours(index, similarity)


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
