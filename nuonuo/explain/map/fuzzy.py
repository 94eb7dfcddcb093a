"""UMAP's fuzzy graph: how strongly each point belongs to each neighbourhood.

McInnes, Healy & Melville, arXiv:1802.03426, Algorithms 1 to 3, for all points at once. umap-learn computes the same,
but compiles for some seven seconds in every new process before it begins.
"""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

HALVINGS = 64  # of the interval that σ is searched in
LEAST = 1e-3  # σ is at least this share of the mean distance, as in umap-learn


def fuzzy_graph(index: Tensor, distance: Tensor) -> Any:
    """The symmetric graph (N, N), scipy sparse, of each point's k nearest others: index and distance (N, k), ascending.

    w = v + vᵀ − v∘vᵀ: two points are joined if either counts the other as a neighbour.
    """
    from scipy.sparse import coo_matrix

    N, k = index.shape
    rows = np.repeat(np.arange(N), k)
    weight = membership(distance).cpu().numpy().ravel()
    v = coo_matrix((weight, (rows, index.cpu().numpy().ravel())), shape=(N, N)).tocsr()
    return (v + v.T - v.multiply(v.T)).tocoo()


def membership(distance: Tensor) -> Tensor:
    """v = exp(−max(d − ρ, 0) / σ), where ρ is the distance to the nearest that is apart and Σ_j v_j = log₂(k + 1).

    distance: (N, k), of each point's k nearest others, ascending. Returns (N, k).
    """
    k = distance.shape[1]
    apart = torch.where(distance > 0, distance, torch.inf).amin(1)
    rho = torch.where(apart.isinf(), 0.0, apart)  # all others lie on the point
    beyond = (distance - rho[:, None]).clamp(min=0)  # (N, k)
    low, high = torch.zeros_like(rho), torch.full_like(rho, torch.inf)
    sigma = torch.ones_like(rho)
    for _ in range(HALVINGS):
        over = (-beyond / sigma[:, None]).exp().sum(1) > math.log2(k + 1)
        low, high = torch.where(over, low, sigma), torch.where(over, sigma, high)
        sigma = torch.where(high.isinf(), 2 * sigma, (low + high) / 2)
    mean = distance.sum(1) / (k + 1)  # the point itself counts as a neighbour at distance 0
    sigma = torch.maximum(sigma, LEAST * torch.where(rho > 0, mean, mean.mean()))
    return torch.where(beyond > 0, (-beyond / sigma[:, None]).exp(), 1.0)
