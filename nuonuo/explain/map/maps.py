"""Maps: the memories' keys as dots on a plane or in space.

PCA (Hotelling, J. Educational Psychology 1933) at once; UMAP (McInnes, Healy & Melville, arXiv:1802.03426) from the
exact neighbours, starting at the PCA map, with a seed and so on one core. What UMAP has not seen (a question, its
settling states, a memory added later) is placed at the attention-weighted mean of its true neighbours: UMAP's own start
for new points, without its optimisation, whose compilation alone takes a minute.
"""

import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from nuonuo.explain.map.fuzzy import fuzzy_graph
from nuonuo.explain.map.neighbours import MOST, nearest
from nuonuo.explain.map.points import Points
from nuonuo.memory.trace import Trace

FEWEST = 10  # memories that UMAP can make anything of
MIN_DIST = 0.1  # UMAP's default
PLACE_BETA = 32.0  # of the attention that places a memory added later
FORMAT = 1
Progress = Callable[[float, str], object]


@dataclass(frozen=True)
class Axes:
    """The linear map of PCA: place = (key − mean) W."""

    mean: Tensor  # (d,)
    W: Tensor  # (d, 2 or 3)
    explained: tuple[float, ...]  # share of the variance along each axis


@dataclass(frozen=True)
class Map:
    """Dots for the memories that were there when it was made."""

    method: str  # "PCA" or "UMAP"
    ids: np.ndarray  # (N,)
    prints: np.ndarray  # (N,)
    xy: np.ndarray  # (N, 2 or 3) float32
    settings: dict  # what shaped it, seed included
    seconds: float
    axes: Axes | None = None  # of PCA

    @property
    def name(self) -> str:
        """Tells this map from every other."""
        return f"{self.method}-{self.xy.shape[1]}d-{zlib.crc32(self.xy.tobytes()):08x}"


@dataclass(frozen=True)
class Placed:
    """Every memory of a bank on a map."""

    xy: np.ndarray  # (N, 2 or 3) float32
    fitted: np.ndarray  # (N,) bool; the others came later and lie among their neighbours


def fit_pca(points: Points, dims: int) -> Map:
    """The `dims` directions of greatest variance; each points to where its largest loading is positive."""
    began = time.perf_counter()
    mean = points.K.mean(0)
    centred = points.K - mean
    values, vectors = torch.linalg.eigh(centred.mT @ centred)
    W = vectors[:, -dims:].flip(1)  # (d, dims)
    W = W * W.gather(0, W.abs().argmax(0, keepdim=True)).sign()
    explained = (values[-dims:].flip(0) / values.sum().clamp(min=1e-12)).clamp(min=0).tolist()
    xy = (centred @ W).cpu().numpy()
    axes = Axes(mean, W, tuple(explained))
    return Map("PCA", points.ids, points.prints, xy, {"dims": dims}, time.perf_counter() - began, axes)


def fit_umap(points: Points, dims: int, seed: int, progress: Progress) -> Map:
    """UMAP of at least FEWEST points; progress(share done, what is being done).

    Raises ValueError if there are fewer points.
    """
    N = len(points.ids)
    if N < FEWEST:
        raise ValueError(f"UMAP needs at least {FEWEST} memories, got {N}")
    began = time.perf_counter()
    k = min(MOST, N - 1)
    far = N / (N + 10_000)  # share of the work that comparing all with all is: it grows with the square
    found = nearest(
        points.K,
        torch.arange(N, device=points.K.device),
        k,
        lambda done, all: progress(0.7 * far * done / all, f"finding the true neighbours, {done:,} of {all:,}"),
    )
    graph = fuzzy_graph(found.index, (2 - 2 * found.similarity).clamp(min=0).sqrt())  # distances of unit keys
    progress(0.1 + 0.6 * far, "loading UMAP")
    from umap.umap_ import find_ab_params, simplicial_set_embedding

    a, b = map(float, find_ab_params(1.0, MIN_DIST))
    epochs = 500 if N <= 10_000 else 200  # UMAP's own choice
    start = fit_pca(points, dims).xy
    rounds = Rounds(lambda n: progress(0.4 + 0.3 * far + (0.6 - 0.3 * far) * n / epochs, f"round {n} of {epochs}"))
    xy, _ = simplicial_set_embedding(
        *(points.K.cpu().numpy(), graph, dims, 1.0, a, b, 1.0, 5, epochs, 10 * start / max(np.abs(start).max(), 1e-9)),
        *(np.random.RandomState(seed), "euclidean", {}, False, {}, False),
        tqdm_kwds={"disable": False, "file": rounds, "bar_format": "{n}", "mininterval": 0.3},
    )
    settings = {"dims": dims, "seed": seed, "neighbours": k, "min_dist": MIN_DIST, "a": a, "b": b, "epochs": epochs}
    return Map("UMAP", points.ids, points.prints, xy.astype(np.float32), settings, time.perf_counter() - began)


class Rounds:
    """A file for the progress bar of UMAP's layout, which has no callback: calls `tell` with each number written."""

    def __init__(self, tell: Callable[[int], object]) -> None:
        self.tell = tell

    def write(self, text: str) -> None:
        """Take what the bar prints."""
        if text.strip().isdigit():
            self.tell(int(text))

    def flush(self) -> None:
        """Nothing waits."""


def share(made: Map, points: Points) -> float:
    """Share of the points that the map was made of, 0 to 1."""
    return len(_common(made, points)[0]) / len(points.ids)


def place(made: Map, points: Points) -> Placed:
    """Where every memory lies: as fitted; by projection on PCA; else among its true neighbours.

    Raises ValueError if the map shows none of these memories.
    """
    here, there = _common(made, points)
    if not len(here):
        raise ValueError("this map shows none of the bank's memories: make it anew")
    fitted = np.zeros(len(points.ids), dtype=bool)
    fitted[here] = True
    xy = np.empty((len(fitted), made.xy.shape[1]), dtype=np.float32)
    xy[here] = made.xy[there]
    if not fitted.all():
        new = torch.from_numpy(~fitted)
        if made.axes is not None:
            xy[~fitted] = ((points.K[new] - made.axes.mean) @ made.axes.W).cpu().numpy()
        else:
            xy[~fitted] = _among(points.K, new, xy)
    return Placed(xy, fitted)


def _common(made: Map, points: Points) -> tuple[np.ndarray, np.ndarray]:
    """Which points are on the map, unchanged: their positions here and there."""
    _, here, there = np.intersect1d(points.ids, made.ids, assume_unique=True, return_indices=True)
    same = points.prints[here] == made.prints[there]
    return here[same], there[same]


def _among(K: Tensor, new: Tensor, xy: np.ndarray) -> np.ndarray:
    """Places of the keys K[new], new (N,) bool, as means of the others' places xy, by attention to the nearest."""
    score = K[new] @ K.mT  # (m, N)
    score[:, new] = -torch.inf
    near = score.topk(min(MOST, int((~new).sum())))
    weight = torch.softmax(PLACE_BETA * near.values, dim=1)  # (m, k)
    return (weight[:, :, None].cpu().numpy() * xy[near.indices.cpu().numpy()]).sum(1)


def path(made: Map, xy: np.ndarray, rows: np.ndarray, trace: Trace) -> np.ndarray:
    """Where the settling states ξ lie, the question first: (T+1, 2 or 3).

    On PCA they are projected as every key is. On UMAP each lies at Σ p_i y_i, its own attention p over the places y of
    the candidates, which are the dots `rows` (c,) of xy.
    """
    if made.axes is not None:
        return ((trace.xi - made.axes.mean) @ made.axes.W).cpu().numpy()
    last = torch.softmax(trace.asking.beta * (trace.X @ trace.xi[-1]), dim=0)  # the last state's attention
    return torch.cat([trace.p, last[None]]).cpu().numpy() @ xy[rows]


def save(made: Map, file: Path) -> None:
    """Keep a UMAP in a file; what is there is replaced at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    about = json.dumps({"format": FORMAT, "method": made.method, "settings": made.settings, "seconds": made.seconds})
    half = file.with_suffix(".part")
    with half.open("wb") as out:
        np.savez(out, about=np.array(about), ids=made.ids, prints=made.prints, xy=made.xy)
    half.replace(file)


def load(file: Path) -> Map:
    """Read what `save` wrote. Raises ValueError if it is something else."""
    try:
        with file.open("rb") as held, np.load(held, allow_pickle=False) as data:
            about = json.loads(str(data["about"]))
            if about.pop("format") != FORMAT:
                raise ValueError("another format")
            return Map(ids=data["ids"], prints=data["prints"], xy=data["xy"], **about)
    except (OSError, KeyError, TypeError, ValueError, EOFError, BadZipFile, zlib.error) as reason:
        raise ValueError(f"map {file} must be one that this program kept: {reason}") from reason
