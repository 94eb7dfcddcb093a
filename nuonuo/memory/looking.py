"""Looking: rough similarities of all stored cues to a query, the pass over memory that a recall takes its time for."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.maths.search import dots
from nuonuo.memory.bank import Bank

BATCH, SCORES = 256, 1 << 23  # queries that are looked up at once, and their scores, at most


@dataclass(frozen=True)
class Rough:
    """One look at all n cue rows."""

    similarity: Tensor  # (n,) to the key
    off: float  # by how much that may be wrong
    nearest: Tensor  # () the row first by plain cosine
    milliseconds: float  # its share of the time that all looks took together


def look(bank: Bank, keys: Tensor, probes: Tensor) -> Iterator[Rough]:
    """A look for each key (m, d) and the probe (m, d) that it was made from.

    Both in one pass over the keys: x = μ̂ + ‖A(x − μ̂)‖ A⁻¹ key. Many queries share it, BATCH at a time.
    """
    inverse, m = bank.whitening.inverse, max(1, min(BATCH, SCORES // max(len(bank.X), 1)))
    for some, asked in zip(keys.split(m), probes.split(m), strict=True):
        began = time.perf_counter()
        images = asked if inverse is None else torch.stack([inverse @ probe for probe in asked])
        scores = bank.index.rough(torch.cat([some, images]))
        share = (time.perf_counter() - began) * 1e3 / len(some)
        for probe, near, image in zip(asked, scores[: len(some)], scores[len(some) :], strict=True):
            yield Rough(*near, nearest(bank, probe, *image), share)


def nearest(bank: Bank, probe: Tensor, image: Tensor, off: float) -> Tensor:
    """The row nearest to a probe (d,) by plain cosine, (). image: (n,) rough similarities to A⁻¹ probe."""
    cosine = image * bank.norms  # but for μ̂·probe, which all rows share
    near = (cosine >= cosine.max() - 2 * off * bank.longest).nonzero()[:, 0]
    return near[dots(bank.X[near], probe).argmax()]
