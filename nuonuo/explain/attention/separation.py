"""How far a recalled memory stands from the others, and how near one update comes to it: measured, and as promised.

Ramsauer et al., arXiv:2008.02217: the separation Δ_i (Eq. 4), the condition under which a pattern is stored (Eq. 5),
and the bound on the error of retrieval (Theorem 5). The N patterns are the candidates over which the state settles.
Everything is computed in float64: bounds fall far below the rounding of float32.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.explain.attention.view import HIGHEST, LOWEST, POINTS
from nuonuo.maths.hopfield import norm_of, rest
from nuonuo.maths.theory import beta_for_separation, error_bound, separation, separation_needed
from nuonuo.memory.trace import Trace


@dataclass(frozen=True)
class Errors:
    """Distances to pattern x_i at B values of β, each (B,) float64."""

    beta: Tensor
    once: Tensor  # ‖f(ξ) − x_i‖, one update of the query
    rest: Tensor  # where the query comes to rest
    bound: Tensor  # of `once`
    own: Tensor  # ‖x_i* − x_i‖, where the pattern itself comes to rest
    own_bound: Tensor  # of `own` where Eq. 5 holds: over the whole sphere of radius 1/(βNM)
    holds: Tensor  # bool: whether Eq. 5 holds


@dataclass(frozen=True)
class Separated:
    """One memory among the N candidates of a recall."""

    id: int
    target: str
    N: int
    M: float  # the largest norm of a pattern
    gap: float  # Δ_i; infinite with one candidate
    asked: float  # the gap that Eq. 5 asks for at this β
    needed: float  # the β from which on Eq. 5 holds; infinite if the gap is not above 0
    distance: float  # ‖ξ − x_i‖ of the query
    now: Errors  # at the recall's β
    curve: Errors  # over the β of the slider

    @property
    def beta(self) -> float:
        """The recall's β."""
        return float(self.now.beta[0])

    @property
    def radius(self) -> float:
        """1/(βNM): how near to the pattern a state must be for Theorems 4 and 5 to speak of it."""
        return 1 / (self.beta * self.N * self.M)

    @property
    def stored(self) -> bool:
        """Whether Eq. 5 holds at this β."""
        return bool(self.now.holds[0])

    @property
    def applies(self) -> bool:
        """Whether the theorems promise this recall: Eq. 5 holds and the query lies within the radius."""
        return self.stored and self.distance <= self.radius


def separated(trace: Trace, place: int = 0) -> Separated:
    """The separation of the candidate at a place of the ranking, 0 for the answer, and its errors at every β.

    Raises ValueError if there is no such place.
    """
    if not 0 <= place < len(trace.candidates):
        raise ValueError(f"place must be 0 to {len(trace.candidates) - 1}, got {place}")
    X, xi, beta = trace.X.double(), trace.key.double(), trace.asking.beta
    N, M, gap = len(X), float(norm_of(X)), separation(X, place)
    betas = torch.logspace(math.log10(LOWEST), math.log10(HIGHEST), POINTS, dtype=torch.float64, device=X.device)
    both = errors(X, xi, place, torch.cat([betas.new_tensor([beta]), betas]))
    now, curve = (Errors(*[column[part] for column in both]) for part in (slice(1), slice(1, None)))
    candidate = trace.candidates[place]
    return Separated(
        id=candidate.id,
        target=candidate.target,
        N=N,
        M=M,
        gap=gap,
        asked=separation_needed(beta, N, M),
        needed=beta_for_separation(gap, N, M),
        distance=float((xi - X[place]).norm()),
        now=now,
        curve=curve,
    )


def errors(X: Tensor, xi: Tensor, i: int, betas: Tensor) -> list[Tensor]:
    """The columns of `Errors` for a query xi (d,) over patterns X (N, d) at betas (B,), in their order."""
    N, M, gap = len(X), float(norm_of(X)), separation(X, i)
    G, B = X @ X.mT, len(betas)
    once = torch.softmax(betas[:, None] * (X @ xi), -1)  # (B, N)
    starts = torch.cat([once @ G, G[i].expand(B, N)])  # (2B, N) the query after its first update, and the pattern
    query, own = rest(starts, G, betas.repeat(2)).split(B)
    away = [(p @ X - X[i]).norm(dim=-1) for p in (once, query, own)]
    radius = 1 / (betas * N * M)
    return [
        betas,
        away[0],
        away[1],
        error_bound(gap, float((xi - X[i]).norm()), betas.cpu(), N, M).to(X),
        away[2],
        error_bound(gap, radius.cpu(), betas.cpu(), N, M).to(X),
        torch.tensor([gap >= separation_needed(beta, N, M) for beta in betas.tolist()], device=X.device),
    ]
