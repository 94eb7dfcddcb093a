"""Specifies nuonuo/memory/memory.py."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import data, lists, sampled_from

from nuonuo import About, Encoder, Memory, Noise, Tie
from nuonuo.memory.records import record
from nuonuo.memory.store import Conflict
from tests.conftest import items, unit
from tests.memory.test_trace import equal


@pytest.fixture
def support(encoder, sample):
    """The web shop's log book, for tests that change it."""
    memory = Memory(encoder=encoder, name="support")
    memory.add_many([record(row["cue"], row["target"]) for row in sample("support")])
    yield memory
    memory.close()


def test_what_a_memory_is_about_links_it_to_others(encoder):
    memory = Memory(encoder=encoder)
    first = memory.add("The Red Boat is a painting by Anna Berg.", about=About(title="The Red Boat"))
    second = memory.add("Anna Berg lived in Skagen.", about=About(title="Anna Berg"), ties=[Tie(first, 0.5)])
    found = memory.bank.reading.relations.links(second)
    assert {(link.source, link.to, link.weight) for link in found} == {(first, second, 1.0), (second, first, 0.5)}
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
        assert memory.recall(items(3, d)[1].cue_vectors).candidates[0].similarity == pytest.approx(1, abs=1e-5)
        assert memory.encoder is None
        memory.close()


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_a_query_may_be_an_embedding_of_any_length_and_kind(vectors, kind):
    memory = vectors()
    memory.add_many(items(6))
    trace = memory.recall(kind((5 * items(6)[2].cue_vectors).tolist()))
    assert (trace.answer.cue, trace.query, trace.noisy_query) == ("cue 2", None, None)


def test_a_text_bank_takes_ready_made_queries_and_items_too(support, encoder):
    x = encoder.encode(["gift cards cannot be bought"])[0]
    support.add_many([record("ready made", "the wallet service is down", (), x)])
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
    assert opened.settings == made.settings
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
    memory.add_many([record(f"progress item {i}") for i in range(70)], lambda done, total: seen.append((done, total)))
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
        support.add_many([record("fine"), record("  ")])
    with pytest.raises(ValueError, match=r"embedding of memory 2 must have shape \(384,\), got \(3,\)"):
        support.add_many([record("fine"), record("fine"), record("bad", None, (), [1.0, 2, 3])])
    with pytest.raises(ValueError, match="a memory must have its cues in a list, got the text 'also'"):
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
    assert memory.settings.dimension == 384
    memory.close()


def test_an_unwhitened_recall_is_plain_cosines_and_follows_the_bank(support):
    support.recall("Nothing is found for the sneakers", whitened=False)
    support.add("The sneakers cannot be found", "rebuild the search index")
    trace = support.recall("Nothing is found for the sneakers", whitened=False, hops=1)
    assert trace.answer.id == trace.nearest.id
    assert trace.answer.similarity == pytest.approx(trace.answer.cosine, abs=1e-6)
    assert (trace.bank.exponent, trace.bank.centre, support.settings.exponent) == (0.0, False, 0.5)
    assert trace.hops[0].target == trace.answer.target
    assert support.make_codes(whitened=False)


def test_what_was_forgotten_or_changed_is_put_back_as_it_was(support):
    memory = support.copy()
    first, second, *_ = memory
    ids, before = list(memory.bank.ids), memory.recall("DB performance is terrible")
    memory.forget(first.id)
    memory.change(second.id, cue="Something else", cues=["and more"])
    memory.put_back([first, replace(second, version=memory.get(second.id).version)])
    assert list(memory.bank.ids) == ids
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
        memory.add_many([record("x", "one", (), rows[0]), record("y", "two", (), rows[1])])
        memory.add_cue(1, "z", 2 * rows[2])
        assert memory.recall(rows[2]).answer.id == 1
    with closing(Memory.open(tmp_path / "own.nuonuo")) as memory:
        assert memory.get(1).cues == ("x", "z")
        assert memory.recall(rows[2]).answer.cue == "z"


def test_two_processes_that_each_add_a_cue_to_one_memory_lose_none(vectors, tmp_path):
    here, there = vectors(tmp_path / "b.db"), vectors(tmp_path / "b.db")
    (one,) = here.add_many(items(1))
    there.refresh()
    here.add_cue(one, "mine", unit(1, 8, 5)[0])
    there.add_cue(one, "yours", unit(1, 8, 6)[0])
    here.refresh()
    assert here.get(one).cues == there.get(one).cues == ("cue 0", "mine", "yours")


def test_many_threads_that_add_cues_to_one_memory_lose_none(vectors, tmp_path):
    shared = [vectors(tmp_path / "b.db") for _ in range(3)]
    (one,) = shared[0].add_many(items(1))
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(shared[i % 3].add_cue, one, f"{i}", unit(1, 8, i)[0]) for i in range(30)]:
            done.result()
    shared[0].refresh()
    assert sorted(shared[0].get(one).cues[1:], key=int) == [str(i) for i in range(30)]


def test_a_change_waits_for_a_thread_that_is_about_to_read_what_it_changes(vectors, tmp_path):
    here, there = vectors(tmp_path / "b.db"), vectors(tmp_path / "b.db")
    with ThreadPoolExecutor(2) as pool:
        with here.alone():
            (one,) = here.add_many(items(1))
            waiting = pool.submit(there.add_many, items(1))  # holds its bank's lock until the file is free
            time.sleep(0.2)
            changing = pool.submit(there.add_cue, one, "mine", unit(1, 8, 5)[0])
            time.sleep(0.2)
        waiting.result()
        assert changing.result().cues == ("cue 0", "mine")


def test_a_change_made_on_an_older_version_is_a_conflict_that_holds_both_texts(support, encoder):
    seen = next(iter(support))
    first = support.change(seen.id, target="Refund it", version=seen.version)
    with pytest.raises(
        Conflict, match=f"memory {seen.id} was changed by someone else meanwhile: .* 'Refund it' now"
    ) as c:
        support.change(seen.id, cue="Charged twice", version=seen.version)
    assert (c.value.stored.target, c.value.stored.version) == ("Refund it", first.version)
    assert (c.value.attempted.cues[0], c.value.attempted.version) == ("Charged twice", seen.version)
    assert support.change(seen.id, cue="Charged twice", version=first.version).version > first.version
    assert support.get(seen.id).target == "Refund it"  # what no version was given for is as someone else made it
    support.change(seen.id, cue="Charged two times")
    assert support.get(seen.id).cues[0] == "Charged two times"


def test_a_version_is_never_given_twice(vectors, tmp_path):
    memory = vectors(tmp_path / "b.db")
    (one,) = memory.add_many(items(1))
    versions, old = [memory.get(one).version], memory.get(one)
    for turn in range(3):
        versions.append(memory.add_cue(one, f"{turn}", unit(1, 8, turn)[0]).version)
        memory.forget(one)
        memory.put_back([old])
        versions.append(memory.get(one).version)
    assert len(set(versions)) == len(versions)


def test_putting_back_takes_no_later_edit_with_it(vectors, tmp_path):
    here, there = vectors(tmp_path / "b.db"), vectors(tmp_path / "b.db")
    one, two = here.add_many(items(2))
    old, gone = here.get(one), here.get(two)
    mine = here.add_cue(one, "mine", unit(1, 8, 5)[0])
    here.forget(two)
    there.add_cue(one, "yours", unit(1, 8, 6)[0])
    with pytest.raises(Conflict) as conflict:
        here.put_back([gone, replace(old, version=mine.version)])
    assert conflict.value.stored.cues == here.get(one).cues == ("cue 0", "mine", "yours")
    assert two not in here
    assert len(here._store.load()) == 1  # none or all
    here.put_back([gone, replace(old, version=conflict.value.stored.version)])
    assert (here.get(one).cues, here.get(two).cues) == (("cue 0",), ("cue 1",))


def test_what_is_done_alone_is_done_wholly_or_not_at_all(vectors, tmp_path):
    memory = vectors(tmp_path / "b.db")
    ids, before = memory.add_many(items(5)), memory.bank

    def broken():
        with memory.alone():
            memory.add_cue(ids[0], "another", unit(1, 8, 7)[0])
            memory.add_many(items(3, seed=4))
            memory.forget([ids[1], 999])

    with pytest.raises(ValueError, match="there is no memory with id 999"):
        broken()
    assert memory.bank is before
    assert [(row.id, row.cues) for row in memory._store.load()] == [(row.id, row.cues) for row in memory]
    with memory.alone():
        memory.forget(ids[1])
        memory.add_cue(ids[0], "another", unit(1, 8, 7)[0])
    assert [(row.id, row.cues) for row in memory._store.load()] == [(row.id, row.cues) for row in memory]


def test_an_import_that_fails_in_the_middle_leaves_nothing_and_can_be_made_again(vectors, tmp_path):
    memory = vectors(tmp_path / "b.db")
    memory.add_many(items(3))
    fails = "WHEN NEW.target = 'target 1999' BEGIN SELECT RAISE(ABORT, 'full'); END"
    db = sqlite3.connect(tmp_path / "b.db")
    db.execute(f"CREATE TRIGGER full BEFORE INSERT ON memory {fails}")
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        memory.add_many(items(2_500))
    assert len(memory) == len(memory._store.load()) == 3
    db.execute("DROP TRIGGER full")
    db.close()
    memory.add_many(items(2_500))
    assert len(memory) == len(memory._store.load()) == 2_503


def test_a_recall_waits_neither_for_a_writer_nor_for_the_codes_of_another(vectors):
    memory = vectors()
    memory.add_many(items(5))
    with ThreadPoolExecutor(1) as pool, memory.alone():
        assert pool.submit(memory.recall, unit(1, 8)[0], hops=1).result(timeout=10).answer.id in memory
        pool.submit(memory.refresh).result(timeout=10)


def test_a_copy_keeps_ids_settings_and_versions_in_a_file_too(vectors, tmp_path):
    made = vectors(seed=7, units=512, winners=9, exponent=0.25, ridge=0.5, centre=False)
    ids = made.add_many(items(6))
    made.forget(ids[2])
    made.add_cue(ids[0], "another", unit(1, 8, 7)[0])
    made.recall(unit(1, 8)[0], hops=1)
    with closing(made.copy(tmp_path / "copy.db")) as copied:
        assert (copied.settings, [r.id for r in copied]) == (made.settings, [r.id for r in made])
        assert copied.bank.coded  # nothing is made again
    with closing(Memory.open(tmp_path / "copy.db")) as opened:
        assert opened.settings == made.settings
        assert opened.settings.units == 512
        assert [(r.id, r.version, r.cues) for r in opened] == [(r.id, r.version, r.cues) for r in made]
        assert equal(opened.recall(unit(1, 8)[0]), made.recall(unit(1, 8)[0]), but={"milliseconds", "bank"})


def test_a_changed_memory_is_checked_as_an_added_one_is():
    memory = Memory(dimension=8)
    (one,) = memory.add_many(items(1))
    x, before = unit(1, 8)[0], memory.get(one)
    for text, reason in (
        (" ", "that are not blank, got"),
        ("x" * 100_001, "of at most 100,000 characters, got 100,001"),
    ):
        for change in (
            lambda text=text: memory.add_cue(one, text, x),
            lambda text=text: memory.add_cue(one, text),
            lambda text=text: memory.change(one, cue=text),
            lambda text=text: memory.change(one, target=text),
        ):
            with pytest.raises(ValueError, match=f"memory 1 must have texts {reason}"):
                change()
    with pytest.raises(ValueError, match="a memory must have its cues in a list, got the text 'also'"):
        memory.change(one, cues="also")
    assert memory.get(one) is before
    memory.close()


def test_where_a_memory_comes_from_and_its_ties_are_stored_changed_and_put_back(vectors, tmp_path):
    memory, x = vectors(tmp_path / "b.db"), unit(2, 8)
    about = About("Kettle", "kitchen", 2, "notes.md", "1 May")
    one, two = memory.add_many([record("a", "b", (), x[0], about=about, ties=[Tie(2)]), record("c", "d", (), x[1])])
    seen = memory.get(one)
    assert (seen.about, seen.ties) == (about, (Tie(two),))
    changed = memory.change(one, about=About("Pot"), ties=[])
    assert (changed.about, changed.ties, changed.target) == (About("Pot"), (), "b")
    assert memory.add_cue(one, "again", x[1]).about == About("Pot")
    with pytest.raises(ValueError, match="memory 1 must have a title that is a text and not blank"):
        memory.change(one, about=About(""))
    memory.put_back([replace(seen, version=memory.get(one).version)])
    memory.forget(two)
    memory.change(one, ties=[Tie(two, 0.5)])
    opened = vectors(tmp_path / "b.db")
    assert (opened.get(one).about, opened.get(one).ties) == (about, (Tie(two, 0.5),))
    gone = opened.get(one)
    opened.forget(one)
    opened.put_back([gone])
    assert (opened.get(one).about, opened.get(one).ties) == (about, (Tie(two, 0.5),))


def test_ties_between_memories_that_are_added_together_are_to_their_ids(vectors):
    memory, x = vectors(), unit(3, 8)
    memory.add_many([record("first", embedding=x[0])])
    a = replace(record("a", embedding=x[1]), key="a", key_ties=(("b", 0.5),))
    ids = memory.add_many([a, replace(record("b", embedding=x[2]), key="b")])
    assert ids == [2, 3]
    assert memory.get(2).ties == (Tie(3, 0.5),)
    with pytest.raises(ValueError, match="memory 0 has a link to 'b', the key of no memory"):
        memory.add_many([a])
    assert len(memory) == 3
