"""Specifies nuonuo/debug/rule.py."""

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists

from nuonuo.debug.rule import Need, Rule

ranks = lists(integers(1, 30), max_size=6, unique=True).map(lambda some: tuple(sorted(some)))


@given(found=ranks, missing=integers(0, 3), within=integers(1, 20), more=integers(0, 10))
def test_all_implies_any_and_more_ranks_never_take_away(found, missing, within, more):
    count = len(found) + missing
    every, some = Rule(within), Rule(within, Need.ANY)
    if within >= 5 and every.met(found, count):
        assert Rule(max(within, count), "any").met(found, count)
    assert not every.met(found, count) or Rule(within + more).met(found, count)
    assert not some.met(found, count) or Rule(within + more, "any").met(found, count)


@given(found=ranks, within=integers(1, 20))
def test_all_of_several_must_be_among_the_first_five_at_least(found, within):
    count = len(found)
    cut = within if count == 1 else max(within, 5, count)
    assert Rule(within).met(found, count) is (count > 0 and all(rank <= cut for rank in found))


def test_what_is_not_stored_is_not_met_and_nothing_expected_is_not_right():
    assert not Rule(5).met((1,), 2)
    assert Rule(5, "any").met((1,), 2)
    assert not Rule(5).met((), 0)


def test_a_rule_says_itself_in_words_and_refuses_what_it_does_not_know():
    assert str(Rule()) == "all that is expected is first"
    assert str(Rule(5, "any")) == "any of what is expected is among the first 5"
    with pytest.raises(ValueError, match="'some' is not a valid Need"):
        Rule(5, "some")
