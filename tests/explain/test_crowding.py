"""Specifies nuonuo/explain/codes/crowding.py."""

import math

import pytest
import torch
from hypothesis import example, given
from hypothesis.strategies import floats, integers

from nuonuo.explain.codes import crowding
from nuonuo.maths.codes import overlap, projection
from tests.conftest import unit


@pytest.fixture(scope="module")
def P():
    return projection(384, 4096, seed=0)


@pytest.fixture(scope="module")
def drawn(stories, P):
    return crowding.sample(stories.bank.X, stories.bank.keys, P, 100)


def test_a_small_bank_is_drawn_whole(drawn):
    assert drawn.whole
    assert len(drawn.X) == len(drawn.paired) == drawn.of == 90


def test_a_large_bank_is_drawn_with_a_seed_and_nearest_neighbours():
    X = unit(900, 8)
    P = projection(8, 256, seed=1)
    one, again, other = (crowding.sample(X, X, P, 20, seed) for seed in (1, 1, 2))
    assert not one.whole
    assert one.drawn == crowding.DRAWN
    assert torch.equal(one.X, again.X)
    assert not torch.equal(one.X[: one.drawn], other.X[: other.drawn])
    assert crowding.PAIRED < len(one.paired) <= 2 * crowding.PAIRED
    gram = X @ X.T
    gram.fill_diagonal_(-1)
    paired = {tuple(x) for x in one.X[one.paired].tolist()}
    for x in one.X[: crowding.PAIRED]:
        row = int((x == X).all(1).nonzero()[0, 0])
        assert tuple(X[gram[row].argmax()].tolist()) in paired


def test_a_curve_averages_the_overlap_of_all_pairs(drawn):
    curve = crowding.curve(drawn, 30)
    assert curve.pairs == int(curve.count.sum()) == 90 * 89 // 2
    codes = drawn.raw[:, :30]
    every = torch.cat([overlap(codes[i], codes[i + 1 :]) for i in range(89)])
    assert float((curve.raw * curve.count).sum() / curve.pairs) == pytest.approx(float(every.mean()), abs=1e-5)
    assert (curve.cosine.diff() > 0).all()


def test_raw_codes_of_real_sentences_share_what_theory_says(embeddings, P):
    drawn = crowding.sample(embeddings, embeddings, P, 50)
    curve = crowding.curve(drawn, 50)
    sure = curve.count > 200
    assert (curve.raw - curve.theory)[sure].abs().max() < 0.01


def test_whitened_codes_share_less(encoder, sample, P):
    from nuonuo.maths import whitening

    X = encoder.encode([t for row in sample("facts") for t in (row["cue"], row["target"])])
    drawn = crowding.sample(X, whitening.fit(X)(X), P, 50)
    curve, usage = crowding.curve(drawn, 50), crowding.usage(drawn, 50)
    many = curve.count > 30
    assert (curve.whitened < curve.raw)[many & (curve.cosine > 0.1)].all()
    assert usage.busiest[1] < usage.busiest[0]
    assert usage.whitened[0] < usage.raw[0]  # fewer dead units


@example(k=1, units=14_795)
@given(k=integers(1, 60), units=integers(100, 20_000))
def test_identical_keys_share_everything_and_unrelated_ones_share_by_chance(k, units):
    share = crowding.expected_overlap(torch.tensor([0.0, 1.0]), k, units)
    assert float(share[0]) == pytest.approx(k / units, rel=0.01)
    assert float(share[1]) == pytest.approx(1, abs=0.01)


@given(rho=floats(-0.9, 0.9), k=integers(5, 60))
def test_expected_overlap_rises_with_cosine_and_stays_below_it(rho, k):
    share = crowding.expected_overlap(torch.tensor([rho, rho + 0.05]), k, 16_384)
    assert share[0] <= share[1] + 1e-6
    assert rho < 0.05 or share[0] < rho  # separation


def test_expected_overlap_is_what_a_simulation_gives():
    generator = torch.Generator().manual_seed(0)
    u, e = torch.randn(2, 2_000_000, generator=generator)
    v = 0.7 * u + math.sqrt(1 - 0.49) * e
    t = crowding.threshold(50, 2_000)
    met = float(((u > t) & (v > t)).sum() / (u > t).sum())
    assert float(crowding.expected_overlap(torch.tensor([0.7]), 50, 2_000)) == pytest.approx(met, abs=0.01)


@pytest.mark.parametrize("k", [1, 30, 100])
def test_usage_counts_every_unit_once_and_every_winner(drawn, k):
    usage = crowding.usage(drawn, k)
    for counts in (usage.raw, usage.whitened):
        assert int(counts.sum()) == usage.units
    assert float(usage.even.sum()) == pytest.approx(usage.units, rel=1e-3)
    fired = torch.bincount(drawn.raw[:, :k].reshape(-1), minlength=usage.units)
    assert int(usage.raw[0]) == int((fired == 0).sum())
    assert usage.busiest[0] == int(fired.max())
    assert usage.labels[:3] == ("0", "1", "2")


def test_one_cue_has_usage_but_no_pairs(P):
    X = unit(1, 384)
    drawn = crowding.sample(X, X, P, 50)
    assert crowding.curve(drawn, 50).pairs == 0
    assert crowding.usage(drawn, 50).busiest == (1, 1)
