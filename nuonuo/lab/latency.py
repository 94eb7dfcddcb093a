"""Latency: how do the time and the memory of a recall grow with what is stored?

Every system, FAISS's exact search and NumPy, over the same random unit vectors in one process, on one thread each.
Systems take turns, and a turn's time is the median of its calls; bytes are those of the tensors a system holds.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from nuonuo.lab.backgrounds import taught
from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.capacity import SHOWN, random_patterns
from nuonuo.maths.intervals import average
from nuonuo.memory.encoder import Progress
from nuonuo.memory.noise import Noise
from nuonuo.systems.coded import Coder
from nuonuo.systems.lineup import lineup

SIZES = (100, 300, 1_000, 3_000, 10_000, 20_000)
DIMENSION, SIGMA, CALLS = 384, 0.6, 7
SMALL: dict = {"largest": 100, "turns": 2}
PAGE: dict = {"largest": 3_000, "turns": 4}
BOUNDS = {"largest": Bounds(min(SIZES), max(SIZES)), "turns": Bounds(1, 100), "seed": SEED}


@within(BOUNDS)
def run(
    largest: int = 20_000,
    turns: int = 8,
    seed: int = 0,
    progress: Progress | None = None,
    keep: Callable[[list[dict]], object] | None = None,
) -> list[dict]:
    """Rows memories, system, ms, low, high, n, bytes. Raises ValueError for a number out of its bounds."""
    sizes = [n for n in SIZES if n <= largest]
    X = random_patterns(sizes[-1], DIMENSION, seed)
    coder, rows, threads = Coder(DIMENSION, seed), list[dict](), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for done, n in enumerate(sizes, 1):
            rows += [{"memories": n, **row} for row in measure(X[:n], coder, turns, seed)]
            if progress:
                progress(done, len(sizes))
            if keep:
                keep(rows)
    finally:
        torch.set_num_threads(threads)
    return rows


def measure(X: Tensor, coder: Coder, turns: int, seed: int) -> list[dict]:
    """One row for each system over patterns X (n, d)."""
    queries = [Noise(sigma=SIGMA, seed=seed + i).on_embedding(X[i % len(X)]) for i in range(CALLS)]
    makers = lineup(coder)
    systems = {name: taught(makers[name], X, X.roll(-1, 0)) for name in SHOWN}
    ways: dict[str, Callable[[Tensor], object]] = {name: system.recall for name, system in systems.items()}
    ways |= {"NumPy": with_numpy(X)} | with_faiss(X)
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, recall in ways.items():
            took[name].append(turn(recall, queries))
    held = {name: weigh(system) for name, system in systems.items()}
    return [{"system": name, **average(times, "ms", least=0), "bytes": held.get(name)} for name, times in took.items()]


def turn(recall: Callable[[Tensor], object], queries: list[Tensor]) -> float:
    """ms of the median call; the first, untimed, warms up."""
    recall(queries[0])
    took = []
    for query in queries:
        began = time.perf_counter()
        recall(query)
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


def with_numpy(X: Tensor) -> Callable[[Tensor], object]:
    """The 20 nearest rows by NumPy."""
    rows = X.numpy()
    k = min(20, len(rows))
    return lambda query: np.argpartition(rows @ query.numpy(), -k)


def with_faiss(X: Tensor) -> dict[str, Callable[[Tensor], object]]:
    """The 20 nearest rows by FAISS's exact search, where FAISS is installed."""
    try:
        import faiss
    except ImportError:
        return {}
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(X.shape[1])
    index.add(X.numpy())
    return {"FAISS flat": lambda query: index.search(query[None].numpy(), 20)}


def weigh(thing: object, seen: set[int] | None = None) -> int:
    """Bytes of all tensors that an object holds, each storage once; the projection shared by all codes left out."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, Coder | str | bytes | int | float | type):
        return 0
    seen.add(id(thing))
    if isinstance(thing, Tensor):
        storage = thing.untyped_storage()
        fresh = storage.data_ptr() not in seen
        seen.add(storage.data_ptr())
        return storage.nbytes() if fresh else 0
    inside = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list | tuple) else ()
    return sum(weigh(each, seen) for each in (*inside, *getattr(thing, "__dict__", {}).values()))
