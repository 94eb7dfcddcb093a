"""Specifies nuonuo/memory/asking.py: the one record of how a query is asked."""

import pytest

from nuonuo import Asking, Noise, power
from nuonuo.maths.association import separation_named


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"k": 0}, "k must be >= 1, got 0"),
        ({"steps": 0}, "steps must be >= 1, got 0"),
        ({"hops": -1}, "hops must be >= 0, got -1"),
        ({"beta": 0.0}, "beta must be a finite number > 0, got 0"),
        ({"beta": float("nan")}, "beta must be a finite number > 0, got nan"),
        ({"separation": "cube"}, "separation must be one of linear, power, softmax, or .* with a number, got 'cube'"),
        ({"separation": "power -1"}, "separation must be one of .* got 'power -1'"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(wrong, says):
    with pytest.raises(ValueError, match=says):
        Asking(**wrong)


@pytest.mark.parametrize("text", ["linear", "power 3", "power 1.5", "softmax 8", "softmax 0.05", "winner"])
def test_a_separation_is_the_one_its_text_names(text):
    assert str(separation_named(text)) == text


def test_a_separation_may_be_given_itself_or_without_its_number():
    assert Asking(separation=power(3)) == Asking(separation="power") == Asking()


def test_noise_is_what_damages_not_its_seed():
    assert not Asking(noise=Noise(seed=7)).noisy
    noisy = Asking(noise=Noise(sigma=1.0, seed=7))
    assert noisy.noisy
    assert noisy.quiet == Asking(noise=Noise(seed=7))


def test_the_trace_carries_how_it_was_asked(stories):
    how = Asking(k=4, beta=9.0, steps=2, noise=Noise(sigma=0.5, seed=3), whitened=False, hops=2, separation="softmax 8")
    trace = stories.recall("the mail boat", how)
    assert trace.asking == how
    assert stories.recall("the mail boat", how, k=5).asking.k == 5
