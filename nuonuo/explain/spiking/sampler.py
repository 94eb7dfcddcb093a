"""A spiking memory that works: stochastic winner-take-all, whose firing rates converge on softmax attention.

One unit a memory. Its membrane gathers the match of its pattern, all share one inhibition, and each fires by chance,
the sooner the higher its hazard; the first to fire within a step silences the rest (Nessler et al., PLoS Comput. Biol.
9, 2013; spikes as samples: Buesing et al., ibid. 7, 2011):

    v_i ← λv_i + (1−λ)β m_i·q;   h_i = exp(v_i − I);   t_i ~ Exp(h_i);   I ← I + η(n − (1 − 1/e))

Here the m_i are the rows of X and n is 1 if a unit fired in this step, else 0. Who comes first has probability h_i/Σh =
softmax(βXq)_i whatever I is: nobody computes the sum. I only decides how often anybody fires, and as a step fires with
probability 1 − 1/e just when Σh = 1, it comes to rest around ln Σ exp(v).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.explain.spiking.encoder import check_leak
from nuonuo.maths.association import check_beta

INHIBITION, LEAK = 0.2, 0.9  # η, λ
WARM = 80  # steps before spikes count, while the membranes charge: 0.9⁸⁰ = 0.0002 is left to come
FIRING = 1 - 1 / math.e  # how often a step has a spike, in the long run
BLOCK = 64  # steps whose chances are drawn at once


@dataclass(frozen=True)
class Votes:
    """T steps of Q questions over N memories, until each had as many spikes as asked for."""

    winner: Tensor  # (T, Q) who fired in each step; −1 if nobody did
    v: Tensor  # (T, Q, N) membranes
    inhibition: Tensor  # (T, Q) I as the step used it
    p: Tensor  # (Q, N) softmax attention, which the network never computes
    beta: float
    constant: float  # η
    spikes: int  # that count, of each question

    @property
    def cast(self) -> Tensor:
        """The memories that fired, spike by spike from step WARM on: (spikes, Q)."""
        columns = [column[column >= 0][: self.spikes] for column in self.winner[WARM:].unbind(1)]
        return torch.stack(columns, dim=1)

    @property
    def rest(self) -> Tensor:
        """ln Σ exp(v), around which the inhibition comes to rest: (Q,)."""
        return self.v[-1].logsumexp(-1)

    def rate(self, spikes: int) -> Tensor:
        """Each memory's share of the first so many spikes: (Q, N)."""
        cast = self.cast[:spikes].mT  # (Q, spikes)
        return torch.zeros_like(self.p).scatter_add_(1, cast, torch.ones_like(cast, dtype=self.p.dtype)) / spikes


def sample(
    q: Tensor,
    X: Tensor,
    beta: float,
    spikes: int,
    generator: torch.Generator,
    constant: float = INHIBITION,
    leak: float = LEAK,
) -> Votes:
    """Let the memories X (N, d) vote by spikes on the questions q (Q, d).

    constant: of the inhibition, > 0. Raises ValueError if nothing is stored, shapes differ, or a number is out of
    range. On the logarithm of t_i, so that no exponential overflows: ln t_i = ln E − (v_i − I) with E ~ Exp(1).
    """
    check(q, X, beta, spikes, constant)
    check_leak(leak)
    match = beta * (q @ X.mT)  # (Q, N)
    v, inhibition, counted = torch.zeros_like(match), torch.zeros(len(q)).to(match), torch.zeros(len(q)).to(match)
    winners: list[Tensor] = []
    membranes: list[Tensor] = []
    inhibitions: list[Tensor] = []
    while bool((counted < spikes).any()):
        for chance in torch.empty(BLOCK, *match.shape).exponential_(generator=generator).log_().to(match):
            v = leak * v + (1 - leak) * match
            first = (chance - v).min(-1)
            fired = first.values + inhibition < 0  # ln t < 0: within the step
            winners.append(torch.where(fired, first.indices, -1))
            membranes.append(v)
            inhibitions.append(inhibition)
            inhibition = inhibition + constant * (fired.to(match) - FIRING)
            counted = counted + (fired if len(winners) > WARM else 0)
    record = torch.stack(winners), torch.stack(membranes), torch.stack(inhibitions)
    return Votes(*record, torch.softmax(match, -1), beta, constant, spikes)


def distance(r: Tensor, p: Tensor) -> Tensor:
    """Total variation, ½Σ|r − p|: (..., N), (..., N) -> (...), 0 to 1."""
    return (r - p).abs().sum(-1) / 2


def expected_distance(p: Tensor, spikes: int) -> Tensor:
    """The expected total variation between p (..., N) and the shares of T = `spikes` independent samples: (...).

    ½ Σ_i E|X_i/T − p_i| with X_i ~ Binomial(T, p_i), each mean absolute deviation in de Moivre's closed form (Diaconis
    & Zabell, Statistical Science 6, 1991): E|X − Tp| = 2 (m+1) C(T, m+1) p^(m+1) (1−p)^(T−m), m = ⌊Tp⌋. Exact at every
    T, 1 − Σp² at T = 1. It holds for the votes because a step without a spike counts for nothing: of competing
    exponential clocks, who is first is independent of when (so of whether anybody fires), and of I and past winners.
    """
    p, T = p.double(), float(spikes)
    m = (T * p).floor().clamp(max=T)
    choose = math.lgamma(T + 1) - torch.lgamma(m + 2) - torch.lgamma(T - m)  # ln C(T, m + 1); −∞ at m = T
    powers = torch.xlogy(m + 1, p) + torch.xlogy(T - m, (1 - p).clamp(min=0))
    return torch.exp((m + 1).log() + choose + powers).sum(-1).div(T).clamp(0, 1)


def budgets(spikes: int) -> list[int]:
    """1, 2, 4, … up to a number of spikes, and it."""
    return [*(2**e for e in range(spikes.bit_length()) if 2**e < spikes), spikes]


def check(q: Tensor, X: Tensor, beta: float, spikes: int, constant: float) -> None:
    """Raises ValueError unless q (Q, d) and X (N, d) fit and the numbers are in range."""
    if not len(X):
        raise ValueError("nothing is stored: store patterns before asking")
    if q.ndim != 2 or q.shape[-1] != X.shape[-1]:
        raise ValueError(f"questions must have shape (Q, {X.shape[-1]}) like the patterns, got {tuple(q.shape)}")
    check_beta(beta)
    if spikes < 1:
        raise ValueError(f"spikes must be >= 1, got {spikes}")
    if not 0 < constant < math.inf:
        raise ValueError(f"constant must be a finite number > 0, got {constant}")
