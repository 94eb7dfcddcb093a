"""A Hopfield network of leaky integrate-and-fire neurons, and how it fails on real embeddings.

Hopfield, PNAS 1982: W = MᵀM, Hebb's rule. The neurons are the embedding's d components, and fire +1 or −1:

    v ← λv + γWs + c·q·[t ≤ h];   s = sign(v)·[|v| ≥ 1];   v ← v(1 − |s|);   read out argmax ⟨Σs, m_i⟩

W is never built: Ws = Mᵀ(Ms). Its top eigenvalue outgrows the rest, and every cue ends on one pattern. Leak and spikes
are not the cause: the same W iterated with λ = 1, or without spikes, collapses too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.explain.spiking.encoder import check_leak

GAIN, LEAK, CLAMP, HELD = 1.0, 0.9, 10.0, 5  # γ, λ, c, h: a point found by a sweep, as the documentation says


@dataclass(frozen=True)
class Run:
    """T steps of the network over Q cues of size d."""

    spikes: Tensor  # (T, Q, d) int8: −1, 0, 1
    M: Tensor  # (N, d) stored patterns; the first Q are those that the cues mean
    q: Tensor  # (Q, d)

    @property
    def output(self) -> Tensor:
        """Σs until every step: (T, Q, d)."""
        return self.spikes.cumsum(0, dtype=torch.int32).to(self.M)

    @property
    def recalled(self) -> Tensor:
        """argmax ⟨Σs, m_i⟩ after every step: (T, Q)."""
        return (self.output @ self.M.mT).argmax(-1)

    @property
    def right(self) -> Tensor:
        """How many of the Q cues recall what they mean, after every step: (T,)."""
        return self.hits.sum(-1)

    @property
    def hits(self) -> Tensor:
        """Which of the Q cues do: (T, Q) bool."""
        return self.recalled == torch.arange(len(self.q), device=self.M.device)

    @property
    def rate(self) -> Tensor:
        """Share of the neurons that fire in every step: (T,)."""
        return self.spikes.abs().float().mean((1, 2))

    @property
    def spent(self) -> Tensor:
        """Spikes of one recall until every step, on average: (T,)."""
        return self.spikes.abs().float().sum(-1).mean(-1).cumsum(0)

    def alike(self, step: int) -> Tensor:
        """Cosines between the outputs of all cues after a step, from 1: (Q, Q). All 1 is a collapse."""
        out = torch.nn.functional.normalize(self.spikes[:step].sum(0, dtype=torch.int32).to(self.M), dim=-1)
        return out @ out.mT


@dataclass(frozen=True)
class Sweep:
    """How many of Q cues come back at every gain and leak."""

    gains: tuple[float, ...]
    leaks: tuple[float, ...]
    right: Tensor  # (gains, leaks) out of Q
    cues: int  # Q
    steps: int


def run(
    M: Tensor,
    q: Tensor,
    steps: int = 200,
    gain: float = GAIN,
    leak: float = LEAK,
    clamp: float = CLAMP,
    held: int = HELD,
) -> Run:
    """The network with patterns M (N, d), given the cues q (Q, d), Q <= N.

    clamp: strength c of the cue, >= 0. held: steps that it stays, >= 0. Raises ValueError if shapes differ, nothing is
    stored or a number is out of range.
    """
    check(M, q, steps, gain, clamp, held)
    check_leak(leak)
    spikes = [s.to(torch.int8) for s in _steps(M, q, steps, gain, leak, clamp, held)]
    return Run(torch.stack(spikes), M, q)


def sweep(
    M: Tensor,
    q: Tensor,
    steps: int,
    gains: Sequence[float],
    leaks: Sequence[float],
    clamp: float = CLAMP,
    held: int = HELD,
) -> Sweep:
    """`run` at every gain and leak, all at once; raises ValueError as it does."""
    check(M, q, steps, min(gains), clamp, held)
    for leak in leaks:
        check_leak(leak)
    gain = torch.tensor(gains).to(M)[:, None, None, None]  # (G, 1, 1, 1)
    kept = torch.tensor(leaks).to(M)[:, None, None]  # (L, 1, 1)
    cues = q.expand(len(gains), len(leaks), *q.shape).contiguous()  # (G, L, Q, d)
    total = torch.zeros_like(cues)
    for s in _steps(M, cues, steps, gain, kept, clamp, held):
        total += s
    right = (total @ M.mT).argmax(-1) == torch.arange(len(q), device=M.device)
    return Sweep(tuple(gains), tuple(leaks), right.sum(-1), len(q), steps)


def _steps(M, q, steps: int, gain: float | Tensor, leak: float | Tensor, clamp: float, held: int) -> Iterator[Tensor]:
    """The spikes (..., d) of each step."""
    v = s = torch.zeros_like(q)
    for t in range(1, steps + 1):
        v = leak * v + gain * ((s @ M.mT) @ M)
        if t <= held:
            v = v + clamp * q
        s = v.sign() * (v.abs() >= 1)
        v = v * (s == 0)
        yield s


def eigenvalues(M: Tensor) -> Tensor:
    """Those of W = MᵀM that are not 0, largest first, from the smaller MMᵀ: (N,) for M (N, d)."""
    return torch.linalg.eigvalsh((M @ M.mT).cpu().double()).flip(0).clamp(min=0).to(M)


def check(M: Tensor, q: Tensor, steps: int, gain: float, clamp: float, held: int) -> None:
    """Raises ValueError unless M (N, d) holds what the cues q (Q, d) mean and the numbers are in range."""
    if not 0 < len(q) <= len(M):
        raise ValueError(f"each cue needs the pattern it means: got {len(q)} cues for {len(M)} patterns")
    if q.shape[-1] != M.shape[-1]:
        raise ValueError(f"cues must have shape (Q, {M.shape[-1]}) like the patterns, got {tuple(q.shape)}")
    if steps < 1:
        raise ValueError(f"steps must be >= 1, got {steps}")
    for name, value in {"gain": gain, "clamp": clamp, "held": held}.items():
        if value < 0:
            raise ValueError(f"{name} must be >= 0, got {value}")
