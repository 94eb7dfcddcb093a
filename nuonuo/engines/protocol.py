"""What every engine answers: the k memories nearest to a query, each scored as its best cue.

By meaning is the inner product of whitened keys; by codes the number of winners that two codes share; by words BM25. Of
equal scores the memory with the lower id comes first, so that engines that store rows in other orders agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Hits:
    """The memories found for one query, best first: m of them, at most k."""

    memories: Int[np.ndarray, " m"]  # ids
    cues: Int[np.ndarray, " m"]  # number of each one's best cue, from 0
    scores: Float[np.ndarray, " m"]  # float32, of that cue

    def __len__(self) -> int:
        return len(self.memories)


class Engine(Protocol):
    """An engine that holds the cues of a bank. Its methods raise EngineError if it cannot be asked."""

    def __len__(self) -> int:
        """Cues that it holds."""

    def search(self, keys: Tensor, k: int) -> list[Hits]:
        """By meaning, of unit keys (b, d) under the bank's whitening: b results of k memories, or of all if fewer."""

    def by_codes(self, codes: Tensor, k: int) -> list[Hits]:
        """By shared winners, of codes (b, winners): b results of at most k memories that share one."""

    def by_words(self, texts: Sequence[str], k: int) -> list[Hits]:
        """By BM25, of b texts: b results of at most k memories that share a word."""

    def close(self) -> None:
        """Let go of it."""


def ranked(
    memories: Int[np.ndarray, " n"], cues: Int[np.ndarray, " n"], scores: Float[np.ndarray, " n"], k: int
) -> Hits:
    """The k best memories of n scored cues; of a memory's equal cues the first."""
    order = np.lexsort((cues, memories, -scores))
    _, first = np.unique(memories[order], return_index=True)
    best = order[np.sort(first)[:k]]
    return Hits(memories[best].astype(np.int64), cues[best].astype(np.int64), scores[best].astype(np.float32))


def similarities(keys: Float[np.ndarray, "n d"], key: Float[np.ndarray, " d"]) -> Float[np.ndarray, " n"]:
    """Inner products of rows (n, d) with a key (d,), (n,) float32, added up in double and row by row.

    So two rows that are alike tie to the last bit on every engine, beside whatever else they stand.
    """
    return (keys.astype(np.float64) * key.astype(np.float64)).sum(1).astype(np.float32)


def check(k: int, shape: Sequence[int], width: int, what: str) -> None:
    """Raises ValueError unless k >= 1 and queries of a shape are rows of `width`, named by `what`."""
    if k < 1:
        raise ValueError(f"k must be >= 1, got {k}")
    if len(shape) != 2 or shape[1] != width:
        raise ValueError(f"{what} must have {width} columns, got shape {tuple(shape)}")
