"""Specifies recalls over more cues than are compared exactly (nuonuo/maths/coarse.py), by exact recalls."""

import json
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import booleans, integers

from nuonuo.maths import coarse
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking
from nuonuo.memory.records import Tie, record
from nuonuo.memory.trace import Trace
from tests.conftest import unit

pytest.importorskip("faiss")
WORDS = ["salt", "bridge", "river", "stone", "painter", "north", "window", "letter"]


def made(n, seed, cues):
    memory = Memory(dimension=16, seed=seed)
    memory.add_many(
        record(
            f"{WORDS[i % 8]} number{i}",
            f"target {i}",
            [f"paraphrase {i}"] if cues and i % 3 == 0 else [],
            unit(2 if cues and i % 3 == 0 else 1, 16, seed + 5 * i),
            unit(1, 16, seed + i)[0],
            ties=(Tie(1 + (7 * i) % n),) if i % 4 == 0 else (),
        )
        for i in range(n)
    )
    return memory


def coarsely(memory, query, **how):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"FROM": 10, "KEPT": 120, "SHARE": 1, "TAIL": 8}.items():
            patch.setattr(coarse, name, value)
        return memory.recall(query, **how)


def seen(trace):
    rows = [
        (c.id, c.cue, round(c.similarity, 5), round(c.words, 5), c.association, c.senders) for c in trace.candidates
    ]
    return rows, trace.nearest.id, trace.lexical and trace.lexical.id


@settings(max_examples=30)
@given(seed=integers(0, 500), cues=booleans(), word=integers(0, 7))
def test_a_coarse_recall_finds_what_an_exact_one_finds(seed, cues, word):
    memory, query = made(300, seed, cues), unit(1, 16, seed + 3)[0]
    for text in (None, f"the {WORDS[word]} and number{seed % 300}"):  # a rare word lifts what is far away
        exact, fast = memory.recall(query, k=8, text=text), coarsely(memory, query, k=8, text=text)
        assert (exact.terms.exact, fast.terms.exact) == (True, False)
        assert seen(exact) == seen(fast)
    memory.close()


@settings(max_examples=15)
@given(seed=integers(0, 500), cues=booleans())
def test_it_sees_what_was_changed_added_and_forgotten_since(seed, cues):
    memory, query = made(300, seed, cues), unit(1, 16, seed + 3)[0]
    coarsely(memory, query)  # makes the index
    memory.put_back([replace(memory.get(9), cues=("salt",), cue_vectors=-query[None].numpy())])
    memory.add_cue(20, "one more way", query)
    memory.add("a new one", embedding=unit(1, 16, seed + 11)[0])
    memory.forget([3, 150, 299])
    exact, fast = memory.recall(query, k=8), coarsely(memory, query, k=8)
    assert seen(exact) == seen(fast)
    assert fast.answer.id == 20
    assert coarsely(memory, query, k=121).terms.exact  # more are wanted than a coarse look keeps
    memory.close()


def test_many_coarse_recalls_are_those_of_one_by_one():
    memory = made(200, 1, True)
    queries = list(unit(5, 16, 2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coarse, "FROM", 10)
        patch.setattr(coarse, "KEPT", 60)
        patch.setattr(coarse, "SHARE", 1)
        many = memory.recall_many(queries, Asking(k=5))
        assert [seen(t) for t in many] == [seen(memory.recall(q, k=5)) for q in queries]
    memory.close()


@pytest.mark.parametrize("kind", ["forgotten", "many cues"])
def test_where_a_coarse_look_is_filled_by_one_memory_or_by_none_that_is_left_the_recall_is_exact(kind):
    query = unit(1, 16, 3)[0]
    near = torch.nn.functional.normalize(query + 0.1 * unit(150, 16, 4), dim=1)
    memory = made(3000, 1, False)
    if kind == "forgotten":
        memory.add_many(record("near", embedding=x) for x in near)
        assert not coarsely(memory, query, k=5).terms.exact  # makes the index, with them
        memory.forget(list(range(3001, 3151)))
    else:
        memory.add_many([record("near", None, ["near"] * 149, near, near[0])])
    trace = coarsely(memory, query, k=5)
    assert trace.terms.exact
    assert seen(trace) == seen(memory.recall(query, k=5))
    assert len(trace.candidates) == 5
    memory.close()


def test_a_trace_says_how_it_was_looked_for_and_older_ones_were_exact():
    memory = made(200, 1, False)
    trace = coarsely(memory, unit(1, 16, 2)[0])
    again = Trace.from_json(trace.to_json())
    assert not again.terms.exact
    row = json.loads(trace.to_json())
    del row["terms"]["exact"]
    assert Trace.from_row(row).terms.exact
    assert torch.equal(again.similarity, trace.similarity)
    memory.close()
