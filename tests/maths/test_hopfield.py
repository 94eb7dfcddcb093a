"""Specifies nuonuo/maths/hopfield.py."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers, sampled_from
from torch.nn.functional import scaled_dot_product_attention
from torch.testing import assert_close

from nuonuo import Hopfield
from nuonuo.maths.hopfield import energy, settle
from tests.conftest import unit

TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-12}


def problem(seed, dtype=torch.float32):
    """A random state and random patterns of random sizes and lengths."""
    generator = torch.Generator().manual_seed(seed)
    n, d = torch.randint(1, 40, (2,), generator=generator).tolist()
    lengths = torch.rand(n, 1, generator=generator) * 3
    return torch.randn(d, generator=generator, dtype=dtype), (unit(n, d, seed) * lengths).to(dtype)


def attention(xi, X, beta):
    """PyTorch's own attention with keys and values X."""
    return scaled_dot_product_attention(xi[None], X, X, scale=beta)[0]


@given(seed=integers(0, 10_000), beta=floats(0.1, 50), dtype=sampled_from(list(TOLERANCE)))
def test_one_update_is_attention(seed, beta, dtype):
    xi, X = unit(1, 48, seed, dtype)[0], unit(200, 48, seed + 1, dtype)
    assert_close(settle(xi, X, beta, 1).xi[1], attention(xi, X, beta), atol=TOLERANCE[dtype], rtol=0)


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("beta", [1.0, 8.0, 32.0])
def test_one_update_is_attention_on_real_embeddings(embeddings, encoder, beta, dtype):
    X, xi = embeddings.to(dtype), encoder.encode(["Where is the key of the shed?"])[0].to(dtype)
    if X.device.type == "mps" and dtype == torch.float64:
        pytest.skip("this device has no float64")
    assert_close(settle(xi, X, beta, 1).xi[1], attention(xi, X, beta), atol=TOLERANCE[dtype], rtol=0)


@given(seed=integers(0, 10_000), beta=floats(0.05, 50))
def test_energy_never_rises_and_is_never_negative(seed, beta):
    xi, X = problem(seed, torch.float64)
    E = settle(xi, X, beta, steps=8).energy
    assert (E.diff() <= 1e-10).all()
    assert (E >= -1e-10).all()


@given(row=integers(0, 100), beta=floats(0.5, 60), seed=integers(0, 1000))
def test_energy_never_rises_on_real_embeddings(embeddings, row, beta, seed):
    xi = embeddings[row] + unit(1, 384, seed)[0].to(embeddings)
    E = settle(xi, embeddings, beta, steps=6).energy
    assert (E.diff() <= 1e-5).all()
    assert (E >= -1e-5).all()


@given(seed=integers(0, 10_000), beta=floats(0.05, 50))
def test_energy_is_equation_2(seed, beta):
    xi, X = problem(seed, torch.float64)
    M = X.norm(dim=1).max()
    inside = torch.exp(beta * (X @ xi)).sum() if beta * (X @ xi).abs().max() < 600 else None
    if inside is not None:
        expected = -inside.log() / beta + xi @ xi / 2 + torch.tensor(len(X)).double().log() / beta + M**2 / 2
        assert_close(energy(X @ xi, xi, beta, M), expected)


@given(seed=integers(0, 10_000), beta=floats(0.05, 50))
def test_settled_states_stay_in_the_convex_hull(seed, beta):
    xi, X = problem(seed)
    done = settle(xi, X, beta, steps=4)
    assert (done.xi[1:].norm(dim=1) <= X.norm(dim=1).max() + 1e-5).all()
    assert (done.xi[1:] <= X.max(0).values + 1e-5).all()
    assert (done.xi[1:] >= X.min(0).values - 1e-5).all()
    assert_close(done.p.sum(1), torch.ones(4))


@given(seed=integers(0, 10_000), steps=integers(1, 7))
def test_every_step_is_kept_and_follows_from_the_one_before(seed, steps):
    xi, X = problem(seed)
    done = settle(xi, X, 4.0, steps)
    assert (len(done.xi), len(done.p), len(done.energy)) == (steps + 1, steps, steps + 1)
    assert torch.equal(done.xi[0], xi)
    assert_close(done.p @ X, done.xi[1:])
    assert_close(torch.softmax(4.0 * done.xi[:-1] @ X.T, 1), done.p)


def test_a_large_beta_gives_the_nearest_pattern(device):
    X, xi = unit(50, 16, 1).to(device), unit(1, 16, 2)[0].to(device)
    assert_close(settle(xi, X, 1e5, 1).xi[1], X[(X @ xi).argmax()])


def test_a_tiny_beta_gives_the_mean_pattern(device):
    X, xi = unit(50, 16, 1).to(device), unit(1, 16, 2)[0].to(device)
    assert_close(settle(xi, X, 1e-6, 1).xi[1], X.mean(0), atol=1e-5, rtol=0)


def test_a_network_counts_what_it_stores_and_retrieves_it(device):
    X = unit(20, 16, 1).to(device)
    network = Hopfield(16, beta=50.0, device=device)
    network.store(X[0])
    network.store(X[1:])
    assert (len(network), network.dimension) == (20, 16)
    assert torch.equal(network.X, X)
    assert_close(network.retrieve(X[7], steps=3).xi[-1], X[7], atol=1e-3, rtol=0)


def test_retrieve_takes_another_beta_for_once():
    network = Hopfield(4, beta=1.0)
    network.store(torch.eye(4))
    assert network.retrieve(torch.eye(4)[0]).beta == 1.0
    assert network.retrieve(torch.eye(4)[0], beta=9.0).beta == 9.0


@given(k=integers(1, 30), seed=integers(0, 1000))
def test_retrieve_k_is_the_top_of_the_full_softmax(k, seed):
    X, xi = unit(20, 8, seed), unit(1, 8, seed + 1)[0]
    network = Hopfield(8, beta=6.0)
    network.store(X)
    found = network.retrieve_k(xi, k)
    p = torch.softmax(6.0 * X @ xi, 0)
    assert_close(found.p, p.sort(descending=True).values[:k])
    assert_close(found.p, p[found.index])
    assert_close(found.similarity, (X @ xi)[found.index])


def test_a_network_follows_the_precision_of_its_patterns():
    network = Hopfield(3)
    network.store(torch.eye(3, dtype=torch.float64))
    assert network.retrieve(torch.ones(3)).xi.dtype == torch.float64


def test_whole_number_patterns_do_not_round_the_query():
    network = Hopfield(2, beta=1.0)
    network.store(torch.tensor([[1, -1], [-1, 1]]))
    assert_close(network.retrieve(torch.tensor([0.6, 0.1])).xi[0], torch.tensor([0.6, 0.1]))


def stored():
    network = Hopfield(3)
    network.store(torch.eye(3))
    return network


def test_every_bad_query_gets_its_sentence():
    with pytest.raises(ValueError, match="query must not be empty"):
        stored().retrieve(torch.empty(0))
    with pytest.raises(ValueError, match="nothing is stored: store patterns before retrieving"):
        Hopfield(3).retrieve(torch.ones(3))
    with pytest.raises(ValueError, match=r"query must have shape \(3,\) like the stored patterns, got \(4,\)"):
        stored().retrieve(torch.ones(4))
    with pytest.raises(ValueError, match=r"query must have shape \(3,\) like the stored patterns, got \(1, 3\)"):
        stored().retrieve_k(torch.ones(1, 3), 2)
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="query must be finite, got NaN or infinity in it"):
            stored().retrieve(torch.tensor([bad, 0, 0]))


def test_every_bad_setting_gets_its_sentence():
    with pytest.raises(ValueError, match="steps must be >= 1, got 0"):
        stored().retrieve(torch.ones(3), steps=0)
    with pytest.raises(ValueError, match="beta must be a finite number > 0, got -1"):
        stored().retrieve(torch.ones(3), beta=-1)
    with pytest.raises(ValueError, match="k must be >= 1, got 0"):
        stored().retrieve_k(torch.ones(3), 0)
    with pytest.raises(ValueError, match="dimension must be >= 1, got 0"):
        Hopfield(0)
    with pytest.raises(ValueError, match="beta must be a finite number > 0, got 0"):
        Hopfield(3, beta=0)


def test_patterns_that_do_not_fit_are_not_stored():
    network = stored()
    with pytest.raises(ValueError, match=r"patterns must have 3 columns, got shape \(2, 4\)"):
        network.store(torch.ones(2, 4))
    with pytest.raises(ValueError, match=r"patterns must have 3 columns, got shape \(1, 2, 3\)"):
        network.store(torch.ones(1, 2, 3))
    with pytest.raises(ValueError, match="patterns must be finite, got NaN or infinity in them"):
        network.store(torch.tensor([1.0, float("nan"), 0]))
    assert len(network) == 3
