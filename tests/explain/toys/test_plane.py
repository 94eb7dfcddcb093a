"""Specifies nuonuo.explain.toys.plane: what a query of two numbers does among patterns that one can see."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from nuonuo.explain.toys.plane import LARGEST, fates, resized, surface, toy
from nuonuo.memory.outcome import Kind
from nuonuo.studio.plane.drawing import read
from nuonuo.studio.plane.panel import PRESETS

place = st.tuples(*[st.floats(-1.6, 1.6).map(lambda v: round(v, 2))] * 2)
points = st.lists(place, min_size=1, max_size=LARGEST)


def of(label):
    chosen = PRESETS[label]
    return toy(read(chosen["toy"]), read(chosen["toy_query"])[0], chosen["toy_beta"])


@given(points, place, st.floats(0.5, 64))
def test_energy_never_rises_on_the_way(points, query, beta):
    assert (toy(points, query, beta).settling.energy.diff() <= 1e-9).all()


@given(points, place, st.floats(0.5, 64))
def test_the_first_update_is_attention_over_the_patterns(points, query, beta):
    found = toy(points, query, beta)
    X, xi = found.X[None], torch.tensor(query).double()[None, None]
    expected = scaled_dot_product_attention(xi, X, X, scale=beta)[0, 0]
    torch.testing.assert_close(found.settling.xi[1], expected, atol=1e-6, rtol=0)


@given(points, place, st.floats(0.5, 64))
def test_the_rest_is_no_higher_than_any_state_and_inside_the_patterns(points, query, beta):
    found = toy(points, query, beta)
    low = surface(points, beta, found.end[None])
    assert low <= found.settling.energy.min() + 1e-6
    assert found.end.abs().max() <= found.X.abs().max() + 1e-9


@given(points, place, st.floats(0.5, 64))
def test_the_fate_of_the_query_is_where_it_rests(points, query, beta):
    found = toy(points, query, beta)
    there = fates(points, beta, torch.tensor([query]).double())[0]
    assert (there - found.end).norm() < 1e-3


def test_each_preset_shows_what_it_is_called():
    wells, pair, average, long = (of(label) for label in PRESETS)
    assert (wells.kind, wells.places) == (Kind.ONE, 3)
    assert pair.kind is Kind.SUBSET
    assert pair.places == 4
    assert 1.9 < pair.number < 2.1
    assert (average.kind, average.places) == (Kind.ALL, 1)
    assert long.kind is Kind.ONE
    assert long.lead == 1  # though pattern 1 is nearer as the crow flies
    assert (long.X - long.settling.xi[0]).norm(dim=1).argmin() == 0


def test_one_pattern_is_reached_in_one_update():
    found = toy([(0.4, -0.2)], (-1.0, 1.0), 2.0)
    assert found.updates == 1
    assert found.end.tolist() == [0.4, -0.2]


def test_patterns_are_added_by_seed_and_dropped_from_the_end():
    first = [(1.0, 0.0)]
    more = resized(first, 5, seed=3)
    assert more[:1] == first
    assert len(more) == 5
    assert resized(more, 2, seed=3) == more[:2]
    assert resized(first, 5, seed=3) == more
    assert resized(first, 5, seed=4) != more


def test_nothing_stored_is_refused():
    with pytest.raises(ValueError, match="nothing is stored"):
        toy([], (0, 0), 1.0)
