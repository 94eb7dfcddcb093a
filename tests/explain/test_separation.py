"""Specifies nuonuo/explain/attention/separation.py."""

import math

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers

from nuonuo import Memory
from nuonuo.explain.attention.separation import Separated, separated
from nuonuo.maths.hopfield import settle
from tests.conftest import items, unit


def seen(seed=0, n=12, d=24, beta=16.0, noise=0.1) -> tuple[Separated, object]:
    memory = Memory(dimension=d)
    memory.add_many(items(n, d))
    key = memory.bank.X[seed % n] + noise * unit(1, d, seed)[0]
    trace = memory.recall(key, beta=beta)
    return separated(trace), trace


@given(seed=integers(0, 200), n=integers(1, 15), beta=floats(0.1, 150), noise=floats(0, 1))
def test_what_is_measured_never_exceeds_the_bound_where_it_applies(seed, n, beta, noise):
    found, _ = seen(seed, n, beta=beta, noise=noise)
    for part in (found.now, found.curve):
        assert (part.once <= part.bound + 1e-9).all()
        assert (part.own[part.holds] <= part.own_bound[part.holds] + 1e-9).all()
    if found.applies:
        assert float(found.now.rest[0]) <= float(found.now.own_bound[0]) + 1e-6


def test_the_errors_are_those_of_the_recalls_own_states():
    found, trace = seen(beta=9.0)
    assert float(found.now.once[0]) == pytest.approx(float((trace.xi[1] - trace.X[0]).norm()), abs=1e-5)
    at = trace.outcome.rest.state
    assert float(found.now.rest[0]) == pytest.approx(float((at - trace.X[0]).norm()), abs=1e-3)
    assert found.distance == pytest.approx(float((trace.key - trace.X[0]).norm()), abs=1e-5)


def test_the_pattern_itself_rests_where_many_updates_take_it():
    found, trace = seen(beta=9.0)
    X = trace.X.double()
    for at in (0, 20, 40):
        far = settle(X[0], X, float(found.curve.beta[at]), steps=300).xi[-1]
        assert float(found.curve.own[at]) == pytest.approx(float((far - X[0]).norm()), abs=2e-3)


def test_eq_5_holds_from_the_beta_that_is_named():
    found, _ = seen()
    assert 0.05 < found.needed < 200
    assert found.curve.holds.tolist() == [b >= found.needed for b in found.curve.beta.tolist()]
    assert (found.gap >= found.asked) == found.stored


def test_the_theorems_speak_only_of_states_near_the_pattern():
    near, far = seen(beta=190.0, noise=0.0)[0], seen(beta=190.0, noise=0.5)[0]
    assert near.stored
    assert near.applies
    assert far.stored
    assert not far.applies
    assert far.radius == pytest.approx(1 / (190 * far.N * far.M))


def test_one_candidate_and_two_alike():
    one, _ = seen(n=1)
    assert math.isinf(one.gap)
    assert one.needed == 0
    assert one.now.once.tolist() == pytest.approx([0], abs=1e-9)
    memory = Memory(dimension=8)
    memory.add_many([*items(1, 8), *items(1, 8)])
    tie = separated(memory.recall(memory.bank.X[0]))
    assert tie.gap == pytest.approx(0, abs=1e-6)
    assert not tie.stored


def test_a_place_that_is_none_is_named():
    _, trace = seen()
    with pytest.raises(ValueError, match="place must be 0 to 11, got 12"):
        separated(trace, 12)
