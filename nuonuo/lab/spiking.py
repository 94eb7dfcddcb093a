"""Spiking: how an embedding survives as spikes, when the LIF network forgets, and what voting by spikes costs.

Rows have `part` (encoder, lif, sampler, table), what was varied, `measure` and `value`, with low, high and n where it
is a mean over embeddings or questions. The table is the prototype's: paraphrase recall of five pairs, with backgrounds,
time beside softmax attention, and how it grows.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from nuonuo.explain.spiking import encoder as spikes
from nuonuo.explain.spiking import lif, sampler
from nuonuo.explain.spiking.problem import Problem, random_directions
from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.material import Pair, read_pairs, sample, templated
from nuonuo.maths.intervals import average, share
from nuonuo.memory.encoder import Encoder, Progress
from nuonuo.systems.lineup import NEAREST
from nuonuo.systems.modern import ModernHopfield, Nearest
from nuonuo.systems.protocol import System
from nuonuo.systems.spiking import LIFHopfield, SpikingWTA

# Of the bank support, and of each pair's three paraphrases: one of the 3 of 756 choices that show the whole failure.
FIVE, PARAPHRASE = (1, 3, 6, 7, 9), 2
ENCODED = (4, 8, 16, 32, 64)  # T
STEPS = (5, 10, 20, 50, 100, 200)
BACKGROUNDS = (0, 10, 100)
BETA = 32.0
VOTED = [  # asked with, β, backgrounds, inhibition constant η
    *((asked, beta, n, 0.2) for asked in ("cue", "paraphrase") for beta in (8.0, BETA) for n in (0, 100)),
    *(("paraphrase", 8.0, 0, constant) for constant in (0.05, 0.8)),
]
SOFTMAX = "softmax Hopfield"
SYSTEMS: dict[str, Callable[[int, int], System]] = {  # made for embeddings of size d, with a seed
    "LIF Hopfield, 20 steps": lambda d, seed: LIFHopfield(d, 20),
    "LIF Hopfield, 100 steps": lambda d, seed: LIFHopfield(d, 100),
    "spiking WTA, 64 spikes": lambda d, seed: SpikingWTA(d, BETA, 64, seed),
    SOFTMAX: lambda d, seed: ModernHopfield(d, BETA, 1),
    NEAREST: lambda d, seed: Nearest(d),
}
TURNS = 5
EVERY = torch.get_num_threads()
SMALL: dict = {"largest": 16, "seeds": 1, "memories": 20}
BOUNDS = {"largest": Bounds(1, 4_096), "seeds": Bounds(1, 20), "memories": Bounds(1, 20_000), "seed": SEED}


@within(BOUNDS)
def run(
    file: str | Path | None = None,
    largest: int = 1024,
    seeds: int = 4,
    memories: int = 1_000,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows part, what was varied, measure, value, and low, high, n where sampled.

    file: a JSON list of cue, target, paraphrase, of which `lif` and `table` take the first five; the project's own if
    None. largest: spikes voted with. seeds: of the votes, from `seed` on; a question's value is their mean. memories:
    that a recall is timed over, and ten times as many. progress(done, total) after each part.
    Raises ValueError for a wrong file, fewer than five pairs, or a number out of its bounds.
    """
    pairs = support() if file is None else read_pairs(file)
    if len(pairs) < len(FIVE):
        raise ValueError(f"{file} must hold at least {len(FIVE)} pairs, got {len(pairs)}")
    few = five() if file is None else pairs[: len(FIVE)]
    encoder = encoder or Encoder()
    near, whole, some = near_duplicates(encoder, max(BACKGROUNDS)), problem(encoder, pairs), problem(encoder, few)
    values = encoder.encode([pair.target for pair in few])
    parts: list[Callable[[], list[dict]]] = [
        lambda: encoded(torch.cat([whole.M, whole.q, near]), seed),
        lambda: failing(some, near, seed),
        lambda: voting(whole, near, largest, seeds, seed),
        lambda: recalls(some, values, near, seed) + times(memories, some.M.shape[1], seed),
    ]
    rows = []
    for done, part in enumerate(parts, 1):
        with one_thread():
            rows += part()
        if progress:
            progress(done, len(parts))
    return rows


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch works on one thread until the block ends: two lose on products as small and many as these."""
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(EVERY)


def support() -> list[Pair]:
    """The ten pairs of the sample bank, each asked in one way."""
    return [Pair(p.cue, p.target, (), p.paraphrases[PARAPHRASE : PARAPHRASE + 1]) for p in sample("support")]


def five() -> list[Pair]:
    """The five pairs on which the failure is documented."""
    pairs = support()
    return [pairs[i] for i in FIVE]


def problem(encoder: Encoder, pairs: list[Pair]) -> Problem:
    """The pairs' cues as patterns, their paraphrases as questions."""
    return Problem(encoder.encode([p.paraphrases[0] for p in pairs]), encoder.encode([p.cue for p in pairs]))


def near_duplicates(encoder: Encoder, n: int) -> Tensor:
    """Embeddings (n, d) of cues from one template, which differ in numbers only."""
    return encoder.encode([pair.cue for pair in templated(n)])


def encoded(x: Tensor, seed: int) -> list[dict]:
    """Cosine of x̂ to x (n, d) and spikes spent, for each code and T."""
    rows = []
    for name, train in zip(spikes.CODES, spikes.compare(x, max(ENCODED), seed=seed).trains, strict=True):
        cosine, spent = train.cosine(x), train.spent
        for T in ENCODED:
            about = {"part": "encoder", "system": name, "steps": T}
            rows.append({**about, "measure": "cosine", **average(cosine[T - 1].tolist(), "value")})
            rows.append({**about, "measure": "spikes", **average(spent[T - 1].tolist(), "value")})
    return rows


def failing(some: Problem, near: Tensor, seed: int) -> list[dict]:
    """Recall and firing of the LIF network at every number of steps, by kind and number of backgrounds."""
    other = random_directions(len(near), near.shape[-1], seed)
    rows = []
    for kind, rest in {"near-duplicates": near, "random": other}.items():
        for count in BACKGROUNDS:
            asked = some.within(rest[:count])
            ran = lif.run(asked.M, asked.q, max(STEPS))
            about = {"part": "lif", "kind": kind, "backgrounds": count}
            for T in STEPS:
                hits = (ran.recalled[T - 1] == torch.arange(len(some.q), device=ran.M.device)).float().tolist()
                rows.append({**about, "steps": T, "measure": "recall", **share(hits, "value")})
                rows.append({**about, "steps": T, "measure": "firing rate", "value": float(ran.rate[T - 1])})
            top = float(lif.eigenvalues(asked.M)[0])
            rows.append({**about, "measure": "top eigenvalue", "value": top})
            rows.append({**about, "measure": "softmax recall", "value": asked.nearest / len(some.q)})
    return rows


def voting(whole: Problem, near: Tensor, largest: int, seeds: int, seed: int) -> list[dict]:
    """Distance to softmax, and recall, against the number of spikes."""
    n, rows = len(whole.q), list[dict]()
    for asked, beta, count, constant in VOTED:
        M = whole.within(near[:count]).M
        q = (whole.M if asked == "cue" else whole.q).repeat(seeds, 1)
        votes = sampler.sample(q, M, beta, largest, torch.Generator().manual_seed(seed), constant)
        about = {"part": "sampler", "asked": asked, "beta": beta, "backgrounds": count, "constant": constant}
        for budget in sampler.budgets(largest):
            rate = votes.rate(budget)
            far = sampler.distance(rate, votes.p).view(seeds, n).mean(0)
            right = rate.argmax(-1).view(seeds, n) == torch.arange(n, device=rate.device)
            spent = {**about, "spikes": budget}
            rows.append({**spent, "measure": "distance", **average(far.tolist(), "value")})
            rows.append({**spent, "measure": "recall", **share(right.float().mean(0).tolist(), "value")})
    return rows


def recalls(some: Problem, values: Tensor, near: Tensor, seed: int) -> list[dict]:
    """Paraphrase recall of the five pairs by every system, with backgrounds. values: (5, d) their targets."""
    rows = []
    for name, make in SYSTEMS.items():
        for count in BACKGROUNDS:
            system = make(values.shape[1], seed)
            system.learn(some.within(near[:count]).M, torch.cat([values, near[:count]]))
            hits = [float(system.recall(q).memory == i) for i, q in enumerate(some.q)]
            about = {"part": "table", "system": name, "backgrounds": count, "measure": "paraphrase recall"}
            rows.append({**about, **share(hits, "value")})
    return rows


def times(memories: int, d: int, seed: int) -> list[dict]:
    """How long a recall takes beside softmax attention, and how much longer with ten times the memories; one thread."""
    took, rows = dict[tuple[str, int], float](), list[dict]()
    with one_thread():
        for n in (memories, 10 * memories):
            X = random_directions(n, d, seed)
            took |= {(name, n): milliseconds(make(d, seed), X) for name, make in SYSTEMS.items()}
    for name in SYSTEMS:
        about, one = {"part": "table", "system": name, "memories": memories}, took[name, memories]
        rows.append({**about, "measure": "time / softmax", "value": one / took[SOFTMAX, memories]})
        rows.append({**about, "measure": "time × for ten times the memories", "value": took[name, 10 * memories] / one})
    return rows


def milliseconds(system: System, X: Tensor) -> float:
    """Of the least disturbed of a few recalls over memories X (n, d)."""
    system.learn(X, X)
    took = []
    for turn in range(TURNS + 1):
        began = time.perf_counter()
        system.recall(X[turn])
        took.append((time.perf_counter() - began) * 1e3)
    return min(took[1:])
