"""Specifies nuonuo/figures/terms.py and `one_line` of nuonuo/figures/labels.py."""

import json
from html import escape

import pytest

from nuonuo.figures import terms as figures
from nuonuo.figures.labels import one_line
from nuonuo.figures.template import ACCENT, INK, RIVAL, resolve
from nuonuo.memory.joining import Relation
from nuonuo.memory.trace import Candidate, Sender
from tests.conftest import items, unit

TYPED = "<b>x</b> %{x}"


def candidate(memory, meaning, words=0.0, association=0.0, senders=(), cue="a cue"):
    return Candidate(memory, cue, "a target", 0.4, 0.5, 0.1, 2 * words, meaning, words, association, senders, None)


SENDERS = tuple(Sender(i, TYPED, None, Relation.MENTION, 0.8, 1 / i) for i in range(1, 6))
ROWS = [
    (1, candidate(1, 4.0, 1.0)),
    (2, candidate(2, -0.5, 0.25, 9.25, SENDERS)),
    (9, candidate(3, 1.0, cue=TYPED)),
]


def term(fig, name):
    return next(t for t in fig.data if t.name == name)


def texts(fig):
    return [a.text for a in fig.layout.annotations]


def test_the_bars_are_the_terms_and_the_label_at_the_end_is_their_sum():
    fig = figures.stacked(ROWS)
    assert list(term(fig, "meaning").x) == [4.0, -0.5, 1.0]
    assert list(term(fig, "words").x) == [1.0, 0.25, 0.0]
    assert list(term(fig, "links").x) == [0.0, 9.25, 0.0]
    ends = {a.text: a.x for a in fig.layout.annotations if a.xref == "x" and a.xshift}
    assert ends == {"<b>5.00</b>": 5.0, "<b>9.00</b>": 9.5, "<b>1.00</b>": 1.0}
    assert fig.layout.barmode == "relative"  # what is below 0 goes to the left


def test_everything_lies_within_the_axis():
    fig = figures.stacked(ROWS)
    low, high = fig.layout.xaxis.range
    assert low < -0.5
    assert high > 9.5


def test_a_term_has_its_number_only_where_there_is_room():
    fig = figures.stacked(ROWS)
    assert list(term(fig, "meaning").text) == ["4.00", "", ""]
    assert list(term(fig, "links").text) == ["", "9.25", ""]


def test_a_term_that_brings_nothing_has_no_colour_and_no_name():
    fig = figures.stacked([ROWS[2]])
    assert [t.name for t in fig.data] == ["meaning", "rows"]
    assert not any("words" in text or "links" in text for text in texts(fig))
    assert fig.layout.xaxis.title.text == "score S = meaning"


def test_the_expected_memory_is_marked_and_the_first_is_a_rival_only_beside_one():
    labels = {a.text: a.font.color for a in figures.stacked(ROWS, {2}).layout.annotations}
    assert labels["<b>2  a cue</b>"] == labels["<b>expected</b>"] == ACCENT
    assert labels["1  a cue"] == RIVAL
    plain = {a.text: a.font.color for a in figures.stacked(ROWS).layout.annotations}
    assert plain["1  a cue"] == ACCENT
    assert plain["2  a cue"] == INK


def test_pointing_at_a_row_says_its_numbers_and_who_sent_the_association():
    told = term(figures.stacked(ROWS), "rows").customdata
    assert [row[0] for row in told] == [1, 2, 3]
    assert "words 1.00, of BM25 2.00" in told[0][2]
    assert "links" not in told[0][2]
    assert "links 9.25, sent by:" in told[1][2]
    shares = [ROWS[1][1].share(one) * 9.25 for one in SENDERS]
    assert sum(shares) == pytest.approx(9.25)
    assert f"(mention, a = 0.80, weight 1.00): {shares[0]:.2f}" in told[1][2]
    assert told[1][2].endswith("and 2 more")


def test_a_persons_text_is_escaped_and_never_in_a_template():
    fig = figures.stacked(ROWS)
    shown = json.dumps(resolve(fig, dark=True).to_plotly_json(), default=str)
    assert TYPED not in shown
    assert escape(TYPED, quote=False) in shown
    assert all("%{x}" not in (t.hovertemplate or "") for t in fig.data)


def test_the_words_say_sum_terms_and_what_is_expected():
    said = figures.stacked_words(ROWS, {3})
    assert "1 a cue: 5.00 = meaning 4.00 + words 1.00" in said
    assert "2 a cue: 9.00 = meaning −0.50 + words 0.25 + links 9.25" in said
    assert ", expected: 1.00 = meaning 1.00" in said


def test_rows_are_the_first_and_the_expected_of_a_trace(vectors):
    memory = vectors()
    memory.add_many(items(30))
    trace = memory.recall(unit(1, 8, 3)[0])
    far = trace.candidates[12].id
    assert [rank for rank, _ in figures.rows_of(trace, {far}, most=3)] == [1, 2, 3, 13]
    assert all(trace.candidates[rank - 1] is c for rank, c in figures.rows_of(trace))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("The Salt Hymns\nEleven settings for choir.", "The Salt Hymns: Eleven settings for choir."),
        ("Ilse Varrow\nIlse Varrow sat at the weighbridge.", "Ilse Varrow sat at the weighbridge."),
        ("He came.\nHe saw.", "He came. He saw."),
        ("one  line", "one line"),
        ("“Red Lake\nA painting” and “Old Tower\nOld Tower stands”", "“Red Lake: A painting” and “Old Tower stands”"),
        ("x" * 90 + "\ny", "x" * 90 + " y"),
        ("\n", ""),
    ],
)
def test_a_title_on_a_line_of_its_own_goes_before_its_text(text, line):
    assert one_line(text) == line
