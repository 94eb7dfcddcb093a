"""Specifies nuonuo/memory/batches.py."""

import random
from itertools import accumulate

from hypothesis import given
from hypothesis.strategies import integers, lists

from nuonuo.memory.batches import PADDING, SMALL, batches, spread


@given(sizes=lists(integers(1, 256), max_size=300), budget=integers(1, 2_048))
def test_each_text_is_in_one_batch_within_the_budget_and_little_is_padding(sizes, budget):
    made = batches(sizes, budget)
    assert sorted(place for batch in made for place in batch) == list(range(len(sizes)))
    for batch in made:
        longest = max(sizes[place] for place in batch)
        padded, tokens = longest * len(batch), sum(sizes[place] for place in batch)
        assert padded <= budget or len(batch) == 1
        assert padded - tokens <= PADDING * padded or padded <= SMALL


def passages(n):
    """Lengths as passages have them: most about a hundred tokens, few up to the longest that a model reads."""
    draw = random.Random(0)
    return [min(256, max(5, int(draw.lognormvariate(4.4, 0.5)))) for _ in range(n)]


def test_hardly_anything_of_a_thousand_passages_is_padding():
    sizes = passages(1_000)
    padded = sum(max(sizes[place] for place in batch) * len(batch) for batch in batches(sizes, 2_048))
    assert sum(sizes) / padded >= 0.95


def test_the_share_of_texts_that_are_done_is_that_of_the_work_all_the_time():
    sizes = passages(2_000)
    made = batches(sizes, 2_048)
    texts, work = (
        list(accumulate(weigh(batch) for batch in made)) for weigh in (len, lambda b: sum(sizes[i] for i in b))
    )
    assert max(abs(t / texts[-1] - w / work[-1]) for t, w in zip(texts, work, strict=True)) < 0.03
    by_length = sorted(sizes)  # as they would be from the shortest on
    halfway = sum(by_length[:1_000]) / sum(sizes)
    assert halfway < 0.35


def test_any_stretch_from_the_start_is_spread_evenly():
    for n in (0, 1, 2, 3, 10, 144, 1_000):
        order = spread(n)
        assert sorted(order) == list(range(n))
        for m in range(1, n, max(1, n // 50)):
            assert all(abs(sum(i < end for i in order[:m]) - m * end / n) < 4 for end in range(0, n, max(1, n // 20)))
