"""Growth: how time grows with the memories stored, from 1,000 on, each in powers of ten.

Time is ms = c · N^p; p is fitted by least squares over the logarithms of the three largest sizes: 1 is a scan, 0 does
not grow. Vectors are random, which is the hardest case for a search: nothing in them can be left out unseen. Recall and
FAISS take turns at each size; the median call of the least disturbed turn counts (nuonuo/lab/timing.py).
"""

import math
import os
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.speed import DIMENSION, SIGMA, K, faiss_module
from nuonuo.lab.timing import FLAT, Operation, measure, one_turn
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.encoder import Progress
from nuonuo.memory.records import Record, record

QUERIES = 20
FITTED = 3  # largest sizes that the exponent is fitted to
PORTION = 100_000  # memories that are added at once
AFTER = 5  # changes that are each followed by a recall
RATES = ("add in memory", "add to a file")
BOUNDS = {"largest": Bounds(1_000, 1_000_000), "turns": Bounds(1, 100), "seed": SEED}


@within(BOUNDS)
def run(
    largest: int = 100_000, seed: int = 0, turns: int = 3, exact: bool = True, progress: Progress | None = None
) -> list[dict]:
    """Rows operation, one for each size its ms (or memories a second), exponent; and recall@20: of the 20 most similar
    keys, found by exact search, the share among the candidates.

    largest: 1,000 to 1,000,000; a power of ten. A million takes 20 GB of memory. turns: of which the least disturbed
    counts. exact: whether FAISS's exact search is timed beside it, and asked for the true 20. Raises ValueError if a
    number is out of its bounds, or FAISS is missing and exact.
    """
    if 10 ** round(math.log10(largest)) != largest:
        raise ValueError(f"largest must be a power of ten, got {largest:,}")
    sizes = [10**power for power in range(3, round(math.log10(largest)) + 1)]
    found = {}
    for done, n in enumerate(sizes, 1):
        found[n] = measured(n, seed, turns, exact)
        if progress:
            progress(done, len(sizes))
    return [row(name, {n: found[n][name] for n in sizes}) for name in found[sizes[0]]]


def row(name: str, values: dict[int, float]) -> dict:
    """A row of the table: values by size, and the exponent of those that are times."""
    last = list(values.items())[-FITTED:]
    slope = exponent(last) if len(last) > 1 and not name.startswith(("recall@", *RATES)) else None
    unit = "share" if name.startswith("recall@") else "a second" if name in RATES else "ms"
    return {"operation": name, "unit": unit} | {f"{n:,}": value for n, value in values.items()} | {"exponent": slope}


def exponent(points: list[tuple[int, float]]) -> float:
    """p of value = c · N^p by least squares over logarithms."""
    x, y = (np.log([point[i] for point in points]) for i in (0, 1))
    return float(np.polyfit(x, y, 1)[0])


def measured(n: int, seed: int, turns: int, exact: bool) -> dict[str, float]:
    """ms, memories a second and recall@20 at n memories, by name."""
    X = normalize(torch.randn(n, DIMENSION, generator=torch.Generator().manual_seed(seed)), dim=1)
    rows = [record(f"text number {i}", None, (), x, x) for i, x in enumerate(X.numpy())]
    made = in_memory(X, rows, seed, turns, exact)
    del X
    return made | on_disk(rows, seed)


def in_memory(X: Tensor, rows: list[Record], seed: int, turns: int, exact: bool) -> dict[str, float]:
    """Adding to a bank of this process, a second; ms of a recall of each kind, and how many of the nearest it finds."""
    queries = some_queries(X, seed + 1)
    made: dict[str, float] = {}
    with closing(Memory(None, dimension=DIMENSION, seed=seed)) as memory:
        made["add in memory"] = len(rows) / filled(memory, rows)
        ways: dict[str, Operation] = {
            "recall": lambda i: memory.recall(queries[i % len(queries)], Asking(k=K).alone),
            "associative": lambda i: memory.recall(queries[i % len(queries)], k=K, text=f"number {i}"),
        }
        if exact:
            index = faiss_of(memory.bank.keys)
            ways[FLAT] = lambda i: index.search(queries[i % len(queries)][None].numpy(), K)
            made[f"recall@{K}"] = agreement(memory, index, queries)
        return made | timed(ways, turns)


def some_queries(X: Tensor, seed: int) -> Tensor:
    """Stored vectors in noise: (QUERIES, d)."""
    generator = torch.Generator().manual_seed(seed)
    picked = X[torch.randint(len(X), (QUERIES,), generator=generator)]
    noise = torch.randn(picked.shape, generator=generator)
    return normalize(picked + SIGMA / X.shape[1] ** 0.5 * noise, dim=1)


def filled(memory: Memory, rows: list[Record]) -> float:
    """Seconds that adding takes."""
    began = time.perf_counter()
    for first in range(0, len(rows), PORTION):
        memory.add_many(rows[first : first + PORTION])
    return time.perf_counter() - began


def faiss_of(X: Tensor):
    """FAISS's exact index of X (n, d)."""
    index = faiss_module().IndexFlatIP(X.shape[1])
    index.add(X.numpy())
    return index


def agreement(memory: Memory, index, queries: Tensor) -> float:
    """The share of the 20 keys most similar to each query's, by exact search, that a recall by meaning finds."""
    traces = memory.recall_many(list(queries), Asking(k=K).alone)
    nearest = index.search(torch.stack([trace.key for trace in traces]).numpy(), K)[1]  # ids count from 1, rows from 0
    shares = [
        len({c.id - 1 for c in t.candidates} & set(row)) / K for t, row in zip(traces, nearest.tolist(), strict=True)
    ]
    return statistics.mean(shares)


def timed(ways: dict[str, Operation], turns: int) -> dict[str, float]:
    """ms of each, with the number of threads it does best with."""
    every = torch.get_num_threads()
    try:
        made = measure(ways, turns, every, faiss_module() if FLAT in ways else None, None)
    finally:
        torch.set_num_threads(every)
    return {name: min(one.least for one in made if one.operation == name) for name in ways}


def on_disk(rows: list[Record], seed: int) -> dict[str, float]:
    """Adding durably, a second; ms of changing one memory, of the recall after that, of adding one, of opening the file
    (which the system has in its cache) and of the first recall then. rows are cleared once they are written."""
    x = np.array(rows[0].cue_vectors)
    with tempfile.TemporaryDirectory(prefix="nuonuo-") as folder:
        path = Path(folder) / "bank.nuonuo"
        made = written(path, rows, x, seed)
        rows.clear()  # whatever they hold would take the room of the file
        os.sync()
        cached(path)
        began = time.perf_counter()
        with closing(Memory.open(path)) as memory:
            made["open"] = (time.perf_counter() - began) * 1e3
            began = time.perf_counter()
            memory.recall(x, Asking(k=K).alone)
            return made | {"first recall": (time.perf_counter() - began) * 1e3}


def cached(path: Path) -> None:
    """Reads a file, so that what is timed then is not the disk."""
    with path.open("rb") as data:
        while data.read(1 << 24):
            pass


def written(path: Path, rows: list[Record], x: np.ndarray, seed: int) -> dict[str, float]:
    """Adding to a new file at path, a second; ms of changing one of its memories, of recalling then, of adding one."""
    with closing(Memory(path, dimension=DIMENSION, seed=seed)) as memory:
        rate = len(rows) / filled(memory, rows)

        def changed(i: int) -> None:
            memory.put_back([replace(memory.get(1 + i), target=f"another {i}")])

        def recalled(i: int) -> float:
            changed(i)
            began = time.perf_counter()
            memory.recall(x, k=K, text=f"number {i}")
            return (time.perf_counter() - began) * 1e3

        after = [recalled(i) for i in range(1 + AFTER)][1:]  # the first reads all texts
        change, add = one_turn(changed, 0), one_turn(lambda i: memory.add(f"one more {i}", embedding=x), 0)
    return {
        "add to a file": rate,
        "change one": change,
        "associative after a change": statistics.median(after),
        "add one": add,
    }
