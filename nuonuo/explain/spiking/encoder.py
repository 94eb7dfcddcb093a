"""Embeddings as spike trains and back: a cell fires when what it has gathered reaches 1.

Every component has an on-cell for what is above 0 and an off-cell for what is below. Integrate-and-fire with a soft
reset, v ← λv + I and v ← v − 1 at a spike (Rueckauer et al., Front. Neurosci. 2017, Eq. 1b), is first-order
sigma-delta modulation while λ = 1 (Yoon, IEEE Trans. Neural Netw. 28, 2017). λ < 1 is the leaky neuron. Poisson spikes
are drawn, one chance a step.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

GAIN = 4.0  # components of a MiniLM embedding stay below 1/4, so that no cell is asked for two spikes in a step
CODES = ("integrate-and-fire", "leaky", "Poisson")


@dataclass(frozen=True)
class Train:
    """Spikes of n embeddings of size d over T steps."""

    spikes: Tensor  # (T, n, 2d) bool: d on-cells, then d off-cells
    gain: float  # g, the current of a component of 1

    @property
    def decoded(self) -> Tensor:
        """x̂ = (n_on − n_off)/(g·t) after every step t: (T, n, d)."""
        steps = torch.arange(1, len(self.spikes) + 1, device=self.spikes.device)
        return self.net / (self.gain * steps[:, None, None])

    @property
    def net(self) -> Tensor:
        """n_on − n_off until every step: (T, n, d)."""
        on, off = self.spikes.chunk(2, dim=-1)
        return (on.to(torch.int8) - off.to(torch.int8)).cumsum(0, dtype=torch.float32)

    def cosine(self, x: Tensor) -> Tensor:
        """How close x̂ is to x (n, d) after every step, 0 while nothing has fired: (T, n)."""
        net = self.net
        along = torch.einsum("tnd,nd->tn", net, x.to(net))
        lengths = torch.linalg.vector_norm(net, dim=-1) * torch.linalg.vector_norm(x, dim=-1)
        return along / lengths.clamp(min=1e-12)

    @property
    def spent(self) -> Tensor:
        """Spikes of each embedding until every step, the proxy for energy: (T, n)."""
        return self.spikes.sum(-1).cumsum(0)


@dataclass(frozen=True)
class Comparison:
    """The same n embeddings in the three codes, named in CODES."""

    x: Tensor  # (n, d)
    trains: tuple[Train, ...]
    cosine: Tensor  # (3, T) mean cosine of x̂ to x after every step
    spent: Tensor  # (3, T) mean spikes of an embedding until then
    leak: float  # λ of the leaky code
    seed: int  # of the Poisson spikes

    def until(self, steps: int) -> "Comparison":
        """The same, ended after some steps."""
        trains = tuple(Train(train.spikes[:steps], train.gain) for train in self.trains)
        return Comparison(self.x, trains, self.cosine[:, :steps], self.spent[:, :steps], self.leak, self.seed)

    def first(self, code: int) -> Tensor:
        """What the first embedding decodes to in a code, after all steps: (d,)."""
        return Train(self.trains[code].spikes[:, :1], self.trains[code].gain).decoded[-1, 0]


def integrate(x: Tensor, steps: int, gain: float = GAIN, leak: float = 1.0, start: float = 0.5) -> Train:
    """Integrate-and-fire with soft reset over x (n, d); leaky if leak < 1.

    start: v at step 0; one half rounds to the nearest count. Raises ValueError if x is not finite, steps < 1,
    gain <= 0, leak is not in (0, 1] or start not in [0, 1).
    """
    check(x, steps, gain)
    check_leak(leak)
    if not 0 <= start < 1:
        raise ValueError(f"start must lie in [0, 1), got {start}")
    current = currents(x, gain)
    v = torch.full_like(current, start)
    spikes = []
    for _ in range(steps):
        v = leak * v + current
        fires = v >= 1
        v = v - fires.to(v)  # soft: what is above the threshold is kept
        spikes.append(fires)
    return Train(torch.stack(spikes), gain)


def poisson(x: Tensor, steps: int, generator: torch.Generator, gain: float = GAIN) -> Train:
    """A spike with probability min(I, 1) at each step, over x (n, d). Raises ValueError as `integrate` does."""
    check(x, steps, gain)
    current = currents(x, gain)
    chance = torch.rand((steps, *current.shape), generator=generator).to(current)
    return Train(chance < current, gain)


def currents(x: Tensor, gain: float) -> Tensor:
    """I = g·[relu(x), relu(−x)]: (n, d) -> (n, 2d)."""
    return gain * torch.cat([x, -x], dim=-1).relu()


def compare(x: Tensor, steps: int, gain: float = GAIN, leak: float = 0.9, seed: int = 0) -> Comparison:
    """The three codes of x (n, d) over some steps. seed: of the Poisson spikes. Raises ValueError as they do."""
    drawn = poisson(x, steps, torch.Generator().manual_seed(seed), gain)
    trains = (integrate(x, steps, gain), integrate(x, steps, gain, leak), drawn)
    cosine = torch.stack([t.cosine(x).mean(1) for t in trains])
    spent = torch.stack([t.spent.float().mean(1) for t in trains])
    return Comparison(x, trains, cosine, spent, leak, seed)


def check(x: Tensor, steps: int, gain: float) -> None:
    """Raises ValueError unless x (n, d) is finite, steps >= 1 and gain a finite number > 0."""
    if x.ndim != 2 or not torch.isfinite(x).all():
        raise ValueError(f"x must be finite and have shape (n, d), got shape {tuple(x.shape)}")
    if steps < 1:
        raise ValueError(f"steps must be >= 1, got {steps}")
    if not 0 < gain < math.inf:
        raise ValueError(f"gain must be a finite number > 0, got {gain}")


def check_leak(leak: float) -> None:
    """Raises ValueError unless leak, the share of a membrane that a step keeps, is in (0, 1]."""
    if not 0 < leak <= 1:
        raise ValueError(f"leak must lie in (0, 1], got {leak}")
