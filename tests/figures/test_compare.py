"""Specifies nuonuo/figures/compare.py and nuonuo/latex/debugging.py."""

from nuonuo.debug.compare import Pair, difference
from nuonuo.debug.rule import Rule
from nuonuo.figures.compare import ranks, ranks_words, recalls, recalls_words
from nuonuo.figures.template import ACCENT, MUTED, RIVAL
from nuonuo.files.questions import Question
from nuonuo.latex import debugging as formula


def asked(number, a, b):
    return Pair(Question(str(number), "?", (number,), ()), a, b, 1)


PAIRS = [asked(1, (1,), (7,)), asked(2, (9,), (1,)), asked(3, (2,), (3,)), asked(4, (2,), (3,)), asked(5, (), (1,))]


def test_questions_at_one_place_share_a_larger_dot():
    dots = ranks(PAIRS, Rule(5)).data[0]
    assert (list(dots.x), list(dots.y)) == ([1, 9, 2], [7, 1, 3])  # one that is not stored has no place
    assert list(dots.marker.color) == [RIVAL, ACCENT, MUTED]
    assert dots.marker.size[2] > dots.marker.size[0]
    assert dots.customdata[2][0] == ["3", "4"]


def test_each_fate_is_counted_in_the_figure_and_in_its_words():
    told = [note.text for note in ranks(PAIRS, Rule(5)).layout.annotations]
    assert told == ["fixed <b>2</b>", "broke <b>1</b>", "right in both <b>2</b>", "wrong in both <b>0</b>"]
    assert ranks_words(PAIRS, Rule(5)).endswith("2 fixed, 1 broke, 2 right in both, 0 wrong in both.")


def test_the_recall_of_both_is_shown_at_each_cut():
    made = [difference(PAIRS, Rule(within)) for within in (1, 5)]
    fig = recalls(made)
    assert [list(line.x) for line in fig.data] == [[one.recall_a, one.recall_b] for one in made]
    assert "at 5: 0.600 and 0.800" in recalls_words(made)
    assert fig.layout.annotations[1].text.startswith("+0.200 [−")


def test_the_formulas_hold_the_numbers_that_were_computed():
    one = difference(PAIRS, Rule(5))
    assert "A:\\ 0.6000,\\quad B:\\ 0.8000" in formula.recall(one)
    assert f"{one.gain:+.4f}" in formula.gain(one)
    assert "\\mathrm{Binomial}\\left(3," in formula.sign_test(one)
    assert f"= {one.p:.3g}" in formula.sign_test(one)
