"""Specifies nuonuo/figures/lab.py."""

import json
from dataclasses import replace

import pytest

from nuonuo.figures.lab import COLORS, chart, chart_words
from nuonuo.figures.template import INK, resolve
from nuonuo.lab.curves import NEAREST, Chart, curves, marks, systems
from nuonuo.lab.experiments import EXPERIMENTS, experiment
from tests.lab.test_verdicts import rows

TYPED = "<b>bold?</b> %{x}"
BACKGROUNDS = experiment("backgrounds")
LINEUP = [NEAREST, "NuoNuo", *(f"two-stage, β {b}" for b in (8, 16)), *(f"family {i}" for i in range(7))]


def shown(some, e=BACKGROUNDS, chosen=None, pinned=()):
    now, old = (curves(each, e.x, e.value, e.split, chosen) for each in (some, pinned))
    return Chart(e.x_label, e.value_label, systems((*some, *pinned)), now, old, e.log_x, e.log_value)


def race(splits=("a", "b"), names=LINEUP, e=BACKGROUNDS, xs=(1, 10, 100)):
    return [row for s in splits for row in rows({n: {x: 0.5 for x in xs} for n in names}, e=e, split=s)]


def line(fig, name, axis="x"):
    return next(t for t in fig.data if t.legendgroup == name and t.xaxis == axis)


def test_every_point_and_its_interval_is_drawn_as_it_was_measured():
    some = rows({NEAREST: {0: 0.9, 100: 0.8}, "flat": {0: 0.7, 100: 0.1}}, half=0.04)
    fig = chart(shown(some))
    flat = line(fig, "flat")
    assert list(flat.y) == [0.7, 0.1]
    assert flat.error_y.array == pytest.approx([0.04, 0.04])
    assert flat.error_y.arrayminus == pytest.approx([0.04, 0.04])
    assert [row[1] for row in flat.customdata] == ["0", "100"]
    assert flat.customdata[1][2:] == ("0.10", " (95%: 0.06 to 0.14)") or list(flat.customdata[1][2:]) == [
        *("0.10", " (95%: 0.06 to 0.14)")
    ]


def test_without_an_interval_no_bar_is_made_up():
    flat = line(chart(shown(rows({"flat": {0: 0.7}}, half=None))), "flat")
    assert (list(flat.error_y.array), list(flat.error_y.arrayminus)) == ([0], [0])
    assert flat.customdata[0][3] == ", no interval"


def test_nearest_neighbour_is_in_ink_and_a_system_keeps_its_colour_whatever_is_chosen():
    every, few = chart(shown(race())), chart(shown(race(), chosen=["family 3"]))
    assert line(every, NEAREST).line.color == INK
    assert {t.legendgroup for t in few.data} == {NEAREST, "family 3"}
    assert line(every, "family 3").line.color == line(few, "family 3").line.color in COLORS


def test_each_system_has_a_colour_of_its_own_or_shares_it_with_its_family_by_another_symbol():
    fig = chart(shown(race(names=LINEUP[:10])))
    assert len({t.line.color for t in fig.data}) == 10
    marks = {(t.legendgroup, t.line.color, t.marker.symbol) for t in chart(shown(race())).data}
    eight, sixteen = (next(m for m in marks if m[0] == f"two-stage, β {b}") for b in (8, 16))
    assert eight[1] == sixteen[1]
    assert eight[2] != sixteen[2]
    assert len({m[1:] for m in marks}) == len(LINEUP)


@pytest.mark.parametrize("count", [10, 25])
def test_no_two_systems_are_told_apart_by_their_colour_alone_nor_a_system_from_its_pinned_run(count):
    names = [NEAREST, f"{NEAREST}, hardest", *(f"family {i % 12}, β {i}" for i in range(count))]
    some = race(("a",), names)
    drawn = chart(shown(some, pinned=some)).data
    now = [(t.line.dash, t.marker.symbol) for t in drawn if "open" not in t.marker.symbol]
    old = [(t.line.color, t.marker.size, t.marker.symbol) for t in drawn if "open" in t.marker.symbol]
    assert len(set(now)) == len(names) == len(now)
    assert len(set(old)) == len(names) == len(old)
    assert len({t.name for t in drawn if t.showlegend}) == len(names) + 1


def test_a_memory_of_nearest_neighbour_is_in_ink_too_with_another_symbol():
    fig = chart(shown(race(names=[NEAREST, f"{NEAREST}, hardest", "b"])))
    one, other = line(fig, NEAREST), line(fig, f"{NEAREST}, hardest")
    assert one.line.color == other.line.color == INK
    assert one.marker.symbol != other.marker.symbol


def test_every_value_of_the_split_has_a_chart_and_the_legend_names_each_system_once():
    fig = chart(shown(race(("a", "b", "c"))))
    assert {t.xaxis for t in fig.data} == {"x", "x2", "x3"}
    assert [a.text for a in fig.layout.annotations] == ["a", "b", "c"]
    assert [t.name for t in fig.data if t.showlegend] == LINEUP


def test_charts_share_their_axes():
    fig = chart(shown(race()))
    assert fig.layout.yaxis.range == fig.layout.yaxis2.range == (-0.03, 1.05)
    assert fig.layout.xaxis.range == fig.layout.xaxis2.range


def test_charts_that_measure_different_things_have_their_own_x_axis():
    e = experiment("noise")
    some = rows({"a": {0: 1, 1: 0.5, 3: 0}}, e=e, split="σ") + rows({"a": {0: 1, 15: 0.5, 40: 0}}, e=e, split="flips")
    fig = chart(shown(some, e))
    assert fig.layout.xaxis.range[1] < 4 < 40 < fig.layout.xaxis2.range[1]


def test_sizes_that_would_crowd_into_a_corner_stand_a_step_apart():
    fig = chart(shown(race(xs=(0, 100, 500, 1_000, 5_000))))
    assert list(fig.layout.xaxis.ticktext) == ["0", "100", "500", "1,000", "5,000"]
    for t in fig.data:
        assert [round(x) for x in t.x] == [0, 1, 2, 3, 4]
        assert max(abs(x - round(x)) for x in t.x) < 0.2
    assert len({t.x[0] for t in fig.data if t.xaxis == "x"}) == len(LINEUP)  # side by side, not over each other


def test_systems_stand_side_by_side_but_a_measured_x_stays_where_it_is():
    e = experiment("chains")
    fig = chart(shown(race(e=e, xs=(1, 2, 3)), e))
    first = [t.x[0] for t in fig.data if t.xaxis == "x"]
    assert len(set(first)) == len(LINEUP)
    assert max(abs(x - 1) for x in first) < 0.2
    e = experiment("latency")
    fig = chart(shown(race((None,), e=e, xs=(100, 1_000)), e))
    assert all(70 < t.x[0] < 140 for t in fig.data)
    e = experiment("encoders")
    fig = chart(shown(rows({"a": {0.1: 0.5}, "b": {0.1: 0.6}, "c": {0.3: 0.6}}, e=e), e))
    assert [t.x[0] for t in fig.data] == [0.1, 0.1, 0.3]


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
@pytest.mark.parametrize("xs", [(1, 2), (0.5, 1.5), (100, 300, 1_000), (1, 2, 20_000), (7,)])
def test_every_point_lies_within_its_axis(e, xs):
    fig = chart(shown(race(e=e, xs=xs), e))
    for t in fig.data:
        axis = fig.layout[t.xaxis.replace("x", "xaxis")]
        low, high = (10**end if axis.type == "log" else end for end in axis.range)
        assert all(low < x < high for x in t.x)


def test_axes_are_logarithmic_where_the_experiment_says_so():
    latency = chart(shown(race((None,), e=experiment("latency")), experiment("latency")))
    assert (latency.layout.xaxis.type, latency.layout.yaxis.type) == ("log", "log")
    assert latency.layout.xaxis.range[0] < 0 < 2 < latency.layout.xaxis.range[1] < 2.2
    capacity = chart(shown(race(e=experiment("capacity")), experiment("capacity")))
    assert (capacity.layout.xaxis.type, capacity.layout.yaxis.type) == ("log", None)


def test_a_pinned_run_is_dashed_beside_the_new_one():
    fig = chart(shown(race(("a",)), pinned=race(("a",))))
    dashes = [t.line.dash for t in fig.data]
    assert dashes.count("dash") == dashes.count("solid") == len(LINEUP)
    assert [t.name for t in fig.data if t.showlegend].count("dashed: the pinned run") == 1
    assert "Dashed: the pinned run." in chart_words(shown(race(), pinned=race()))


def test_a_phone_gets_the_charts_below_each_other_in_the_same_height():
    fig = chart(shown(race(("a", "b", "c", "d"))))
    narrow = fig.layout.meta["narrow"]
    assert "height" not in narrow
    tops = [narrow[f"yaxis{end}"]["domain"][1] for end in ("", "2", "3", "4")]
    assert tops == sorted(tops, reverse=True)
    assert len(set(tops)) == 4
    assert all(narrow[f"xaxis{end}"]["domain"] == [0, 1] for end in ("", "2", "3", "4"))
    assert all(0 <= edge <= 1 for key in narrow if key.startswith(("x", "y")) for edge in narrow[key]["domain"])
    assert set(narrow) <= set(fig.to_plotly_json()["layout"])


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: e.name)
def test_every_experiment_is_drawn_in_both_themes_and_in_words(e):
    for some in (race(e=e), race(e=e, names=[NEAREST], xs=(3,)), race((None,), e=e, names=["only"])):
        fig = chart(shown(some, e))
        assert "var(--" not in json.dumps(resolve(fig, dark=True).to_plotly_json(), default=list)
        assert len(fig.to_json()) < 400_000
        words = chart_words(shown(some, e))
        assert words.startswith(e.value_label[:1].upper() + e.value_label[1:] + f" against {e.x_label}.")


def test_a_chart_without_numbers_is_empty():
    fig = chart(shown(()))
    assert len(fig.data) == 0
    assert chart_words(shown(())) == "Recall against background memories. nothing measured yet."


def test_words_give_each_curve_from_its_first_value_to_its_last():
    some = rows({NEAREST: {0: 0.9, 100: 0.8}, "flat": {0: 0.7}})
    assert chart_words(shown(some)) == (
        "Recall against background memories. Real, exact: nearest neighbour 0.90 at 0, 0.80 at 100; flat 0.70 at 0."
    )


def test_typed_text_is_shown_as_typed():
    fig = chart(shown(rows({TYPED: {0: 0.5}}, split=TYPED)))
    assert "<b>bold" not in fig.to_json()
    assert not [t.hovertemplate for t in fig.data if "bold" in t.hovertemplate]


def test_the_capacity_is_marked_where_it_lies_near_what_was_measured():
    e = experiment("capacity")
    some = [
        {
            "patterns": f"d = {d}",
            "memories": n,
            "system": NEAREST,
            "recall": 1.0,
            "low": 0.9,
            "high": 1.0,
            "capacity": c,
        }
        for d, c in ((8, 16.0), (384, 2.0**192))
        for n in (30, 300)
    ]
    drawn = Chart(e.x_label, e.value_label, (NEAREST,), curves(some, e.x, e.value, e.split), log_x=True)
    at = marks(some, e.x, e.mark, e.split)
    assert at == (("d = 8", 16.0),)
    fig = chart(replace(drawn, marks=at, mark_label=e.mark_label))
    (line,) = [trace for trace in fig.data if trace.text]
    assert (list(line.x), line.text[1], line.xaxis) == ([16, 16, 16], "2^(d/2) = 16", "x")
    assert 10 ** fig.layout.xaxis.range[0] < 16
