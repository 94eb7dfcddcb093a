"""Specifies nuonuo/figures/triage.py."""

import json

import pytest

from nuonuo.debug.diagnosis import RIGHT
from nuonuo.debug.triage import BM25, COSINE, CUTS, NOTHING_EXPECTED, NUONUO
from nuonuo.figures.template import ACCENT, INK, MUTED, RIVAL, resolve
from nuonuo.figures.triage import MARKS, method_dots, method_words, verdict_bars, verdict_words

VERDICTS = [
    {"verdict": "right", "questions": 100, "fixed": 0},
    {"verdict": "a rival wins", "questions": 29, "fixed": 27},
    {"verdict": "not stored", "questions": 4, "fixed": 0},
    {"verdict": "nothing expected", "questions": 1_200, "fixed": 0},
]


def measured(methods=(NUONUO, COSINE, BM25), value=0.5, half=0.1):
    return [
        {"method": m, "measure": name, "value": value, "low": max(0, value - half), "high": value + half, "n": 1_234}
        for m in methods
        for name in (*(f"recall@{k}" for k in CUTS), "MRR")
    ]


def trace(fig, name):
    return next(t for t in fig.data if t.name == name)


def notes(fig):
    return [a.text for a in fig.layout.annotations]


def test_every_verdict_has_a_bar_with_its_count_and_a_second_mark_for_what_a_change_mends():
    fig = verdict_bars(VERDICTS)
    assert list(trace(fig, "questions").x) == [100, 29, 4, 1_200]
    assert list(trace(fig, "fixed").x) == [0, 27, 0, 0]
    assert list(trace(fig, "questions").marker.color) == [ACCENT, RIVAL, RIVAL, MUTED]
    assert "<b>29</b> · 27 fixed" in notes(fig)
    assert "<b>1,200</b>" in notes(fig)


def test_a_click_anywhere_in_a_row_tells_its_verdict():
    rows = trace(verdict_bars(VERDICTS), "rows")
    assert [row[0] for row in rows.customdata] == [row["verdict"] for row in VERDICTS]
    assert set(rows.x) == {1_200}
    assert [t.hoverinfo for t in verdict_bars(VERDICTS).data if t.name != "rows"] == ["skip"] * 3


def test_the_chosen_verdict_stands_out():
    fig = verdict_bars(VERDICTS, "not stored")
    opacity = trace(fig, "questions").marker.opacity
    assert opacity[2] == 1
    assert max(opacity[0], opacity[1], opacity[3]) < 0.5
    assert "<b>not stored</b>" in notes(fig)


def test_the_second_mark_is_explained_only_where_there_is_one():
    assert "fixes it" in verdict_bars(VERDICTS).layout.xaxis.title.text
    assert verdict_bars(VERDICTS[:1]).layout.xaxis.title.text == "questions"


def test_every_method_has_its_values_and_intervals_at_each_measure():
    fig = method_dots(measured())
    mine = trace(fig, NUONUO)
    assert list(mine.x) == [0.5] * 5
    assert list(mine.error_x.array) == pytest.approx([0.1] * 5)
    assert list(mine.error_x.arrayminus) == pytest.approx([0.1] * 5)
    assert mine.customdata[0][1:] in (("0.40 to 0.60", "1,234"), ["0.40 to 0.60", "1,234"])
    assert [t.marker.color for t in fig.data] == [ACCENT, INK, MUTED]
    assert len({t.marker.symbol for t in fig.data}) == 3


@pytest.mark.parametrize("methods", [(NUONUO,), (NUONUO, COSINE), (NUONUO, COSINE, BM25)])
def test_no_two_rows_share_a_place(methods):
    fig = method_dots(measured(methods))
    places = list(fig.layout.yaxis.tickvals)
    dots = [y for t in fig.data for y in t.y]
    assert len(set(places)) == len(places) == 5 * (len(methods) + 1)
    assert min(b - a for a, b in zip(sorted(places), sorted(places)[1:], strict=False)) >= 1
    names = dict(zip(places, fig.layout.yaxis.ticktext, strict=True))
    assert {names[y] for y in dots} == set(methods)
    assert "<b>MRR</b>" in names.values()


def test_both_say_in_words_what_they_show():
    assert "a rival wins: 29, of which a change fixes 27" in verdict_words(VERDICTS)
    assert "recall@1: NuoNuo 0.50, nearest neighbour 0.50, BM25 0.50" in method_words(measured())


def test_nothing_asked_draws_empty_figures():
    for fig, said in ((verdict_bars([]), verdict_words([])), (method_dots([]), method_words([]))):
        json.loads(resolve(fig, dark=True).to_json())
        assert said


def test_the_names_with_a_colour_of_their_own_are_those_that_triage_gives():
    assert set(MARKS) == {NUONUO, COSINE}
    rows = [{"verdict": name, "questions": 1, "fixed": 0} for name in (RIGHT, NOTHING_EXPECTED, "metastable state")]
    bars = next(trace for trace in verdict_bars(rows).data if trace.name == "questions")
    assert list(bars.marker.color) == [ACCENT, MUTED, RIVAL]
