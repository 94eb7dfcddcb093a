"""Specifies nuonuo/figures/settling.py, basins.py, digits.py and labels.py."""

import json

import pytest
import torch

from nuonuo import Memory, Noise
from nuonuo.explain.settling.digits import complete, store
from nuonuo.explain.settling.landscape import landscape
from nuonuo.explain.settling.regimes import draw, sweep
from nuonuo.figures import digits as digit_figures
from nuonuo.figures.basins import basins, basins_words, regimes, regimes_words
from nuonuo.figures.labels import sides, spots
from nuonuo.figures.settling import scrubber, scrubber_words
from nuonuo.figures.template import AXIS, memory_color, resolve
from nuonuo.memory.records import record
from tests.conftest import unit

TYPED = "<b>bold?</b> %{x} :smile:"


def recall(n=12, **settings):
    memory = Memory(dimension=24)
    x = unit(n, 24)
    memory.add_many([record(f"{TYPED} {i}", f"target {i}", (), x[i], x[i]) for i in range(n)])
    return memory.recall(unit(1, 24, 99)[0], **settings)


def trace_of(fig, name):
    return next(t for t in fig.data if t.name == name)


@pytest.mark.parametrize("steps", [1, 3, 20])
def test_each_frame_holds_the_numbers_of_its_step(steps):
    trace = recall(beta=9.0, steps=steps)
    land = landscape(trace)
    fig = scrubber(trace, land)
    assert [frame.name for frame in fig.frames] == [str(t) for t in range(steps + 1)]
    assert len(fig.layout.sliders[0].steps) == steps + 1
    names = [t.name for t in fig.data]
    for t, frame in enumerate(fig.frames):
        moving = {names[i]: data for i, data in zip(frame.traces, frame.data, strict=True)}
        x, y = land.plane.of(trace.xi[t]).tolist()
        assert (moving["state"].x[0], moving["state"].y[0]) == pytest.approx((x, y), abs=1e-6)
        assert (moving["energy"].x[0], moving["energy"].y[0]) == (t, float(trace.energy[t]))
        shown = list(moving["attention"].x)
        assert sum(shown) == pytest.approx(1, abs=1e-5)
        if t < steps:
            best = land.p.amax(0).argsort(descending=True)[:5].sort().values
            assert shown[:5] == pytest.approx(trace.p[t][best].tolist(), abs=1e-6)


def test_the_first_frame_is_what_the_figure_shows_at_first():
    fig = scrubber(recall(), landscape(recall()))
    for i, data in zip(fig.frames[0].traces, fig.frames[0].data, strict=True):
        assert fig.data[i].to_plotly_json() == data.to_plotly_json()


def test_a_memory_asked_for_is_ringed_and_has_a_bar():
    trace = recall(beta=60.0)
    last = trace.candidates[-1].id
    fig = scrubber(trace, landscape(trace), (last, None))
    dots = next(t for t in fig.data if t.type == "scatter" and t.mode == "markers+text" and t.customdata is not None)
    where = [row[0] for row in dots.customdata].index(last)
    assert dots.marker.line.width[where] > 1
    assert dots.marker.color[where] == memory_color(last)
    assert len(trace_of(fig, "attention").x) == 7  # five, the one asked for, and all others


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_few_memories_leave_no_bar_for_others(n):
    trace = recall(n)
    fig = scrubber(trace, landscape(trace))
    assert len(trace_of(fig, "attention").x) == n
    assert len(basins(trace, landscape(trace)).data[0].z) == 30


def test_typed_text_is_shown_as_typed():
    trace = recall()
    land = landscape(trace)
    for fig in (scrubber(trace, land), basins(trace, land, (draw(trace, land.plane, 32.0, 3),))):
        spec = fig.to_json()
        assert "<b>bold?" not in spec
        assert not [t.hovertemplate for t in fig.data if t.hovertemplate and "%{x} :smile" in t.hovertemplate]


def test_the_ground_has_the_colour_of_the_memory_a_start_falls_into():
    trace = recall(beta=60.0)
    land = landscape(trace)
    floor = basins(trace, land).data[0]
    present = sorted({*land.fate.flatten().tolist()})
    for row, column in ((0, 0), (15, 20), (29, 39)):
        shade = floor.colorscale[2 * int(floor.z[row][column])][1]
        end = land.ends[int(land.fate[row, column])]
        assert shade == (AXIS if end.candidate is None else memory_color(trace.candidates[end.candidate].id))
    assert len(floor.colorscale) == 2 * len(present)


@pytest.mark.parametrize(("n", "beta"), [(20, 200.0), (40, 200.0), (12, 60.0), (6, 0.5)])
def test_no_two_regions_look_alike_and_each_candidate_has_its_number(n, beta):
    trace = recall(n, beta=beta)
    land = landscape(trace)
    fig = basins(trace, land)
    floor = fig.data[0]
    present = sorted({*land.fate.flatten().tolist()})
    hatch = {t.name: (t.marker.symbol, t.marker.size) for t in fig.data if (t.name or "").startswith("hatch ")}
    looks = [(floor.colorscale[2 * i][1], hatch.get(f"hatch {i}")) for i in range(len(present))]
    assert len(set(looks)) == len(present)
    dots = next(t for t in fig.data if t.type == "scatter" and t.customdata is not None)
    assert list(dots.text) == [str(i) for i in range(1, len(trace.candidates) + 1)]


def test_a_border_runs_wherever_two_starts_part():
    trace = recall(beta=60.0)
    land = landscape(trace)
    fate = land.fate
    parted = int((fate[1:] != fate[:-1]).sum() + (fate[:, 1:] != fate[:, :-1]).sum())
    assert len(basins(trace, land).data[1].x) == 3 * parted


def test_every_draw_has_its_way_its_start_and_its_end():
    trace = recall(beta=60.0)
    land = landscape(trace)
    draws = tuple(draw(trace, land.plane, 60.0, 3) for _ in range(4))
    *_, lines, starts, ends, _ = basins(trace, land, draws).data
    assert len(lines.x) == 4 * (3 + 2 + 1)  # T+1 states, the rest, a gap
    assert (len(starts.x), len(ends.x)) == (4, 4)
    assert list(ends.marker.color) == [memory_color(d.recalled.id) for d in draws]
    assert "4 noisy queries" in basins_words(trace, land, draws)


def test_the_curves_over_beta_are_the_sweeps():
    swept = sweep(recall())
    fig = regimes(swept, 8.0, 12)
    now, number, places = fig.data
    assert list(now.x) == [8.0, 8.0]
    assert torch.allclose(torch.tensor(number.y), swept.number)
    assert list(places.y) == swept.places.tolist()
    assert "β is 8 now" in regimes_words(swept, 8.0)


def test_the_row_of_pictures_is_the_completion_with_its_hidden_part_empty():
    done = complete(store(50), 4, 3, Noise(), beta=24.0)
    fig = digit_figures.row(done)
    stored, shown, *states, nearest = (
        torch.tensor(list(map(list, h.z))) if h is not fig.data[1] else h.z for h in fig.data
    )
    assert torch.allclose(stored, done.pictures.ink(done.pictures.X[4]))
    assert torch.allclose(nearest, done.pictures.ink(done.pictures.X[done.nearest]))
    assert len(states) == len(done.settling.p)
    for t, state in enumerate(states, 1):
        assert torch.allclose(state, done.pictures.ink(done.settling.xi[t]))
    assert [all(v is None for v in line) for line in shown] == [False] * 5 + [True] * 3
    assert fig.layout.xaxis3.title.text == f"after 1<br>p = {done.settling.p[0, 4]:.2f}"
    assert "3 of 8 rows hidden" in digit_figures.row_words(done)


def test_a_phone_gets_another_arrangement_of_the_same_axes():
    trace = recall()
    for fig in (
        scrubber(trace, landscape(trace)),
        basins(trace, landscape(trace)),
        digit_figures.row(complete(store(9), 0, 2, Noise(), 9.0)),
    ):
        assert set(fig.layout.meta["narrow"]) <= set(fig.to_plotly_json()["layout"])


def test_figures_are_small_and_export_in_both_themes():
    trace = recall(beta=20.0, steps=20)
    land = landscape(trace)
    draws = (draw(trace, land.plane, 20.0, 20),) * 40
    for fig in (scrubber(trace, land), basins(trace, land, draws), regimes(sweep(trace), 20.0, 12)):
        assert len(fig.to_json()) < 400_000
        assert "var(--" not in json.dumps(resolve(fig, dark=True).to_plotly_json(), default=list)
    assert "12 memories" in scrubber_words(trace, land)


# Labels


def test_a_label_turns_away_from_its_neighbour():
    assert sides([(0.0, 0.0), (1.0, 0.0)])[0] != "middle right"
    assert sides([]) == []
    assert sides([(0.0, 0.0)])[0] in {"middle right", "middle left", "top center", "bottom center"}


def test_an_area_is_named_inside_itself_off_the_points_or_not_at_all():
    ground = [[0] * 20 + [1] * 20 for _ in range(28)] + [[2] * 40 for _ in range(2)]
    found = spots(ground, [(10, 5), (12, 15)])
    assert set(found) == {0, 1}
    for area, (column, row) in found.items():
        assert ground[row][round(column)] == area
    column, row = found[0]
    assert all(abs(row - r) >= 2 for c, r in [(10, 5), (12, 15)] if abs(c - column) < 7)


def test_labels_of_neighbouring_areas_keep_apart():
    ground = [[0] * 20 + [2] * 20 for _ in range(15)] + [[1] * 20 + [2] * 20 for _ in range(15)]
    found = spots(ground, [])
    assert abs(found[0][1] - found[1][1]) >= 4
