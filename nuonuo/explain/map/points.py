"""What a map is made of: one key for each memory, and of a large bank those of a sample.

The sample is drawn by a hash of seed and id, so that memories added later change little of it, and the same bank has
the same map tomorrow.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nuonuo.memory.bank import Bank

LARGEST = 50_000  # memories on a map; of a larger bank a sample of so many
SEED = 0  # that draws it


@dataclass(frozen=True)
class Points:
    """The n memories on a map, each by the key of its first cue."""

    ids: np.ndarray  # (n,) int64
    prints: np.ndarray  # (n,) uint32, of the embeddings: another text has another print
    K: Tensor  # (n, d) unit keys
    first: Tensor  # (n,) the cue row each key is from
    of: int  # memories in the bank; more than n where the points are a sample

    @property
    def sampled(self) -> bool:
        """Whether there are memories that are not among them."""
        return len(self.ids) < self.of


def points(bank: Bank, largest: int = LARGEST, seed: int = SEED) -> Points:
    """The points of a bank's memories, of more than `largest` of a sample."""
    ids = np.array(bank.ids, dtype=np.int64)
    if len(ids) <= largest:
        return _of(bank, ids, torch.arange(len(ids), device=bank.device))
    some = np.sort(np.argpartition(_mixed(ids, seed), largest)[:largest])
    return _of(bank, ids[some], torch.from_numpy(some).to(bank.device))


def also(points: Points, bank: Bank, memories: Sequence[int]) -> Points:
    """With further memories of the bank after them, by id, where a sample lacks them."""
    wanted = np.array(list(dict.fromkeys(memories)), dtype=np.int64)
    lacking = wanted[~np.isin(wanted, points.ids)]
    if not points.sampled or not len(lacking):
        return points
    ids = np.array(bank.ids, dtype=np.int64)
    order = np.argsort(ids, kind="stable")  # they ascend, unless one was forgotten and put back
    at = order[np.searchsorted(ids, lacking, sorter=order)]
    more = _of(bank, lacking, torch.from_numpy(at).to(bank.device))
    return Points(
        np.concatenate([points.ids, more.ids]),
        np.concatenate([points.prints, more.prints]),
        torch.cat([points.K, more.K]),
        torch.cat([points.first, more.first]),
        points.of,
    )


def _of(bank: Bank, ids: np.ndarray, at: Tensor) -> Points:
    """Some memories. at: (n,) their positions in the bank."""
    whole = len(at) == len(bank.owner)
    first = at if bank.single else torch.searchsorted(bank.owner, at)
    x = (bank.X if whole else bank.X[first]).cpu().numpy()
    prints = np.array([zlib.crc32(row) for row in x], dtype=np.uint32)
    return Points(ids, prints, bank.keys if whole else bank.keys[first], first, len(bank.ids))


def _mixed(ids: np.ndarray, seed: int) -> np.ndarray:
    """A number for each id that looks drawn at random (SplitMix64: Steele, Lea & Flood, OOPSLA 2014): (n,) uint64."""
    x = ids.astype(np.uint64) + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
