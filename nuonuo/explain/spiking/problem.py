"""What a spiking memory is asked: questions whose answers are known, and what is stored around them."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize


@dataclass(frozen=True)
class Problem:
    """Q questions that mean the first Q of N stored patterns, in order."""

    q: Tensor  # (Q, d)
    M: Tensor  # (N, d)

    def within(self, backgrounds: Tensor) -> "Problem":
        """The same with backgrounds (B, d) stored after the patterns."""
        return Problem(self.q, torch.cat([self.M, backgrounds.to(self.M)]))

    @property
    def right(self) -> Tensor:
        """Which questions plain nearest neighbour answers rightly, and so softmax attention at any β: (Q,) bool."""
        return (self.q @ self.M.mT).argmax(-1) == torch.arange(len(self.q), device=self.q.device)

    @property
    def nearest(self) -> int:
        """How many these are."""
        return int(self.right.sum())


def random_directions(n: int, d: int, seed: int) -> Tensor:
    """n unit vectors with no direction in common: (n, d)."""
    return normalize(torch.randn(n, d, generator=torch.Generator().manual_seed(seed)), dim=1)
