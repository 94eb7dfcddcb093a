"""Indexes: what well-kept approximate indexes find of the nearest rows, in what time and memory.

Each is asked for as many rows as a coarse search keeps (nuonuo/maths/coarse.py), to be compared in full; graphs are
asked for the 20 themselves. One thread. Random vectors are the hardest case; the lines of a file, mixed in pairs,
are a kinder one.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from nuonuo.lab.bounds import SEED, Bounds, within
from nuonuo.lab.growth import some_queries
from nuonuo.lab.material import read_lines
from nuonuo.lab.speed import K, faiss_module, vectors
from nuonuo.maths.coarse import KEPT, TRAINED
from nuonuo.memory.encoder import Encoder, Progress

SECOND = 0.6  # share of the second sentence in a mixture
NOISE = 0.02
BOUNDS = {"n": Bounds(1_000, 2_000_000), "seed": SEED}
FAISS = {  # by their names in FAISS's factory, with what is searched of each
    "Flat": {},
    "PQ{half}x4fs": {},
    "PQ{quarter}x4fs": {},
    "IVF{cells},PQ{half}x4fsr": {"nprobe": 32},
    "IVF{cells},SQ8": {"nprobe": 32},
    "HNSW32,SQ8": {"efSearch": 128},
}
GRAPHS = ("HNSW", "usearch", "hnswlib")  # how the names of those begin that are asked for 20
Search = Callable[[np.ndarray, int], np.ndarray]  # a query (d,) and k -> rows


@within(BOUNDS)
def run(
    file: str | Path | None = None,
    n: int = 100_000,
    seed: int = 0,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> list[dict]:
    """Rows index, build_s, bytes (as it is written to a file), ms (median of 20 queries), recall@20.

    file: texts one a line, of which mixtures of two are made; random vectors if None. usearch and hnswlib stand in the
    table where they are installed (`pip install 'nuonuo[indexes]'`). Raises ValueError if FAISS is missing or a number
    out of its bounds.
    """
    generator = torch.Generator().manual_seed(seed)
    X = vectors(None, n, generator, None, None) if file is None else mixed(file, n, generator, encoder, progress)
    queries = some_queries(X, seed + 1).numpy()
    true = [set((X @ torch.from_numpy(q)).topk(K).indices.tolist()) for q in queries]
    ways, rows = {name: built(name, X) for name in FAISS} | others(X), []
    threads = faiss_module().omp_get_max_threads()
    for done, (name, build) in enumerate(ways.items(), 1):
        began = time.perf_counter()
        search, size = build()
        took = time.perf_counter() - began
        faiss_module().omp_set_num_threads(1)
        rows.append(
            {"index": name.format(**shape(X)), "build_s": took, "bytes": size} | asked(name, search, X, queries, true)
        )
        faiss_module().omp_set_num_threads(threads)
        if progress:
            progress(done, len(ways))
    return rows


def mixed(
    file: str | Path, n: int, generator: torch.Generator, encoder: Encoder | None, progress: Progress | None
) -> Tensor:
    """n unit vectors, each of two sentences of a file and a little noise."""
    lines = vectors(file, min(n, len(read_lines(file))), generator, encoder, progress)
    first, second = torch.randint(len(lines), (2, n), generator=generator)
    noise = torch.randn(n, lines.shape[1], generator=generator)
    return normalize(lines[first] + SECOND * lines[second] + NOISE * noise, dim=1)


def shape(X: Tensor) -> dict[str, int]:
    """What the names of FAISS's indexes of X (n, d) are filled in with."""
    n, d = X.shape
    return {"half": d // 2, "quarter": d // 4, "cells": 2 ** round(np.log2(4 * n**0.5))}


def built(name: str, X: Tensor) -> Callable[[], tuple[Search, int]]:
    """How FAISS makes an index of X (n, d)."""
    faiss, (n, d) = faiss_module(), X.shape

    def build() -> tuple[Search, int]:
        index = faiss.index_factory(d, name.format(**shape(X)), faiss.METRIC_INNER_PRODUCT)
        index.train(X[:: max(1, n // TRAINED)].numpy())
        index.add(X.numpy())
        for parameter, value in FAISS[name].items():
            faiss.ParameterSpace().set_index_parameter(index, parameter, value)
        return lambda q, k: index.search(q[None], k)[1][0], faiss.serialize_index(index).nbytes

    return build


def others(X: Tensor) -> dict[str, Callable[[], tuple[Search, int]]]:
    """usearch and hnswlib, where they are installed."""
    (n, d) = X.shape
    found: dict[str, Callable[[], tuple[Search, int]]] = {}

    def usearch(module: Any) -> tuple[Search, int]:
        index = module.Index(ndim=d, metric="ip", dtype="i8", connectivity=32, expansion_search=128)
        index.add(np.arange(n), X.numpy())
        return lambda q, k: index.search(q, k, threads=1).keys.astype(np.int64), index.memory_usage

    def hnswlib(module: Any) -> tuple[Search, int]:
        index = module.Index(space="ip", dim=d)
        index.init_index(max_elements=n, M=32, ef_construction=128)
        index.add_items(X.numpy())
        index.set_ef(128)
        index.set_num_threads(1)
        return lambda q, k: index.knn_query(q[None], k)[0][0].astype(np.int64), index.index_file_size()

    for name, make in (("usearch.index", usearch), ("hnswlib", hnswlib)):
        try:
            module = import_module(name)
        except ImportError:
            continue
        found[name.split(".")[0]] = partial(make, module)
    return found


def asked(name: str, search: Search, X: Tensor, queries: np.ndarray, true: list[set[int]]) -> dict[str, float]:
    """ms of a search and the share of the true 20 nearest that is found, after comparison in full."""
    took, met = [], []
    for query, nearest in zip(queries, true, strict=True):
        began = time.perf_counter()
        near = torch.from_numpy(search(query, K if name == "Flat" or name.startswith(GRAPHS) else min(KEPT, len(X))))
        near = near[near >= 0]
        best = near[(X[near] @ torch.from_numpy(query)).topk(min(K, len(near))).indices]
        took.append((time.perf_counter() - began) * 1e3)
        met.append(len(nearest & set(best.tolist())) / K)
    return {"ms": statistics.median(took), f"recall@{K}": statistics.mean(met)}
