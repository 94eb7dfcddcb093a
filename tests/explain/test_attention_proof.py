"""Specifies nuonuo/explain/attention/proof.py: a Hopfield update is attention, linear attention is Hebb's W."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers
from torch.testing import assert_close

from nuonuo.explain.attention import proof as attention_proof
from nuonuo.explain.attention.proof import (
    Check,
    hebbs_matrix,
    hopfield_update,
    linear_attention,
    prove,
    torch_function,
    torch_layer,
)
from nuonuo.maths.hopfield import settle
from tests.conftest import unit


def names(n):
    return [f"cue {i}" for i in range(n)]


@given(n=integers(1, 5), N=integers(1, 60), beta=floats(0.05, 200), seed=integers(0, 100))
def test_every_check_passes_on_any_unit_vectors(n, N, beta, seed):
    proof = prove(unit(n, 16, seed), unit(N, 16, seed + 1), beta, names(N))
    assert [check.passed for check in proof.checks] == [True, True, True]


def test_every_check_passes_even_where_rounding_adds_up():
    K = unit(1, 16, 1).expand(400, -1)  # one pattern many times: every rounding goes the same way
    assert all(check.passed for beta in (0.05, 200.0) for check in prove(unit(2, 16), K, beta, names(400)).checks)


@given(beta=floats(0.05, 50), seed=integers(0, 100))
def test_the_ways_agree_to_double_precision(beta, seed):
    Q, K, V = (unit(n, 12, seed + n, torch.float64) for n in (3, 20, 21))
    V = V[:20]
    ours = hopfield_update(Q, K, V, beta)
    assert_close(torch_function(Q, K, V, beta), ours, atol=1e-13, rtol=0)
    assert_close(torch_layer(Q, K, V, beta), ours, atol=1e-13, rtol=0)
    assert_close(hebbs_matrix(Q, K, V), linear_attention(Q, K, V), atol=1e-13, rtol=0)


def test_the_update_is_one_step_of_settling():
    Q, K = unit(1, 16), unit(30, 16, 1)
    assert_close(hopfield_update(Q, K, K, 7.0)[0], settle(Q[0], K, 7.0, 1).xi[-1])


def test_another_beta_would_not_pass():
    Q, K = unit(3, 16), unit(30, 16, 1)
    proof = prove(Q, K, 8.0, names(30))
    other = float((hopfield_update(Q, K, K, 8.0) - torch_function(Q, K, K, 8.01)).abs().max())
    assert other > proof.checks[0].tolerance
    assert not Check("a", "b", other, proof.checks[0].tolerance, ("", "")).passed


def test_the_code_shown_is_the_code_that_ran():
    Q, K = unit(3, 16), unit(30, 16, 1)
    proof = prove(Q, K, 8.0, names(30))
    for check, args in zip(proof.checks, [(8.0,), (8.0,), ()], strict=True):
        results = []
        for source in check.sources:
            scope = dict(vars(attention_proof))
            exec(source, scope)
            name = source.removeprefix("def ").split("(")[0]
            results.append(scope[name](Q, K, K, *args))
        assert float((results[0] - results[1]).abs().max()) == check.delta


def test_linear_attention_forgets_what_softmax_recalls():
    crowd = torch.nn.functional.normalize(unit(1, 16, 1) + 0.2 * unit(40, 16, 2), dim=1)
    K = torch.cat([unit(1, 16, 9), crowd])  # one apart from a crowd of likes
    Q = torch.nn.functional.normalize(K[:1] + 0.3 * crowd[:1], dim=1)
    proof = prove(Q, K, 50.0, ["the one", *["of the crowd"] * 40])
    assert proof.softmax.cue == "the one"
    assert proof.softmax.cosine > 0.99
    assert proof.linear.cue == "of the crowd"


def test_random_numbers_elsewhere_are_left_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    prove(unit(1, 8), unit(4, 8, 1), 1.0, names(4))
    assert torch.equal(torch.rand(1), expected)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="a proof needs questions and patterns, got 0 and 2"):
        prove(torch.empty(0, 8), unit(2, 8), 1.0, names(2))
    with pytest.raises(ValueError, match="there must be one cue for each of 2 patterns, got 3"):
        prove(unit(1, 8), unit(2, 8), 1.0, names(3))
    with pytest.raises(ValueError, match="beta must be a finite number > 0, got 0"):
        prove(unit(1, 8), unit(2, 8), 0, names(2))


def test_a_proof_runs_on_every_device(device):
    proof = prove(unit(2, 16).to(device), unit(20, 16, 1).to(device), 8.0, names(20))
    assert all(check.passed for check in proof.checks)
