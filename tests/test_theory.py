"""Specifies nuonuo/theory.py."""

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis.strategies import floats, integers
from torch.testing import assert_close

from nuonuo.hopfield import settle
from nuonuo.theory import (
    beta_for_weight,
    capacity,
    effective_number,
    error_bound,
    log10_capacity,
    prototype_beta,
    separation,
    separation_ratio,
)
from tests.conftest import unit


def test_capacity_of_minilm_is_2_to_the_192():
    assert capacity(384) == 2**192


@given(d=integers(1, 3000))
def test_capacity_is_the_whole_part_of_the_root_of_2_to_the_d(d):
    assert capacity(d) ** 2 <= 2**d < (capacity(d) + 1) ** 2


@given(d=integers(1, 3000))
def test_the_log_of_the_capacity_agrees_with_its_digits(d):
    assert math.floor(log10_capacity(d) + 1e-9) == len(str(capacity(d))) - 1


@given(N=integers(2, 10**6), p=floats(0.01, 0.999), gap=floats(1e-3, 2))
def test_beta_for_weight_gives_the_winner_that_weight_against_equal_rivals(N, p, gap):
    beta = beta_for_weight(gap, N, p)
    reached = 1 / (1 + (N - 1) * math.exp(-beta * gap))
    assert reached == pytest.approx(p, rel=1e-6) if beta > 0 else reached >= p - 1e-12


@given(seed=integers(0, 5000), p=floats(0.3, 0.99))
def test_beta_for_weight_suffices_for_any_rivals_at_least_as_far(seed, p):
    similarity = torch.rand(30, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    best, second = similarity.topk(2).values.tolist()
    assume(best - second > 1e-6)
    beta = beta_for_weight(best - second, 30, p)
    assert torch.softmax(beta * similarity, 0).max().item() >= p - 1e-9


def test_no_beta_separates_a_tie_and_one_memory_needs_none():
    assert beta_for_weight(0.0, 5) == math.inf
    assert beta_for_weight(-0.1, 5) == math.inf
    assert beta_for_weight(0.1, 1) == 0.0


@given(seed=integers(0, 10_000), beta=floats(0.1, 60), noise=floats(0, 1))
def test_the_error_bound_bounds(seed, beta, noise):
    X = unit(12, 24, seed, torch.float64) * 1.5
    xi = X[0] + noise * unit(1, 24, seed + 1, torch.float64)[0]
    similarity = X @ xi
    gap = (similarity[0] - similarity[1:].max()).item()
    assume(gap > 0)
    error = (settle(xi, X, beta, 1).xi[1] - X[0]).norm().item()
    assert error <= error_bound(gap, len(X), beta, 1.5) + 1e-12


@given(gap=floats(-100, 100), N=integers(1, 10**9), beta=floats(0.01, 1e4), norm=floats(0.01, 100))
def test_the_error_bound_is_never_more_than_twice_the_largest_norm(gap, N, beta, norm):
    assert 0 <= error_bound(gap, N, beta, norm) <= 2 * norm


@given(seed=integers(0, 5000))
def test_separation_is_definition_1(seed):
    X = torch.randn(9, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    expected = [x @ x - max(x @ y for j, y in enumerate(X) if j != i) for i, x in enumerate(X)]
    assert_close(separation(X), torch.stack(expected))


def test_separation_ratio_is_best_over_second_best():
    assert separation_ratio(torch.tensor([0.2, 0.8, 0.4])) == pytest.approx(2.0)
    assert separation_ratio(torch.tensor([0.5, 0.5])) == 1.0
    assert separation_ratio(torch.tensor([0.5, -0.1])) == math.inf


def test_the_effective_number_counts_who_shares_the_attention():
    assert effective_number(torch.full((7,), 1 / 7)).item() == pytest.approx(7)
    assert effective_number(torch.eye(5)).tolist() == [1.0] * 5


@given(seed=integers(0, 5000), n=integers(1, 40))
def test_the_effective_number_lies_between_one_and_all(seed, n):
    p = torch.randn(n, generator=torch.Generator().manual_seed(seed)).mul(3).softmax(0)
    assert 1 - 1e-5 <= effective_number(p).item() <= n * (1 + 1e-5)


def test_the_prototypes_beta_is_clamped():
    assert prototype_beta(1, 384) == 0.5
    assert prototype_beta(10**9, 384) == 10.0
    assert prototype_beta(1000, 384) == pytest.approx(math.log(1000) * (1 + 1 / math.sqrt(384)))


@pytest.mark.parametrize("function", [capacity, log10_capacity])
def test_a_dimension_below_one_has_no_capacity(function):
    with pytest.raises(ValueError, match="d must be >= 1, got 0"):
        function(0)


def test_every_bad_argument_gets_its_sentence():
    with pytest.raises(ValueError, match="N and d must be >= 1, got N=0, d=384"):
        prototype_beta(0, 384)
    with pytest.raises(ValueError, match="N and d must be >= 1, got N=5, d=0"):
        prototype_beta(5, 0)
    for p in (0, 1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="p must lie between 0 and 1, got"):
            beta_for_weight(0.1, 10, p)
    with pytest.raises(ValueError, match="N must be >= 1, got 0"):
        beta_for_weight(0.1, 0)
    with pytest.raises(ValueError, match="separation needs at least 2 patterns, got 1"):
        separation(torch.ones(1, 3))
    with pytest.raises(ValueError, match="separation_ratio needs at least 2 similarities, got 1"):
        separation_ratio(torch.ones(1))
