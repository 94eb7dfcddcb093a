"""Specifies nuonuo/figures/debugging.py: what each figure shows, in which order and role, and what it says."""

import json
from dataclasses import replace
from html import escape

import pytest

from nuonuo.debug.influence import Without, Word, of_memories
from nuonuo.figures import debugging as figures
from nuonuo.figures.template import ACCENT, DIVERGING, MUTED, RIVAL, resolve
from nuonuo.memory.records import record
from tests.conftest import unit

TYPED = "<b>x</b> %{x}"


@pytest.fixture
def asked(vectors):
    """Recalls over 60 memories named like markup."""
    memory = vectors()
    x = unit(60, 8)
    memory.add_many([record(f"{TYPED} {i}", f"target {i}", (), x[i], x[i]) for i in range(60)])
    return lambda **settings: memory.recall(unit(1, 8, 99)[0], **settings)


def row(word, place, change, rank, lead=None):
    return Word(word, place, 0.4, change - 0.1 if lead is None else lead, change, rank)


WORDS = (row("Who", 1, -0.05, 4), row("feeds", 2, 0.15, 1), row("<b>x</b>", 3, 0.0, 2), row("dog", 4, -0.2, 9))
WITHOUTS = (
    Without(1, "small", 2, 0.2, 0.02, 7),
    Without(2, TYPED, 1, 0.7, 0.52, 5),
    Without(3, "harms", 3, 0.1, -0.08, 7),
    *(Without(i, f"nothing {i}", 2, 0.18, 0.0, 7) for i in range(4, 20)),
)
ALL = [figures.word_bars(WORDS), figures.word_bars(()), figures.memory_bars(WITHOUTS, 0.18), figures.memory_bars((), 0)]


def named(fig, name):
    return next(t for t in fig.data if t.name == name)


def texts(fig):
    return [a.text for a in fig.layout.annotations]


def ids(fig):
    return [told[0] for told in named(fig, "rows").customdata]


def below_of(trace):
    return (60, f"{TYPED} far", trace.candidates[-1].total - 0.2, 41)


def test_a_short_ladder_shows_every_candidate_at_its_score(asked):
    trace = asked(k=12)
    fig = figures.ladder(trace, trace.candidates[2].id)
    assert ids(fig) == [c.id for c in trace.candidates]
    assert list(named(fig, "dots").x) == [c.total for c in trace.candidates]
    assert list(named(fig, "dots").y) == list(range(12))
    assert not any("…  " in text for text in texts(fig))


@pytest.mark.parametrize(
    ("rank", "shown", "gaps"),
    [
        (1, [*range(1, 12)], ["…  12 to 30"]),
        (10, [*range(1, 12)], ["…  12 to 30"]),
        (11, [*range(1, 8), 10, 11, 12], ["…  8 to 9", "…  13 to 30"]),
        (20, [*range(1, 8), 19, 20, 21], ["…  8 to 18", "…  22 to 30"]),
        (30, [*range(1, 8), 29, 30], ["…  8 to 28"]),
    ],
)
def test_a_long_ladder_leaves_ranks_out_but_never_the_wanted_memory_or_its_neighbours(asked, rank, shown, gaps):
    trace = asked(k=30)
    fig = figures.ladder(trace, trace.candidates[rank - 1].id)
    assert [trace.rank(i) for i in ids(fig)] == shown
    assert [text for text in texts(fig) if "…  " in text] == gaps
    assert len(shown) + len(gaps) <= figures.ROWS


@pytest.mark.parametrize(("k", "shown"), [(3, [1, 2, 3, 41]), (10, [*range(1, 11), 41]), (20, [*range(1, 9), 20, 41])])
def test_a_wanted_memory_that_is_no_candidate_is_below_the_last_one(asked, k, shown):
    trace = asked(k=k)
    below = below_of(trace)
    fig = figures.ladder(trace, below[0], {below[0]}, below)
    assert [trace.rank(i) or 41 for i in ids(fig)] == shown
    assert len(shown) + sum("…  " in text for text in texts(fig)) <= figures.ROWS
    assert named(fig, "dots").x[-1] == below[2]
    assert named(fig, "dots").marker.color[-1] == ACCENT
    assert any(f"<b>41  {escape(TYPED)}" in text for text in texts(fig))


def test_the_wanted_memory_and_the_rival_that_wins_have_their_colours(asked):
    trace = asked(k=5)
    wanted, also = trace.candidates[2].id, trace.candidates[3].id
    color = lambda *a: list(named(figures.ladder(trace, *a), "dots").marker.color)  # noqa: E731
    assert color(wanted, {wanted, also}) == [RIVAL, MUTED, ACCENT, ACCENT, MUTED]
    assert color(trace.answer.id) == [ACCENT, *[MUTED] * 4]
    assert color(None) == [ACCENT, *[MUTED] * 4]
    assert color(wanted, {trace.answer.id}) == [ACCENT, MUTED, ACCENT, MUTED, MUTED]


def test_a_line_stands_where_k_cuts_and_only_there(asked):
    fig = figures.ladder(trace := asked(k=5), None)
    assert "cut at k = 5" in texts(fig)
    assert fig.layout.shapes[-1].x0 == fig.layout.shapes[-1].x1 == trace.candidates[-1].total
    assert not any("cut" in text for text in texts(figures.ladder(asked(k=60), None)))


def test_plain_cosines_first_is_ringed_if_it_is_shown(asked):
    trace = asked(k=5)
    fig = figures.ladder(trace, None)
    place = trace.rank(trace.nearest.id)
    assert list(named(fig, "ring").y) == [place - 1]
    assert "○ first by plain cosine" in fig.layout.xaxis.title.text
    alone = figures.ladder(replace(trace, nearest=replace(trace.nearest, id=10_000)), None)
    assert (list(named(alone, "ring").y), alone.layout.xaxis.title.text) == ([], "score S")


def test_word_bars_keep_the_querys_order_and_point_to_better_and_worse():
    fig = figures.word_bars(WORDS)
    bars = named(fig, "words")
    assert list(bars.x) == [w.change for w in WORDS]
    assert ids(fig) == [1, 2, 3, 4]
    better, worse = bars.marker.color[1], bars.marker.color[3]
    assert DIVERGING.index(better) < 5 < DIVERGING.index(bars.marker.color[0]) < DIVERGING.index(worse)
    low, high = fig.layout.xaxis.range
    assert low == -high
    assert high > 0.2


def test_a_word_is_marked_if_the_wanted_memory_comes_first_without_it_only():
    marked = [text for text in texts(figures.word_bars(WORDS)) if "<b>" in text]
    assert marked == ["<b>feeds</b>", "<b>✓ 1</b>"]
    already = tuple(row(w, i, -0.1, 1, lead=0.2) for i, w in enumerate(("a", "b"), 1))
    assert not any("✓" in text for text in texts(figures.word_bars(already)))


def test_memory_bars_show_the_largest_influences_first_and_what_changes_nothing_only_as_a_third():
    fig = figures.memory_bars(WITHOUTS, 0.18)
    assert ids(fig) == [2, 3, 1]
    assert list(named(fig, "weights").x) == [0.7, 0.1, 0.2]
    assert list(named(fig, "weights").marker.color) == [ACCENT, MUTED, MUTED]
    assert ids(figures.memory_bars(WITHOUTS[3:], 0.18)) == [4, 5, 6]
    many = [Without(i, "c", 2, 0.3, 0.1 + i / 100, 7) for i in range(20)]
    assert ids(figures.memory_bars(many, 0.2)) == list(range(19, 11, -1))


def test_a_line_stands_at_the_weight_now():
    fig = figures.memory_bars(WITHOUTS, 0.18)
    assert fig.layout.shapes[-1].x0 == fig.layout.shapes[-1].x1 == 0.18
    assert "now 0.180" in texts(fig)


def test_memory_bars_show_what_a_recall_really_gives(vectors):
    memory = vectors()
    memory.add_many([record(f"cue {i}", None, (), x, x) for i, x in enumerate(unit(9, 8))])
    trace = memory.recall(unit(1, 8, 5)[0], beta=4.0)
    second = trace.candidates[1]
    fig = figures.memory_bars(of_memories(memory, trace, second.id), second.weight)
    assert ids(fig)[0] == trace.answer.id
    assert named(fig, "weights").marker.color[0] == ACCENT
    assert max(named(fig, "weights").x) > second.weight


def test_texts_show_as_typed_and_never_as_markup(asked):
    trace = asked(k=20)
    ladder = figures.ladder(trace, trace.candidates[4].id, below=below_of(trace))
    for fig in (ladder, figures.word_bars(WORDS), figures.memory_bars(WITHOUTS, 0.1)):
        spec = json.dumps(fig.to_plotly_json(), default=list)
        assert "<b>x</b>" not in spec
        assert escape("<b>x</b>") in spec
        assert all("%{x}" not in (t.hovertemplate or "") for t in fig.data)


def test_figures_are_as_high_as_their_rows_and_serve_on_either_paper(asked):
    ladders = [figures.ladder(asked(k=k), None) for k in (1, 5, 30)]
    heights = [fig.layout.height for fig in ladders]
    assert heights == sorted(set(heights))
    assert figures.word_bars(WORDS * 3).layout.height > figures.word_bars(WORDS).layout.height
    for fig in (*ladders, *ALL):
        assert "var(--" not in resolve(fig, dark=True).to_json()
        assert fig.layout.xaxis.fixedrange
        assert fig.layout.yaxis.fixedrange


def test_the_ladder_in_words_has_its_numbers(asked):
    trace = asked(k=8)
    third, last = trace.candidates[2], trace.candidates[-1]
    told = figures.ladder_words(trace, third.id)
    assert f"The expected memory, {third.cue}, has rank 3 with {third.total:.2f}." in told
    assert f"k = 8 cuts at {last.total:.2f}." in told
    assert f"Plain cosine's first is {trace.nearest.cue}." in told
    below = below_of(trace)
    assert f"is below the cut: rank 41 with {below[2]:.2f}." in figures.ladder_words(trace, below[0], below)
    assert "cuts" not in figures.ladder_words(asked(k=60))


def test_the_bars_in_words_have_their_numbers():
    told = figures.word_bars_words(WORDS)
    assert "without feeds: +0.150, rank 1" in told
    assert "without dog: -0.200, rank 9" in told
    assert told.endswith("Leaving out this makes it come first: feeds.")
    assert figures.word_bars_words(()) == "No word of the question can be left out."
    told = figures.memory_bars_words(WITHOUTS, 0.18)
    assert f"now 0.180, without one other. {TYPED}: 0.700 (first); harms: 0.100; small: 0.200." in told
    assert "There is none." in figures.memory_bars_words((), 0.18)
