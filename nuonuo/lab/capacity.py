"""Capacity: how many memories fit before recall fails, for random patterns and for real text?

A softmax memory stores 2^(d/2) random patterns (Demircigil et al., arXiv:1702.01929; Ramsauer et al.,
arXiv:2008.02217): `capacity` in a row. Real sentences lie closer together than random directions, so their `nearest`,
the median cosine of a stored pattern to its nearest other, is what decides. Each pattern is a cue for the next; the
queries are stored cues with Gaussian noise σ.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import Tensor
from torch.nn.functional import normalize

from nuonuo.lab.backgrounds import taught
from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.material import sentences
from nuonuo.maths.intervals import share
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.memory.noise import Noise
from nuonuo.systems.coded import Coder
from nuonuo.systems.lineup import NEAREST, lineup

SIZES = (30, 100, 300, 1_000, 3_000, 10_000, 20_000)
DIMENSIONS = (8, 16, 32, 384)
SHOWN = (
    NEAREST,
    "NuoNuo (default)",
    "modern Hopfield, β 8",
    "modern Hopfield, β 32",
    "WTA-Hopfield, β 16",
    "dense memory, power 3",
    "flat Hebbian",
)
SMALL: dict = {"largest": 30, "queries": 8}
PAGE: dict = {"largest": 1_000, "queries": 50, "sigma": 0.5}
BOUNDS = {
    "largest": Bounds(min(SIZES), max(SIZES)),
    "queries": Bounds(1, 1_000),
    "sigma": Bounds(0, 10),
    "seed": SEED,
}


@within(BOUNDS)
def run(
    file: str | Path | None = None,
    largest: int = 20_000,
    queries: int = 200,
    sigma: float = 0.5,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
    keep: Callable[[list[dict]], object] | None = None,
) -> list[dict]:
    """Rows patterns, memories, system, recall, low, high, n, capacity, nearest.

    file: real sentences, one a line; the project's own if None. largest: number of memories. queries: at each size.
    Raises ValueError for a wrong file or a number out of range.
    """
    encoder = encoder or Encoder()
    texts = sentences(file)[:largest]
    kinds = {f"random, d = {d}": partial(random_patterns, largest, d, seed) for d in DIMENSIONS}
    kinds[f"real text, d = {encoder.dimension}"] = partial(encoder.encode, texts)
    rows: list[dict] = []
    for done, (kind, make) in enumerate(kinds.items(), 1):
        X = make()
        coder = Coder(X.shape[1], seed)
        for n in [n for n in SIZES if n <= len(X)]:
            about = {"patterns": kind, "memories": n, "capacity": 2.0 ** (X.shape[1] / 2), "nearest": crowding(X[:n])}
            found = recalls(X[:n], coder, queries, sigma, seed)
            rows += [{**about, "system": name, **share(hits)} for name, hits in found.items()]
            if keep:
                keep(rows)
        if progress:
            progress(done, len(kinds))
    return rows


def random_patterns(n: int, d: int, seed: int) -> Tensor:
    """n random unit vectors (n, d)."""
    return normalize(torch.randn(n, d, generator=torch.Generator().manual_seed(seed)), dim=1)


def crowding(X: Tensor) -> float:
    """Median cosine of up to 500 patterns to their nearest other."""
    some = X[:500] @ X.mT
    some[torch.arange(len(some)), torch.arange(len(some))] = -1
    return median(some.max(1).values.tolist())


def recalls(X: Tensor, coder: Coder, queries: int, sigma: float, seed: int) -> dict[str, list[float]]:
    """For each system, whether each noisy query found its memory; one that embeds the same counts."""
    n = len(X)
    asked = torch.randperm(n, generator=torch.Generator().manual_seed(seed))[:queries].tolist()
    noisy = {i: Noise(sigma=sigma, seed=seed + i).on_embedding(X[i]) for i in asked}
    systems, hits = lineup(coder), dict[str, list[float]]()
    for name in SHOWN:
        system = taught(systems[name], X, X.roll(-1, 0))
        hits[name] = [float(torch.equal(X[system.recall(query).memory], X[i])) for i, query in noisy.items()]
    return hits
