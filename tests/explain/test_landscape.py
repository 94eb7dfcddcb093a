"""Specifies nuonuo/explain/settling/landscape.py: the plane, its energy, and where starts come to rest."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers
from sklearn.decomposition import PCA
from torch.testing import assert_close

from nuonuo import Memory
from nuonuo.explain.settling.landscape import NEAR, grid, landscape, meet, plane, rest
from nuonuo.maths.hopfield import settle
from nuonuo.maths.theory import effective_number
from nuonuo.memory.outcome import Kind
from nuonuo.memory.records import record
from tests.conftest import items, unit


def recall(n=12, d=24, seed=0, query=99, device="cpu", **settings):
    """The trace of a random question to n random memories."""
    memory = Memory(dimension=d, seed=seed, device=device)
    memory.add_many(items(n, d, seed))
    return memory.recall(unit(1, d, query)[0], **settings)


# The plane


@given(seed=integers(0, 1000))
def test_the_planes_axes_are_orthonormal_and_a_point_of_it_keeps_its_coordinates(seed):
    flat = plane(recall(seed=seed))
    assert_close(flat.basis @ flat.basis.mT, torch.eye(2), atol=1e-5, rtol=0)
    y = unit(5, 2, seed)
    assert_close(flat.of(flat.lift(y)), y, atol=1e-5, rtol=0)


@given(seed=integers(0, 1000), beta=floats(0.5, 100))
def test_the_plane_is_the_one_that_holds_most_variance(seed, beta):
    trace = recall(seed=seed, beta=beta)
    points = torch.cat([trace.X, trace.xi]).double().numpy()
    oracle = PCA(2).fit(points)
    flat = plane(trace)
    spread = flat.of(torch.cat([trace.X, trace.xi])).double().numpy()
    held = (spread - spread.mean(0)).var(0).sum()
    assert held == pytest.approx(oracle.explained_variance_.sum() * (len(points) - 1) / len(points), rel=1e-4)


@given(seed=integers(0, 1000), beta=floats(0.5, 100))
def test_the_answer_lies_to_the_right_and_the_runner_up_not_below_it(seed, beta):
    answer, runner_up, *_ = landscape(recall(seed=seed, beta=beta)).candidates.tolist()
    assert answer[0] > 0
    assert answer[1] == pytest.approx(0, abs=1e-5)
    assert runner_up[1] > -1e-6


def test_the_same_recall_has_the_same_landscape():
    one, two = landscape(recall()), landscape(recall())
    assert torch.equal(one.energy, two.energy)
    assert torch.equal(one.states, two.states)
    assert torch.equal(one.fate, two.fate)


@given(seed=integers(0, 1000), beta=floats(0.5, 100))
def test_a_state_lies_where_the_attention_before_it_puts_it(seed, beta):
    land = landscape(recall(seed=seed, beta=beta, steps=4))
    assert_close(land.states[1:], land.p[:-1] @ land.candidates, atol=1e-5, rtol=0)


@given(seed=integers(0, 200))
def test_the_share_of_variance_lies_between_0_and_1(seed):
    land = landscape(recall(seed=seed))
    assert 0 <= land.share <= 1 + 1e-6
    assert 0 <= land.share_candidates <= 1 + 1e-6


def test_points_that_do_not_vary_lose_nothing():
    assert plane(recall()).share(torch.ones(3, 24)) == 1.0


# What it says of the recall


@given(seed=integers(0, 1000), steps=integers(1, 8))
def test_attention_of_the_states_is_the_traces_and_one_more_look(seed, steps):
    trace = recall(seed=seed, steps=steps, beta=9.0)
    land = landscape(trace)
    assert torch.equal(land.p[:-1], trace.p)
    assert_close(land.p[-1], settle(trace.xi[-1], trace.X, 9.0, 1).p[0])
    assert land.number == pytest.approx(float(effective_number(trace.p[-1])))


def test_the_energy_of_the_plane_is_equation_2_at_its_points():
    trace = recall(beta=7.0)
    land = landscape(trace)
    X = trace.X.double().numpy()
    for row, column in ((0, 0), (11, 30), (29, 39)):
        y = np.array([float(land.x[column]), float(land.y[row])])
        xi = land.plane.centre.double().numpy() + y @ land.plane.basis.double().numpy()
        lse = math.log(np.exp(7.0 * X @ xi).sum()) / 7.0
        expected = -lse + xi @ xi / 2 + math.log(len(X)) / 7.0 + (np.linalg.norm(X, axis=1).max() ** 2) / 2
        assert float(land.energy[row, column]) == pytest.approx(expected, abs=1e-5)


def test_the_grid_holds_every_point_and_is_as_wide_as_its_cells_say():
    points = unit(9, 2, 3)
    x, y = grid(points)
    assert x[0] < points[:, 0].min()
    assert points[:, 0].max() < x[-1]
    assert y[0] < points[:, 1].min()
    assert points[:, 1].max() < y[-1]
    assert float((x[-1] - x[0]) / (y[-1] - y[0])) == pytest.approx(4 / 3, rel=1e-4)


# Rest


@given(seed=integers(0, 1000), beta=floats(0.5, 60))
def test_a_start_rests_where_many_updates_take_it(seed, beta):
    X, xi = unit(9, 16, seed), unit(1, 16, seed + 1)[0]
    p = rest((X @ xi)[None], X @ X.mT, beta)[0]
    oracle = settle(xi.double(), X.double(), beta, 400)
    assert float(torch.linalg.vector_norm(p @ X - oracle.xi[-1].float())) < NEAR


def test_starts_at_different_beta_rest_as_they_would_alone():
    X = unit(8, 16, 1)
    similarity, betas = unit(3, 16, 2) @ X.mT, torch.tensor([1.0, 9.0, 40.0])
    together = rest(similarity, X @ X.mT, betas)
    for i, beta in enumerate(betas.tolist()):
        assert_close(together[i], rest(similarity[i : i + 1], X @ X.mT, beta)[0], atol=1e-4, rtol=0)


def test_ends_meet_when_they_are_closer_than_the_limit():
    X = unit(6, 32, 4)
    p = torch.eye(6)[[0, 1, 0, 2, 1]]
    p[2] = 0.99 * p[2] + 0.01 * p[3]  # a hair away from the first
    assert meet(p, X @ X.mT).tolist() == [0, 1, 0, 2, 1]


def test_a_start_on_the_grid_ends_where_its_fate_says():
    trace = recall(beta=20.0, n=10)
    land = landscape(trace)
    for row, column in ((2, 3), (15, 20), (27, 36), (8, 33)):
        start = land.plane.lift(torch.stack([land.x[column], land.y[row]]))
        arrived = settle(start, trace.X, 20.0, 300).xi[-1]
        end = land.ends[int(land.fate[row, column])]
        assert float(torch.linalg.vector_norm(end.p @ trace.X - arrived)) < NEAR
        assert_close(end.at, land.plane.of(end.p @ trace.X), atol=1e-4, rtol=0)
        if end.candidate is not None:
            assert end.p[end.candidate] > 0.5


# The kinds of rest


def test_a_small_beta_makes_one_place_the_average_of_all():
    land = landscape(recall(beta=0.5))
    assert (land.rest.kind, land.places, land.rest.candidate) == (Kind.ALL, 1, None)
    assert land.rest.number == pytest.approx(12, rel=0.05)


def test_a_large_beta_makes_one_fixed_point_for_each_memory():
    land = landscape(recall(beta=100.0))
    assert (land.rest.kind, land.places) == (Kind.ONE, 12)
    assert land.rest.number < 1.1


def test_memories_that_resemble_each_other_make_a_metastable_state():
    group = unit(1, 24, 5) + 0.15 * unit(4, 24, 6)  # four near-twins among eight others
    rows = torch.nn.functional.normalize(torch.cat([group, unit(8, 24, 7)]), dim=1)
    memory = Memory(dimension=24, exponent=0.0, centre=False)
    memory.add_many([record(f"cue {i}", f"target {i}", (), x, x) for i, x in enumerate(rows)])
    land = landscape(memory.recall(rows[0], beta=16.0, steps=20))
    assert (land.rest.kind, land.rest.candidate) == (Kind.SUBSET, None)
    assert 2 < land.rest.number < 5
    assert 1 < land.places < 12


def test_one_memory_is_one_place():
    land = landscape(recall(n=1))
    assert (land.rest.kind, land.places) == (Kind.ONE, 1)
    assert torch.isfinite(land.energy).all()
    assert land.rest.candidate == 0


@given(seed=integers(0, 300), beta=floats(0.5, 100))
def test_the_query_rests_where_the_traces_outcome_says(seed, beta):
    trace = recall(seed=seed, beta=beta)
    rest = landscape(trace).rest
    assert torch.equal(rest.p, trace.outcome.rest.p)
    assert rest.kind is trace.outcome.rest.kind
    assert rest.candidate in {None, trace.outcome.rest.lead}


def test_a_landscape_stays_on_its_device(device):
    land = landscape(recall(device=device))
    assert {t.device.type for t in (land.energy, land.states, land.p, land.fate, land.own)} == {device}
