"""Vectors: embeddings that somebody gives, checked and at unit length."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

Vector = np.ndarray | Tensor
TURN = 4096  # embeddings that are brought to unit length at once


@dataclass(frozen=True)
class Given:
    """Embeddings as somebody gave them."""

    vectors: Vector
    rows: int  # how many they must be
    what: str  # they are, for an error to say


def unit_rows(given: Vector, rows: int, d: int, what: str, device: torch.device | str = "cpu") -> Tensor:
    """`rows` embeddings (d,) at unit length: (rows, d). Raises ValueError naming `what` if they cannot be that."""
    copied = given if isinstance(given, Tensor) else torch.tensor(given)  # an array read from a file cannot be written
    x = copied.to(device, torch.float32)
    x = x[None] if x.ndim == 1 else x
    if x.shape != (rows, d):
        expected = f"({d},)" if rows == 1 else f"({rows}, {d})"
        raise ValueError(f"{what} must have shape {expected}, got {tuple(copied.shape)}")
    norms = torch.linalg.vector_norm(x, dim=1, keepdim=True)  # (rows, 1)
    lengths = norms.flatten().tolist()
    if all(1e-15 < length < 1e15 for length in lengths):
        return x / norms
    largest = x.abs().amax(1, keepdim=True)  # (rows, 1); NaN wins over every number
    peaks = largest.flatten().tolist()
    if not all(map(math.isfinite, peaks)):
        raise ValueError(f"{what} must be finite, got NaN or infinity in it")
    if 0 in peaks:
        raise ValueError(f"{what} must not be all zeros: it has no direction")
    return normalize(x / largest, dim=1)  # divided first: squares of 1e30 overflow


def all_unit_rows(given: Sequence[Given], d: int) -> list[np.ndarray]:
    """`unit_rows` of each, (rows, d), quick where there are many. Raises ValueError naming the first that is wrong."""
    made = []
    for first in range(0, len(given), TURN):
        some = given[first : first + TURN]
        made += _at_once(some, d) or [unit_rows(one.vectors, one.rows, d, one.what).cpu().numpy() for one in some]
    return made


def _at_once(given: Sequence[Given], d: int) -> list[np.ndarray] | None:
    """All in one array; None where one is no array, has another shape or a length that is out of the usual."""
    arrays = [one.vectors for one in given if isinstance(one.vectors, np.ndarray)]
    shapes = [{(one.rows, d), (d,) if one.rows == 1 else (one.rows, d)} for one in given]
    if len(arrays) < len(given) or any(x.shape not in fits for x, fits in zip(arrays, shapes, strict=True)):
        return None
    x = torch.from_numpy(np.concatenate([one.reshape(-1, d) for one in arrays]).astype(np.float32))
    norms = torch.linalg.vector_norm(x, dim=1, keepdim=True)  # (all, 1)
    if not bool(((norms > 1e-15) & (norms < 1e15)).all()):
        return None
    return np.split((x / norms).numpy(), np.cumsum([one.rows for one in given])[:-1])
