"""Specifies nuonuo/maths/whitening.py."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers
from torch.nn.functional import normalize
from torch.testing import assert_close

from nuonuo.maths.whitening import fit, plain
from tests.conftest import unit


def test_exponent_zero_without_centring_is_plain_cosine_exactly(embeddings):
    keys = fit(embeddings, exponent=0, centre=False)(embeddings)
    assert torch.equal(keys, normalize(embeddings))
    assert torch.equal(keys, plain(384, embeddings.device)(embeddings))


def test_one_memory_keeps_plain_cosine_exactly(device):
    x, probes = unit(1, 16, 1).to(device), unit(5, 16, 2).to(device)
    assert torch.equal(fit(x)(probes), normalize(probes))
    assert torch.equal(fit(x[:0])(probes), normalize(probes))


@pytest.mark.parametrize("n", [2, 3, 10, 40])
def test_with_few_memories_no_direction_is_much_quieter_than_another(embeddings, n):
    gain = torch.linalg.svdvals(fit(embeddings[:n]).matrix)
    assert gain.min() > 0.6 * gain.max()


def test_with_two_memories_similarities_stay_near_plain_cosine(embeddings):
    w = fit(embeddings[:2])
    changed = (w(embeddings) @ w(embeddings).T - embeddings @ embeddings.T).abs()
    assert changed.max() < 0.3  # between the two it was fitted on
    assert changed.median() < 0.02


def test_the_inverse_undoes_the_whitening(embeddings):
    w = fit(embeddings)
    assert_close(w.linear(embeddings) @ w.inverse + w.mean, embeddings, atol=1e-5, rtol=0)
    assert fit(embeddings[:1]).inverse is None


@given(n=integers(1, 500))
def test_shrinkage_falls_from_one_as_memories_come(n):
    rho = [fit(torch.eye(8).repeat(63, 1)[:m]).shrinkage for m in (n, n + 1)]
    assert 1 > rho[0] > rho[1] > 0


def correlated(n, d, seed):
    """n samples of a known, far from spherical covariance."""
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(d, d, generator=generator, dtype=torch.float64) / d**0.5
    return torch.randn(n, d, generator=generator, dtype=torch.float64) @ mix + 1


def test_full_whitening_of_many_samples_leaves_equal_variances():
    X = correlated(20_000, 8, 1)
    before = np.linalg.eigvalsh(np.cov(X.numpy().T))
    after = np.linalg.eigvalsh(np.cov(fit(X, exponent=1, ridge=0).linear(X).numpy().T))
    assert before[-1] / before[0] > 20
    assert after[-1] / after[0] < 1.05


def test_the_matrix_is_numpys_power_of_the_shrunk_covariance():
    X = correlated(300, 6, 2)
    w = fit(X, exponent=0.5, ridge=0.1)
    rho = (6 / 306) ** 2
    S = np.cov(X.numpy().T, bias=True)
    scale = np.trace(S) / 6
    values, vectors = np.linalg.eigh(((1 - rho) * S + (rho + 0.1) * scale * np.eye(6)) / scale)
    assert_close(w.matrix, torch.from_numpy(vectors @ np.diag(values**-0.25) @ vectors.T))
    assert_close(w.mean, X.mean(0) * (1 - rho))
    assert (w.n, w.exponent, w.ridge, w.shrinkage) == (300, 0.5, 0.1, rho)


@given(exponent=floats(0, 1), ridge=floats(0, 3), centre=integers(0, 1), n=integers(1, 60), seed=integers(0, 999))
def test_keys_are_finite_unit_vectors(exponent, ridge, centre, n, seed):
    keys = fit(unit(n, 16, seed), exponent, ridge, bool(centre))(unit(20, 16, seed + 1))
    assert_close(keys.norm(dim=1), torch.ones(20))


def test_a_key_does_not_depend_on_its_company(device):
    X = unit(40, 16, 1).to(device)
    w = fit(X)
    assert_close(torch.stack([w(x) for x in X]), w(X))


def test_whitening_brings_real_embeddings_further_apart(embeddings):
    keys = fit(embeddings, exponent=1)(embeddings)
    off = ~torch.eye(len(keys), dtype=torch.bool, device=keys.device)
    assert (keys @ keys.T)[off].abs().mean() < 0.7 * (embeddings @ embeddings.T)[off].abs().mean()


def test_copies_of_one_embedding_leave_the_keys_finite(device):
    keys = fit(unit(1, 16).to(device).repeat(30, 1))(unit(4, 16, 1).to(device))
    assert torch.isfinite(keys).all()


@pytest.mark.parametrize("exponent", [-0.1, 1.1, float("nan")])
def test_the_exponent_lies_between_0_and_1(exponent):
    with pytest.raises(ValueError, match="exponent must lie between 0 and 1, got"):
        fit(torch.eye(3), exponent=exponent)


@pytest.mark.parametrize("ridge", [-1, float("inf"), float("nan")])
def test_the_ridge_is_finite_and_not_negative(ridge):
    with pytest.raises(ValueError, match="ridge must be a finite number >= 0, got"):
        fit(torch.eye(3), ridge=ridge)
