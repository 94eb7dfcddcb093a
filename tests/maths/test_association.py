"""Specifies nuonuo/maths/association.py."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers
from torch.nn.functional import one_hot, scaled_dot_product_attention
from torch.testing import assert_close

from nuonuo.maths.association import associate, identity, power, softmax, winner
from tests.conftest import unit


def test_linear_association_is_hebbs_outer_product_matrix(device):
    K, P, q = unit(30, 12, 1).to(device), unit(30, 7, 2).to(device), unit(1, 12, 3)[0].to(device)
    W = sum(torch.outer(target, cue) for target, cue in zip(P, K, strict=True))
    assert_close(associate(q, K, P, identity()).output, W @ q)


def test_softmax_association_is_attention_for_a_batch_of_queries(device):
    K, P, q = unit(30, 12, 1).to(device), unit(30, 7, 2).to(device), unit(5, 12, 3).to(device)
    done = associate(q, K, P, softmax(4.0))
    assert_close(done.output, scaled_dot_product_attention(q, K, P, scale=4.0))
    assert done.similarity.shape == done.weights.shape == (5, 30)


def test_winner_association_is_the_nearest_neighbours_target(device):
    K, P, q = unit(30, 12, 1).to(device), unit(30, 7, 2).to(device), unit(5, 12, 3).to(device)
    assert torch.equal(associate(q, K, P, winner()).output, P[(q @ K.T).argmax(1)])
    assert torch.equal(winner()(torch.tensor([0.0, 2.0, 1.0])), one_hot(torch.tensor(1), 3).float())


@given(n=floats(0.5, 8), seed=integers(0, 1000))
def test_a_power_never_lets_negative_similarity_vote(n, seed):
    s = torch.randn(20, generator=torch.Generator().manual_seed(seed))
    weights = power(n)(s)
    assert (weights[s < 0] == 0).all()
    assert_close(weights[s > 0], s[s > 0] ** n)


def test_power_one_is_linear_where_similarity_is_positive():
    s = torch.rand(9)
    assert torch.equal(power(1)(s), identity()(s))


@given(beta=floats(0.01, 1e4), seed=integers(0, 1000))
def test_softmax_weights_sum_to_one(beta, seed):
    s = torch.randn(20, generator=torch.Generator().manual_seed(seed))
    assert softmax(beta)(s).sum().item() == pytest.approx(1, abs=1e-5)


def test_a_separation_names_itself_with_its_parameter():
    assert [str(s) for s in (identity(), power(3), softmax(8.5), winner())] == [
        "linear", "power 3", "softmax 8.5", "winner"
    ]  # fmt: skip
    assert "8.5" in softmax(8.5).formula
    assert "{3}" in power(3).formula


def test_only_separations_whose_sums_stay_whole_take_counts():
    assert identity().counts
    assert not any(s.counts for s in (power(3), softmax(8), winner()))


@pytest.mark.parametrize("beta", [0, -1.0, float("inf"), float("nan")])
def test_softmax_needs_a_finite_positive_beta(beta):
    with pytest.raises(ValueError, match=r"beta must be a finite number > 0, got"):
        softmax(beta)


@pytest.mark.parametrize("n", [0, -2, float("nan")])
def test_power_needs_a_positive_exponent(n):
    with pytest.raises(ValueError, match=r"n must be > 0, got"):
        power(n)
