"""Whitening: embeddings to decorrelated unit keys, fitted on what is stored.

Sentence embeddings share directions, so their codes share units and Hebbian links drown in crosstalk (FINDINGS.md).
Partial ZCA: key = A(x − μ̂)/‖·‖ with A = S^(−exponent/2), S the covariance shrunk towards the identity's multiple
(Ledoit & Wolf, J. Multivariate Analysis 2004) plus a ridge. Departure: the shrinkage is ρ = (d/(n+d))² and also
shrinks the mean: one memory keeps plain cosine exactly, and a few stay near it, instead of losing the directions that
tell them apart.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize


@dataclass(frozen=True)
class Whitening:
    """A fitted whitening; call it to turn embeddings into keys."""

    mean: Float[Tensor, " d"]
    matrix: Float[Tensor, "d d"] | None  # symmetric; None is the identity
    n: int = 0  # embeddings it was fitted on
    exponent: float = 0.0
    ridge: float = 0.0
    shrinkage: float = 1.0  # ρ: 1 is the identity

    def __call__(self, x: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch d"]:
        """Unit keys of embeddings: (..., d) -> (..., d)."""
        return normalize(self.linear(x), dim=-1)

    def linear(self, x: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch d"]:
        """A(x − μ̂), before the norm is taken out: (..., d) -> (..., d)."""
        centred = x - self.mean
        return centred if self.matrix is None else centred @ self.matrix

    @cached_property
    def inverse(self) -> Tensor | None:
        """A⁻¹, (d, d) symmetric: x = μ̂ + A⁻¹ linear(x). None is the identity."""
        return None if self.matrix is None else torch.linalg.inv(self.matrix.cpu().double()).to(self.matrix)


def plain(d: int, device: torch.device | str = "cpu") -> Whitening:
    """No whitening: keys are the embeddings themselves, similarity is cosine."""
    return Whitening(torch.zeros(d, device=device), None)


def fit(X: Float[Tensor, "n d"], exponent: float = 0.5, ridge: float = 0.1, centre: bool = True) -> Whitening:
    """Fit on stored embeddings X (n, d).

    exponent: 0 (none) to 1 (full whitening). ridge: in mean eigenvalues, >= 0. Exponent 0 without centring is plain
    cosine. Raises ValueError if either is out of range.
    """
    check_strength(exponent, ridge)
    n, d = X.shape
    rho = (d / (n + d)) ** 2
    mean = X.mean(0) * (1 - rho) if centre and n else X.new_zeros(d)
    if exponent == 0 or n < 2:
        return Whitening(mean if n > 1 else torch.zeros_like(mean), None, n, exponent, ridge, rho)
    centred = X - X.mean(0)
    S = (centred.mT @ centred / n).cpu().double()  # (d, d); eigh needs float64 and is a matter of milliseconds
    scale = S.trace() / d
    if scale <= 0:  # every embedding is the same one
        return Whitening(torch.zeros_like(mean), None, n, exponent, ridge, rho)
    shrunk = (1 - rho) * S + (rho + ridge) * scale * torch.eye(d, dtype=S.dtype)
    values, vectors = torch.linalg.eigh(shrunk / scale)
    matrix = (vectors * values.clamp(min=1e-12) ** (-exponent / 2)) @ vectors.mT
    return Whitening(mean, matrix.to(X), n, exponent, ridge, rho)


def check_strength(exponent: float, ridge: float) -> None:
    """Raises ValueError unless exponent lies between 0 and 1 and ridge is finite and >= 0."""
    if not 0 <= exponent <= 1:
        raise ValueError(f"exponent must lie between 0 and 1, got {exponent}")
    if not 0 <= ridge < float("inf"):
        raise ValueError(f"ridge must be a finite number >= 0, got {ridge}")
