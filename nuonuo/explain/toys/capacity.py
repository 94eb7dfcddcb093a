"""How many random patterns a network of ±1 units holds: the share of wrong units at rest against what is stored.

The known capacities are limits for N → ∞: 0.138 N for power 2, above which retrieval with few wrong units breaks down
(Amit, Gutfreund & Sompolinsky, PRL 55, 1985); N^(n−1) / (2(2n−3)!! ln N) for power n without a wrong unit (Krotov &
Hopfield, arXiv:1606.01164, Eq. 6); 2^(N/2) for eˣ (Demircigil et al., arXiv:1702.01929).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, prod

import torch
from torch import Tensor

from nuonuo.explain.toys.classical import Interaction, Network, network, recall
from nuonuo.maths.intervals import average, share

BREAKS = 0.05  # share of wrong units above which retrieval has broken down; AGS: 1.6% just below the limit
STARTS = 64  # patterns of each trial that are asked for, at most
AGS = 0.138


@dataclass(frozen=True)
class Point:
    """What was measured with P patterns of N units in several trials, each with patterns of its own."""

    interaction: Interaction
    units: int  # N
    patterns: int  # P
    trials: int
    starts: int  # retrievals in all trials
    error: float  # mean share of wrong units at rest
    low: float  # of its 95% interval over the trials
    high: float
    exact: float  # share of retrievals without a wrong unit
    exact_low: float  # of its 95% interval (Wilson), which takes the retrievals as independent
    exact_high: float
    nearest: float  # mean share of wrong units in the nearest pattern (Hamming) to the same starts
    nearest_low: float  # of its 95% interval over the trials
    nearest_high: float
    sweeps: float  # mean, that turned a unit

    @property
    def load(self) -> float:
        """P / N."""
        return self.patterns / self.units


def random_patterns(P: int, N: int, generator: torch.Generator) -> Tensor:
    """P patterns of N units, each +1 or −1 by a fair coin: (P, N)."""
    return torch.randint(0, 2, (P, N), generator=generator).to(torch.float64) * 2 - 1


def flipped(patterns: Tensor, damage: float, generator: torch.Generator) -> Tensor:
    """Patterns (B, N) with a share of the units of each turned, drawn for each. Raises ValueError unless 0 to 1."""
    if not 0 <= damage <= 1:
        raise ValueError(f"damage must be a share from 0 to 1, got {damage}")
    B, N = patterns.shape
    turned = torch.rand(B, N, generator=generator).argsort(-1)[:, : round(damage * N)]
    return patterns * torch.ones_like(patterns).scatter(1, turned, -1.0)


def known(how: Interaction, N: int) -> float | None:
    """The known capacity in patterns: for power 2 with few wrong units, else without one; None where none is known."""
    if how.power == 2:
        return AGS * N
    if how.power:
        return float(N ** (how.power - 1)) / (2 * prod(range(2 * how.power - 3, 0, -2)) * log(N))
    return 2.0 ** (N / 2) if how.beta == 1 else None


def capacity(
    how: Interaction,
    N: int,
    sizes: Sequence[int],
    trials: int = 5,
    seed: int = 0,
    damage: float = 0.0,
    progress: Callable[[int, int], object] | None = None,
    keep: Callable[[Point], object] | None = None,
    starts: int = STARTS,
) -> list[Point]:
    """Store P random patterns for each P of sizes and let damaged ones come to rest; a Point for each.

    trials: each with patterns of its own, drawn by seed. damage: share of units turned in a start. keep(point): as it
    is measured. Raises ValueError for a number out of range.
    """
    for name, value, least in [("units", N, 2), ("trials", trials, 1), ("starts", starts, 1), ("seed", seed, 0)]:
        if value < least:
            raise ValueError(f"{name} must be >= {least}, got {value}")
    if not sizes or min(sizes) < 1:
        raise ValueError(f"sizes must be numbers of patterns >= 1, got {list(sizes)}")
    points = []
    for done, P in enumerate(sizes, 1):
        points.append(_point(how, N, P, trials, seed, damage, starts))
        if keep:
            keep(points[-1])
        if progress:
            progress(done, len(sizes))
    return points


def _point(how: Interaction, N: int, P: int, trials: int, seed: int, damage: float, starts: int) -> Point:
    errors, exact, nearest, sweeps = [], list[float](), [], []
    for trial in range(trials):
        generator = torch.Generator().manual_seed(1_000_003 * seed + 7_919 * trial + P)
        net = network(random_patterns(P, N, generator), how)
        asked = net.patterns[:starts]
        shown = flipped(asked, damage, generator)
        found = recall(net, shown, generator)
        wrong = _wrong(found.rest, asked)
        errors.append(float(wrong.mean()))
        exact += (wrong == 0).double().tolist()
        nearest.append(float(_wrong(net.patterns[net.nearest(shown)], asked).mean()))
        sweeps.append(float(found.sweeps.double().mean()))
    error, near = (average(values, "error", 0, 1) for values in (errors, nearest))
    whole = share(exact, "exact")
    return Point(
        *(how, N, P, trials, len(exact)),
        *(error["error"], error["low"], error["high"]),
        *(whole["exact"], whole["low"], whole["high"]),
        *(near["error"], near["low"], near["high"], sum(sweeps) / trials),
    )


def _wrong(states: Tensor, patterns: Tensor) -> Tensor:
    """Share of units that differ (B,)."""
    return (states != patterns).double().mean(-1)


def transition(points: Sequence[Point], at: float = BREAKS) -> float | None:
    """P at which the error first rises above `at`, between the two measured sizes around it; None if it never does."""
    last = None
    for point in sorted(points, key=lambda one: one.patterns):
        if point.error > at:
            if last is None:
                return float(point.patterns)
            part = (at - last.error) / (point.error - last.error)
            return last.patterns + part * (point.patterns - last.patterns)
        last = point
    return None


def fixed(net: Network) -> int:
    """How many of the stored patterns no unit wants to leave."""
    found = recall(net, net.patterns, torch.Generator().manual_seed(0), sweeps=1)
    return int((found.rest == net.patterns).all(-1).sum())
