"""Specifies nuonuo/index.py."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers, lists
from torch.testing import assert_close

from nuonuo.index import BLOCK, best, scores
from tests.conftest import unit

SIZES = [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1, 5 * BLOCK - 1, 5 * BLOCK, 3001]


@pytest.mark.parametrize("n", SIZES)
def test_scores_are_dot_products_for_awkward_sizes(n, device):
    X, q = unit(n, 24, n).to(device), unit(1, 24, 1)[0].to(device)
    assert_close(scores(X, q), X @ q, atol=1e-6, rtol=0)


@given(cues=lists(integers(1, 4), min_size=1, max_size=30), k=integers(1, 40), seed=integers(0, 10_000))
def test_a_memory_scores_as_its_best_cue(cues, k, seed):
    owner = np.repeat(np.arange(len(cues)), cues)
    score = np.random.default_rng(seed).permutation(len(owner)).astype(np.float32)
    found = best(torch.from_numpy(score), torch.from_numpy(owner), len(cues), k)
    row = [max(np.flatnonzero(owner == m), key=lambda r: score[r]) for m in range(len(cues))]
    order = sorted(range(len(cues)), key=lambda m: -score[row[m]])[:k]
    assert found.memory.tolist() == order
    assert found.row.tolist() == [row[m] for m in order]
    assert found.similarity.tolist() == [score[row[m]] for m in order]


def test_of_equally_good_cues_the_first_is_named(device):
    owner = torch.tensor([0, 0, 0, 1], device=device)
    found = best(torch.tensor([0.1, 0.9, 0.9, 0.5], device=device), owner, 2, 2)
    assert found.row.tolist() == [1, 3]


def test_every_owner_order_gives_the_same_memories(device):
    owner, score = torch.tensor([2, 0, 1, 0, 2]), torch.tensor([0.1, 0.2, 0.3, 0.9, 0.5])
    found = best(score.to(device), owner.to(device), 3, 3)
    assert (found.memory.tolist(), found.row.tolist()) == ([0, 2, 1], [3, 4, 2])


@pytest.mark.parametrize("n", SIZES)
def test_several_queries_are_scored_in_one_pass(n, device):
    X, Q = unit(n, 24, n).to(device), unit(3, 24, 1).to(device)
    assert_close(scores(X, Q), Q @ X.T, atol=1e-6, rtol=0)
