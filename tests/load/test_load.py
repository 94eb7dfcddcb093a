"""Many visitors at once: nothing is lost, nobody sees another's texts, and memory is given back."""

import sys

import pytest

from tests.load import crowd, memory

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")]


def test_eight_visitors_lose_nothing_and_see_nothing_of_each_other():
    tally = crowd.main(60.0, seed=0)
    assert tally.faults == []
    assert tally.added
    assert tally.marks
    assert tally.clashes  # or nothing collided, and nothing was tried
    assert tally.gone


def test_memory_after_200_sessions_is_within_a_tenth_of_that_after_20():
    measured = memory.main(200)
    assert measured[200] < 1.1 * measured[20]
