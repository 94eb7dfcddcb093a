"""Specifies nuonuo/explain/settling/digits.py: damaged pictures and what comes of them."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers
from sklearn.datasets import load_digits
from torch.testing import assert_close

from nuonuo import Noise
from nuonuo.explain.settling.digits import complete, damage, store, tally, total
from nuonuo.maths.hopfield import settle


def test_patterns_are_unit_rows_without_their_mean_and_give_their_ink_back():
    pictures = store(100)
    assert_close(torch.linalg.vector_norm(pictures.X, dim=1), torch.ones(100))
    bundle = load_digits()
    first = next(i for i in range(total()) if torch.allclose(ink(bundle.data[i], pictures), pictures.X[0], atol=1e-5))
    assert bundle.target[first] == pictures.labels[0]
    assert ((pictures.ink(pictures.X) >= 0) & (pictures.ink(pictures.X) <= 1)).all()
    assert pictures.ink(pictures.X).shape == (100, 8, 8)


def ink(row, pictures):
    """The pattern of one picture as scikit-learn gives it."""
    centred = torch.tensor(row, dtype=torch.float32) / 16 - pictures.mean
    return centred / torch.linalg.vector_norm(centred)


def test_a_seed_chooses_the_pictures():
    assert torch.equal(store(30, 1).X, store(30, 1).X)
    assert store(30, 1).labels != store(30, 2).labels
    assert store(total()).X.shape == (1797, 64)


@given(covered=integers(0, 7))
def test_hidden_rows_hold_no_evidence_and_the_others_are_kept(covered):
    x = store(20).X[3]
    seen = damage(x, covered, Noise()).view(8, 8)
    assert (seen[8 - covered :] == 0).all()
    kept = x.view(8, 8)[: 8 - covered]
    assert_close(seen[: 8 - covered], kept / torch.linalg.vector_norm(kept))


def test_noise_of_a_picture_is_repeatable_and_undamaged_pictures_stay():
    x = store(20).X[3]
    assert torch.equal(damage(x, 2, Noise(1.0, seed=4)), damage(x, 2, Noise(1.0, seed=4)))
    assert not torch.equal(damage(x, 2, Noise(1.0, seed=4)), damage(x, 2, Noise(1.0, seed=5)))
    assert_close(damage(x, 0, Noise()), x)


def test_a_half_hidden_picture_completes_itself():
    done = complete(store(50), 0, 4, Noise(), beta=24.0)
    assert done.recalled == done.original == done.nearest == 0
    assert float(done.settling.xi[-1] @ done.pictures.X[0]) > 0.99
    assert float(done.settling.xi[0] @ done.pictures.X[0]) < 0.9
    assert done.number == pytest.approx(1, abs=0.05)


def test_a_small_beta_makes_a_ghost_of_many_pictures():
    done = complete(store(50), 0, 4, Noise(), beta=5.0)
    assert done.recalled is None
    assert done.number > 10


@pytest.mark.parametrize("beta", [5.0, 12.0, 24.0, 64.0])
def test_the_tally_counts_what_completing_each_picture_gives(beta):
    pictures, noise = store(70), Noise(0.5, seed=3)
    done = [complete(pictures, i, 5, noise, beta) for i in range(60)]
    counted = tally(pictures, 5, noise, beta)
    assert counted.tried == 60
    assert counted.settled == tuple(each.recalled == each.original for each in done)
    assert counted.nearest == tuple(each.nearest == each.original for each in done)
    assert counted.averages == sum(each.recalled is None for each in done)


def test_a_completion_is_the_hopfield_update_itself():
    pictures = store(40)
    done = complete(pictures, 7, 3, Noise(), beta=16.0, steps=4)
    oracle = settle(damage(pictures.X[7], 3, Noise()), pictures.X, 16.0, 4)
    assert torch.equal(done.settling.xi, oracle.xi)
    assert torch.equal(done.settling.p, oracle.p)


def test_every_bad_wish_gets_its_sentence():
    with pytest.raises(ValueError, match="n must lie between 2 and 1797, got 1"):
        store(1)
    with pytest.raises(ValueError, match="n must lie between 2 and 1797, got 1798"):
        store(1798)
    with pytest.raises(ValueError, match="covered must lie between 0 and 7, got 8"):
        damage(store(2).X[0], 8, Noise())
    with pytest.raises(ValueError, match="original must lie between 0 and 4, got 5"):
        complete(store(5), 5, 1, Noise(), beta=8.0)
    with pytest.raises(ValueError, match="beta must be a finite number > 0, got 0"):
        complete(store(5), 1, 1, Noise(), beta=0)
