"""Backgrounds: which systems still find the right memory among thousands of others?

The prototype's experiment: a few pairs hidden among memories that are near-duplicates of each other ("templated") or
real sentences, asked with the stored cue itself ("exact") and with a paraphrase that was never stored.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.material import Pair, consecutive, read_pairs, sample, sentences, templated
from nuonuo.maths.intervals import share
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.systems.coded import Coder
from nuonuo.systems.lineup import lineup
from nuonuo.systems.protocol import System

SIZES = (0, 100, 500, 1_000, 5_000)
SMALL: dict = {"sizes": (0, 40), "seeds": 1}
PAGE: dict = {"largest": 1_000, "seeds": 2}
BOUNDS = {"sizes": Bounds(0, 20_000), "largest": Bounds(0, 20_000), "seeds": Bounds(1, 20), "seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path | None = None,
    background: str | Path | None = None,
    sizes: tuple[int, ...] = SIZES,
    largest: int = max(SIZES),
    seeds: int = 5,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
    keep: Callable[[list[dict]], object] | None = None,
) -> list[dict]:
    """Rows queries, backgrounds, system, recall, low, high, n.

    file: a JSON list of cue, target, paraphrase; the project's own ten pairs if None. background: real sentences, one
    a line, of which each is a cue for the next; the project's own if None. sizes: of the background, those up to
    `largest` that it has. seeds: of the projection to codes, from `seed` on; a query's recall is their mean.
    Raises ValueError for a wrong file or a number out of its bounds.
    """
    encoder, pairs = encoder or Encoder(), sample("support") if file is None else read_pairs(file)
    sizes = tuple(n for n in sizes if n <= largest)
    kinds = {"templated": templated(max(sizes, default=0)), "real": consecutive(sentences(background))}
    plan = [(kind, n) for kind, others in kinds.items() for n in sizes if n <= len(others)]
    coders, rows = [Coder(encoder.dimension, seed + i) for i in range(seeds)], list[dict]()
    for done, (kind, n) in enumerate(plan, 1):
        for queries, hits in trial(pairs, kinds[kind][:n], encoder, coders).items():
            for system, shares in hits.items():
                rows.append({"queries": f"{kind}, {queries}", "backgrounds": n, "system": system, **share(shares)})
        if progress:
            progress(done, len(plan))
        if keep:
            keep(rows)
    return rows


def trial(
    pairs: list[Pair], others: list[Pair], encoder: Encoder, coders: list[Coder]
) -> dict[str, dict[str, list[float]]]:
    """For exact and paraphrased queries and each system: the share of seeds that found each query's memory."""
    stored = [*pairs, *others]
    cues, targets = encoder.encode([p.cue for p in stored]), encoder.encode([p.target for p in stored])
    asked = {
        "exact": [(cues[i], i) for i in range(len(pairs))],
        "paraphrase": [(x, i) for i, p in enumerate(pairs) for x in encoder.encode(list(p.paraphrases))],
    }
    hits: dict[str, dict[str, list[float]]] = {queries: {} for queries in asked}
    for coder in coders:
        for name, make in lineup(coder).items():
            system = taught(make, cues, targets)
            for queries, each in asked.items():
                found = [float(system.recall(query).memory == right) / len(coders) for query, right in each]
                hits[queries][name] = [
                    a + b for a, b in zip(hits[queries].get(name, [0] * len(each)), found, strict=True)
                ]
    return hits


def taught(make: Callable[[], System], cues: Tensor, targets: Tensor) -> System:
    """A system that has learnt associations (n, d), (n, d)."""
    system = make()
    with torch.inference_mode():
        system.learn(cues, targets)
    return system
