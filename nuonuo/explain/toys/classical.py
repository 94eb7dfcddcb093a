"""Networks of ±1 units that store patterns: Hopfield's of 1982 and dense associative memories, by one update rule.

Hopfield, PNAS 79, 1982; Krotov & Hopfield, arXiv:1606.01164; Demircigil et al., arXiv:1702.01929; Ramsauer et al.,
arXiv:2008.02217. The energy is E(σ) = −Σ_μ F(ξ^μ·σ). A unit turns if that lowers E with all others held; units take
turns in a random order. F(x) = x² is Hopfield's network of 1982 (W of Hebb's rule without its diagonal), x^n Krotov's,
eˣ Demircigil's. Log-sum-exp, E = −β⁻¹ ln Σ_μ exp(β ξ^μ·σ), is Ramsauer's energy on ±1 states with the same turning of
single units, not his update of real-valued states; as the logarithm is monotone, β = 1 turns the very units of eˣ.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from math import comb, inf

import torch
from torch import Tensor

SWEEPS = 50  # at most
TIE = 1e-12  # a field below this share of its terms is rounding: the unit stays, as at a tie
HIGHEST = 30  # power
LARGEST = 10_000  # units: N ** HIGHEST stays far from float64's largest
NAMED = re.compile(r"power(\d+)")


@dataclass(frozen=True)
class Interaction:
    """The interaction function F."""

    name: str  # power2, power3, …, exponential or lse
    beta: float = 1.0  # of lse

    @property
    def power(self) -> int | None:
        """n of x^n; None for eˣ and log-sum-exp."""
        found = NAMED.fullmatch(self.name)
        return int(found[1]) if found else None

    @property
    def label(self) -> str:
        """What it is called, for people."""
        if self.power is None:
            return "exponential" if self.name == "exponential" else f"log-sum-exp, β = {self.beta:.3g}"
        return "Hopfield 1982, power 2" if self.power == 2 else f"dense memory, power {self.power}"

    def gain(self, h: Tensor) -> Tensor:
        """F(h+1) − F(h−1) up to a positive factor of each row: how strongly each pattern pulls a unit. h: (B, P).

        For eˣ and log-sum-exp this is softmax(βh): attention over the patterns.
        """
        if self.power is None:
            return (self.beta * h).softmax(-1)
        square, found = h * h, torch.zeros_like(h)
        for k in range(1, self.power + 1, 2):  # the odd terms of the binomial: half of the difference
            found = found * square + comb(self.power, k)
        return found * h if self.power % 2 == 0 else found

    def energy(self, overlap: Tensor) -> Tensor:
        """E of overlaps ξ·σ (..., P). For eˣ it is −ln of Σ exp, which rises and falls with E and does not overflow."""
        if self.power is None:
            return -(self.beta * overlap).logsumexp(-1) / self.beta
        return -(overlap**self.power).sum(-1)


def interaction(name: str, beta: float = 1.0) -> Interaction:
    """The interaction function called name: power2 to power30, exponential, or lse with inverse temperature beta.

    Raises ValueError for another name, or unless 0 < beta < ∞.
    """
    found = NAMED.fullmatch(name)
    if name not in {"exponential", "lse"} and not (found and 2 <= int(found[1]) <= HIGHEST):
        raise ValueError(f"the interaction must be power2 to power{HIGHEST}, exponential or lse, got {name!r}")
    if not 0 < beta < inf:
        raise ValueError(f"beta must be a number > 0, got {beta}")
    return Interaction(name, beta if name == "lse" else 1.0)


@dataclass(frozen=True)
class Network:
    """P stored patterns of N units and the interaction by which they pull."""

    patterns: Tensor  # (P, N) float64, each ±1
    interaction: Interaction

    @cached_property
    def columns(self) -> Tensor:
        """(N, P): every unit's values in the patterns."""
        return self.patterns.mT.contiguous()

    def energy(self, states: Tensor) -> Tensor:
        """E of states (..., N)."""
        return self.interaction.energy(states.to(self.patterns) @ self.patterns.mT)

    def nearest(self, states: Tensor) -> Tensor:
        """The pattern with the fewest units different (Hamming distance), for each of states (B, N): (B,)."""
        return (states.to(self.patterns) @ self.patterns.mT).argmax(-1)


@dataclass(frozen=True)
class Recall:
    """B starts and where they came to rest: T sweeps, in each of which every unit has had its turn."""

    states: Tensor  # (T+1, B, N) int8; states[0] are the starts
    energy: Tensor  # (T+1, B)
    rested: Tensor  # (B,) bool: a whole sweep turned no unit

    @property
    def rest(self) -> Tensor:
        """The last states (B, N)."""
        return self.states[-1]

    @property
    def sweeps(self) -> Tensor:
        """Sweeps that turned at least one unit, of each start (B,)."""
        return (self.states.diff(dim=0) != 0).any(-1).sum(0)


def network(patterns: Tensor, how: Interaction) -> Network:
    """Store patterns (P, N) of ±1. Raises ValueError if there are none, or they are of another kind."""
    _check("patterns", patterns)
    return Network(patterns.to(torch.float64), how)


def recall(net: Network, start: Tensor, generator: torch.Generator, sweeps: int = SWEEPS) -> Recall:
    """Let starts (B, N) of ±1 run down the energy until no unit turns, or for so many sweeps.

    The order of the units is drawn anew for each sweep, and is the same for all starts. A turn costs O(P) a start: the
    overlaps with the patterns are carried along. Raises ValueError for starts of another kind or size, or sweeps < 1.
    """
    _check("start", start)
    N = net.patterns.shape[1]
    if start.shape[1] != N:
        raise ValueError(f"start must have the {N} units of the patterns, got {start.shape[1]}")
    if sweeps < 1:
        raise ValueError(f"sweeps must be >= 1, got {sweeps}")
    state = start.to(net.patterns).clone()
    overlap = state @ net.patterns.mT
    moving = torch.arange(len(state), device=state.device)
    states, energy = [state.to(torch.int8)], [net.interaction.energy(overlap)]
    for _ in range(sweeps):
        order = torch.randperm(N, generator=generator).tolist()
        some, own = state[moving], overlap[moving]
        turned = _sweep(net, some, own, order)
        state[moving], overlap[moving] = some, own
        moving = moving[turned]
        if not len(moving):
            break
        states.append(state.to(torch.int8))
        energy.append(net.interaction.energy(overlap))
    rested = torch.ones(len(state), dtype=torch.bool, device=state.device)
    rested[moving] = False
    return Recall(torch.stack(states), torch.stack(energy), rested)


def _sweep(net: Network, state: Tensor, overlap: Tensor, order: list[int]) -> Tensor:
    """Give each unit one turn, in place: state (B, N), overlap (B, P). Returns which starts changed (B,)."""
    changed = torch.zeros(len(state), dtype=torch.bool, device=state.device)
    for i in order:
        xi, sigma = net.columns[i], state[:, i]
        gain = net.interaction.gain(overlap - sigma[:, None] * xi)  # of the others: the unit's own part is left out
        turns = sigma * (gain @ xi) < -TIE * gain.abs().sum(-1)
        if turns.any():
            change = torch.where(turns, 2 * sigma, 0.0)
            overlap -= change[:, None] * xi
            state[:, i] -= change
            changed |= turns
    return changed


def _check(what: str, states: Tensor) -> None:
    if states.ndim != 2 or not states.numel():
        raise ValueError(f"{what} must be a table of at least one row of units, got shape {tuple(states.shape)}")
    if states.shape[1] > LARGEST:
        raise ValueError(f"{what} must have at most {LARGEST:,} units, got {states.shape[1]:,}")
    if not bool(((states == 1) | (states == -1)).all()):
        raise ValueError(f"{what} must be made of +1 and −1 only")
