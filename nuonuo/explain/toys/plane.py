"""A memory in the plane: patterns and a query of two numbers each, so that a picture shows all there is.

Ramsauer et al., arXiv:2008.02217: the energy is their Eq. 2, the update their Eq. 3. assets/toy.js computes the same
numbers in the browser while a point is dragged; a test holds the two together.
"""

import random
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from nuonuo.explain.settling.landscape import NEAR, meet
from nuonuo.maths.association import associate, softmax
from nuonuo.maths.hopfield import MOST, STILL, Settling, check_state, energy, norm_of, rest, settle
from nuonuo.maths.theory import effective_number
from nuonuo.memory.outcome import ONE, Kind, kind

REACH = 1.6  # the plane shown is [-REACH, REACH] in both directions
LARGEST = 12  # patterns at most
BETAS = (0.5, 64.0)  # the slider's ends
Point = tuple[float, float]


@dataclass(frozen=True)
class Toy:
    """One query come to rest among N patterns of the plane."""

    X: Float[Tensor, "N 2"]
    settling: Settling  # until it rests: T update steps
    p: Float[Tensor, " N"]  # attention at rest
    number: float  # patterns that share it: exp of its entropy
    kind: Kind
    nearest: int  # the pattern with the largest dot product with the query: plain nearest neighbour
    places: int  # different rests of the starts at each pattern and at the query

    @property
    def end(self) -> Float[Tensor, " 2"]:
        """Where the state rests."""
        return self.p @ self.X

    @property
    def lead(self) -> int:
        """The pattern with the largest weight at rest."""
        return int(self.p.argmax())

    @property
    def updates(self) -> int:
        """Update steps until no weight moves by more than STILL."""
        return len(self.settling.p)


def toy(points: list[Point], query: Point, beta: float) -> Toy:
    """Let a query settle among patterns of the plane until it rests.

    points: 1 to LARGEST patterns. beta: > 0. Raises ValueError if there is no pattern or beta <= 0.
    """
    X, xi = torch.tensor(points, dtype=torch.float64).view(-1, 2), torch.tensor(query, dtype=torch.float64)
    check_state(xi, X)
    settling = settle(xi, X, beta, updates(xi, X, beta))
    G = X @ X.mT
    p = rest(torch.cat([G, (X @ xi)[None]]), G, beta)
    number = float(effective_number(p[-1]))
    places = int(meet(p, G).max()) + 1
    return Toy(X, settling, p[-1], number, kind(number, len(X)), int((X @ xi).argmax()), places)


def updates(xi: Tensor, X: Tensor, beta: float) -> int:
    """Update steps of a state (2,) after which no weight moves by more than STILL, MOST at most."""
    before = associate(xi, X, X, softmax(beta))
    for step in range(1, MOST + 1):
        now = associate(before.output, X, X, softmax(beta))
        if (now.weights - before.weights).abs().max() <= STILL:
            return step
        before = now
    return MOST


def surface(points: list[Point], beta: float, where: Float[Tensor, "P 2"]) -> Float[Tensor, " P"]:
    """Energy (Eq. 2) at places of the plane."""
    X = torch.tensor(points, dtype=where.dtype)
    return energy(where @ X.mT, where, beta, norm_of(X))


def fates(points: list[Point], beta: float, where: Float[Tensor, "P 2"]) -> Float[Tensor, "P 2"]:
    """Where starts at places of the plane come to rest."""
    X = torch.tensor(points, dtype=where.dtype)
    return rest(where @ X.mT, X @ X.mT, beta) @ X


def rules() -> dict[str, float]:
    """The numbers by which the browser decides as the engine does."""
    low, high = BETAS
    return {"still": STILL, "most": MOST, "near": NEAR, "one": ONE, "reach": REACH, "low": low, "high": high}


def resized(points: list[Point], count: int, seed: int) -> list[Point]:
    """So many patterns: the last dropped, or more drawn by the seed on a ring about the middle, two digits each."""
    drawn = random.Random(seed)
    more = []
    for _ in range(LARGEST):
        angle, length = drawn.uniform(0, 6.2831853), drawn.uniform(0.7, 1.3)
        direction = torch.tensor([angle]).double()
        more.append((round(float(direction.cos() * length), 2), round(float(direction.sin() * length), 2)))
    return (points + more[len(points) :])[:count]
