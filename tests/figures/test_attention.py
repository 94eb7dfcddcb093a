"""Specifies the figures of attention: nuonuo/figures/attention.py, dial.py and heads.py."""

import math

import pytest
import torch

from nuonuo import Memory
from nuonuo.explain.attention.heads import Captured, recompute
from nuonuo.explain.attention.view import attend, dial, grid, view
from nuonuo.figures import attention as figures
from nuonuo.figures import heads as head_figures
from nuonuo.figures.dial import sharing, sharing_words
from nuonuo.figures.template import ACCENT, AXIS, MUTED, RIVAL
from nuonuo.memory.records import record
from tests.conftest import items, unit

TYPED = "<b>bold</b> %{x} &lt;"


def looked(n=10, beta=6.0, also=()):
    memory = Memory(dimension=8)
    memory.add_many(items(n))
    seen = attend(memory.bank, unit(1, 8, 5), beta)
    return memory, seen, view(memory.bank, seen, unit(1, 8, 5)[0], also=also)


def heads_of(L):
    torch.manual_seed(0)
    seen = Captured(*[torch.randn(6, 12, L, 4) for _ in range(4)], torch.randn(6, L, 48))
    return recompute(seen, tuple(f"t{i}" for i in range(L)), special=(0, L - 1))


def labels(fig):
    return [a.text for a in fig.layout.annotations]


def test_bars_are_the_weights_and_the_rest_is_the_last_of_them():
    _, _, seen = looked()
    fig = figures.bars(seen)
    assert list(fig.data[1].x) == [p.memory.weight for p in seen.shown] + [seen.rest]
    assert sum(fig.data[1].x) == pytest.approx(1, abs=1e-6)
    assert list(fig.data[1].marker.color) == [ACCENT, *[MUTED] * 5, AXIS]
    assert "all 4 others together" in labels(fig)
    assert [row[0] for row in fig.data[2].customdata] == [p.memory.id for p in seen.shown] + [None]


def test_a_missed_memory_is_marked_and_the_answer_a_rival():
    _, _, seen = looked()
    meant = seen.shown[2].memory.id
    fig = figures.bars(seen, meant)
    assert fig.data[1].marker.color[0] == RIVAL
    assert fig.data[1].marker.color[2] == ACCENT
    assert any(text.startswith("expected ") for text in labels(fig))


def test_the_chosen_memorys_label_is_bold():
    memory, seen, _ = looked()
    far = memory.bank.ids[int(seen.similarity[0].argmin())]
    fig = figures.bars(looked(also=(far,))[2])
    bold = [text for text in labels(fig) if text.startswith("<b>")]
    assert len(bold) == 1
    assert bold[0].startswith("<b>10  ")


def test_bars_of_all_memories_have_no_rest():
    fig = figures.bars(looked(n=2)[2])
    assert len(fig.data[1].x) == 2
    assert "the other one" in labels(figures.bars(looked(n=7)[2]))


def test_small_weights_keep_a_digit_and_amounts_are_readable():
    assert [figures._weight(p) for p in (0.5, 0.001, 0.0002, 0.0)] == ["0.500", "0.001", "2e-4", "0.000"]
    assert [figures.amount(n) for n in (1, 1.26, 12.3, 19_999.7)] == ["1", "1.3", "12", "20,000"]


def test_the_dial_stands_on_its_curve_and_names_how_many_share():
    _, seen, _ = looked(n=100, beta=0.05)
    where = dial(seen.similarity[0], 8, 0.05)
    fig = sharing(where)
    assert (fig.data[1].x[0], fig.data[1].y[0]) == (0.05, where.now.number)
    assert fig.data[0].y[0] == pytest.approx(where.now.number, rel=1e-4)
    assert "<b>most share</b>" in labels(fig)
    assert {"1/√8", "ln 100", "one memory", "some share"} <= set(labels(fig))
    assert "most share" in sharing_words(where)


@pytest.mark.parametrize("gap", [0.9, 0.3, 0.08])
def test_labels_above_the_dial_never_meet(gap):
    fig = sharing(dial(torch.tensor([gap, *[0.0] * 19_999]), 384, 5.0))
    above = [a for a in fig.layout.annotations if a.yref == "paper"]
    assert len(above) == 4
    for i, a in enumerate(above):
        for b in above[:i]:
            apart = abs(a.x - b.x) * 8 >= (len(a.text) + len(b.text)) / 2
            assert a.y != b.y or apart


def test_marks_off_the_axis_are_left_out():
    tie = sharing(dial(torch.tensor([0.5, 0.5]), 384, 5.0))
    assert not [text for text in labels(tie) if "90%" in text]
    assert "ln 2" in labels(tie)
    one = sharing(dial(torch.tensor([0.5]), 384, 5.0))
    assert "<b>one memory</b>" in labels(one)
    assert "an average" not in labels(one)


def test_the_grid_has_a_row_for_each_question_and_a_column_for_all_others():
    memory, _, _ = looked(n=30)
    seen = attend(memory.bank, unit(4, 8, 5), 20.0)
    found = grid(memory.bank, seen, ["a", "b", "c", "d"])
    fig = figures.grid(found)
    z = torch.tensor(fig.data[0].z, dtype=torch.float32)
    assert z.shape == (4, len(found.ids) + 1)
    assert torch.allclose(z.sum(1), torch.ones(4), atol=1e-5)
    assert fig.data[0].customdata[0][0][0] == found.ids[0]
    assert fig.layout.xaxis.ticktext[-1] == "all others"
    assert "most to cue" in figures.grid_words(found)
    few = figures.grid(grid(memory_of_two(), attend(memory_of_two(), unit(1, 8), 2.0), ["a"]))
    assert "all others" not in few.layout.xaxis.ticktext


def memory_of_two():
    memory = Memory(dimension=8)
    memory.add_many(items(2))
    return memory.bank


def test_a_persons_text_is_escaped_and_never_in_a_template():
    memory = Memory(dimension=8)
    memory.add_many([record(TYPED, TYPED, (), unit(1, 8)[0], unit(1, 8)[0])])
    seen = attend(memory.bank, unit(1, 8), 1.0)
    shown = view(memory.bank, seen, unit(1, 8)[0])
    for fig in (figures.bars(shown), figures.grid(grid(memory.bank, seen, [TYPED]))):
        assert any("&lt;b&gt;bold" in text for text in labels(fig))
        assert all("bold" not in (trace.hovertemplate or "") for trace in fig.data)


def test_every_head_has_its_cell_and_the_chosen_one_a_frame():
    found = heads_of(9)
    fig = head_figures.grid(found, 29)
    assert [list(row) for row in fig.data[0].text] == found.patterns.tolist()
    assert fig.data[0].customdata[2][5][0] == 29
    frame = fig.layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (5.5, 6.5, 2.5, 3.5)
    one, some, most = found.regimes
    looks = "head looks" if one == 1 else "heads look"
    assert f"{one} {looks} up one token, {some} average some, {most} average" in head_figures.grid_words(found)


def test_a_sink_has_a_ring_and_its_share_is_told():
    found = heads_of(2)  # of two tokens both are added ones: every head sinks
    fig = head_figures.grid(found, 0)
    assert len(fig.data[1].x) == 72
    assert fig.data[0].customdata[0][0][1:] == ["100%", "t0 and t1"]
    assert "Ringed as attention sinks: 72" in head_figures.grid_words(found)
    found = heads_of(9)
    rings = set(zip(head_figures.grid(found, 0).data[1].y, head_figures.grid(found, 0).data[1].x, strict=True))
    assert rings == {(layer + 1, head + 1) for layer, head in found.sinking.nonzero().tolist()}


def test_the_attention_at_rest_stands_below_that_of_step_0_for_candidates_only():
    _, _, seen = looked()
    first, second = (place.memory.id for place in seen.shown[:2])
    fig = figures.bars(seen, None, {first: 0.75, second: 0.25})
    assert list(fig.data[-1].x) == [0.75, 0.25]
    assert list(fig.data[-1].y) == [0, 1]
    assert list(fig.data[1].x) == [p.memory.weight for p in seen.shown] + [seen.rest]
    assert any(text.endswith("→ 0.750") for text in labels(fig))
    assert not any("→" in text for text in labels(figures.bars(seen)))


def test_a_heads_rows_sum_to_one_and_are_named_by_token():
    found = heads_of(9)
    fig = head_figures.tokens(found, 29)
    z = torch.tensor(fig.data[0].z, dtype=torch.float32)
    assert torch.allclose(z, found.p[2, 5], atol=6e-4)
    assert list(fig.layout.yaxis.ticktext) == list(found.tokens)
    assert "layer 3, head 6" in head_figures.tokens_words(found, 29)


def test_a_long_text_stays_small_and_unlabelled():
    fig = head_figures.tokens(heads_of(256), 0)
    assert fig.layout.yaxis.ticktext is None
    assert len(fig.to_json()) < 1_000_000


def test_no_figure_holds_an_infinite_number():
    fig = sharing(dial(torch.tensor([0.5, 0.5]), 384, 5.0))
    assert all(math.isfinite(y) for y in fig.data[0].y)
