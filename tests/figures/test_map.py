"""Specifies nuonuo/figures/map.py: what is drawn of a map, and how little of it travels."""

import dataclasses
import re

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from plotly.io.json import to_json_plotly

from nuonuo.explain.map import view as map_view
from nuonuo.explain.map.maps import fit_pca, place
from nuonuo.explain.map.points import points
from nuonuo.explain.map.topics import Topics
from nuonuo.explain.map.view import View
from nuonuo.figures.map import map_figure, map_words, still
from nuonuo.figures.template import ACCENT, INK, resolve
from tests.conftest import items, unit
from tests.explain.test_maps import strewn


def seen(memory, dims=2, shade="attention", pick=3, question=True, pca=False, texts=True, hops=()):
    """A View as the page makes it."""
    here = points(memory.bank)
    made = fit_pca(here, dims) if pca else strewn(here, dims=dims)
    placed = place(made, here)
    asked = map_view.ask(made, placed, here, memory.recall(unit(1, 8, 3)[0]), memory.bank) if question else None
    shades = {
        "attention": lambda: map_view.by_attention(here, asked),
        "cluster": lambda: map_view.by_topic(Topics(torch.arange(len(here.ids)) % 3, ("<b>a</b>", "b", "c"), 0), here),
        "overlap": lambda: map_view.by_overlap(here, torch.linspace(0, 1, len(here.first))),
        "hop": lambda: map_view.by_hop(here, hops),
    }
    return View(
        name="a map",
        method=made.method,
        explained=made.axes.explained if pca else (),
        ids=here.ids,
        xy=placed.xy,
        fitted=placed.fitted,
        texts=[r.cues[0] for r in memory] if texts else None,
        shade=shades[shade](),
        kept=None,
        asked=asked,
        picked=map_view.pick(placed, here, pick),
        hops=hops,
    )


@pytest.fixture
def memory(vectors):
    memory = vectors()
    memory.add_many(items(50))
    return memory


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("shade", ["attention", "cluster", "overlap", "hop"])
def test_every_colouring_is_drawn_in_two_and_three_dimensions(memory, dims, shade):
    fig = map_figure(seen(memory, dims, shade, hops=(1, 5, 2) if shade == "hop" else ()))
    assert {t.type for t in fig.data} == ({"scatter"} if dims == 2 else {"scatter3d"})
    assert resolve(fig, dark=True).to_html()


def test_lines_run_from_the_question_to_each_candidate(memory):
    view = seen(memory, pick=999)
    fig = map_figure(view)
    ends = [tuple(p) for t in fig.data if t.mode == "lines" for p in np.stack([t.x, t.y], 1)[1::3]]
    assert sorted(ends) == sorted(tuple(p) for p in view.xy[view.asked.rows])
    answer = next(t for t in fig.data if t.mode == "lines" and t.line.color == ACCENT)
    assert (answer.x[1], answer.y[1]) == tuple(view.xy[view.asked.rows[0]])


def test_discs_grow_with_attention_and_the_answer_is_drawn_last(memory):
    view = seen(memory)
    discs = next(t for t in map_figure(view).data if t.customdata is not None and len(t.customdata) == 20)
    assert (np.diff(discs.marker.size) >= 0).all()
    assert discs.customdata[-1] == view.ids[view.asked.rows[0]]
    assert discs.marker.color[-1] == ACCENT


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("shade", ["cluster", "overlap"])
def test_candidates_leave_the_dots_their_colours(memory, dims, shade):
    view = seen(memory, dims, shade, pick=999)
    rings = next(t for t in map_figure(view).data if t.customdata is not None and len(t.customdata) == 20)
    assert list(rings.marker.symbol) == ["circle-open"] * 19 + ["square-open"]
    assert set(rings.marker.color) == {INK, ACCENT}


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("shade", ["attention", "cluster", "overlap", "hop"])
def test_question_answer_rivals_and_hops_differ_in_more_than_colour(memory, dims, shade):
    view = seen(memory, dims, shade, hops=(1, 5, 2) if shade == "hop" else ())
    looks = {}
    for trace in map_figure(view).data:
        if "markers" not in trace.mode:
            continue
        symbols = np.atleast_1d(trace.marker.symbol if trace.marker.symbol is not None else "circle")
        for symbol in set(symbols.tolist()):
            looks.setdefault((symbol, "text" in trace.mode, "lines" in trace.mode), []).append(trace)
    answer = "square" if shade in ("attention", "hop") else "square-open"
    assert [len(looks[key]) for key in ((answer, False, False), ("diamond", False, False))] == [1, 1]


def test_the_titles_of_axes_in_space_are_short_enough_to_be_whole(memory):
    scene = map_figure(seen(memory, 3, pca=True)).layout.scene
    titles = [scene[axis].title.text for axis in ("xaxis", "yaxis", "zaxis")]
    assert all(re.fullmatch(r"PCA [123]: \d+\.\d%", title) for title in titles)
    assert min(scene.camera.eye.x, scene.camera.eye.y) >= 1.3


def test_the_settling_path_starts_at_the_question(memory):
    view = seen(memory)
    way = next(t for t in map_figure(view).data if t.mode == "lines+markers")
    assert np.allclose(np.stack([way.x, way.y], 1), view.asked.path)
    assert list(way.text) == ["after 0 updates", "after 1 update", "after 2 updates", "after 3 updates"]


def test_a_dot_carries_its_memory_and_the_picked_one_a_ring(memory):
    view = seen(memory)
    fig = map_figure(view)
    assert fig.data[0].customdata.tolist() == view.ids.tolist()
    ring = next(t for t in fig.data if t.marker.symbol == "circle-open")
    assert (ring.x[0], ring.y[0]) == tuple(view.xy[2])


def test_memories_added_later_are_diamonds(memory):
    view = seen(memory)
    fitted = view.fitted.copy()
    fitted[10] = False
    fig = map_figure(dataclasses.replace(view, fitted=fitted))
    assert fig.data[1].marker.symbol == "diamond"
    assert fig.data[1].customdata.tolist() == [11]
    assert fig.data[0].marker.symbol == "circle"


def test_the_dots_of_the_map_come_first_and_are_the_same_for_every_question(memory):
    one, other = (seen(memory, pick=pick) for pick in (2, 7))
    count = still(one)
    assert count == still(other) == 1
    first, second = (map_figure(view).to_plotly_json()["data"] for view in (one, other))
    assert to_json_plotly(first[:count]) == to_json_plotly(second[:count])
    assert to_json_plotly(first[count:]) != to_json_plotly(second[count:])


def test_without_a_question_there_are_only_dots(memory):
    fig = map_figure(seen(memory, question=False, pick=999))
    assert [t.mode for t in fig.data] == ["markers"]
    assert "question" not in map_words(seen(memory, question=False))


def test_pca_names_its_axes_and_umap_has_none(memory):
    assert "of variance" in map_figure(seen(memory, pca=True)).layout.xaxis.title.text
    assert not map_figure(seen(memory)).layout.xaxis.title.text


def test_typed_markup_is_shown_as_typed(memory):
    fig = map_figure(seen(memory, shade="cluster", question=False, pick=999))
    assert "&lt;b&gt;a&lt;/b&gt;" in [note.text for note in fig.layout.annotations]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_memories_are_drawn_too(vectors, n):
    memory = vectors()
    memory.add_many(items(n))
    for dims in (2, 3):
        assert map_figure(seen(memory, dims, pca=True)).data


def test_twenty_thousand_dots_travel_in_less_than_a_megabyte():
    n, rng = 20_000, np.random.default_rng(0)
    shade = map_view.Shade("code units shared", rng.random(n).astype(np.float32))
    xy = rng.normal(size=(n, 3)).astype(np.float32)
    view = View("m", "UMAP", (), np.arange(n), xy, np.ones(n, bool), None, shade, None, None, None)
    assert len(map_figure(view).to_json()) < 1_000_000
    flat = map_figure(dataclasses.replace(view, xy=xy[:, :2]))
    assert isinstance(flat.data[0], go.Scattergl)
    assert len(flat.to_json()) < 700_000


def test_words_say_what_the_figure_shows(memory):
    view = seen(memory)
    said = map_words(view)
    assert said.startswith("A UMAP map of 50 memories in 2 dimensions; colour: attention p.")
    assert f"20 true candidates, first “{view.asked.cues[0]}”" in said
