"""Specifies nuonuo/explain/spiking/lif.py and nuonuo/explain/spiking/problem.py."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers

from nuonuo.explain.spiking import lif
from nuonuo.explain.spiking.problem import random_directions
from nuonuo.lab import spiking as lab
from tests.conftest import unit

STEPS = torch.tensor(lab.STEPS) - 1


@pytest.fixture(scope="module")
def five(encoder):
    return lab.problem(encoder, lab.five())


@pytest.fixture(scope="module")
def near(encoder):
    return lab.near_duplicates(encoder, 100)


def test_at_the_documented_point_all_five_come_back_at_first_and_at_most_two_later(five):
    right = lif.run(five.M, five.q).right
    assert (right[[4, 9, 19]] == 5).all()
    assert (right[49:] <= 2).all()
    assert five.nearest == 5


def test_a_hundred_near_duplicates_leave_at_most_one_while_softmax_keeps_all_five(five, near):
    for count in (10, 100):
        asked = five.within(near[:count])
        right = lif.run(asked.M, asked.q).right[STEPS]
        assert asked.nearest == 5  # and softmax orders memories as their similarity does
        assert (right <= (1 if count == 100 else 2)).all()


def test_all_cues_collapse_onto_one_answer(five, near):
    ran = lif.run(five.M, five.q)
    assert ran.alike(200).abs().min() > 0.95
    assert ran.alike(20).abs().min() < 0.9
    asked = five.within(near)
    assert lif.run(asked.M, asked.q).alike(200).abs().min() > 0.999


def test_the_leak_is_not_the_cause(five):
    assert lif.run(five.M, five.q, leak=1.0).right[-1] <= 2


def test_spikes_are_not_the_cause(five):
    s = five.q
    for _ in range(200):
        s = torch.tanh(s @ five.M.mT @ five.M)
        s = s / s.norm(dim=-1, keepdim=True)
    assert ((s @ five.M.mT).argmax(-1) == torch.arange(5)).sum() <= 2


def test_random_backgrounds_fail_otherwise_than_near_duplicates(five, near):
    alike, random = five.within(near), five.within(random_directions(100, 384, 0))
    assert lif.eigenvalues(alike.M)[0] > 80
    assert lif.eigenvalues(random.M)[0] < 3
    assert lif.run(alike.M, alike.q).right[9] == 0
    ran = lif.run(random.M, random.q)
    assert ran.right[9] == 5
    assert ran.alike(200).abs().min() < 0.9  # no one answer to everything


@given(seed=integers(0, 1_000), gain=floats(0.1, 2), leak=floats(0.5, 1), clamp=floats(0, 20))
def test_it_is_the_network_with_a_dense_w(seed, gain, leak, clamp):
    M, q = unit(6, 12, seed, torch.float64), unit(3, 12, seed + 1, torch.float64)
    W = M.mT @ M
    v, s, expected = torch.zeros_like(q), torch.zeros_like(q), []
    for t in range(1, 13):
        v = leak * v + gain * s @ W + (clamp * q if t <= 5 else 0)
        if ((v.abs() - 1).abs() < 1e-9).any():
            return  # rounding would decide
        s = v.sign() * (v.abs() >= 1)
        v = v * (1 - s.abs())
        expected.append(s)
    ran = lif.run(M, q, 12, gain, leak, clamp)
    assert torch.equal(ran.spikes.double(), torch.stack(expected))
    assert ran.rate[-1] == pytest.approx(float(expected[-1].abs().mean()))


@given(seed=integers(0, 1_000), clamp=floats(0, 20))
def test_a_cell_of_the_sweep_is_a_run(seed, clamp):
    M, q, gains, leaks = unit(5, 16, seed), unit(3, 16, seed + 1), (0.1, 1.0), (0.8, 1.0)
    swept = lif.sweep(M, q, 8, gains, leaks, clamp)
    for i, gain in enumerate(gains):
        for j, leak in enumerate(leaks):
            assert swept.right[i, j] == lif.run(M, q, 8, gain, leak, clamp).right[-1]


def test_without_gain_it_echoes_the_cue_and_then_falls_silent():
    M = unit(4, 32)
    ran = lif.run(M, M, 200, gain=0.0)
    assert (ran.recalled[-1] == torch.arange(4)).all()
    assert not ran.spikes[100:].any()
    assert ran.spent[-1] == ran.spikes.abs().sum() / 4


def test_eigenvalues_are_those_of_w():
    M = unit(4, 9)
    torch.testing.assert_close(lif.eigenvalues(M), torch.linalg.eigvalsh(M.mT @ M).flip(0)[:4], atol=1e-5, rtol=0)


def test_it_stays_on_its_device(device):
    M = unit(3, 8).to(device)
    assert lif.run(M, M, 4).right.device.type == device
    assert lif.sweep(M, M, 4, (1.0,), (0.9,)).right.device.type == device


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"q": torch.ones(3, 4)}, "each cue needs the pattern it means: got 3 cues for 2 patterns"),
        ({"q": torch.ones(1, 5)}, r"cues must have shape \(Q, 4\) like the patterns, got \(1, 5\)"),
        ({"steps": 0}, "steps must be >= 1, got 0"),
        ({"gain": -1.0}, "gain must be >= 0, got -1.0"),
        ({"clamp": -1.0}, "clamp must be >= 0, got -1.0"),
        ({"leak": 0.0}, r"leak must lie in \(0, 1\], got 0.0"),
    ],
)
def test_what_cannot_run_says_why(change, rule):
    with pytest.raises(ValueError, match=rule):
        lif.run(**{"M": torch.ones(2, 4), "q": torch.ones(1, 4), **change})
