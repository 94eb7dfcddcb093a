"""Pictures that complete themselves: handwritten digits of 8 × 8 pixels as patterns.

Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits" (UCI, 1998), as scikit-learn bundles it. A pattern is a
picture minus the mean of the stored pictures, at unit length, so that a covered pixel, set to that mean, votes for no
digit. Settling is Ramsauer et al., arXiv:2008.02217, Eq. 3.
"""

from dataclasses import dataclass
from functools import cache

import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import normalize

from nuonuo.maths.association import associate, softmax
from nuonuo.maths.hopfield import Settling, settle
from nuonuo.maths.theory import effective_number
from nuonuo.memory.noise import Noise

SIDE = 8  # pixels
TRIED = 60  # stored pictures that `tally` damages, at most


@dataclass(frozen=True)
class Pictures:
    """n stored pictures."""

    X: Tensor  # (n, 64) patterns, unit length
    mean: Tensor  # (64,) 0 is paper, 1 ink
    contrast: float  # mean length of picture − mean: gives a pattern its ink back
    labels: tuple[int, ...]
    seed: int  # that chose them

    def ink(self, xi: Tensor) -> Tensor:
        """Patterns or states (..., 64) as pictures (..., 8, 8), 0 paper to 1 ink."""
        return (self.mean + self.contrast * xi).clamp(0, 1).unflatten(-1, (SIDE, SIDE))


@dataclass(frozen=True)
class Completion:
    """One damaged picture and what came of it."""

    pictures: Pictures
    original: int  # row of X that was damaged
    covered: int  # rows of pixels hidden, from below
    sigma: float
    settling: Settling
    nearest: int  # row of X most similar to the damaged picture

    @property
    def recalled(self) -> int | None:
        """The stored picture with more than half of the last attention; None: the state is an average of several."""
        most = self.settling.p[-1].max(0)
        return int(most.indices) if most.values > 0.5 else None

    @property
    def number(self) -> float:
        """Stored pictures that share the last attention."""
        return float(effective_number(self.settling.p[-1]))


@dataclass(frozen=True)
class Tally:
    """Which of the first stored pictures came back after the same damage, exactly, in two ways."""

    settled: tuple[bool, ...]  # by settling
    nearest: tuple[bool, ...]  # by nearest neighbour
    averages: int  # pictures that settled on an average of several

    @property
    def tried(self) -> int:
        """How many pictures were damaged."""
        return len(self.settled)


@cache
def _bundled() -> tuple[Tensor, tuple[int, ...]]:
    """All 1,797 pictures, 0 to 1, and their digits."""
    bundle = load_digits()
    return torch.tensor(bundle.data, dtype=torch.float32) / 16, tuple(bundle.target.tolist())


def total() -> int:
    """How many pictures there are."""
    return len(_bundled()[1])


def store(n: int, seed: int = 0) -> Pictures:
    """n pictures, drawn at random by the seed. Raises ValueError unless 2 <= n <= total()."""
    if not 2 <= n <= total():
        raise ValueError(f"n must lie between 2 and {total()}, got {n}")
    pictures, labels = _bundled()
    chosen = torch.randperm(total(), generator=torch.Generator().manual_seed(seed))[:n]
    mean = pictures[chosen].mean(0)
    centred = pictures[chosen] - mean
    contrast = float(torch.linalg.vector_norm(centred, dim=1).mean())
    return Pictures(normalize(centred, dim=1), mean, contrast, tuple(labels[i] for i in chosen.tolist()), seed)


def damage(x: Tensor, covered: int, noise: Noise) -> Tensor:
    """A pattern (64,) with its last `covered` rows of pixels hidden, then Gaussian noise; unit length again.

    Raises ValueError unless 0 <= covered <= 7: something must be seen.
    """
    if not 0 <= covered < SIDE:
        raise ValueError(f"covered must lie between 0 and {SIDE - 1}, got {covered}")
    seen = x.clone()
    seen[(SIDE - covered) * SIDE :] = 0
    return noise.on_embedding(normalize(seen, dim=0))


def complete(pictures: Pictures, original: int, covered: int, noise: Noise, beta: float, steps: int = 4) -> Completion:
    """Damage one stored picture and settle. Raises ValueError if there is no such picture."""
    if not 0 <= original < len(pictures.X):
        raise ValueError(f"original must lie between 0 and {len(pictures.X) - 1}, got {original}")
    xi = damage(pictures.X[original], covered, noise)
    settling = settle(xi, pictures.X, beta, steps)
    return Completion(pictures, original, covered, noise.sigma, settling, int((pictures.X @ xi).argmax()))


def tally(pictures: Pictures, covered: int, noise: Noise, beta: float, steps: int = 4) -> Tally:
    """Damage each of the first pictures alike and count what comes back."""
    tried = min(TRIED, len(pictures.X))
    xi = torch.stack([damage(x, covered, noise) for x in pictures.X[:tried]])
    nearest = (xi @ pictures.X.mT).argmax(-1)
    for _ in range(steps):
        update = associate(xi, pictures.X, pictures.X, softmax(beta))
        xi = update.output
    most = update.weights.max(-1)
    own = torch.arange(tried)
    sure = most.values > 0.5
    settled, found = sure & (most.indices == own), nearest == own
    return Tally(tuple(settled.tolist()), tuple(found.tolist()), tried - int(sure.sum()))
