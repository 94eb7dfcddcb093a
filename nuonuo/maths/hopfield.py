"""Modern Hopfield retrieval: attention over stored patterns.

Ramsauer et al., "Hopfield Networks is All You Need", arXiv:2008.02217. Patterns are rows here, columns there.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from nuonuo.maths.association import associate, check_beta, softmax

STILL, MOST, ROUND = 1e-5, 400, 8  # a start rests when no weight moves by more; updates at most, and between looks


@dataclass(frozen=True)
class Settling:
    """T updates of one state over N patterns of size d."""

    xi: Float[Tensor, "T_plus_1 d"]  # states; xi[0] is the query
    p: Float[Tensor, "T N"]  # softmax weights of each update
    energy: Float[Tensor, " T_plus_1"]  # Eq. 2, constants included, so that it is never below 0
    beta: float


@dataclass(frozen=True)
class Ranking:
    """The k patterns with the largest first-step attention."""

    index: Int[Tensor, " k"]  # rows of X, best first
    p: Float[Tensor, " k"]  # their weights in the softmax over all N patterns
    similarity: Float[Tensor, " k"]


def energy(
    similarity: Float[Tensor, "*batch N"],
    xi: Float[Tensor, "*batch d"],
    beta: float,
    largest_norm: Float[Tensor, "*#batch"] | float,  # one, or one for each
) -> Float[Tensor, "*batch"]:
    """E = −lse(β, Xξ) + ½ξᵀξ + β⁻¹ ln N + ½M² (Eq. 2).

    similarity: Xξ, (..., N). xi: (..., d). largest_norm: M, the largest norm of a pattern. Returns (...).
    """
    logits = beta * similarity
    lse = (logits - logits.log_softmax(-1))[..., 0] / beta  # any column; quicker than logsumexp
    constants = math.log(similarity.shape[-1]) / beta + largest_norm**2 / 2
    return (xi * xi).sum(-1) / 2 - lse + constants


def settle(xi: Tensor, X: Tensor, beta: float, steps: int = 3, largest_norm: Tensor | float | None = None) -> Settling:
    """ξ ← Xᵀ softmax(β Xξ), `steps` times, keeping every state (Eq. 3).

    xi: (d,). X: (N, d). beta: inverse temperature, > 0. steps: >= 1. largest_norm: of a row of X, measured if None.
    Raises ValueError if nothing is stored, d differs, a value is not finite, beta <= 0 or steps < 1.
    """
    check_state(xi, X)
    if steps < 1:
        raise ValueError(f"steps must be >= 1, got {steps}")
    phi = softmax(beta)
    states, weights, similarities = [xi], [], []
    for _ in range(steps):
        update = associate(states[-1], X, X, phi)
        similarities.append(update.similarity)
        weights.append(update.weights)
        states.append(update.output)
    similarities.append(states[-1] @ X.mT)
    trajectory = torch.stack(states)  # (T+1, d)
    M = norm_of(X) if largest_norm is None else largest_norm
    return Settling(trajectory, torch.stack(weights), energy(torch.stack(similarities), trajectory, beta, M), beta)


def rest(
    similarity: Float[Tensor, "R c"], G: Float[Tensor, "c c"], beta: float | Float[Tensor, " R"]
) -> Float[Tensor, "R c"]:
    """Attention (R, c) of R starts at rest (Eq. 3 repeated).

    similarity: Xξ of the starts, (R, c). G: XXᵀ, (c, c). beta: one, or one for each start (R,). A state after its first
    update is Xᵀp, so that its similarities are Gp: the same updates without their d dimensions.
    """
    beta = torch.as_tensor(beta).to(similarity).expand(len(similarity))[:, None]
    p = torch.softmax(beta * similarity, dim=-1)
    moving = torch.arange(len(p), device=p.device)
    for _ in range(MOST // ROUND):
        now, b = p[moving], beta[moving]
        for _ in range(ROUND):
            before, now = now, torch.softmax(b * (now @ G), dim=-1)
        p[moving] = now
        moving = moving[(now - before).abs().amax(-1) > STILL]
        if not len(moving):
            break
    return p


def norm_of(X: Float[Tensor, "N d"]) -> Float[Tensor, ""]:
    """M, the largest norm of the patterns X (N, d): ()."""
    return torch.linalg.vector_norm(X, dim=1).max()


def check_state(xi: Tensor, X: Tensor) -> None:
    """Raises ValueError unless xi (d,) is a finite state for stored patterns X (N, d)."""
    if xi.numel() == 0:
        raise ValueError("query must not be empty")
    if X.shape[0] == 0:
        raise ValueError("nothing is stored: store patterns before retrieving")
    if xi.ndim != 1 or xi.shape[0] != X.shape[1]:
        raise ValueError(f"query must have shape ({X.shape[1]},) like the stored patterns, got {tuple(xi.shape)}")
    if not math.isfinite(torch.linalg.vector_norm(xi, math.inf)):  # one pass; NaN wins over every number
        raise ValueError("query must be finite, got NaN or infinity in it")


class Hopfield:
    """A modern Hopfield network that stores patterns and retrieves from them.

    dimension: d of every pattern. beta: inverse temperature, > 0.
    """

    def __init__(self, dimension: int, beta: float = 8.0, device: str | torch.device = "cpu") -> None:
        check_beta(beta)
        if dimension < 1:
            raise ValueError(f"dimension must be >= 1, got {dimension}")
        self.beta = beta
        self.X = torch.empty(0, dimension, device=device)  # (N, d)
        self.largest_norm = torch.zeros((), device=device)

    @property
    def dimension(self) -> int:
        """d of every stored pattern."""
        return self.X.shape[1]

    def __len__(self) -> int:
        return self.X.shape[0]

    def store(self, patterns: Tensor) -> None:
        """Append patterns: (d,) or (n, d). Raises ValueError if d differs or a value is not finite."""
        rows = torch.atleast_2d(patterns)
        if rows.ndim != 2 or rows.shape[1] != self.dimension:
            raise ValueError(f"patterns must have {self.dimension} columns, got shape {tuple(patterns.shape)}")
        if not torch.isfinite(rows).all():
            raise ValueError("patterns must be finite, got NaN or infinity in them")
        kept = self.X.to(rows.dtype) if len(self) == 0 and rows.is_floating_point() else self.X
        self.X = torch.cat([kept, rows.to(kept)])
        self.largest_norm = norm_of(self.X)

    def retrieve(self, query: Tensor, steps: int = 1, beta: float | None = None) -> Settling:
        """Pull the query (d,) towards the patterns it resembles (Eq. 3), keeping every step."""
        return settle(query.to(self.X), self.X, self.beta if beta is None else beta, steps, self.largest_norm)

    def retrieve_k(self, query: Tensor, k: int, beta: float | None = None) -> Ranking:
        """The k patterns (all of them if fewer) with the largest first-step attention. k: >= 1."""
        check_state(query, self.X)
        if k < 1:
            raise ValueError(f"k must be >= 1, got {k}")
        first = associate(query.to(self.X), self.X, self.X, softmax(self.beta if beta is None else beta))
        best = first.similarity.topk(min(k, len(self)))
        return Ranking(best.indices, first.weights[best.indices], best.values)
