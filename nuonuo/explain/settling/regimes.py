"""One query at every β and under many noises: when it comes to rest on one memory, on some or on the average of all.

Ramsauer et al., arXiv:2008.02217, name three kinds of rest, which `outcome` tells apart. Which of them a query meets
depends on β and on how much its candidates resemble each other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.explain.settling.landscape import Plane, end, meet
from nuonuo.maths.hopfield import rest, settle
from nuonuo.maths.theory import effective_number
from nuonuo.memory import Memory
from nuonuo.memory.noise import Noise
from nuonuo.memory.outcome import Kind, kind
from nuonuo.memory.records import Vector
from nuonuo.memory.trace import Candidate, Trace

BETAS = (0.5, 1, 1.5, 2, 3, 4, 5, 5.5, 6, 6.5, 7, 7.5, 8, 9, 10, 11, 12, 14, 16, 20, 24, 32, 48, 64, 96, 128, 200)
SIGMAS, SEEDS = (1.0, 1.5, 2.0, 2.5, 3.0), 20  # noises tried by `misleading`, the weakest first


@dataclass(frozen=True)
class Sweep:
    """One query's rest at many β."""

    beta: Tensor  # (B,)
    number: Tensor  # (B,) memories that share the attention of the query at rest
    places: Tensor  # (B,) different ends of the starts at each candidate and at the query


@dataclass(frozen=True)
class Draw:
    """One noisy version of the query, come to rest over its own candidates."""

    seed: int
    path: Tensor  # (T+2, 2) its states in the plane, last its rest
    recalled: Candidate | None  # the memory it rests on; None if several share
    number: float  # memories that share the attention at rest
    nearest: int  # the memory that plain cosine gives for the same noisy query


def sweep(trace: Trace, betas: Sequence[float] = BETAS) -> Sweep:
    """Where a recall's query would rest over the same candidates at other β."""
    X, beta = trace.X, torch.tensor(betas, dtype=trace.X.dtype, device=trace.X.device)
    G = X @ X.mT
    starts = torch.cat([G, (X @ trace.key)[None]])  # (c+1, c)
    p = rest(starts.repeat(len(beta), 1), G, beta.repeat_interleave(len(starts)))
    p = p.view(len(beta), len(starts), len(X))
    places = torch.tensor([int(meet(each, G).max()) + 1 for each in p], device=beta.device)
    return Sweep(beta, effective_number(p[:, -1]), places)


def metastable_beta(swept: Sweep, candidates: int) -> float | None:
    """A β in the middle of those at which the query rests on a metastable state over `candidates`; None if none."""
    found = [
        beta
        for beta, number in zip(swept.beta.tolist(), swept.number.tolist(), strict=True)
        if kind(number, candidates) is Kind.SUBSET
    ]
    return min(found, key=lambda beta: abs(math.log(beta**2 / (found[0] * found[-1])))) if found else None


def draw(noisy: Trace, flat: Plane, beta: float, steps: int) -> Draw:
    """Let one noisy recall's key settle over its own candidates, seen in another recall's plane."""
    X, settled = noisy.X, settle(noisy.key, noisy.X, beta, steps)
    p = rest((X @ settled.xi[-1])[None], X @ X.mT, beta)[0]
    last = end(p, flat.of(p @ X))
    recalled = None if last.candidate is None else noisy.candidates[last.candidate]
    path = torch.cat([flat.of(settled.xi), last.at[None]])
    return Draw(noisy.asking.noise.seed, path, recalled, last.number, noisy.nearest.id)


def misleading(memory: Memory, query: str | Vector) -> Noise | None:
    """The weakest noise, of those tried, under which a query recalls another memory than without; None if none."""
    quiet = memory.recall(query, k=1, steps=1).answer.id
    for sigma in SIGMAS:
        for seed in range(SEEDS):
            noise = Noise(sigma, seed=seed)
            if memory.recall(query, k=1, steps=1, noise=noise).answer.id != quiet:
                return noise
    return None
