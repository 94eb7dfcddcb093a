"""Specifies nuonuo/memory/remaining.py, by a clock that the test moves."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, lists

from nuonuo.memory.remaining import SETTLED, Remaining, spoken


class Clock:
    """Seconds that stand still until somebody moves them."""

    now = 100.0

    def __call__(self):
        """The time."""
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_even_work_ends_when_it_was_said_to(clock):
    left = Remaining(clock)
    for done in range(101):
        left(done, 100)
        if 0 < done < 100 and 0.5 * done >= SETTLED:
            assert left.seconds == pytest.approx(0.5 * (100 - done))
        clock.now += 0.5
    assert left.seconds is None
    assert left.words == ""
    assert left.after("100 of 100 texts") == "100 of 100 texts"


def test_nothing_is_said_before_anything_is_known(clock):
    left = Remaining(clock)
    assert left.after("starting") == "starting"
    clock.now += 30  # a model is loaded, which is none of the work
    left(5_000, 6_000)  # what was remembered is none either
    assert left.seconds is None
    clock.now += 2
    assert left.seconds is None
    left(5_100, 6_000)
    assert left.seconds == pytest.approx(18)
    assert left.after("5,100 of 6,000 texts") == "5,100 of 6,000 texts, 18 s left"


def test_it_counts_down_between_two_reports_and_never_below_nothing(clock):
    left = Remaining(clock)
    left(0, 4)
    clock.now += 10
    left(1, 4)
    said = []
    for _ in range(4):
        said.append(left.words)
        clock.now += 12
    assert said == ["30 s left", "18 s left", "6 s left", "1 s left"]


def test_work_that_starts_anew_or_changes_its_size_is_counted_anew(clock):
    left = Remaining(clock)
    for done, total in [(0, 10), (5, 10), (0, 10), (5, 1_000)]:
        left(done, total)
        clock.now += 5
        assert (left.seconds is None) == ((done, total) != (5, 10))
    left(10, 1_000)
    assert left.seconds == pytest.approx(990)


@given(costs=lists(floats(0.5, 2), min_size=100, max_size=400), seed=integers(0, 99))
def test_uneven_parts_make_no_wild_jump(costs, seed):
    """Parts that take up to four times as long as others: what is said is never far off, nor far from what was said."""
    clock, ends = Clock(), []
    left = Remaining(clock)
    left(seed, seed + len(costs))
    began, whole = clock.now, sum(costs)
    for done, cost in enumerate(costs[:-1], 1):
        clock.now += cost
        left(seed + done, seed + len(costs))
        if done >= 10:
            ends.append(clock.now + left.seconds - began)
    assert all(whole / 4 <= end <= 4 * whole for end in ends)
    assert all(0.8 <= after / before <= 1.25 for before, after in pairwise(ends))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),
        (0.2, "1 s"),
        (8, "8 s"),
        (29.5, "30 s"),
        (42.1, "45 s"),
        (119, "2 min"),
        (100, "100 s"),
        (121, "2 min"),
        (600, "10 min"),
        (5_000, "83 min"),
        (5_400, "1 h 30 min"),
        (7_190, "2 h"),
        (9_000, "2 h 30 min"),
    ],
)
def test_seconds_are_said_as_coarsely_as_they_are_known(seconds, words):
    assert spoken(seconds) == words
