"""Specifies nuonuo/systems/spiking.py."""

import pytest
import torch

from nuonuo.explain.spiking import lif
from nuonuo.lab import spiking as lab
from nuonuo.systems.spiking import LIFHopfield, SpikingWTA
from tests.conftest import unit

MAKERS = [lambda d: SpikingWTA(d), lambda d: LIFHopfield(d)]


@pytest.mark.parametrize("make", MAKERS)
def test_what_was_learnt_one_by_one_or_at_once_is_recalled_with_its_target(make):
    X, Y = unit(5, 32), unit(5, 32, 1)
    together, apart = make(32), make(32)
    together.learn(X, Y)
    for cue, target in zip(X, Y, strict=True):
        apart.learn(cue, target)
    for i in range(5):
        answer = together.recall(X[i])
        assert answer.memory == i
        assert answer.scores.shape == (5,)
        assert torch.equal(answer.scores, apart.recall(X[i]).scores)
        assert torch.cosine_similarity(answer.output, Y[i], dim=0) > 0.99
        assert answer.steps >= 20


def test_votes_are_shares_and_their_mean_target_comes_out():
    X, Y = unit(6, 16), unit(6, 16, 1)
    system = SpikingWTA(16, beta=2.0, spikes=32)
    system.learn(X, Y)
    answer = system.recall(X[0])
    assert answer.scores.sum() == pytest.approx(1)
    torch.testing.assert_close(answer.output, answer.scores @ Y)


def test_the_lif_system_is_the_network(encoder):
    five = lab.problem(encoder, lab.five())
    for steps in (20, 200):
        system = LIFHopfield(384, steps)
        system.learn(five.M, five.M)
        found = [system.recall(q).memory for q in five.q]
        assert found == lif.run(five.M, five.q, steps).recalled[-1].tolist()


@pytest.mark.parametrize("make", MAKERS)
def test_what_cannot_be_recalled_says_why(make):
    system = make(4)
    with pytest.raises(ValueError, match="nothing is stored"):
        system.recall(torch.ones(4))
    system.learn(torch.eye(4), torch.eye(4))
    with pytest.raises(ValueError, match=r"query must have shape \(4,\)"):
        system.recall(torch.ones(5))
    with pytest.raises(ValueError, match="embeddings must have 4 columns, got 5"):
        system.learn(torch.ones(5), torch.ones(5))
