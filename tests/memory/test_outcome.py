"""Specifies nuonuo/memory/outcome.py: the one answer to what a recall brought back."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers
from torch.nn.functional import normalize
from torch.testing import assert_close

from nuonuo import Memory
from nuonuo.maths.hopfield import settle
from nuonuo.maths.theory import effective_number
from nuonuo.memory.outcome import Kind, kind, outcome
from nuonuo.memory.records import record


def asked(seed, c=6, d=8):
    generator = torch.Generator().manual_seed(seed)
    X = normalize(torch.randn(c, d, generator=generator), dim=1)
    return X, normalize(X[0] + 0.5 * torch.randn(d, generator=generator), dim=0)


@given(seed=integers(0, 500), beta=floats(0.1, 60))
def test_the_rest_is_where_many_update_steps_lead(seed, beta):
    X, key = asked(seed)
    once = settle(key, X, beta, 1)
    found = outcome(once.p[0], X, once.xi[-1], beta)
    far = settle(key, X, beta, 400)
    assert_close(found.rest.p, far.p[-1], atol=2e-2, rtol=0)
    assert_close(found.rest.state, found.rest.p @ X)
    assert found.number == pytest.approx(float(effective_number(once.p[0])))


def test_one_pattern_alone_is_a_fixed_point_a_few_a_metastable_state_and_all_the_average():
    pair = normalize(torch.tensor([[1.0, 0.1, 0.0], [1.0, -0.1, 0.0]]), dim=1)
    X = torch.cat([pair, torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])])
    key = normalize(torch.tensor([1.0, 0.0, 0.0]), dim=0)
    for beta, expected in ((0.1, Kind.ALL), (8.0, Kind.SUBSET)):
        once = settle(key, X, beta, 1)
        assert outcome(once.p[0], X, once.xi[-1], beta).rest.kind is expected
    for first, agree in ((2, False), (0, True)):  # ranked first is candidate 0, whatever the attention
        rows = X[[2, 1, 0, 3, 4]] if agree else X
        once = settle(X[2], rows, 8.0, 1)
        found = outcome(once.p[0], rows, once.xi[-1], 8.0)
        assert (found.rest.kind, found.rest.lead, found.agree) == (Kind.ONE, first, agree)


@pytest.mark.parametrize(
    ("number", "patterns", "expected"),
    [(1.0, 1, Kind.ONE), (1.4, 20, Kind.ONE), (5.4, 20, Kind.SUBSET), (19.4, 20, Kind.ALL), (2.0, 2, Kind.ALL)],
)
def test_all_is_more_than_half(number, patterns, expected):
    assert kind(number, patterns) is expected


def test_the_confusable_sample_has_a_real_metastable_state(encoder, sample):
    memory = Memory(encoder=encoder)
    memory.add_many([record(row["cue"], row["target"], row["cues"]) for row in sample("confusable")])
    trace = memory.recall("What do we talk about at the start of the week?", beta=10.0, steps=20)
    assert trace.outcome.rest.kind is Kind.SUBSET
    assert 5 < trace.outcome.rest.number < 6
    assert trace.outcome.rest.arrived
    memory.close()
