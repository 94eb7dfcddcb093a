"""Specifies nuonuo/maths/theory.py."""

import inspect
import math
from pathlib import Path

import pytest
import torch
from hypothesis import assume, given
from hypothesis.strategies import floats, integers

import nuonuo
from nuonuo.maths import theory
from nuonuo.maths.hopfield import norm_of, rest, settle
from nuonuo.maths.theory import (
    beta_for_separation,
    beta_for_weight,
    effective_number,
    error_bound,
    separation,
    separation_needed,
)


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


def test_the_effective_number_counts_who_shares_the_attention():
    assert effective_number(torch.full((7,), 1 / 7)).item() == pytest.approx(7)
    assert effective_number(torch.eye(5)).tolist() == [1.0] * 5


@given(seed=integers(0, 5000), n=integers(1, 40))
def test_the_effective_number_lies_between_one_and_all(seed, n):
    p = torch.randn(n, generator=torch.Generator().manual_seed(seed)).mul(3).softmax(0)
    assert 1 - 1e-5 <= effective_number(p).item() <= n * (1 + 1e-5)


def test_every_bad_argument_gets_its_sentence():
    for p in (0, 1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="p must lie between 0 and 1, got"):
            beta_for_weight(0.1, 10, p)
    with pytest.raises(ValueError, match="N must be >= 1, got 0"):
        beta_for_weight(0.1, 0)


def patterns(seed, N, d, spread):
    """N random patterns whose norms differ, in float64, so that rounding stays below small bounds."""
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(N, d, generator=generator, dtype=torch.float64)
    X *= torch.empty(N, 1, dtype=torch.float64).uniform_(1, 1 + spread, generator=generator) / d**0.5
    return X, generator


PROBLEM = {"seed": integers(0, 10_000), "N": integers(2, 30), "d": integers(2, 40), "spread": floats(0, 1)}


@given(**PROBLEM)
def test_the_separation_is_the_smallest_lead_over_another_pattern(seed, N, d, spread):
    X, _ = patterns(seed, N, d, spread)
    for i in range(N):
        assert separation(X, i) == pytest.approx(
            min(float(X[i] @ X[i] - X[i] @ X[j]) for j in range(N) if j != i), abs=1e-12
        )


def test_a_pattern_alone_is_infinitely_separated_and_a_copy_not_at_all():
    assert separation(torch.ones(1, 3), 0) == math.inf
    assert separation(torch.ones(2, 3), 0) == 0
    assert separation(torch.tensor([[1.0, 0], [2.0, 0]]), 0) == -1


@given(**PROBLEM, beta=floats(0.05, 200), noise=floats(0, 1))
def test_one_update_never_ends_further_from_a_pattern_than_the_bound(seed, N, d, spread, beta, noise):
    X, generator = patterns(seed, N, d, spread)
    xi = X[0] + noise * torch.randn(d, generator=generator, dtype=torch.float64) / d**0.5
    error = float((settle(xi, X, beta, steps=1).xi[-1] - X[0]).norm())
    bound = float(error_bound(separation(X, 0), float((xi - X[0]).norm()), beta, N, float(norm_of(X))))
    assert error <= bound * (1 + 1e-9) + 1e-12


@given(**PROBLEM, times=floats(1, 30))
def test_where_eq_5_holds_every_state_of_the_sphere_stays_in_it_and_rests_within_the_bound(seed, N, d, spread, times):
    X, generator = patterns(seed, N, d, spread)
    gap, M = separation(X, 0), float(norm_of(X))
    assume(gap > 1e-3)
    beta = max(beta_for_separation(gap, N, M), 0.05) * times
    radius = 1 / (beta * N * M)
    away = torch.randn(d, generator=generator, dtype=torch.float64)
    start = X[0] + radius * away / away.norm()
    assert float((settle(start, X, beta, steps=1).xi[-1] - X[0]).norm()) <= radius * (1 + 1e-9)
    at = rest((X @ start)[None], X @ X.mT, beta)[0] @ X
    error = float((at - X[0]).norm())
    assert error <= radius * (1 + 1e-9)
    assert error <= float(error_bound(gap, radius, beta, N, M)) + 1e-12


@given(gap=floats(1e-3, 4), N=integers(2, 10**5), M=floats(0.1, 5))
def test_from_the_beta_for_a_separation_on_eq_5_holds_and_just_below_it_does_not(gap, N, M):
    beta = beta_for_separation(gap, N, M)
    for b in (beta * (1 + 1e-9), beta * 2, beta * 50) if beta else (1e-3, 1.0, 100.0):
        assert gap >= separation_needed(b, N, M)
    if beta * gap > 1 + 1e-3:  # the larger root; at 1 both fall together
        assert gap < separation_needed(beta * (1 - 1e-6), N, M)


def test_the_bound_is_never_above_the_largest_distance_and_falls_like_e_to_the_minus_beta_delta():
    assert float(error_bound(0.1, 3.0, 50.0, 10, 2.0)) == 4.0
    two = error_bound(0.5, 0.0, torch.tensor([40.0, 60.0]), 10, 1.0)
    assert float(two[1] / two[0]) == pytest.approx(math.exp(-20 * 0.5))
    assert float(two[0]) == pytest.approx(2 * 9 * math.exp(-20))


def test_one_pattern_is_always_found_and_a_tie_never_promised():
    assert error_bound(math.inf, torch.tensor([0.0, 5.0]), 1.0, 1, 1.0).tolist() == [0, 0]
    assert separation_needed(1.0, 1, 1.0) == -math.inf
    assert beta_for_separation(math.inf, 1, 1.0) == 0
    assert beta_for_separation(0.0, 5, 1.0) == math.inf


def test_every_bad_argument_of_the_bounds_gets_its_sentence():
    with pytest.raises(ValueError, match="i must be a row of X, 0 to 1, got 2"):
        separation(torch.ones(2, 3), 2)
    with pytest.raises(ValueError, match="beta must be a finite number > 0, got 0"):
        separation_needed(0, 2, 1.0)
    for call in (lambda N, M: separation_needed(1.0, N, M), lambda N, M: beta_for_separation(0.1, N, M)):
        with pytest.raises(ValueError, match="N must be >= 1, got 0"):
            call(0, 1.0)
        with pytest.raises(ValueError, match="M must be a finite norm > 0, got inf"):
            call(2, math.inf)
    with pytest.raises(ValueError, match=r"M must be a finite norm > 0, got 0\.0"):
        error_bound(0.1, 0.0, 1.0, 2, 0.0)


def test_every_function_of_theory_is_used():
    package = Path(nuonuo.__file__).parent
    others = "".join(f.read_text("utf-8") for f in package.rglob("*.py") if f.name != "theory.py")
    public = [
        name
        for name, each in vars(theory).items()
        if inspect.isfunction(each) and each.__module__ == theory.__name__ and not name.startswith("_")
    ]
    assert [name for name in public if f"{name}(" not in others] == []
