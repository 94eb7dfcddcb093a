"""Specifies nuonuo/explain/map/fuzzy.py: UMAP's fuzzy graph."""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers
from scipy.optimize import brentq

from nuonuo.explain.map.fuzzy import fuzzy_graph, membership
from nuonuo.explain.map.neighbours import nearest
from tests.conftest import unit


def distances(K, k):
    found = nearest(K, torch.arange(len(K)), k)
    return found.index, (2 - 2 * found.similarity).clamp(min=0).sqrt()


@given(n=integers(5, 80), seed=integers(0, 1000))
def test_every_point_has_log_many_neighbours_and_one_for_sure(n, seed):
    k = min(15, n - 1)
    v = membership(distances(unit(n, 8, seed), k)[1])
    assert torch.allclose(v.sum(1), torch.full((n,), math.log2(k + 1)), atol=1e-3)
    assert (v[:, 0] == 1).all()
    assert (v.diff(dim=1) <= 1e-6).all()  # further away, less of a neighbour


def test_membership_solves_the_equation_that_defines_sigma():
    d = distances(unit(40, 8), 10)[1]
    for row, v in zip(d.double().numpy(), membership(d).numpy(), strict=True):
        beyond = row - row[0]
        sigma = brentq(lambda s, b=beyond: np.exp(-b / s).sum() - math.log2(11), 1e-4, 100)
        assert np.allclose(v, np.exp(-beyond / sigma), atol=1e-3)


def test_the_graph_joins_two_points_if_either_counts_the_other():
    index, d = distances(unit(30, 6), 5)
    graph, v = fuzzy_graph(index, d).toarray(), torch.zeros(30, 30).scatter_(1, index, membership(d)).numpy()
    assert np.allclose(graph, graph.T)
    assert np.allclose(graph, 1 - (1 - v) * (1 - v.T), atol=1e-6)  # v or vᵀ, as fuzzy sets


def test_points_that_coincide_are_neighbours_for_sure():
    K = unit(30, 6)
    K[5:25] = K[5]
    d = distances(K, 8)[1]
    v = membership(torch.where(d < 1e-3, 0.0, d))
    assert torch.isfinite(v).all()
    assert (v[5:25] == 1).all()


@pytest.mark.slow  # umap-learn compiles for some ten seconds
@pytest.mark.parametrize("n", [12, 60, 500])
def test_umap_learn_computes_the_same_graph(n):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap.umap_ import fuzzy_simplicial_set

        K = unit(n, 8)
        k = min(15, n - 1)
        index, d = distances(K, k)
        own = np.hstack([np.arange(n)[:, None], index]).astype(np.int32)
        theirs, *_ = fuzzy_simplicial_set(
            K.numpy(),
            k + 1,
            np.random.RandomState(0),
            "euclidean",
            knn_indices=own,
            knn_dists=np.hstack([np.zeros((n, 1)), d]).astype(np.float32),
        )
    assert np.abs(theirs.toarray() - fuzzy_graph(index, d).toarray()).max() < 1e-4
