"""Specifies nuonuo/explain/spiking/sampler.py."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import floats, integers

from nuonuo.explain.spiking import sampler
from nuonuo.explain.spiking.sampler import FIRING, WARM, distance, expected_distance, sample
from nuonuo.lab import spiking as lab
from tests.conftest import unit


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def ten(encoder):
    return lab.problem(encoder, lab.support())


@pytest.mark.parametrize("beta", [8.0, 32.0])
def test_the_distance_to_softmax_falls_as_one_over_the_root_of_the_spikes(ten, beta):
    votes = sample(ten.q.repeat(8, 1), ten.M, beta, 1024, generator())
    budgets = torch.tensor([64, 128, 256, 512, 1024])
    far = torch.stack([distance(votes.rate(n), votes.p).mean() for n in budgets.tolist()])
    x, y = budgets.log(), far.log()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    assert slope == pytest.approx(-0.5, abs=0.1)
    torch.testing.assert_close(votes.p, torch.softmax(beta * ten.q.repeat(8, 1) @ ten.M.mT, -1))


def test_it_recalls_the_ten_cues_among_a_hundred_near_duplicates_with_64_spikes(ten, encoder):
    whole = ten.within(lab.near_duplicates(encoder, 100))
    votes = sample(ten.M.repeat(20, 1), whole.M, 32.0, 64, generator())
    hits = votes.rate(64).argmax(-1) == torch.arange(10).repeat(20)
    assert hits.float().mean() >= 0.99


def test_the_inhibition_constant_changes_no_proportion_beyond_sampling_error(ten):
    q = ten.q.repeat(8, 1)
    shares = []
    for constant in (0.05, 0.2, 0.8):
        votes = sample(q, ten.M, 8.0, 512, generator(1), constant)
        shares.append(votes.rate(512).view(8, 10, 10).mean(0))  # of 4,096 spikes a question
        error = (votes.p[:10] * (1 - votes.p[:10]) / 4096).sqrt()
        assert ((shares[-1] - votes.p[:10]).abs() <= 5 * error + 1e-3).all()
    assert distance(shares[0], shares[2]).max() < 0.05


def test_every_spike_is_a_winner_and_no_step_has_two(ten):
    votes = sample(ten.q, ten.M, 8.0, 40, generator())
    assert votes.cast.shape == (40, 10)
    assert votes.winner.min() >= -1
    assert votes.winner.max() < 10
    torch.testing.assert_close(votes.rate(40).sum(-1), torch.ones(10))
    counted = (votes.winner[WARM:] >= 0).sum(0)
    assert (counted >= 40).all()


def test_the_inhibition_finds_the_sum_that_nobody_computes(ten):
    votes = sample(ten.q[:2], ten.M, 8.0, 1024, generator(), constant=0.2)
    settled = votes.inhibition[600:].mean(0)
    torch.testing.assert_close(settled, votes.rest, atol=0.25, rtol=0)
    assert (votes.winner[600:] >= 0).float().mean() == pytest.approx(FIRING, abs=0.04)


@settings(max_examples=15)
@given(seed=integers(0, 1_000), beta=floats(0.1, 30), n=integers(1, 8))
def test_membranes_come_to_rest_at_the_logits(seed, beta, n):
    X, q = unit(n, 6, seed), unit(1, 6, seed + 1)
    votes = sample(q, X, beta, 4, generator(seed))
    torch.testing.assert_close(votes.v[-1], beta * q @ X.mT, atol=2e-2, rtol=1e-3)


def test_a_single_memory_gets_every_spike():
    X = unit(1, 6)
    assert sample(-X, X, 5.0, 16, generator()).rate(16).tolist() == [[1.0]]


def test_the_same_seed_casts_the_same_votes():
    X = unit(5, 6)
    one, again, other = (sample(X[:2], X, 2.0, 30, generator(seed)).winner for seed in (3, 3, 4))
    assert torch.equal(one, again)
    assert one.shape != other.shape or not torch.equal(one, other)


@given(seed=integers(0, 1_000), n=integers(1, 12))
def test_total_variation_is_a_distance_between_0_and_1(seed, n):
    p, r = torch.rand(2, n, generator=generator(seed), dtype=torch.float64).softmax(-1)
    assert distance(p, p) == 0
    assert distance(p, r) == distance(r, p)
    assert 0 <= distance(p, r) <= 1
    assert distance(torch.eye(2)[0], torch.eye(2)[1]) == 1


@pytest.mark.parametrize("spikes", [1, 2, 7, 64, 400])
def test_the_expected_distance_is_what_multinomial_samples_are_off_by(spikes):
    p = torch.tensor([0.5, 0.3, 0.15, 0.04, 0.01])
    counts = torch.multinomial(p, spikes * 4_000, replacement=True, generator=generator()).view(4_000, spikes)
    rates = torch.nn.functional.one_hot(counts, len(p)).float().mean(1)
    far = distance(rates, p)
    error = float(far.std() / 4_000**0.5)
    assert float(far.mean()) == pytest.approx(float(expected_distance(p, spikes)), abs=4 * error + 1e-6)


@given(seed=integers(0, 1_000), n=integers(1, 40), spikes=integers(1, 5_000), sharp=floats(0, 30))
def test_the_expected_distance_is_a_mean_of_distances_and_so_never_above_1(seed, n, spikes, sharp):
    p = (sharp * torch.randn(n, generator=generator(seed))).softmax(-1)
    assert 0 <= expected_distance(p, spikes) <= 1
    assert float(expected_distance(p, 1)) == pytest.approx(float(1 - p.double().square().sum()), abs=1e-6)


def test_the_expected_distance_of_a_certain_memory_is_0_and_vanishes_as_one_over_the_root_of_many_spikes():
    assert expected_distance(torch.tensor([1.0, 0.0]), 9) == 0
    p = torch.tensor([0.6, 0.4])
    assert float(expected_distance(p, 40_000)) == pytest.approx(math.sqrt(0.24 * 2 / math.pi / 40_000), rel=1e-3)


def test_the_votes_are_off_from_softmax_by_what_independent_samples_are(ten):
    votes = sample(ten.q[:1].repeat(400, 1), ten.M, 8.0, 16, generator(2))  # 400 repeats
    for spikes in (1, 4, 16):
        far = distance(votes.rate(spikes), votes.p)
        error = float(far.std() / 20)
        assert float(far.mean()) == pytest.approx(float(expected_distance(votes.p[0], spikes)), abs=4 * error)


def test_budgets_double_up_to_the_last():
    assert sampler.budgets(1) == [1]
    assert sampler.budgets(10) == [1, 2, 4, 8, 10]
    assert sampler.budgets(16) == [1, 2, 4, 8, 16]


def test_it_stays_on_its_device(device):
    X = unit(3, 8).to(device)
    assert sample(X, X, 4.0, 4, generator()).rate(4).device.type == device


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"X": torch.empty(0, 4)}, "nothing is stored: store patterns before asking"),
        ({"q": torch.ones(4)}, r"questions must have shape \(Q, 4\) like the patterns, got \(4,\)"),
        ({"beta": 0.0}, "beta must be a finite number > 0, got 0.0"),
        ({"spikes": 0}, "spikes must be >= 1, got 0"),
        ({"constant": math.inf}, "constant must be a finite number > 0, got inf"),
        ({"leak": 0.0}, r"leak must lie in \(0, 1\], got 0.0"),
    ],
)
def test_what_cannot_vote_says_why(change, rule):
    given = {"q": torch.ones(1, 4), "X": torch.ones(2, 4), "beta": 1.0, "spikes": 2, "generator": generator()}
    with pytest.raises(ValueError, match=rule):
        sample(**{**given, **change})
