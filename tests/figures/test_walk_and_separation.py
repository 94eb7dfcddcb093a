"""Specifies nuonuo/figures/walk.py and nuonuo/figures/separation.py."""

import pytest
import torch

from nuonuo import Memory
from nuonuo.explain.attention.heads import read
from nuonuo.explain.attention.separation import separated
from nuonuo.explain.attention.walk import walk
from nuonuo.figures.separation import error_curves, error_words
from nuonuo.figures.walk import ROWS, steps, steps_words
from tests.conftest import items, unit

PANELS = ["R", "Q", "K", "V", "scores", "p", "output"]


@pytest.fixture(scope="module")
def seen(encoder):
    return walk(encoder, read(encoder, "Who feeds the dog while we are away?"), 29, 4)


def test_each_panel_holds_the_numbers_of_its_step(seen):
    fig = steps(seen)
    for cells, name in zip(fig.data, PANELS, strict=True):
        assert torch.allclose(torch.tensor(cells.z), getattr(seen, name), atol=6e-3)
    L = len(seen.tokens)
    titles = [a.text for a in fig.layout.annotations]
    assert [title.split("</b>  ")[1] for title in titles] == [f"{L} × {n}" for n in (384, 32, 32, 32, L, L, 32)]


def test_the_chosen_tokens_row_is_framed_where_it_alone_is_used(seen):
    fig = steps(seen)
    assert [(s.xref, s.y0, s.y1) for s in fig.layout.shapes] == [
        (f"x{axis}", 3.5, 4.5) for axis in ("", "2", "5", "6", "7")
    ]
    assert fig.layout.yaxis.ticktext[4] == f"<b>{seen.tokens[4]}</b>"


def test_panels_never_overlap_on_a_desk_or_a_phone(seen):
    fig = steps(seen).to_plotly_json()["layout"]
    for layout in (fig, fig["meta"]["narrow"]):
        boxes = []
        for number in range(1, 8):
            axis = "" if number == 1 else str(number)
            boxes.append((*layout[f"xaxis{axis}"]["domain"], *layout[f"yaxis{axis}"]["domain"]))
        for i, a in enumerate(boxes):
            assert 0 <= a[0] < a[1] <= 1
            assert 0 <= a[2] < a[3] <= 1
            for b in boxes[:i]:
                assert a[0] >= b[1] or b[0] >= a[1] or a[2] >= b[3] or b[2] >= a[3]


def test_of_a_long_text_the_rows_around_the_token_are_shown(encoder):
    long = read(encoder, "word " * 300)
    for token in (0, 100, 255):
        fig = steps(walk(encoder, long, 0, token))
        assert len(fig.data[0].z) == ROWS
        assert sum(text.startswith("<b>") for text in fig.layout.yaxis.ticktext) == 1
    assert len(fig.to_json()) < 1_000_000


def test_the_words_of_a_walk_say_shapes_and_where_the_weight_goes(seen):
    said = steps_words(seen)
    assert "layer 3, head 6" in said
    assert f"The row of {seen.tokens[4]} is framed" in said


def found(beta=16.0, noise=0.2, n=12):
    memory = Memory(dimension=24)
    memory.add_many(items(n, 24))
    return separated(memory.recall(memory.bank.X[0] + noise * unit(1, 24, 7)[0], beta=beta))


def test_the_curves_are_what_was_measured_and_the_tint_is_where_eq_5_holds():
    it = found()
    fig = error_curves(it)
    lines = {line.name: line for line in fig.data if line.name}
    assert [y or 0.0 for y in lines["your query, one update"].y] == pytest.approx(it.curve.once.tolist())
    assert list(lines["bound for your query"].y) == pytest.approx(it.curve.bound.tolist())
    promised = [y is not None and y == y for y in lines["bound near the memory"].y]
    assert promised == it.curve.holds.tolist()
    assert (fig.layout.shapes[0].x0, fig.layout.shapes[0].x1) == (it.needed, pytest.approx(200))
    assert (fig.data[-1].x[0], fig.data[-1].y[0]) == (it.beta, float(it.now.once[0]))


def test_every_curve_is_named_once():
    for it in (found(), found(noise=0.0), found(n=2)):
        fig = error_curves(it)
        named = [a.text for a in fig.layout.annotations if "Eq. 5" not in a.text]
        assert sorted(named) == sorted(line.name for line in fig.data if line.name)


def test_a_tie_is_tinted_nowhere():
    memory = Memory(dimension=8)
    memory.add_many([*items(1, 8), *items(1, 8)])
    it = separated(memory.recall(memory.bank.X[0]))
    assert not error_curves(it).layout.shapes
    assert "holds at no β up to 200" in error_words(it)
    assert f"from β = {found().needed:.3g} on" in error_words(found())
