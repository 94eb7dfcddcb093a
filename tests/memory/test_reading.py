"""Specifies nuonuo/memory/reading.py: what is carried from one bank to the next is what reading anew would give."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers, lists

from nuonuo.memory import reading
from nuonuo.memory.reading import Carried, Reading
from nuonuo.memory.records import About, Tie, record

WORDS = ["salt", "bridge", "river", "stone", "Red Lake", "north"]


def row(number, seed):
    random = np.random.default_rng([number, seed])
    texts = [" ".join(random.choice(WORDS, 4)) for _ in range(1 + seed % 2)]
    x = np.ones((len(texts), 2), np.float32)
    one = record(texts[0], texts[0], texts[1:], about=About(title=str(random.choice(WORDS))), ties=(Tie(1 + seed % 5),))
    return replace(one, id=number, cue_vectors=x, target_vector=x[0])


def same(one, other):
    assert one.texts == other.texts
    assert list(one.stored) == list(other.stored)
    for text in ("salt river", "Red Lake", "nothing"):
        assert torch.equal(one.words.scores(text), other.words.scores(text))
    for mine, theirs in zip(one.relations.arrays(), other.relations.arrays(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("most", [0, 2, 100])
@given(steps=lists(integers(0, 50), max_size=8), read=integers(0, 8))
def test_after_edits_it_is_what_reading_all_anew_gives(most, steps, read):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "EDITS", most)
        one = Reading(torch.device("cpu")).append([row(i, i) for i in range(1, 7)])
        number = 7
        for step, seed in enumerate(steps):
            if step == read:
                same(one, Reading(one.device).append(list(one.stored.records)))
            ids, owner = list(one.stored), [i for r in one.stored.records for i in [r.id] * len(r.cues)]
            chosen = ids[seed % len(ids)]
            if seed % 3 == 0:
                one, number = one.append([row(number, seed)]), number + 1
            elif seed % 3 == 1 and len(ids) > 1:
                one = one.remove([chosen], torch.tensor([i != chosen for i in owner]))
            else:
                first = owner.index(chosen)
                one = one.replace(row(chosen, seed), ids.index(chosen), first, first + owner.count(chosen))
        same(one, Reading(one.device).append(list(one.stored.records)))


def test_edits_are_made_when_they_are_needed_and_once():
    done = []

    def add(x):
        return lambda made: done.append(x) or [*made, x]

    nothing = Carried()
    assert nothing.edited(add(1)).get(lambda: ["anew"]) == ["anew"]
    first = Carried(["read"])
    later = first.edited(add(1)).edited(add(2))
    assert done == []
    assert later.get(list) == ["read", 1, 2] == later.get(list)
    assert done == [1, 2]
    assert first.get(list) == ["read"]
    for x in range(reading.EDITS + 1):
        later = later.edited(add(x))
    assert later.get(lambda: ["anew"]) == ["anew"]
