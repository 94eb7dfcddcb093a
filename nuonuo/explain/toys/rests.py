"""What a state at rest is: a stored pattern, one with every unit reversed, a mixture of three, or something else.

The mixture sign(±ξ¹ ± ξ² ± ξ³) is the best known spurious state of the network of 1982 (Amit, Gutfreund & Sompolinsky,
Phys. Rev. A 32, 1985): it overlaps with each of three random patterns by one half.
"""

from collections import Counter
from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

from nuonuo.explain.toys.capacity import flipped, random_patterns
from nuonuo.explain.toys.classical import Network, recall

SAME = 0.02  # two states are called the same if no larger share of their units differs
LIKE = 0.05  # and a state a mixture if no larger share differs from it


class Kind(Enum):
    """What a state at rest is."""

    PATTERN = "a stored pattern"
    REVERSED = "a reversed pattern"
    MIXTURE = "a mixture of three"
    OTHER = "another spurious state"


@dataclass(frozen=True)
class Rest:
    """One state at rest."""

    state: Tensor  # (N,) int8
    kind: Kind
    of: tuple[int, ...]  # the patterns it is made of, or of OTHER the one it overlaps with most
    overlap: float  # with the first of them, −1 to 1
    count: int = 1  # starts that ended in it

    @property
    def spurious(self) -> bool:
        """Whether it is no stored pattern and none reversed."""
        return self.kind in {Kind.MIXTURE, Kind.OTHER}


def name(net: Network, state: Tensor, count: int = 1) -> Rest:
    """Say what a state (N,) is."""
    overlap = (state.to(net.patterns) @ net.patterns.mT) / net.patterns.shape[1]
    best = overlap.abs().topk(min(3, len(overlap))).indices
    first = int(overlap.argmax()) if overlap.max() >= overlap.abs().max() else int(best[0])
    if overlap[first].abs() >= 1 - 2 * SAME:
        kind = Kind.PATTERN if overlap[first] > 0 else Kind.REVERSED
        return Rest(state, kind, (first,), float(overlap[first]), count)
    if len(best) == 3:
        mixed = (overlap[best].sign()[:, None] * net.patterns[best]).sum(0).sign()
        if (mixed != state).double().mean() <= LIKE:
            return Rest(state, Kind.MIXTURE, tuple(best.tolist()), float(overlap[best[0]]), count)
    return Rest(state, Kind.OTHER, (first,), float(overlap[first]), count)


@dataclass(frozen=True)
class Rests:
    """Where starts that resemble no one pattern came to rest."""

    found: tuple[Rest, ...]  # each state once, the most frequent first
    starts: int

    def count(self, *kinds: Kind) -> int:
        """Starts that ended in states of these kinds."""
        return sum(one.count for one in self.found if one.kind in kinds)

    @property
    def spurious(self) -> tuple[Rest, ...]:
        """The states that are no stored pattern, mixtures first."""
        some = [one for one in self.found if one.spurious]
        return tuple(sorted(some, key=lambda one: one.kind is not Kind.MIXTURE))


def rests(net: Network, starts: int, seed: int) -> Rests:
    """Start one half at random states, the other at mixtures of three patterns with a tenth of their units turned.

    With fewer than three patterns all start at random. Raises ValueError unless starts >= 2.
    """
    if starts < 2:
        raise ValueError(f"starts must be >= 2, got {starts}")
    generator = torch.Generator().manual_seed(seed)
    P, N = net.patterns.shape
    mixed = starts // 2 if P >= 3 else 0
    start = random_patterns(starts - mixed, N, generator)
    if mixed:
        three = torch.rand(mixed, P, generator=generator).argsort(-1)[:, :3]
        mixtures = net.patterns[three].sum(1).sign()
        start = torch.cat([start, flipped(mixtures, 0.1, generator)])
    ended = Counter(tuple(state) for state in recall(net, start, generator).rest.tolist())
    found = tuple(name(net, torch.tensor(state, dtype=torch.int8), n) for state, n in ended.most_common())
    return Rests(found, starts)
