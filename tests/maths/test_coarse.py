"""Specifies nuonuo/maths/coarse.py, by exact products of all rows."""

import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers

from nuonuo.maths import coarse
from nuonuo.maths.log import Log
from tests.conftest import unit

pytest.importorskip("faiss")


@pytest.fixture
def few(monkeypatch):
    """Coarse search of few rows."""
    for name, value in {"FROM": 100, "KEPT": 200, "TAIL": 50, "SHARE": 10}.items():
        monkeypatch.setattr(coarse, name, value)


def found(log, query):
    ((rows, most),) = coarse.nearest(log, query[None])
    assert rows.tolist() == sorted(set(rows.tolist()))
    return rows.tolist(), most


def test_the_most_similar_are_among_the_kept_and_the_rest_lie_below(few):
    rows, queries = unit(4000, 32, 1), unit(30, 32, 2)
    log, met, above = Log.of(rows), 0, 0
    for query in queries:
        exact = rows @ query
        near, most = found(log, query)
        assert len(near) == 200
        met += len(set(exact.topk(20).indices.tolist()) & set(near))
        others = torch.ones(4000, dtype=torch.bool).scatter_(0, torch.tensor(near), False)
        above += int((exact[others] > most + 0.1).sum())
    assert met >= 0.99 * 600
    assert above < 0.001 * 30 * 3800  # its estimates err


def test_what_is_written_later_is_found_at_once_and_what_is_gone_is_not(few):
    rows, new = unit(500, 16, 3), unit(2, 16, 4)
    log = Log.of(rows).append(unit(1, 16, 5))
    found(log, new[0])  # the index is made
    later = log.append(new[:1]).put(7, 8, new[1:])
    near, _ = found(later, new[0])
    assert 501 in near
    near, _ = found(later, new[1])
    assert 7 in near
    assert max(found(log, new[0])[0]) <= 500  # who holds the log before sees neither
    mask = torch.arange(502) != 7
    near, _ = found(later.keep(mask), new[1])
    assert max(near) <= 500
    assert len(near) == len(set(near))


@given(seed=integers(0, 50))
def test_an_edited_log_finds_the_rows_that_it_has(seed):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"KEPT": 60, "TAIL": 20}.items():
            patch.setattr(coarse, name, value)
        log = Log.of(unit(150, 8, seed))
        for step in range(6):
            log = log.put((seed * 7 + step) % 140, (seed * 7 + step) % 140 + 3, unit(4, 8, seed + step))
            log = log.append(unit(9, 8, 99 + step)).keep(torch.arange(len(log) + 9) % 50 != step)
            query = unit(1, 8, 1000 * seed + step)[0]
            rows, exact = found(log, query)[0], log.all @ query
            assert set(exact.topk(5).indices.tolist()) <= set(rows) <= set(range(len(log)))


def test_the_index_takes_in_the_tail_when_it_is_long_and_old_ones_stay(few):
    log = Log.of(unit(300, 16, 6)).append(unit(1, 16, 6))
    first, covered = coarse.index_of(log)
    assert (first.ntotal, covered) == (301, 301)
    short, long = log.append(unit(50, 16, 7)), log.append(unit(51, 16, 8))
    assert coarse.index_of(short)[0] is first
    second, covered = coarse.index_of(long)
    assert (first.ntotal, second.ntotal, covered) == (301, 352, 352)


def test_few_rows_many_wanted_and_odd_dimensions_are_searched_exactly(few, monkeypatch):
    log = Log.of(unit(101, 8, 1))
    assert coarse.fits(log, 20)
    assert not coarse.fits(log, 21)
    assert not coarse.fits(Log.of(unit(100, 8, 1)), 1)
    assert not coarse.fits(Log.of(unit(101, 7, 1)), 1)
    monkeypatch.setattr(coarse, "has_faiss", lambda: False)
    assert not coarse.fits(log, 1)
