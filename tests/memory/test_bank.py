"""Specifies nuonuo/memory/bank.py."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import data, integers, lists
from torch.testing import assert_close

from nuonuo.maths import whitening
from nuonuo.memory.bank import Bank
from nuonuo.memory.keying import BLOCK
from nuonuo.memory.records import BankSettings, Record
from tests.conftest import unit

SETTINGS = BankSettings(None, 6, seed=3, units=256, winners=8, exponent=0.5, ridge=0.1, centre=True)


def rows(n, cues=lambda i: 1 + i % 3, first=1):
    """n memories of dimension 6, with one to three cues each."""
    made = []
    for i in range(first, first + n):
        x = unit(cues(i) + 1, 6, i).numpy()
        made.append(Record(tuple(f"cue {i}.{c}" for c in range(cues(i))), f"target {i}", x[1:], x[0], i))
    return made


def bank(memories, device="cpu", fitted=None):
    return Bank.of(memories, SETTINGS, torch.device(device), fitted)


def other_row(memory, cues):
    """A memory of the same id with other texts and embeddings."""
    x = unit(cues + 1, 6, 1_000 + memory).numpy()
    return Record(tuple(f"another cue {c}" for c in range(cues)), "another target", x[1:], x[0], memory)


def same(a, b):
    """Whether two banks hold the same memories, keys, codes and links."""
    assert (a.ids, a.texts) == (b.ids, b.texts)
    for name in ("X", "T", "owner", "keys", "norms"):
        assert torch.equal(getattr(a, name), getattr(b, name)), name
    if a.ids:
        assert_close(a.moments.mean, b.moments.mean, atol=1e-6, rtol=0)
        assert_close(a.moments.covariance, b.moments.covariance, atol=1e-6, rtol=0)
        assert torch.equal(a.links().cues, b.links().cues)
        assert torch.equal(a.links().targets, b.links().targets)


@given(lists(integers(1, 5), max_size=12), data())
def test_keys_codes_and_links_come_from_the_one_fit_however_the_bank_grew(steps, data):
    grown, n = bank([]), 0
    for step in steps:
        grown = grown.append(rows(step, first=n + 1))
        n += step
        if n and data.draw(integers(0, 2)) == 0:
            grown.links()  # codes made now must be carried along, and so the moments
            _ = grown.moments
        if n and data.draw(integers(0, 3)) == 0:
            grown = grown.remove([grown.ids[data.draw(integers(0, len(grown.ids) - 1))]] if grown.ids else [])
        if grown.ids and data.draw(integers(0, 2)) == 0:
            grown = grown.replace(
                other_row(grown.ids[data.draw(integers(0, len(grown.ids) - 1))], data.draw(integers(1, 4)))
            )
    same(grown, bank([grown.rows[i] for i in grown.ids], fitted=grown.whitening if grown.whitening.n else None))


def test_the_keys_have_the_same_bits_one_by_one_and_at_once(device):
    at_once = bank(rows(700), device)
    one_by_one = bank(rows(690), device, at_once.whitening)
    for row in rows(10, first=691):
        one_by_one = one_by_one.append([row])
    assert len(at_once.X) > 2 * BLOCK
    assert torch.equal(one_by_one.keys, at_once.keys)
    assert_close(at_once.keys, at_once.whitening(at_once.X))


@pytest.mark.parametrize("cues", [1, 2])
@pytest.mark.parametrize("memory", [1, 300, 511, 512, 513, 1100])
def test_a_change_of_one_memory_of_many_is_as_a_bank_made_of_it(memory, cues):
    before = bank(rows(1100, lambda _: 1))
    before.links()
    _ = before.moments
    row = other_row(memory, cues)
    after = before.replace(row)
    same(after, bank([row if i == memory else before.rows[i] for i in before.ids], fitted=before.whitening))


def test_the_whitening_is_fitted_again_when_the_cues_have_changed_by_a_tenth():
    grown, fits = bank([]), []
    for i in range(1, 61):
        grown = grown.append(rows(1, lambda i: 1, i))
        if not fits or grown.whitening.n != fits[-1]:
            fits.append(grown.whitening.n)
    due = [1]
    while due[-1] < 60:
        due.append(next((n for n in range(due[-1], 61) if n - due[-1] > due[-1] / 10), 61))
    assert fits == [n for n in due if n <= 60]
    grown = grown.remove(grown.ids[:5])
    assert grown.whitening.n == fits[-1]
    grown = grown.remove(grown.ids[:5])
    assert grown.whitening.n == 50
    assert torch.equal(grown.whitening.matrix, whitening.fit(grown.X, 0.5, 0.1).matrix)


def test_a_removed_memory_leaves_nothing_behind(device):
    memories = rows(9)
    left = bank(memories, device)
    left.links()
    left = left.remove([2, 5, 9])
    same(left, bank([m for m in memories if m.id not in {2, 5, 9}], device, left.whitening))
    assert len(left.links()) == len(left.X) == len(left.texts) == sum(len(r.cues) for r in left.rows.values())


def test_a_bank_can_lose_everything_and_begin_again():
    emptied = bank(rows(4))
    emptied = emptied.remove([1, 2, 3, 4])
    assert (emptied.ids, emptied.texts, len(emptied.X), len(emptied.T)) == ((), (), 0, 0)
    emptied = emptied.append(rows(3, first=5))
    assert emptied.ids == (5, 6, 7)
    assert torch.isfinite(emptied.keys).all()


def test_every_cue_row_belongs_to_its_memory_and_links_to_its_target():
    b = bank(rows(6))
    for row, memory in enumerate(b.of_rows(torch.arange(len(b.X)))):
        assert b.texts[row] in memory.cues
        np.testing.assert_array_equal(b.X[row].numpy(), memory.cue_embeddings[memory.cues.index(b.texts[row])])
        target = b.encode(b.whitening(torch.from_numpy(memory.embedding))[None]).winners[0]
        assert torch.equal(b.links().targets[row], target)


def test_links_are_built_once_and_say_how_far_they_are():
    b, seen = bank(rows(6)), []
    assert b.links(lambda done, total: seen.append((done, total))) is b.links()
    assert seen == [(len(b.X) + 6, len(b.X) + 6)]


def test_settings_that_make_no_bank_are_refused():
    for wrong, sentence in (
        ({"dimension": 0}, "dimension must be >= 1, got 0"),
        ({"winners": 256}, r"winners must lie between 1 and 255 \(D − 1\), got 256"),
        ({"exponent": 2}, "exponent must lie between 0 and 1, got 2"),
        ({"ridge": -1}, "ridge must be a finite number >= 0, got -1"),
    ):
        with pytest.raises(ValueError, match=sentence):
            replace(SETTINGS, **wrong)


@given(seed=integers(0, 1000))
def test_what_is_read_from_the_texts_is_carried_along(seed):
    b = bank(rows(8))
    assert b.reading.words.n == len(b.texts)
    assert len(b.reading.relations) == len(b.unwhitened().reading.relations)
    b = b.append(rows(3, first=9)).remove([2, 10]).replace(other_row(3, 2))
    fresh = bank(list(b.rows.values()))
    for query in ("cue 3", "another text", ""):
        assert_close(b.reading.words.scores(query), fresh.reading.words.scores(query))
    for one, two in zip(b.reading.relations.arrays(), fresh.reading.relations.arrays(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert b.unwhitened().reading.texts == b.texts


def test_the_unwhitened_bank_is_carried_along():
    b = bank(rows(8))
    b.unwhitened()
    b = b.append(rows(3, first=9)).remove([2, 10]).replace(other_row(3, 2))
    raw = b.unwhitened()
    assert (raw.ids, raw.texts) == (b.ids, b.texts)
    assert_close(raw.keys, b.X)
    assert b.unwhitened() is raw
    same(raw, bank(list(b.rows.values())).unwhitened())


def test_codes_can_be_made_ahead():
    b = bank(rows(8))
    assert not b.coded
    b.make_codes()
    assert b.coded
    expected = bank(rows(8)).links()
    assert torch.equal(b.links().cues, expected.cues)
    assert torch.equal(b.links().targets, expected.targets)


def test_a_bank_never_changes_whatever_is_made_from_it():
    first = bank(rows(20))
    first.links()
    first.unwhitened()
    after = first.remove([3]).replace(other_row(5, 2)).append(rows(4, first=21))
    same(first, bank(rows(20), fitted=first.whitening))
    same(first.unwhitened(), bank(rows(20)).unwhitened())
    left = [other_row(5, 2) if row.id == 5 else row for row in rows(24) if row.id != 3]
    same(after, bank(left, fitted=after.whitening))
    same(after.unwhitened(), bank(left).unwhitened())
    with pytest.raises(FrozenInstanceError):
        first.ids = ()


def test_threads_that_make_the_same_thing_at_once_all_get_it_right():
    expected = bank(rows(60)).links()
    for _ in range(10):
        b, barrier = bank(rows(60)), threading.Barrier(4)

        def make(_, b=b, barrier=barrier):
            barrier.wait()
            return b.links(), b.unwhitened().links()

        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(make, range(4)))
        assert all(torch.equal(links.cues, expected.cues) for links, _ in made)
        assert all(torch.equal(raw.cues, b.unwhitened().links().cues) for _, raw in made)
