"""Looking: rough similarities of all stored cues to a query, the pass over memory that a recall takes its time for."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from nuonuo.maths import coarse
from nuonuo.maths.search import dots
from nuonuo.memory.bank import Bank

MEMORIES = 4  # that a coarse look must find for each that is wanted
BATCH, SCORES = 256, 1 << 23  # queries that are looked up at once, and their scores, at most


@dataclass(frozen=True)
class Rough:
    """One look at all n cue rows."""

    similarity: Tensor  # (n,) to the key; after a coarse look, of a row that is not `near`, what it is at most, about
    off: float  # by how much those of the others may be wrong
    nearest: Tensor  # () the row first by plain cosine
    milliseconds: float  # its share of the time that all looks took together
    near: Tensor | None = None  # (m,) ascending: the rows that a coarse look has found; None: it was exact


def look(bank: Bank, keys: Tensor, probes: Tensor, most: int) -> Iterator[Rough]:
    """A look for each key (m, d) and the probe (m, d) that it was made from. most: memories that are wanted of it.

    Both in one pass over the keys: x = μ̂ + ‖A(x − μ̂)‖ A⁻¹ key. Many queries share it, BATCH at a time.
    """
    inverse, m = bank.whitening.inverse, max(1, min(BATCH, SCORES // max(len(bank.owner), 1)))
    coarsely = coarse.fits(bank.index.log, most)
    for some, asked in zip(keys.split(m), probes.split(m), strict=True):
        began = time.perf_counter()
        images = asked if inverse is None else torch.stack([inverse @ probe for probe in asked])
        both = torch.cat([some, images])
        found = coarse.nearest(bank.index.log, both) if coarsely else []
        coarsely = coarsely and all(_enough(bank, rows, most) for rows, _ in found)
        found = found if coarsely else bank.index.rough(both)
        share = (time.perf_counter() - began) * 1e3 / len(some)
        for probe, key, image, near, far in zip(
            asked, some, images, found[: len(some)], found[len(some) :], strict=True
        ):
            yield (
                _among(bank, key, image, probe, *near, far[0], share)
                if coarsely
                else Rough(*near, nearest(bank, probe, *far), share)
            )


def _enough(bank: Bank, rows: Tensor, most: int) -> bool:
    """Whether a coarse look has left enough: forgotten memories, or one with thousands of cues, may have filled it."""
    memories = len(rows) if bank.single else len(bank.owner[rows].unique_consecutive())
    return len(rows) >= most * coarse.SHARE and memories >= most * MEMORIES


def _among(
    bank: Bank, key: Tensor, image: Tensor, probe: Tensor, near: Tensor, most: float, beside: Tensor, took: float
) -> Rough:
    """A coarse look, at the rows near (m,) to a key, others are `most` at most, and at those beside (b,) its image."""
    began = time.perf_counter()
    (similarity, off), *_ = bank.index.rough(key[None], near)
    first = nearest(bank, probe, *bank.index.rough(image[None], beside)[0], beside)
    every = key.new_full((len(bank.owner),), most)
    every[near] = similarity
    return Rough(every, off, first, took + (time.perf_counter() - began) * 1e3, near)


def nearest(bank: Bank, probe: Tensor, image: Tensor, off: float, rows: Tensor | None = None) -> Tensor:
    """The row nearest to a probe (d,) by plain cosine, (). image: rough similarities to A⁻¹ probe, of all or some."""
    norms = bank.norms if rows is None else bank.norms[rows]
    cosine = image * norms  # but for μ̂·probe, which all rows share
    near = (cosine >= cosine.max() - 2 * off * bank.longest).nonzero()[:, 0]
    near = near if rows is None else rows[near]
    return near[dots(bank.cues[near], probe).argmax()]
