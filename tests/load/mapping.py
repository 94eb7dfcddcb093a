"""UMAP as the map page makes it beside umap-learn itself: `python -m tests.load.mapping [N] [TIMES]`.

The same generated keys (strewn.py), neighbours, rounds, start and seed, on one core, by turns in one process. Both have
run once before, for numba compiles. The page's own looks up exact neighbours, umap-learn approximate ones.
"""

import statistics
import sys
import time
import warnings

import numpy as np
import torch

from nuonuo.explain.map import maps
from nuonuo.explain.map.neighbours import preservation
from nuonuo.explain.map.points import Points
from tests.load.strewn import records


def strewn(n: int) -> Points:
    """Points of n generated memories."""
    x = torch.from_numpy(np.stack([one.cue_vectors for one in records(n)]))
    rows = torch.arange(n)
    return Points(rows.numpy(), np.zeros(n, np.uint32), x / x.norm(dim=1, keepdim=True), rows, n)


def ours(points: Points) -> np.ndarray:
    """Places (n, 2), as the page has them."""
    return maps.fit_umap(points, 2, 0, lambda share, what: None).xy


def theirs(points: Points) -> np.ndarray:
    """Places (n, 2), by umap-learn with the same settings; it counts each point among its own neighbours."""
    import umap

    n, start = len(points.ids), maps.fit_pca(points, 2).xy
    k, epochs = min(maps.MOST, n - 1) + 1, 500 if n <= 10_000 else 200
    way = {"init": 10 * start / np.abs(start).max(), "random_state": 0, "n_jobs": 1}
    return umap.UMAP(n_neighbors=k, min_dist=maps.MIN_DIST, n_epochs=epochs, **way).fit_transform(points.K.numpy())


def main(n: int = 20_000, times: int = 3) -> None:
    """Print seconds of both, elapsed and of this process, and the ratios."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for make in (ours, theirs):
        make(strewn(5_000))  # umap-learn compiles its approximate search from 4,096 points
    points, took, xy = strewn(n), {"ours": [], "umap-learn": []}, {}
    for _ in range(times):
        for name, make in (("ours", ours), ("umap-learn", theirs)):
            began, busy = time.perf_counter(), time.process_time()
            xy[name] = make(points)
            took[name].append((time.perf_counter() - began, time.process_time() - busy))
    seconds = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in took.items()}
    for name, (elapsed, busy) in seconds.items():
        kept = preservation(points.K, torch.from_numpy(xy[name]))
        print(f"{name:<12}{elapsed:6.1f} s elapsed{busy:6.1f} s of the processor  keeps {kept.share:.1%} of neighbours")
    ratios = [mine / other for mine, other in zip(*seconds.values(), strict=True)]
    print(f"{n:,} points, medians of {times}: {ratios[0]:.2f} x elapsed, {ratios[1]:.2f} x processor")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
