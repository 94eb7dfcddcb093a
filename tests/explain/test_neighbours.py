"""Specifies nuonuo/explain/map/neighbours.py: true neighbours, and how many of them a map keeps."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import booleans, floats, integers
from sklearn.neighbors import NearestNeighbors

from nuonuo.explain.map.neighbours import Pair, nearest, neighbourhood, preservation
from tests.conftest import unit


@given(n=integers(2, 700), seed=integers(0, 1000), half=booleans(), crowd=floats(0.01, 1))
def test_nearest_is_what_comparing_with_everyone_gives(n, seed, half, crowd):
    K = unit(1, 6, 7) + crowd * unit(n, 6, seed)  # keys in a crowd are closer to each other than bfloat16 tells apart
    K = K / K.norm(dim=1, keepdim=True)
    k = min(5, n - 1)
    found = nearest(K, torch.arange(n), k, half=half)
    score = (K @ K.T).fill_diagonal_(-2)
    assert torch.allclose(found.similarity, score.sort(1, descending=True).values[:, :k], atol=1e-6)
    assert torch.allclose(score.gather(1, found.index), found.similarity, atol=1e-6)


def test_nearest_tells_how_far_it_is():
    told = []
    nearest(unit(1200, 4), torch.arange(1200), 3, lambda done, total: told.append((done, total)))
    assert told == [(512, 1200), (1024, 1200), (1200, 1200)]


@pytest.mark.parametrize("k", [0, 5])
def test_nearest_wants_no_more_neighbours_than_there_are(k):
    with pytest.raises(ValueError, match=f"k must lie between 1 and 4, one less than the points, got {k}"):
        nearest(unit(5, 4), torch.arange(5), k)


def test_a_map_that_is_the_space_itself_keeps_every_neighbour():
    K = unit(80, 3)
    kept = preservation(K, K)
    assert kept.share == 1
    assert kept.worst.rank == 1


def test_dots_strewn_at_random_keep_what_chance_gives():
    shares = [preservation(unit(200, 20, s), unit(200, 2, s + 99)).share for s in range(10)]
    assert np.mean(shares) == pytest.approx(15 / 199, abs=0.01)
    assert preservation(unit(200, 20), unit(200, 2)).chance == 15 / 199


@given(n=integers(5, 120), seed=integers(0, 1000))
def test_preservation_is_the_mean_overlap_of_two_neighbour_lists(n, seed):
    K, xy = unit(n, 10, seed), unit(n, 2, seed + 1)
    kept, k = preservation(K, xy), neighbourhood(n)
    lists = [NearestNeighbors(n_neighbors=k).fit(x.numpy()).kneighbors(return_distance=False) for x in (K, xy)]
    shared = [len(set(a) & set(b)) / k for a, b in zip(*lists, strict=True)]
    assert (kept.k, kept.sample) == (k, n)
    assert kept.share == pytest.approx(np.mean(shared), abs=1.01 / (n * k))  # float32 may turn one near tie


def test_the_worst_pair_is_near_on_the_map_and_far_in_truth():
    angle = torch.arange(12) * 0.1
    K = torch.stack([angle.cos(), angle.sin()], 1)
    xy = angle[:, None].repeat(1, 2).clone()
    xy[0] = xy[11] + 0.01  # the first point is drawn beside the last
    assert preservation(K, xy).worst in (Pair(0, 11, 11), Pair(11, 0, 11))


def test_a_large_map_is_measured_on_a_seeded_sample():
    K, xy = unit(900, 8), unit(900, 2)
    assert preservation(K, xy).sample == 500
    assert preservation(K, xy, seed=1) == preservation(K, xy, seed=1)
    assert preservation(K, xy, seed=1) != preservation(K, xy, seed=2)


def test_three_points_have_no_neighbourhoods_to_keep():
    assert preservation(unit(3, 4), unit(3, 2)) is None
