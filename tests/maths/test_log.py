"""Specifies nuonuo/maths/log.py and nuonuo/memory/items.py: each like a list that is copied at every change."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers, lists, tuples

from nuonuo.maths.log import DEAD, Log
from nuonuo.memory.items import Items

edits = lists(tuples(integers(0, 30), integers(0, 30), integers(0, 12), integers(0, 2)), max_size=12)


def rows_of(numbers):
    return torch.tensor(numbers, dtype=torch.float32).reshape(-1, 1) * torch.ones(1, 3)


def check(log, items, expected):
    assert log.all.tolist() == rows_of(expected).tolist()
    assert list(items) == expected == list(items[:])
    assert len(log) == len(items) == len(expected)
    assert log.end <= (1 + DEAD) * len(expected) or log.end == len(expected)
    for i in range(len(expected)):
        assert items[i] == expected[i] == float(log[torch.tensor([i])][0, 0])
    if log.position is not None:
        there = torch.arange(len(expected))
        assert torch.equal(log.position[log.place], there)
        assert int((log.position >= 0).sum()) == len(expected)


@given(start=integers(0, 40), steps=edits)
def test_whatever_is_put_and_kept_the_rows_are_those_of_a_list_and_earlier_ones_stay(start, steps):
    expected, new = list(range(start)), 1000
    log, items = Log.of(rows_of(expected)), Items.of(expected)
    seen = [(log, items, expected)]
    for first, gone, came, kind in steps:
        first = min(first, len(expected)) if kind else len(expected)
        after = min(first + gone, len(expected))
        if kind == 2:
            mask = np.arange(len(expected)) % 5 != first % 5
            expected = [x for x, keep in zip(expected, mask, strict=True) if keep]
            log, items = log.keep(torch.from_numpy(mask)), items.keep(mask)
        else:
            more = list(range(new, new + came))
            new += came
            expected = [*expected[:first], *more, *expected[after:]]
            log, items = log.put(first, after, rows_of(more)), items.put(first, after, more)
        seen.append((log, items, expected))
    for one in seen:  # each as it was, though they share their storage
        check(*one)


def test_two_successors_of_one_do_not_write_over_each_other():
    first = list(range(50))
    log, items = Log.of(rows_of(first)).append(rows_of([50])), Items.of(first).append([50])
    left, right = (log.append(rows_of([x])) for x in (4, 5))
    assert left.storage is log.storage
    assert right.storage is not log.storage
    assert (left.all[-1, 0], right.all[-1, 0]) == (4, 5)
    assert [items.append([x])[51] for x in (4, 5)] == [4, 5]


def test_many_threads_that_append_to_one_each_get_their_own():
    log, items = Log.of(rows_of(range(50))).append(rows_of([50])), Items.of(range(51))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda x: (log.append(rows_of([x])).all[-1, 0].item(), items.append([x])[51]), range(200)))
    assert made == [(x, x) for x in range(200)]


def test_appending_copies_nothing_as_long_as_there_is_room():
    log = Log.of(rows_of(range(1000))).append(rows_of([1]))
    more = log.append(rows_of([2])).put(3, 4, rows_of([9]))
    assert more.storage is log.storage
    assert more.written.data_ptr() == log.written.data_ptr()


def test_a_row_that_is_not_there_is_none():
    for items in (Items.of([1, 2]), Items.of(range(9)).put(0, 1, [7])):
        with pytest.raises(IndexError):
            items[len(items)]
    assert Items.of([1, 2])[-1] == 2
    assert Items.of([1, 2]) == (1, 2) != Items.of([2, 1])
