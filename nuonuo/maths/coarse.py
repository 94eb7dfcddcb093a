"""Coarse search: of very many rows, the few thousand that may be among the most similar to a query.

A product quantiser (Jégou, Douze & Schmid, PAMI 2011, asymmetric: the query stays as it is) gives every two numbers of
a row 4 bits, a quarter of what codes of a byte take; FAISS scores them by tables that stay in registers (André,
Kermarrec & Le Scouarnec, VLDB 2015). What it finds is compared in full afterwards. It is not exact: of the 20 nearest
of a million random vectors it has lost none (`lab growth`), but nothing proves that. `lab indexes` has its rivals.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from nuonuo.maths.log import Log

FROM = 200_000  # rows; fewer are searched exactly in some milliseconds
KEPT = 2048  # rows that are compared in full
SHARE = 16  # of them, so many must be kept for each that is wanted
TAIL = 16_384  # rows that may be written behind the index before it takes them in
TRAINED = 65_536  # rows, spread over all, that the quantiser is fitted on


def fits(log: Log, most: int) -> bool:
    """Whether the `most` most similar rows are to be looked for coarsely."""
    d = log.written.shape[1]
    return len(log) > FROM and most * SHARE <= KEPT and d % 2 == 0 and log.written.device.type == "cpu" and has_faiss()


@cache
def has_faiss() -> bool:
    """Whether FAISS is installed."""
    return find_spec("faiss") is not None


def nearest(log: Log, queries: Float[Tensor, "m d"], kept: int = KEPT) -> list[tuple[Int[Tensor, " found"], float]]:
    """For each query (m, d) the rows that may be nearest, ascending, and what the others are at most, about."""
    index, covered = index_of(log)
    scores, places = (torch.from_numpy(one) for one in index.search(queries.numpy(), min(KEPT, index.ntotal)))
    tail = log.written[covered:] @ queries.mT  # (end - covered, m)
    found = []
    for place, least, late in zip(places, scores[:, -1].tolist(), tail.mT, strict=True):
        late = (late >= least).nonzero()[:, 0] + covered
        every = torch.cat([place[place < log.end], late])
        rows = every if log.position is None else log.position[every]
        found.append((rows[rows >= 0].sort().values, least))
    return found


def index_of(log: Log) -> tuple[Any, int]:
    """FAISS's index of the first so many places of a log; made on first use, extended where it is behind."""
    storage = log.storage
    with storage.making:
        if storage.coarse is None or log.end - storage.coarse[1] > TAIL:
            storage.coarse = extended(storage.coarse, log.written)
        return storage.coarse


def extended(old: tuple[Any, int] | None, rows: Float[Tensor, "n d"]) -> tuple[Any, int]:
    """An index of all rows (n, d) from one of the first; the old one stays as it is, for others search it."""
    faiss, (n, d) = import_module("faiss"), rows.shape
    if old is None:
        index, covered = faiss.IndexPQFastScan(d, d // 2, 4, faiss.METRIC_INNER_PRODUCT), 0
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)  # the tables are small: on a busy machine threads wait for one another for minutes
        index.train(rows[:: max(1, n // TRAINED)].numpy())
        faiss.omp_set_num_threads(threads)
    else:
        index, covered = faiss.clone_index(old[0]), old[1]
    index.add(rows[covered:].numpy())
    return index, n
