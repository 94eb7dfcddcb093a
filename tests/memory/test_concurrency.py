"""Specifies that threads which share one bank each see one state of it, whatever others add and forget meanwhile."""

import threading
import time
from collections import deque
from itertools import count

import pytest
import torch

from nuonuo.explain.attention.view import attend, view
from nuonuo.explain.map.maps import fit_pca, place
from nuonuo.explain.map.neighbours import preservation
from nuonuo.explain.map.points import points
from nuonuo.memory.records import record
from tests.conftest import unit

ENOUGH, PATIENCE = 3, 120  # readings of each thread at least, and seconds more that it may take for them
KEPT = 30  # pairs that each writer leaves in the bank


def add_pair(memory, number):
    """Store two memories in one go: of odd and even id, and both of one number. Every state holds both or neither."""
    x = unit(4, 8, number)
    return memory.add_many([record(f"cue {number} {w}", f"target {number} {w}", (), *x[i : i + 2]) for i, w in FIRST])


FIRST = ((0, "odd"), (2, "even"))


def of_one_state(memories):
    """Checks ids, cues and targets that were read together."""
    numbers = {}
    for i, cue, target in memories:
        _, number, which = cue.split()
        assert target == f"target {number} {which}"
        assert which == ("odd" if i % 2 else "even")
        numbers[i] = number
    assert len(numbers) == len(memories)
    assert all(numbers.get(i + (1 if i % 2 else -1)) == number for i, number in numbers.items())


def recall(memory, seed):
    trace = memory.recall(unit(1, 8, seed)[0], k=10_000, hops=1, whitened=bool(seed % 2))
    of_one_state([(c.id, c.cue, c.target) for c in trace.candidates])
    assert len(trace.candidates) == trace.bank.memories == trace.bank.cues == len(trace.X)
    assert {trace.nearest.id, *(hop.id for hop in trace.hops)} <= {c.id for c in trace.candidates}
    torch.testing.assert_close(trace.X @ trace.key, trace.similarity)


def draw(memory, seed):
    bank = memory.bank
    here = points(bank)
    of_one_state(
        [
            (i, bank.texts[row], bank.rows[i].target)
            for i, row in zip(here.ids.tolist(), here.first.tolist(), strict=True)
        ]
    )
    made = fit_pca(here, 2)
    assert len(here.ids) == len(here.K) == len(here.prints) == len(made.xy)
    assert place(made, here).fitted.all()
    assert preservation(here.K, torch.from_numpy(made.xy)) is not None


def attention(memory, seed):
    bank, probe = memory.bank, unit(1, 8, seed)[0]
    seen = view(bank, attend(bank, probe[None], 4.0), probe, most=10_000)
    of_one_state([(each.memory.id, each.memory.cue, each.memory.target) for each in seen.shown])
    assert sum(each.memory.weight for each in seen.shown) == pytest.approx(1, abs=1e-4)


def listing(memory, seed):
    of_one_state([(row.id, *row.cues, row.target) for row in memory])
    said = memory.describe(bool(seed % 2))
    assert said.memories == said.cues
    assert said.memories % 2 == 0


READINGS = (recall, recall, recall, draw, draw, attention, attention, listing)


def share(memory, seconds):
    """Eight threads read while two add and forget: the first thing that went wrong, and how often each thread read."""
    until, wrong = time.monotonic() + seconds, []
    number, done = count(1), [0] * (len(READINGS) + 2)

    def loop(place, once):
        try:
            while (time.monotonic() < until or min(done) < ENOUGH) and not wrong:
                assert time.monotonic() < until + PATIENCE, f"in all that time the threads read {done}"
                once()
                done[place] += 1
        except BaseException as reason:  # a failed assertion too
            wrong.append(reason)

    def change(own):
        own.append(add_pair(memory, next(number)))
        if len(own) > KEPT:
            memory.forget(own.popleft())

    seed = count()
    works = [lambda read=read: read(memory, next(seed)) for read in READINGS]
    works += [lambda own=own: change(own) for own in (deque(), deque())]
    for _ in range(10):
        add_pair(memory, next(number))
    threads = [threading.Thread(target=loop, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return done


@pytest.mark.parametrize("seconds", [5, pytest.param(30, marks=pytest.mark.slow)])
def test_eight_threads_recall_draw_and_attend_while_two_add_and_forget_and_each_sees_one_state(vectors, seconds):
    memory = vectors(units=512, winners=16)
    assert min(share(memory, seconds)) >= ENOUGH
    assert len(memory) == len(memory._store.load())
