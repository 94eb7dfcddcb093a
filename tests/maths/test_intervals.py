"""Specifies nuonuo/maths/intervals.py: paired differences of yes and no over the same items."""

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, lists, tuples
from scipy.stats import binomtest

from nuonuo.maths.intervals import average, paired, share


def test_24_against_25_of_60_is_no_difference():
    a = [i < 24 for i in range(60)]
    b = [i < 25 for i in range(60)]
    found = paired(a, b)
    assert (found.n, found.fixed, found.broke, found.p) == (60, 1, 0, 1.0)
    assert found.low < 0 < found.high
    assert not found.significant
    assert found.words.startswith("not significantly different (difference +1.7 points, 95% interval ")
    assert "exact sign test p = 1.00" in found.words


def test_many_turned_one_way_is_a_difference():
    found = paired([False] * 30 + [True] * 30, [True] * 60)
    assert found.significant
    assert found.low > 0
    assert found.p == pytest.approx(2 * 0.5**30)
    assert found.words.startswith("significantly different (difference +50.0 points")
    assert "p < 0.001" in found.words


def test_five_items_are_too_few_even_if_all_turn():
    found = paired([True] * 5, [False] * 5)
    assert found.p == pytest.approx(0.0625)
    assert not found.significant
    assert found.low < found.high  # no interval of width 0 from five items


@given(lists(tuples(booleans(), booleans()), min_size=1, max_size=80))
def test_a_paired_difference_is_antisymmetric_and_lies_within_its_interval(pairs):
    a, b = zip(*pairs, strict=True)
    one, other = paired(a, b), paired(b, a)
    assert -1 <= one.low <= one.gain <= one.high <= 1
    assert one.gain == pytest.approx(-other.gain)
    assert one.low == pytest.approx(-other.high)
    assert (one.fixed, one.broke, one.p) == (other.broke, other.fixed, other.p)
    turned = one.fixed + one.broke
    assert one.p == pytest.approx(binomtest(one.fixed, turned).pvalue if turned else 1.0)


def test_the_interval_is_newcombes():
    """Newcombe, Statistics in Medicine 17, 1998 (2635-2650), Table II: 36, 12, 2 and 0 give 0.0569 to 0.3404."""
    a = [True] * 48 + [False] * 2
    b = [True] * 36 + [False] * 12 + [True] * 2
    found = paired(b, a)
    assert found.gain == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0569, abs=2e-4), pytest.approx(0.3404, abs=2e-4))


def test_nothing_cannot_be_compared():
    with pytest.raises(ValueError, match="both sides need the same items, at least one: got 0 and 0"):
        paired([], [])
    with pytest.raises(ValueError, match="got 2 and 1"):
        paired([True, False], [True])


def test_a_share_and_a_mean_keep_to_what_there_can_be():
    assert share([1.0] * 5)["low"] == pytest.approx(0.566, abs=1e-3)
    assert average([1.0, 0.9], "x", 0, 1)["high"] == 1
