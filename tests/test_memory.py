"""Specifies nuonuo/memory.py."""

from contextlib import closing

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import data, lists, sampled_from

from nuonuo import Encoder, Memory, Noise
from nuonuo.items import Item
from tests.conftest import items, unit
from tests.test_trace import equal


@pytest.fixture
def support(encoder, sample):
    """The web shop's log book, for tests that change it."""
    memory = Memory(encoder=encoder, name="support")
    memory.add_many([Item(row["cue"], row["target"]) for row in sample("support")])
    yield memory
    memory.close()


def test_a_paraphrase_recalls_the_target(encoder):
    memory = Memory(encoder=encoder)
    memory.add("The database is slow again", "Missing index on the users table")
    memory.add("The cat will not eat", "It only likes tuna")
    trace = memory.recall("DB performance is terrible")
    assert trace.answer.target == "Missing index on the users table"
    assert trace.answer.weight > 0.9
    memory.close()


def test_every_stored_cue_recalls_its_own_memory(support, sample):
    for row in sample("support"):
        assert support.recall(row["cue"]).answer.target == row["target"]


def test_a_bank_counts_lists_and_finds_its_memories(support):
    ids = [row.id for row in support]
    assert (len(support), support.cues, support.dimension, support.path) == (10, 10, 384, None)
    assert ids == sorted(ids)
    assert all(i in support and support.get(i).id == i for i in ids)
    assert -1 not in support


def test_a_bank_of_ready_made_embeddings_takes_any_dimension():
    for d in (1, 3, 1536):
        memory = Memory(dimension=d)
        memory.add_many(items(3, d))
        assert memory.recall(items(3, d)[1].embedding).candidates[0].similarity == pytest.approx(1, abs=1e-5)
        assert memory.encoder is None
        memory.close()


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_a_query_may_be_an_embedding_of_any_length_and_kind(vectors, kind):
    memory = vectors()
    memory.add_many(items(6))
    trace = memory.recall(kind((5 * items(6)[2].embedding).tolist()))
    assert (trace.answer.cue, trace.query, trace.noisy_query) == ("cue 2", None, None)


def test_a_text_bank_takes_ready_made_queries_and_items_too(support, encoder):
    x = encoder.encode(["gift cards cannot be bought"])[0]
    support.add_many([Item("ready made", "the wallet service is down", (), x)])
    assert support.recall("gift cards cannot be bought").answer.target == "the wallet service is down"
    assert support.recall(x).answer.target == "the wallet service is down"


def test_a_forgotten_memory_is_in_no_candidate_and_no_link(support):
    gone = support.recall("The discount code is rejected in the basket", hops=1).answer.id
    text = support.get(gone).target
    support.forget(gone)
    trace = support.recall("The discount code is rejected in the basket", k=100, hops=3)
    assert gone not in [c.id for c in trace.candidates]
    assert (len(support), len(trace.candidates), gone in support) == (9, 9, False)
    assert text not in {c.target for c in trace.candidates} | {hop.target for hop in trace.hops}
    assert len(support.bank.links()) == support.cues == 9
    assert len(support._store.load()) == 9


def test_forgetting_several_at_once_or_none_that_exists(support):
    ids = [row.id for row in support]
    with pytest.raises(ValueError, match="there is no memory with id 999 in bank support"):
        support.forget([ids[0], 999])
    assert len(support) == 10
    support.forget(ids[:9])
    assert [row.id for row in support] == ids[9:]
    support.forget(ids[9])
    with pytest.raises(ValueError, match="bank support is empty: add a memory before recalling"):
        support.recall("anything")


@given(data())
def test_adding_and_forgetting_in_any_order_leaves_what_a_new_bank_would_hold(data):
    memory, expected = Memory(dimension=8), {}
    for n in data.draw(lists(sampled_from([1, 2, 5, -1, -2]), max_size=8)):
        if n > 0:
            new = items(n, seed=data.draw(sampled_from(range(50))))
            expected.update(zip(memory.add_many(new), new, strict=True))
        elif len(expected) >= -n:
            gone = list(expected)[: -n * 2 : 2]
            memory.forget(gone)
            expected = {i: item for i, item in expected.items() if i not in gone}
    assert [(r.id, r.target) for r in memory] == [(i, item.target) for i, item in expected.items()]
    if expected:
        found = memory.recall(unit(1, 8, 99)[0], k=1000).candidates
        assert sorted(c.id for c in found) == sorted(expected)
    memory.close()


def test_a_cue_that_is_added_makes_its_own_text_come_first(support):
    text = "Inventory is wrong again"
    wanted = support.recall(text).candidates[-1].id
    support.add_cue(wanted, text)
    trace = support.recall(text)
    assert (trace.answer.id, trace.answer.cue) == (wanted, text)
    assert (len(support), support.cues) == (10, 11)


def test_a_change_replaces_what_is_given_and_keeps_the_rest(support):
    memory = next(iter(support)).id
    support.add_cue(memory, "paid double")
    support.change(memory, target="Refund it")
    assert support.get(memory).cues == ("Customers say they were charged twice at checkout", "paid double")
    support.change(memory, cue="Charged two times", cues=[])
    assert support.get(memory).cues == ("Charged two times",)
    assert support.recall("Charged two times").answer.target == "Refund it"
    assert len(support) == 10


def test_a_memory_that_is_not_there_cannot_be_read_or_changed(support):
    for attempt in (
        support.get,
        support.forget,
        lambda i: support.change(i, cue="x"),
        lambda i: support.add_cue(i, "x"),
    ):
        with pytest.raises(ValueError, match="there is no memory with id 404 in bank support"):
            attempt(404)


def test_a_copy_recalls_the_same_and_lives_its_own_life(support):
    first = next(iter(support)).id
    support.forget(first)
    support.add("One more", "memory")
    twin = support.copy()
    query = "Looking up the latest sneakers gives zero results"
    assert [row.id for row in twin] == [row.id for row in support]
    assert equal(twin.recall(query, hops=2), support.recall(query, hops=2), but={"milliseconds"})
    twin.forget([row.id for row in twin][:5])
    support.add("Only here", "not there")
    assert (len(twin), len(support)) == (5, 11)
    assert twin.path is None
    twin.close()


def test_settings_of_a_bank_live_in_its_file(vectors, tmp_path):
    made = vectors(tmp_path / "b.db", seed=7, units=300, winners=9, exponent=0.25, ridge=0.5, centre=False)
    made.add_many(items(5))
    opened = Memory.open(tmp_path / "b.db")
    assert opened.meta == made.meta
    assert opened.recall(unit(1, 8)[0], hops=1).code.shape == (9,)
    opened.close()


def test_the_seed_of_a_bank_decides_its_codes(vectors):
    codes = []
    for seed in (0, 0, 1):
        memory = vectors(seed=seed)
        memory.add_many(items(4))
        codes.append(memory.recall(unit(1, 8)[0], hops=1).code)
    assert torch.equal(codes[0], codes[1])
    assert not torch.equal(codes[0], codes[2])


def test_refresh_shows_what_another_process_added(vectors, tmp_path):
    here, there = vectors(tmp_path / "b.db"), vectors(tmp_path / "b.db")
    (new,) = there.add_many(items(1))
    assert new not in here
    here.refresh()
    assert here.get(new).target == "target 0"
    (mine,) = here.add_many(items(1, seed=5))
    there.forget(new)  # sees mine first
    assert [row.id for row in there] == [mine]
    with pytest.raises(ValueError, match=f"there is no memory with id {new}"):
        here.forget(new)
    assert [row.id for row in here] == [mine]


def test_a_bank_is_called_after_its_file(vectors, tmp_path):
    assert vectors(tmp_path / "holiday.db").name == "holiday"
    assert vectors().name == "memory"
    assert vectors(name="mine").name == "mine"


def test_adding_reports_its_progress(encoder):
    memory, seen = Memory(encoder=encoder), []
    memory.add_many([Item(f"progress item {i}") for i in range(70)], lambda done, total: seen.append((done, total)))
    assert seen[-1] == (70, 70)
    memory.close()


def test_more_than_one_transaction_of_memories_keeps_its_order(vectors):
    memory = vectors()
    ids = memory.add_many(items(2_300))
    assert ids == sorted(ids)
    assert [row.target for row in memory] == [f"target {i}" for i in range(2_300)]


def test_adding_nothing_is_nothing(vectors):
    assert vectors().add_many([]) == []


def test_a_wrong_item_of_many_stores_nothing(support, vectors):
    with pytest.raises(ValueError, match="memory 1 must have texts that are not blank, got"):
        support.add_many([Item("fine"), Item("  ")])
    with pytest.raises(ValueError, match=r"embedding of memory 2 must have shape \(384,\), got \(3,\)"):
        support.add_many([Item("fine"), Item("fine"), Item("bad", None, (), [1.0, 2, 3])])
    with pytest.raises(ValueError, match="memory 0 must have its cues in a list, got the text 'also'"):
        support.add("fine", "fine", "also")
    assert len(support) == len(support._store.load()) == 10
    memory = vectors()
    with pytest.raises(ValueError, match="memory 0 needs an embedding: this bank has no encoder"):
        memory.add("a text", "another")
    assert len(memory) == len(memory._store.load()) == 0


@pytest.mark.parametrize(
    ("query", "settings", "sentence"),
    [
        (" ", {}, "query must not be blank"),
        ([float("nan")] * 384, {}, "query must be finite, got NaN or infinity in it"),
        ([1.0, 2.0], {}, r"query must have shape \(384,\), got \(2,\)"),
        ([0.0] * 384, {}, "query must not be all zeros: it has no direction"),
        ("x", {"k": 0}, "k must be >= 1, got 0"),
        ("x", {"hops": -1}, "hops must be >= 0, got -1"),
        ("x", {"beta": 0}, "beta must be a finite number > 0, got 0"),
        ("x", {"beta": float("inf")}, "beta must be a finite number > 0, got inf"),
        ("x", {"steps": 0}, "steps must be >= 1, got 0"),
        ("x", {"hops": 1, "noise": Noise(flip=51)}, "flipped winners must lie between 0 and 50, got 51"),
    ],
)
def test_a_recall_that_cannot_be_gets_its_sentence(stories, query, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        stories.recall(query, **settings)


def test_an_empty_bank_recalls_nothing(vectors):
    with pytest.raises(ValueError, match="bank memory is empty: add a memory before recalling"):
        vectors().recall(unit(1, 8)[0])


def test_a_bank_of_embeddings_takes_no_text(vectors):
    memory = vectors()
    memory.add_many(items(2))
    with pytest.raises(
        ValueError, match="bank memory holds ready-made embeddings: query it with an embedding, not a text"
    ):
        memory.recall("a text")


def test_settings_that_make_no_bank_leave_no_file(tmp_path):
    for wrong in ({"exponent": 2}, {"ridge": -1}, {"winners": 0}, {"winners": 16_384}, {"dimension": 0}):
        with pytest.raises(ValueError, match="must"):
            Memory(tmp_path / "b.db", **{"dimension": 8, **wrong})
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_a_model_is_enough(tmp_path, encoder):
    memory = Memory(encoder="all-MiniLM-L6-v2")
    assert isinstance(memory.encoder, Encoder)
    assert memory.encoder.name == encoder.name
    assert memory.meta["dimension"] == 384
    memory.close()


def test_an_unwhitened_recall_is_plain_cosines_and_follows_the_bank(support):
    support.recall("Nothing is found for the sneakers", whitened=False)
    support.add("The sneakers cannot be found", "rebuild the search index")
    trace = support.recall("Nothing is found for the sneakers", whitened=False, hops=1)
    assert trace.answer.id == trace.nearest.id
    assert trace.answer.similarity == pytest.approx(trace.answer.cosine, abs=1e-6)
    assert (trace.bank["exponent"], trace.bank["centre"], support.meta["exponent"]) == (0.0, False, 0.5)
    assert trace.hops[0].target == trace.answer.target
    assert support.make_codes(whitened=False)


def test_what_was_forgotten_or_changed_is_put_back_as_it_was(support):
    memory = support.copy()
    first, second, *_ = memory
    ids, before = list(memory.bank.ids), memory.recall("DB performance is terrible")
    memory.forget(first.id)
    memory.change(second.id, cue="Something else", cues=["and more"])
    memory.put_back([first, second])
    assert memory.bank.ids == ids
    for old in (first, second):
        now = memory.get(old.id)
        assert (now.target, now.cues) == (old.target, old.cues)
        np.testing.assert_array_equal(now.cue_embeddings, old.cue_embeddings)
        np.testing.assert_array_equal(now.embedding, old.embedding)
    again = memory.recall("DB performance is terrible")
    assert [c.id for c in again.candidates] == [c.id for c in before.candidates]
    memory.close()


def test_a_cue_may_bring_its_own_embedding(tmp_path):
    rows = torch.eye(3)
    with closing(Memory(tmp_path / "own.nuonuo", dimension=3, exponent=0.0, centre=False)) as memory:
        memory.add_many([Item("x", "one", (), rows[0]), Item("y", "two", (), rows[1])])
        memory.add_cue(1, "z", 2 * rows[2])
        assert memory.recall(rows[2]).answer.id == 1
    with closing(Memory.open(tmp_path / "own.nuonuo")) as memory:
        assert memory.get(1).cues == ("x", "z")
        assert memory.recall(rows[2]).answer.cue == "z"
