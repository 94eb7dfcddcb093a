"""Winner-take-all codes: a dense embedding to the k winners among D units.

A seeded Gaussian projection, then the k largest units fire: the fly's hash (Dasgupta, Stevens & Navlakha, Science
2017), with a dense projection instead of a sparse one. A code is stored as its winners' indices, never as N × D.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

UNITS = 16_384
WINNERS = 50
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Codes:
    """Codes of n embeddings."""

    winners: Int[Tensor, "n k"]  # int32, ascending in each row
    margin: Float[Tensor, " n"]  # score of the last winner minus that of the first loser


def projection(
    d: int, units: int = UNITS, seed: int = 0, device: torch.device | str = "cpu"
) -> Float[Tensor, "d units"]:
    """The fixed projection (d, D) of a seed: the same on every device."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(d, units, generator=generator).to(device)


def encode(x: Tensor, P: Tensor, k: int = WINNERS, progress: Progress | None = None) -> Codes:
    """Codes of embeddings x (n, d) under projection P (d, D), 512 rows at a time.

    Raises ValueError if d differs or k is not between 1 and D − 1.
    """
    if x.ndim != 2 or x.shape[1] != P.shape[0]:
        raise ValueError(f"embeddings must have {P.shape[0]} columns, got shape {tuple(x.shape)}")
    check_winners(k, P.shape[1])
    winners, margins = [], []
    for start in range(0, len(x), 512):
        top = (x[start : start + 512] @ P).topk(k + 1)  # (512, k+1)
        winners.append(top.indices[:, :k].sort().values.int())
        margins.append(top.values[:, k - 1] - top.values[:, k])
        if progress:
            progress(min(start + 512, len(x)), len(x))
    if not winners:
        return Codes(torch.empty(0, k, dtype=torch.int32, device=x.device), x.new_empty(0))
    return Codes(torch.cat(winners), torch.cat(margins))


def check_winners(k: int, units: int) -> None:
    """Raises ValueError unless k winners leave a loser among D units."""
    if not 1 <= k < units:
        raise ValueError(f"winners must lie between 1 and {units - 1} (D − 1), got {k}")


def wta(score: Shaped[Tensor, " D"], k: int = WINNERS) -> Int[Tensor, " {k}"]:
    """The k largest units of one score vector (D,), ascending, int32; a tie goes to the lower unit.

    Integer scores of linear links tie often, and a code must not depend on how a device breaks ties.
    """
    top = score.topk(k + 1)
    last, first_loser = top.values[k - 1], top.values[k]
    if last > first_loser:
        return top.indices[:k].sort().values.int()
    sure = (score > last).nonzero()[:, 0]
    tied = (score == last).nonzero()[:, 0]
    return torch.cat([sure, tied[: k - len(sure)]]).sort().values.int()


def overlap(a: Int[Tensor, " k"], b: Int[Tensor, "n k"]) -> Float[Tensor, " n"]:
    """Cosine of binary codes: shared units / k. a: (k,). b: (n, k). Returns (n,)."""
    return torch.isin(b, a).sum(-1) / a.shape[-1]


def flip(code: Int[Tensor, " k"], count: int, units: int, generator: torch.Generator) -> Int[Tensor, " k"]:
    """Move `count` of the k winners to random silent units: noise in the code. Returns (k,) int32, ascending."""
    k = code.shape[0]
    most = min(k, units - k)
    if not 0 <= count <= most:
        raise ValueError(f"flipped winners must lie between 0 and {most}, got {count}")
    order = torch.randperm(units, generator=generator).to(code)
    silent = order[~torch.isin(order, code)][:count]
    kept = code[torch.randperm(k, generator=generator).to(code.device)[: k - count]]
    return torch.cat([kept, silent]).sort().values.int()
