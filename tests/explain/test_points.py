"""Specifies nuonuo/explain/map/points.py: what is on a map, and which sample of a large bank."""

import numpy as np
import pytest
import torch

from nuonuo import Memory
from nuonuo.explain.map.maps import fit_pca, place
from nuonuo.explain.map.points import also, points
from nuonuo.explain.map.view import ask, rows_of
from tests.conftest import items


@pytest.fixture(scope="module")
def memory():
    memory = Memory(encoder=None, dimension=8)
    memory.add_many(items(300))
    return memory


def test_all_memories_are_on_a_map_that_has_room(memory):
    here = points(memory.bank, largest=300)
    assert not here.sampled
    assert here.ids.tolist() == list(memory.bank.ids)
    assert torch.equal(here.K, memory.bank.keys)


def test_a_sample_is_of_the_wanted_size_and_another_seed_draws_another(memory):
    here, again, other = (points(memory.bank, 100, seed) for seed in (0, 0, 1))
    assert here.sampled
    assert (len(here.ids), here.of) == (100, 300)
    assert here.ids.tolist() == sorted(set(again.ids.tolist()))
    assert 10 < np.isin(here.ids, other.ids).sum() < 60  # a third, if it were chance
    assert torch.equal(here.K, memory.bank.keys[here.first])


def test_memories_added_later_change_little_of_a_sample():
    memory = Memory(encoder=None, dimension=8)
    memory.add_many(items(280))
    before = points(memory.bank, 100)
    memory.add_many(items(20, seed=9))
    assert np.isin(points(memory.bank, 100).ids, before.ids).sum() > 85


def test_what_a_question_finds_is_on_the_map_of_a_sample_where_pca_puts_it(memory):
    here = points(memory.bank, 100)
    made, trace = fit_pca(here, 2), memory.recall(memory.get(7).cue_embeddings[0])
    found = [c.id for c in trace.candidates]
    more = also(here, memory.bank, found)
    assert np.isin(found, more.ids).all()
    assert not np.isin(found, here.ids).all()  # or nothing was tried
    assert more.ids[: len(here.ids)].tolist() == here.ids.tolist()
    placed = place(made, more)
    asked = ask(made, placed, more, trace, memory.bank)
    keys = torch.stack([memory.bank.keys[memory.bank.ids.index(i)] for i in found])
    torch.testing.assert_close(placed.xy[asked.rows], ((keys - made.axes.mean) @ made.axes.W).numpy())
    assert more.ids[rows_of(more, found)].tolist() == found
    assert placed.fitted.sum() == 100


def test_a_map_of_all_takes_nothing_more(memory):
    here = points(memory.bank)
    assert also(here, memory.bank, [3, 4]) is here
