"""Specifies nuonuo/explain/map/view.py and nuonuo/latex/map.py: one recall on a map, measured, and its equations."""

import numpy as np
import pytest
import torch

from nuonuo.explain.map import view as map_view
from nuonuo.explain.map.maps import fit_pca, place
from nuonuo.explain.map.neighbours import preservation
from nuonuo.explain.map.points import points
from nuonuo.explain.map.topics import Topics
from nuonuo.latex import map as map_formula
from tests.conftest import items, unit
from tests.explain.test_maps import strewn


@pytest.fixture
def memory(vectors):
    memory = vectors()
    memory.add_many(items(50))
    return memory


def asked(memory, made=None, **settings):
    here = points(memory.bank)
    made = made or strewn(here)
    trace = memory.recall(unit(1, 8, 3)[0], **settings)
    return map_view.ask(made, place(made, here), here, trace, memory.bank), trace, made


def test_lines_end_at_the_candidates_of_the_trace(memory):
    found, trace, _ = asked(memory)
    assert (found.rows + 1).tolist() == [c.id for c in trace.candidates]
    assert found.weight.tolist() == trace.p[0].tolist()
    assert found.cues[0] == trace.answer.cue


def test_places_around_the_question_are_counted_by_distance(memory):
    found, _, made = asked(memory)
    order = np.linalg.norm(made.xy - found.path[0], axis=1).argsort()
    assert [order[n - 1] for n in found.place] == found.rows.tolist()
    assert found.nearest == order[0]
    assert found.kept == np.isin(found.rows[: found.k], order[: found.k]).mean()


def test_a_sharp_question_lies_on_its_answer_and_a_blend_between_its_candidates(memory):
    sharp, _, made = asked(memory, beta=200.0)
    blend, _, _ = asked(memory, made, beta=0.05)
    assert np.linalg.norm(sharp.path[0] - made.xy[sharp.rows[0]]) < 0.1
    assert np.allclose(blend.path[0], made.xy[blend.rows].mean(0), atol=0.05)


def test_the_true_neighbours_of_a_picked_memory_are_by_key_not_by_map(memory):
    here = points(memory.bank)
    placed = place(strewn(here), here)
    found = map_view.pick(placed, here, 9)
    score = (here.K @ here.K[8]).numpy()
    score[8] = -2
    distance = np.linalg.norm(placed.xy - placed.xy[8], axis=1)
    distance[8] = np.inf
    assert found.row == 8
    assert found.neighbours.tolist() == (-score).argsort()[:8].tolist()
    assert [distance.argsort()[n - 1] for n in found.place] == found.neighbours.tolist()
    assert found.nearest == distance.argmin()
    assert (-score).argsort()[found.nearest_rank - 1] == found.nearest


def test_nothing_is_picked_where_there_is_nothing_to_pick(memory, vectors):
    here = points(memory.bank)
    assert map_view.pick(place(strewn(here), here), here, 999) is None
    alone = vectors()
    alone.add_many(items(1))
    one = points(alone.bank)
    assert map_view.pick(place(fit_pca(one, 2), one), one, 1) is None


def test_shades_say_what_each_dot_is(memory):
    here = points(memory.bank)
    found = asked(memory, k=5)[0]
    attention = map_view.by_attention(here, found)
    assert np.isfinite(attention.value).sum() == 5
    assert np.nansum(attention.value) == pytest.approx(1)
    assert np.isnan(map_view.by_attention(here, None).value).all()
    hops = map_view.by_hop(here, (3, 4, 3))
    assert (hops.value[3], hops.value[4]) == (1, 2)  # a memory met twice keeps its first hop
    topics = map_view.by_topic(Topics(torch.arange(50) % 2, ("a", "b"), 0), here)
    assert topics.names == ("a", "b")
    assert topics.value[:2].tolist() == [0, 1]
    overlap = map_view.by_overlap(here, torch.linspace(0, 1, 50))
    assert overlap.value[-1] == 1


# Equations


@pytest.mark.parametrize("beta", [4.0, 90.0])
def test_the_shown_place_of_a_question_is_the_executed_one(memory, beta):
    found, trace, _ = asked(memory, beta=beta)
    shown = map_formula.question(found, projected=False)
    assert rf"y(\xi_0) = {trace.answer.weight:.3f}\, y_{{1}}" in shown
    assert rf"= ({found.path[0][0]:.2f}\,, {found.path[0][1]:.2f})" in shown


def test_the_shown_projection_is_the_executed_one(memory):
    made = fit_pca(points(memory.bank), 3)
    found, _, _ = asked(memory, made)
    assert f"({found.path[0][0]:.2f}" in map_formula.question(found, projected=True)
    layout = map_formula.layout(made)
    assert r"\mathbb{R}^{8 \times 3}" in layout
    assert rf"{100 * made.axes.explained[2]:.1f}\%" in layout


def test_the_shown_umap_is_the_one_that_ran(memory):
    made = strewn(points(memory.bank), seed=4)
    assert r"1 + 1.577\, \lVert y_i - y_j \rVert^{2 \cdot 0.895}" in map_formula.layout(made)
    assert r"\text{seed 4, 500 rounds, 50 memories}" in map_formula.umap_settings(made)


def test_the_shown_preservation_is_the_measured_one(memory):
    here, found = points(memory.bank), asked(memory)[0]
    kept = preservation(here.K, torch.from_numpy(strewn(here).xy))
    assert f"{kept.share:.3f}" in map_formula.kept(kept, 50)
    assert rf"\frac{{{kept.k}}}{{50 - 1}}" in map_formula.kept(kept, 50)
    assert f"= {found.kept:.2f}" in map_formula.kept_around(found)
