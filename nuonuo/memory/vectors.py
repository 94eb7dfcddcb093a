"""Vectors: embeddings that somebody gives, checked and at unit length."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

Vector = np.ndarray | Tensor


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
