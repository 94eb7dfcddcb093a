"""What a softmax memory promises: the β that a margin needs, how many memories share, and how near an update comes.

All follow from p = softmax(β Xξ) of Ramsauer et al., arXiv:2008.02217, Eq. 3; X holds the patterns x_i as rows, and the
update is f(ξ) = Xᵀp. Each bound is proved where it stands, so none rests on how the paper words or numbers it.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from nuonuo.maths.association import check_beta
from nuonuo.maths.search import dots


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


def effective_number(p: Tensor) -> Tensor:
    """exp of the entropy of p: how many memories share the attention. p: (..., N). Returns (...), 1 to N."""
    return torch.exp(-torch.special.xlogy(p, p).sum(-1))


def separation(X: Float[Tensor, "N d"], i: int) -> float:
    """Δ_i = x_iᵀx_i − max_{j≠i} x_iᵀx_j (Ramsauer et al., Eq. 4): how far pattern i stands from the others.

    Infinite if it is alone; negative if another pattern is more similar to it than it is to itself.
    Raises ValueError if there is no pattern i.
    """
    if not 0 <= i < len(X):
        raise ValueError(f"i must be a row of X, 0 to {len(X) - 1}, got {i}")
    products = dots(X, X[i])
    others = torch.cat([products[:i], products[i + 1 :]])
    return float(products[i] - others.max()) if len(others) else math.inf


def separation_needed(beta: float, N: int, M: float) -> float:
    """The Δ_i from which pattern i is stored: 2/(βN) + (1/β) ln(2(N−1)NβM²) (Ramsauer et al., Eq. 5).

    M: the largest norm of a pattern, > 0. −∞ for N = 1.
    Proof that the update f then keeps every ξ with ‖ξ − x_i‖ ≤ r = 1/(βNM) within r of x_i: by `error_bound` with
    2βMr = 2/N, ‖f(ξ) − x_i‖ ≤ 2(N−1)M e^(2/N − βΔ_i), and Δ_i as large as this makes that ≤ 1/(βNM). By Brouwer a fixed
    point lies there too.
    """
    check_beta(beta)
    _check_patterns(N, M)
    return -math.inf if N == 1 else (2 / N + math.log(2 * (N - 1) * N * beta * M * M)) / beta


def beta_for_separation(gap: float, N: int, M: float) -> float:
    """The β from which on a pattern with separation `gap` meets Eq. 5 (`separation_needed`). Infinite if gap <= 0.

    With b = β·gap it is the larger root of b = 2/N + ln(cb), c = 2(N−1)NM²/gap, found by b ← 2/N + ln(cb) from above:
    the right side grows more slowly than b beyond the root. 0 where every β meets it, which is so if c ≤ e^(1 − 2/N).
    """
    _check_patterns(N, M)
    if gap <= 0:
        return math.inf
    if N == 1 or math.isinf(gap):
        return 0.0
    lift = 2 / N + math.log(2 * (N - 1) * N * M * M / gap)  # 2/N + ln c
    if lift <= 1:
        return 0.0
    b = 2 * lift + 2  # ln b < b/2, so lift + ln b < b here
    for _ in range(200):
        b, before = lift + math.log(b), b
        if before - b < 1e-12 * b:
            break
    return b / gap


def error_bound(gap: float, distance: float | Tensor, beta: float | Tensor, N: int, M: float) -> Tensor:
    """What ‖f(ξ) − x_i‖ is at most, in one update f: 2(N−1)M exp(−β(Δ_i − 2M‖ξ − x_i‖)), and never above 2M.

    gap: Δ_i. distance: ‖ξ − x_i‖, (...). beta: (...). M: the largest norm. Returns (...), float64.
    Ramsauer et al., Theorem 5, writes max{‖ξ − x_i‖, ‖x_i* − x_i‖} for the distance; for one update ‖ξ − x_i‖
    suffices, and for a fixed point ‖x_i* − x_i‖. Proof: x_i − f(ξ) = Σ_{j≠i} p_j (x_i − x_j), and no ‖x_i − x_j‖ is
    above 2M. p_j ≤ p_j/p_i = exp(−β ξᵀ(x_i − x_j)), where ξᵀ(x_i − x_j) = x_iᵀ(x_i − x_j) + (ξ − x_i)ᵀ(x_i − x_j)
    ≥ Δ_i − 2M‖ξ − x_i‖. There are N − 1 such j. Σ p_j ≤ 1 gives 2M.
    """
    _check_patterns(N, M)
    b, r = (torch.as_tensor(x, dtype=torch.float64) for x in (beta, distance))
    if N == 1:
        return torch.zeros(torch.broadcast_shapes(b.shape, r.shape), dtype=torch.float64)
    return 2 * M * (math.log(N - 1) - b * (gap - 2 * M * r)).clamp(max=0).exp()


def _check_patterns(N: int, M: float) -> None:
    if N < 1:
        raise ValueError(f"N must be >= 1, got {N}")
    if not 0 < M < math.inf:
        raise ValueError(f"M must be a finite norm > 0, got {M}")
