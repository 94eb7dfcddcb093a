"""How codes separate and crowd: overlap against cosine, and how evenly the D units are used.

Two keys of cosine ρ meet in a unit with the probability that two normal numbers of correlation ρ both pass the cut that
k of D pass; so a code's overlap depends on ρ alone, and falls faster than ρ (Dasgupta, Stevens & Navlakha, Science
2017). Sentence embeddings share directions, so their codes crowd into few units until they are whitened (FINDINGS.md).
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

DRAWN = 400  # cues that unit usage is measured on
PAIRED = 150  # of them, those whose pairs are taken, each with its nearest neighbour
WIDTH = 0.05  # of a bin of cosine


@dataclass(frozen=True)
class Sample:
    """Cues drawn with a seed, and the units of each, best first, without and with whitening."""

    seed: int
    of: int  # cues there are
    drawn: int  # the first `drawn` rows were drawn, the rest are nearest neighbours of some of them
    paired: Tensor  # (m,) positions whose pairs are looked at
    X: Tensor  # (n, d) embeddings
    raw: Tensor  # (n, most)
    whitened: Tensor  # (n, most)
    units: int  # D

    @property
    def whole(self) -> bool:
        """Whether every cue was drawn."""
        return self.drawn == self.of


@dataclass(frozen=True)
class Curve:
    """Share of units that pairs have in common, against the cosine of their embeddings."""

    pairs: int
    cosine: Tensor  # (b,) mean of each bin that holds a pair
    raw: Tensor  # (b,) mean share in common
    whitened: Tensor  # (b,)
    count: Tensor  # (b,) pairs
    theory: Tensor  # (b,) what a random projection gives at that cosine
    winners: int  # k
    units: int  # D

    def at(self, cosine: float) -> int:
        """The bin that comes closest to a cosine. There must be a pair."""
        return int((self.cosine - cosine).abs().argmin())

    @property
    def threshold(self) -> float:
        """t, in standard deviations of a score: what k of D units pass."""
        return threshold(self.winners, self.units)


@dataclass(frozen=True)
class Usage:
    """How many units are used by how many of n codes."""

    labels: tuple[str, ...]  # of the bins: "0", "1", "2", "3–4", …
    raw: Tensor  # (b,) units in each bin
    whitened: Tensor  # (b,)
    even: Tensor  # (b,) expected if every code drew its k units at random
    busiest: tuple[int, int]  # codes that use the most used unit: raw, whitened
    codes: int  # n
    winners: int  # k
    units: int  # D


def sample(X: Tensor, keys: Tensor, P: Tensor, most: int, seed: int = 0) -> Sample:
    """Draw up to 400 cues, and for 150 of them the nearest neighbour too, so that close pairs are seen as well.

    X, keys: (N, d), N >= 1. P: (d, D). most: the largest k that will be asked for, clipped to D.
    """
    N = len(X)
    order = torch.randperm(N, generator=torch.Generator().manual_seed(seed)).to(X.device)
    rows = order[:DRAWN]
    few = rows[:PAIRED]
    if N > 2 * PAIRED:
        near = _neighbours(X, few)
        near = near[~torch.isin(near, few)].unique()
        extra = near[~torch.isin(near, rows)]
        rows = torch.cat([rows, extra])
        paired = torch.isin(rows, torch.cat([few, near])).nonzero()[:, 0]
    else:
        paired = torch.arange(N, device=X.device)
    most = min(most, P.shape[1])
    raw, whitened = ((x[rows] @ P).topk(most).indices.int() for x in (X, keys))
    return Sample(seed, N, min(N, DRAWN), paired, X[rows], raw, whitened, P.shape[1])


def curve(sample: Sample, k: int) -> Curve:
    """Shared units of all pairs of the sample's paired cues at k winners, by cosine. k: 1 to the sample's `most`."""
    x = sample.X[sample.paired]
    one, two = torch.triu_indices(len(x), len(x), offset=1, device=x.device)
    cosine = (x @ x.mT)[one, two].clamp(-1, 1)
    raw, whitened = (_shared(ranked[sample.paired, :k])[one, two] / k for ranked in (sample.raw, sample.whitened))
    bin_ = (cosine / WIDTH).floor().long()
    _, where, count = bin_.unique(return_inverse=True, return_counts=True)
    mean = lambda values: torch.zeros(len(count), device=x.device).index_add_(0, where, values) / count  # noqa: E731
    middle = mean(cosine)
    theory = expected_overlap(middle, k, sample.units)
    return Curve(len(cosine), middle, mean(raw), mean(whitened), count, theory, k, sample.units)


def expected_overlap(rho: Tensor, k: int, units: int) -> Tensor:
    """Expected share of units in common for keys of cosine rho (b,), k winners of D units: P(u > t, v > t) / P(u > t).

    u and v are standard normal with correlation rho, and t is passed by k of D.
    """
    normal, t = torch.distributions.Normal(0.0, 1.0), threshold(k, units)
    u = torch.linspace(t, t + 6, 2001, dtype=torch.float64)  # six deviations further: nothing is left
    rho = rho.cpu().double().clamp(-1 + 1e-9, 1 - 1e-9)[:, None]
    both = normal.log_prob(u).exp() * normal.cdf((rho * u - t) / (1 - rho**2).sqrt())  # (b, 2001)
    return (torch.trapezoid(both, u) * units / k).float()


def threshold(k: int, units: int) -> float:
    """t with P(u > t) = k/D for a standard normal u."""
    return float(torch.special.ndtri(torch.tensor(1 - k / units, dtype=torch.float64)))


def usage(sample: Sample, k: int) -> Usage:
    """How evenly the drawn cues use the units at k winners."""
    n, D = sample.drawn, sample.units
    raw, whitened = (torch.bincount(r[:n, :k].reshape(-1), minlength=D) for r in (sample.raw, sample.whitened))
    busiest = int(raw.max()), int(whitened.max())
    edges = _edges(max(busiest))
    labels = tuple(str(a) if b == a + 1 else f"{a}–{b - 1}" for a, b in pairwise(edges))
    even = _even(edges, n, k, D)
    return Usage(labels, _binned(raw, edges), _binned(whitened, edges), even, busiest, n, k, D)


def _binned(count: Tensor, edges: list[int]) -> Tensor:
    """How many counts fall between each two edges."""
    return torch.stack([((count >= a) & (count < b)).sum() for a, b in pairwise(edges)])


def _edges(most: int) -> list[int]:
    """0, 1, 2, 3, 5, 9, 17, … until `most` is inside."""
    edges = [0, 1, 2, 3]
    while edges[-1] <= most:
        edges.append(2 * edges[-1] - 1)
    return edges


def _even(edges: list[int], n: int, k: int, units: int) -> Tensor:
    """Units expected in each bin if each of n codes drew k of D at random: binomial."""
    counts = torch.arange(edges[-1], dtype=torch.float64)
    law = torch.distributions.Binomial(n, torch.tensor(k / units, dtype=torch.float64), validate_args=False)
    p = torch.where(counts <= n, law.log_prob(counts.clamp(max=n)).exp(), 0.0)
    return torch.stack([p[a:b].sum() * units for a, b in pairwise(edges)]).float()


def _neighbours(X: Tensor, rows: Tensor) -> Tensor:
    """The row of X (N, d) with the largest cosine to each of some rows (m,), themselves left out."""
    cosine = X[rows] @ X.mT
    cosine[torch.arange(len(rows), device=X.device), rows] = -torch.inf
    return cosine.argmax(1)


def _shared(codes: Tensor) -> Tensor:
    """How many units each two of some codes (m, k) share: (m, m). m: a few hundred at most, for it is dense."""
    used, column = codes.unique(return_inverse=True)
    fires = torch.zeros(len(codes), len(used), device=codes.device).scatter_(1, column, 1.0)  # (m, units used)
    return fires @ fires.mT
