"""Specifies nuonuo/memory/noise.py."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers, text
from torch.testing import assert_close

from nuonuo import Noise
from tests.conftest import unit

SENTENCE = "the quick brown fox jumps over the lazy dog by the river"


@given(text())
def test_no_noise_changes_nothing(words):
    x, code = unit(1, 16)[0], torch.arange(5)
    assert Noise().on_text(words) == words
    assert Noise().on_embedding(x) is x
    assert Noise().on_code(code, 64) is code


@given(drop=floats(0, 1), swap=floats(0, 1), seed=integers(0, 10_000))
def test_words_are_only_dropped_or_moved_and_one_always_stays(drop, swap, seed):
    words = Noise(drop=drop, swap=swap, seed=seed).on_text(SENTENCE).split()
    assert words
    assert all(words.count(w) <= SENTENCE.split().count(w) for w in words)
    if drop == 0:
        assert sorted(words) == sorted(SENTENCE.split())


def test_the_share_of_words_dropped_is_drop():
    text = " ".join(f"w{i}" for i in range(4000))
    assert len(Noise(drop=0.3).on_text(text).split()) == pytest.approx(2800, abs=100)


@given(sigma=floats(0.01, 5), seed=integers(0, 10_000))
def test_noisy_embeddings_are_seeded_and_of_unit_length(sigma, seed):
    x, noise = unit(1, 384)[0], Noise(sigma=sigma, seed=seed)
    assert_close(noise.on_embedding(x).norm(), torch.tensor(1.0))
    assert torch.equal(noise.on_embedding(x), Noise(sigma=sigma, seed=seed).on_embedding(x))
    assert not torch.equal(noise.on_embedding(x), Noise(sigma=sigma, seed=seed + 1).on_embedding(x))


def test_sigma_one_is_noise_as_long_as_the_embedding():
    x = unit(1, 384)[0]
    cosine = torch.stack([Noise(sigma=1, seed=s).on_embedding(x) @ x for s in range(50)])
    assert cosine.mean().item() == pytest.approx(0.5**0.5, abs=0.02)


def test_noise_is_the_same_on_every_device(device):
    x = unit(1, 64)[0]
    assert_close(Noise(sigma=1).on_embedding(x.to(device)).cpu(), Noise(sigma=1).on_embedding(x))
    code = torch.arange(0, 50, 5).int()
    assert torch.equal(Noise(flip=4).on_code(code.to(device), 64).cpu(), Noise(flip=4).on_code(code, 64))


@given(flip=integers(1, 10), seed=integers(0, 1000))
def test_flip_moves_that_many_winners(flip, seed):
    code = torch.arange(10).int()
    flipped = Noise(flip=flip, seed=seed).on_code(code, 64)
    assert len(set(flipped.tolist()) & set(code.tolist())) == 10 - flip
    assert torch.equal(flipped, Noise(flip=flip, seed=seed).on_code(code, 64))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"sigma": -1}, "sigma must be a finite number >= 0, got -1"),
        ({"sigma": float("nan")}, "sigma must be a finite number >= 0, got nan"),
        ({"drop": 1.5}, "drop must lie between 0 and 1, got 1.5"),
        ({"swap": -0.5}, "swap must lie between 0 and 1, got -0.5"),
        ({"flip": -1}, "flip must be >= 0, got -1"),
    ],
)
def test_noise_out_of_range_is_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        Noise(**settings)
