"""UMAP as the map page makes it beside umap-learn itself: `python -m tests.load.mapping [N] [TIMES]`.

The same generated keys (strewn.py), neighbours, rounds, start and seed, on one core, by turns: each in a process of its
own, as the page makes every map, where numba has compiled nothing; and in one process, after both have run once. The
page's own looks up the neighbours by comparing all with all, umap-learn by an approximate search.
"""

import os
import statistics
import subprocess
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


MAKE = {"ours": ours, "umap-learn": theirs}


def timed(name: str, points: Points) -> tuple[float, float, np.ndarray]:
    """Seconds elapsed, seconds of the processor, and the places."""
    began, busy = time.perf_counter(), time.process_time()
    xy = MAKE[name](points)
    return time.perf_counter() - began, time.process_time() - busy, xy


def alone(name: str, n: int) -> tuple[float, float]:
    """Seconds elapsed and of the processor in a new process, whose start and loading of PyTorch do not count."""
    call = [sys.executable, "-W", "ignore", "-m", "tests.load.mapping", str(n), "1", name]
    done = subprocess.run(call, capture_output=True, text=True, check=True, env=os.environ | {"NUMBA_NUM_THREADS": "1"})
    elapsed, busy = map(float, done.stdout.split())
    return elapsed, busy


def tell(where: str, seconds: dict[str, list[tuple[float, float]]]) -> None:
    """Print the medians of both and their ratios."""
    (mine, my_busy), (other, other_busy) = (
        [statistics.median(column) for column in zip(*rows, strict=True)] for rows in seconds.values()
    )
    print(
        f"{where}: {mine:.1f} s, umap-learn {other:.1f} s, {mine / other:.2f} x; "
        f"of the processor {my_busy:.1f} s, {other_busy:.1f} s, {my_busy / other_busy:.2f} x",
        flush=True,
    )


def main(n: int = 20_000, times: int = 3) -> None:
    """Print seconds of both and the ratios."""
    cold = {name: [alone(name, n) for _ in range(times)] for name in MAKE}
    tell(f"{n:,} points, in a new process", cold)
    for name in MAKE:
        timed(name, strewn(5_000))  # umap-learn compiles its approximate search from 4,096 points
    points, warm, xy = strewn(n), {name: [] for name in MAKE}, {}
    for _ in range(times):
        for name, rows in warm.items():
            elapsed, busy, xy[name] = timed(name, points)
            rows.append((elapsed, busy))
    tell("in one process, compiled", warm)
    kept = {name: preservation(points.K, torch.from_numpy(places)).share for name, places in xy.items()}
    print(", ".join(f"{name} keeps {share:.1%} of each point's neighbours" for name, share in kept.items()))


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    if len(sys.argv) > 3:
        print(*timed(sys.argv[3], strewn(int(sys.argv[1])))[:2])
    else:
        main(*map(int, sys.argv[1:]))
