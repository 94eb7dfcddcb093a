"""Stage one: the k memories whose best cue is most similar to a query, by exact search."""

from dataclasses import dataclass

import torch
from torch import Tensor

BLOCK = 512  # rows; CPU BLAS runs one matrix-vector product on one core, a batch of blocks on all of them


@dataclass(frozen=True)
class Candidates:
    """The best memories of one search, best first."""

    memory: Tensor  # (k,) positions
    row: Tensor  # (k,) the cue row that matched best
    similarity: Tensor  # (k,)


def scores(rows: Tensor, queries: Tensor) -> Tensor:
    """Dot products of queries (..., d), a few at most, with every row (n, d): (..., n), in one pass over the rows."""
    n, d = rows.shape
    few = torch.atleast_2d(queries).mT  # (d, m); columns must be contiguous for BLAS to take its fast path
    if rows.device.type != "cpu" or n < 2 * BLOCK:
        return (rows @ few).mT.reshape(*queries.shape[:-1], n)
    whole = n - n % BLOCK
    blocks = rows[:whole].view(-1, BLOCK, d)
    batch = torch.bmm(blocks, few.expand(len(blocks), *few.shape))  # (n/512, 512, m)
    return torch.cat([batch.view(whole, -1), rows[whole:] @ few]).mT.reshape(*queries.shape[:-1], n)


def best(score: Tensor, owner: Tensor, memories: int, k: int) -> Candidates:
    """The top k memories, a memory scoring as its best row.

    score: (n,). owner: (n,) memory position of each row. memories: how many there are. k: >= 1, clipped to memories.
    """
    k = min(k, memories)
    if memories == len(owner):  # one cue each, in order
        top = score.topk(k)
        return Candidates(top.indices, top.indices, top.values)
    by_memory = score.new_full((memories,), -torch.inf).scatter_reduce_(0, owner, score, "amax")
    top = by_memory.topk(k)
    rows = (score == by_memory[owner]).nonzero()[:, 0]
    row_of = owner.new_full((memories,), len(owner)).scatter_reduce_(
        0, owner[rows], rows, "amin"
    )  # of equals the first
    return Candidates(top.indices, row_of[top.indices], top.values)
