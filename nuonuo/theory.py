"""What theory promises a softmax memory: capacity, the β a margin needs, an error bound.

Ramsauer et al., arXiv:2008.02217 (Theorem 3, Definition 1, Theorem 4); Demircigil et al., arXiv:1702.01929 (2^(d/2)).
"""

import math

import torch
from torch import Tensor


def capacity(d: int) -> int:
    """⌊2^(d/2)⌋ random patterns, as an exact integer of any size. d: >= 1."""
    if d < 1:
        raise ValueError(f"d must be >= 1, got {d}")
    return math.isqrt(2**d)


def log10_capacity(d: int) -> float:
    """log₁₀ of 2^(d/2), for a d whose capacity is too long to print."""
    if d < 1:
        raise ValueError(f"d must be >= 1, got {d}")
    return d / 2 * math.log10(2)


def prototype_beta(N: int, d: int) -> float:
    """ln N · (1 + 1/√d), clamped to [0.5, 10]: the prototype's rule. FINDINGS: a blend on real text at N = 20,000."""
    if N < 1 or d < 1:
        raise ValueError(f"N and d must be >= 1, got N={N}, d={d}")
    return min(10.0, max(0.5, math.log(N) * (1 + 1 / math.sqrt(d))))


def beta_for_weight(gap: float, N: int, p: float = 0.9) -> float:
    """The smallest β that gives the winner weight p when all N − 1 rivals lie `gap` below it.

    β = ln((N−1)p/(1−p)) / gap, from p = 1/(1 + (N−1)e^(−β·gap)). Rivals further down need less, so this suffices
    for any memory whose closest rival is `gap` away. Infinite if gap <= 0: no β separates a tie.
    """
    if not 0 < p < 1:
        raise ValueError(f"p must lie between 0 and 1, got {p}")
    if N < 1:
        raise ValueError(f"N must be >= 1, got {N}")
    if N == 1:
        return 0.0
    return max(0.0, math.log((N - 1) * p / (1 - p))) / gap if gap > 0 else math.inf


def separation(X: Tensor) -> Tensor:
    """Δ_i = x_iᵀx_i − max_{j≠i} x_iᵀx_j of every pattern (Definition 1). X: (N, d), N >= 2. Returns (N,)."""
    if X.shape[0] < 2:
        raise ValueError(f"separation needs at least 2 patterns, got {X.shape[0]}")
    gram = X @ X.mT
    own = gram.diagonal().clone()
    return own - gram.fill_diagonal_(-math.inf).max(dim=1).values


def separation_ratio(similarity: Tensor) -> float:
    """Best similarity over second best: 1 is a tie. similarity: (N,), N >= 2; infinite if the second is <= 0."""
    if similarity.numel() < 2:
        raise ValueError(f"separation_ratio needs at least 2 similarities, got {similarity.numel()}")
    best, second = similarity.topk(2).values.tolist()
    return best / second if second > 0 else math.inf


def error_bound(gap: float, N: int, beta: float, largest_norm: float = 1.0) -> float:
    """Bound on ‖update − x_i‖ when ξ is closer to x_i than to any rival by `gap`: 2M(N−1)e^(−β·gap), at most 2M.

    From Theorem 4's proof: 1 − p_i <= (N−1)e^(−β·gap), and the update is a convex mix of patterns of norm <= M.
    """
    return 2 * largest_norm * min(1.0, (N - 1) * math.exp(min(0.0, -beta * gap)))


def effective_number(p: Tensor) -> Tensor:
    """exp of the entropy of p: how many memories share the attention. p: (..., N). Returns (...), 1 to N."""
    return torch.exp(-torch.special.xlogy(p, p).sum(-1))
