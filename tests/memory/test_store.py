"""Specifies nuonuo/memory/store.py, nuonuo/memory/schema.py and nuonuo/memory/sqlite.py."""

import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import builds, characters, composite, floats, integers, lists, none, one_of, text

from nuonuo import Memory
from nuonuo.memory import sqlite
from nuonuo.memory.opening import Busy, read_meta
from nuonuo.memory.records import About, Record, Tie, record
from nuonuo.memory.rows import blob
from nuonuo.memory.schema import MIGRATIONS
from nuonuo.memory.store import Conflict, Store
from tests.conftest import items, unit
from tests.memory.test_trace import equal

META = {"encoder": None, "dimension": 3, "seed": 0}
words = text(characters(exclude_categories=["Cs"]), min_size=1)
vector = arrays(np.float32, 3, elements=floats(-(2.0**100), 2.0**100, width=32))


texts = one_of(none(), words)
numbers = floats(allow_nan=False, allow_infinity=False)
origins = builds(About, texts, texts, one_of(none(), numbers), texts, texts)
ties = lists(builds(Tie, integers(1, 2**63), floats(0, allow_infinity=False)), max_size=3).map(tuple)


@composite
def memories(draw):
    """One memory with any texts, vectors, origin and ties."""
    cues = draw(lists(words, min_size=1, max_size=4))
    x = np.stack([draw(vector) for _ in cues])
    return Record(tuple(cues), draw(words), x, draw(vector), about=draw(origins), ties=draw(ties))


def stored(store, rows):
    """The ids of rows that are added."""
    return [row.id for row in store.add(rows)]


def same(row, memory):
    """Whether a stored row holds a memory, to the last bit."""
    return (
        (row.target, row.cues, row.about, row.ties) == (memory.target, memory.cues, memory.about, memory.ties)
        and row.embedding.tobytes() == memory.embedding.tobytes()
        and row.cue_embeddings.tobytes() == memory.cue_embeddings.tobytes()
    )


@given(lists(lists(memories(), max_size=4), max_size=3))
def test_what_is_saved_is_loaded(tmp_path_factory, batches):
    path = tmp_path_factory.mktemp("store") / 'it\'s a "bank" 🧠.db'
    store = Store(path, META)
    ids = [i for batch in batches for i in stored(store, batch)]
    store.close()
    opened = Store(path, META)
    rows = opened.load()
    assert [row.id for row in rows] == ids == sorted(ids)
    assert all(same(row, memory) for row, memory in zip(rows, chain.from_iterable(batches), strict=True))
    opened.close()


@given(memories(), memories())
def test_what_is_replaced_is_loaded_in_its_place(old, new):
    store = Store(None, META)
    first, second = stored(store, [old, old])
    store.replace(replace(new, id=first))
    rows = store.load()
    assert [row.id for row in rows] == [first, second]
    assert same(rows[0], new)
    assert same(rows[1], old)
    store.close()


@given(memories())
def test_what_is_restored_is_loaded_as_it_was(one):
    store = Store(None, META)
    (row,) = store.add([one])
    store.delete([row.id])
    store.restore([row])
    assert same(store.load(row.id)[0], one)
    store.close()


def plain(target="t", n=1):
    return Record(("c",) * n, target, np.ones((n, 3), np.float32), np.ones(3, np.float32))


def test_an_id_is_never_given_twice():
    store = Store(None, META)
    (gone,) = stored(store, [plain()])
    store.delete([gone])
    assert stored(store, [plain()]) == [gone + 1]
    store.close()


def test_a_replaced_memory_must_be_there():
    store = Store(None, META)
    with pytest.raises(ValueError, match="there is no memory with id 5 in bank None: another process removed it"):
        store.replace(replace(plain(), id=5))
    assert store._db.execute("SELECT count(*) FROM cue").fetchone() == (0,)
    store.close()


def test_the_whitening_is_saved_exactly():
    store = Store(None, META)
    assert store.load_whitening() is None
    mean, matrix = unit(1, 3)[0].numpy(), unit(3, 3).numpy()
    for saved in (matrix, None):
        store.save_whitening(7, 0.25, mean, saved)
        n, shrinkage, mean_, matrix_ = store.load_whitening()
        assert (n, shrinkage) == (7, 0.25)
        np.testing.assert_array_equal(mean_, mean)
        assert matrix_ is None if saved is None else np.array_equal(matrix_, saved)
    store.close()


def test_a_reopened_bank_recalls_the_same_to_the_last_bit(encoder, sample, tmp_path):
    path = tmp_path / "household.db"
    memory = Memory(path, encoder)
    facts = sample("facts")[:75]
    encoder.encode([text for f in facts for text in [f["cue"], f["target"], *f["cues"], *f["queries"]]])
    memory.add_many([record(f["cue"], f["target"], f["cues"]) for f in facts[:60]])
    for fact in facts[60:]:  # one by one, with refits on the way
        memory.add(fact["cue"], fact["target"], fact["cues"])
    memory.forget(next(iter(memory)).id)
    memory.change(memory.recall(facts[3]["cue"]).answer.id, target="something else")
    queries = [f["queries"][0] for f in facts[:30]]
    before = [memory.recall(q, hops=3) for q in queries]
    memory.close()
    for opened in (Memory.open(path, encoder), Memory(path, encoder)):
        for query, trace in zip(queries, before, strict=True):
            assert equal(opened.recall(query, hops=3), trace, but={"milliseconds"})
        opened.close()


def test_what_is_forgotten_leaves_the_disk(vectors, tmp_path):
    memory = vectors(tmp_path / "b.db")
    ids = memory.add_many([record(f"cue {i} SECRETCUE", "SECRETTARGET", (), x) for i, x in enumerate(unit(20, 8))])
    memory.forget(ids)
    memory.close()
    files = list(tmp_path.iterdir())
    assert files
    assert not any(word in file.read_bytes() for file in files for word in (b"SECRETCUE", b"SECRETTARGET"))


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (
            {"encoder": "x/y"},
            "bank .*b.db was made with encoder None, got 'x/y': open it with None, or import its texts",
        ),
        ({"dimension": 4}, "bank .*b.db was made with dimension 3, got 4: open it with 3, or import its texts"),
        ({"seed": 1}, "bank .*b.db was made with seed 0, got 1: open it with 0, or import its texts"),
    ],
)
def test_a_bank_of_another_make_says_so(tmp_path, other, sentence):
    Store(tmp_path / "b.db", META).close()
    with pytest.raises(ValueError, match=sentence):
        Store(tmp_path / "b.db", META | other)


def test_a_bank_of_text_is_not_opened_for_embeddings(tmp_path, encoder):
    Memory(tmp_path / "b.db", encoder).close()
    with pytest.raises(ValueError, match="was made with encoder 'all-MiniLM-L6-v2', got None"):
        Memory(tmp_path / "b.db", dimension=384)


def test_a_file_that_is_no_bank_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("these are notes, and long enough to be no SQLite header at all" * 20)
    for name, mode, number in (("other.db", "delete", 0), ("log.db", "wal", 0), ("same.db", "delete", 1)):
        other = sqlite3.connect(tmp_path / name)
        other.execute(f"PRAGMA journal_mode={mode}")
        other.execute(f"PRAGMA user_version={number}")
        other.execute("CREATE TABLE person (name TEXT)")
        other.close()
    (tmp_path / "folder").mkdir()
    before = {file: file.read_bytes() for file in tmp_path.glob("*.*")}
    for name, reason in (
        ("notes.txt", "file is not a database"),
        ("other.db", "it belongs to another program"),
        ("log.db", "it belongs to another program"),
        ("same.db", "it belongs to another program"),
        ("folder", "unable to open database file"),
    ):
        with pytest.raises(ValueError, match=f"bank .*{name} must be a NuoNuo bank, a SQLite file .*: {reason}"):
            Store(tmp_path / name, META)
    assert {file: file.read_bytes() for file in tmp_path.glob("*.*")} == before


@pytest.mark.parametrize("number", range(1, len(MIGRATIONS)))
def test_a_bank_of_an_older_format_is_taken_on(tmp_path, number):
    db = sqlite3.connect(tmp_path / "b.db")
    db.executescript("".join(MIGRATIONS[:number]) + f"PRAGMA user_version={number};")
    db.executemany("INSERT INTO meta VALUES (?, ?)", [(k, json.dumps(v)) for k, v in META.items()])
    db.execute("INSERT INTO memory (target, embedding) VALUES ('t', ?)", (blob(np.ones(3)),))
    db.execute("INSERT INTO cue (memory, text, embedding) VALUES (1, 'c', ?)", (blob(np.ones(3)),))
    db.commit()
    db.close()
    with closing(Store(tmp_path / "b.db", META)) as store:
        (row,) = store.load()
        assert (row.id, row.target, row.cues, row.version) == (1, "t", ("c",), 0)
        assert (row.about, row.ties) == (About(), ())
        now = store.replace(replace(row, about=About("T"), ties=(Tie(7, 0.5),)))
        assert now.version == 1
    with closing(Store(tmp_path / "b.db", META)) as store:
        (row,) = store.load()
        assert (row.about, row.ties) == (About("T"), (Tie(7, 0.5),))


def test_ties_by_key_lead_to_the_ids_that_the_keys_are_stored_under():
    with closing(Store(None, META)) as store:
        store.delete([row.id for row in store.add([plain()])])
        first = replace(plain(), key="a", key_ties=(("b", 0.5), ("a", 2.0)), ties=(Tie(9),))
        added = store.add([first, replace(plain(), key="b"), replace(plain(), key_ties=(("a", 0.0),))])
        assert [row.id for row in added] == [2, 3, 4]
        expected = [(Tie(9), Tie(3, 0.5), Tie(2, 2.0)), (), (Tie(2, 0.0),)]
        assert [row.ties for row in added] == [row.ties for row in store.load()] == expected
        assert {(row.key, row.key_ties) for row in added} == {(None, ())}


def test_a_tie_to_a_key_that_no_memory_has_stores_nothing():
    with closing(Store(None, META)) as store:
        with pytest.raises(ValueError, match="memory 1 has a link to 'c', the key of no memory that is added with it"):
            store.add([replace(plain(), key="a"), replace(plain(), key_ties=(("a", 1.0), ("c", 1.0)))])
        assert store.load() == []


def test_a_replacement_of_another_version_is_a_conflict(tmp_path):
    with closing(Store(tmp_path / "b.db", META)) as store:
        store.add([plain()])
        (row,) = store.load()
        now = store.replace(replace(row, target="first"))
        with pytest.raises(
            Conflict, match="memory 1 was changed by someone else meanwhile: it holds 'c' → 'first' now"
        ):
            store.replace(replace(row, target="second"))
        assert [r.target for r in store.load()] == ["first"]
        store.replace(replace(now, target="third"))
        assert [r.target for r in store.load(1)] == ["third"]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("DELETE FROM cue WHERE memory=2", r"bank .*b.db is damaged: its memory 2 has no cue"),
        ("UPDATE memory SET ties='[[1' WHERE id=2", "bank .*b.db is damaged: the links of its memory 2 cannot be read"),
        ("UPDATE memory SET ties='7' WHERE id=2", "bank .*b.db is damaged: the links of its memory 2 cannot be read"),
        ("DELETE FROM meta WHERE key='units'", r"bank .*b.db is damaged: it does not say with which units it was made"),
        ("DELETE FROM meta WHERE key='encoder'", r"bank .*b.db is damaged: it does not say with which encoder"),
        ("UPDATE meta SET value='{' WHERE key='seed'", r"bank .*b.db is damaged: its seed cannot be read"),
    ],
)
def test_a_damaged_bank_is_named_with_what_is_wrong(vectors, tmp_path, damage, sentence):
    vectors(tmp_path / "b.db").add_many(items(3))
    db = sqlite3.connect(tmp_path / "b.db")
    db.execute(damage)
    db.commit()
    db.close()
    for attempt in (Memory.open, lambda path: Memory(path, dimension=8)):
        with pytest.raises(ValueError, match=sentence):
            attempt(tmp_path / "b.db")


def test_a_bank_of_a_newer_program_is_refused(tmp_path):
    Store(tmp_path / "b.db", META).close()
    db = sqlite3.connect(tmp_path / "b.db")
    db.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(
        ValueError,
        match=rf"bank .*b.db was made by a newer version of NuoNuo \(format {len(MIGRATIONS) + 1}\): update first",
    ):
        Store(tmp_path / "b.db", META)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"bank .*b.db cannot be made: there is no folder .*/none"):
        Memory(tmp_path / "none" / "b.db", dimension=3)


def test_opening_needs_a_bank(tmp_path):
    with pytest.raises(ValueError, match=r"there is no bank at .*none.db"):
        Memory.open(tmp_path / "none.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(ValueError, match=r"there is no bank at .*empty.db: the file is empty"):
        Memory.open(tmp_path / "empty.db")
    assert not (tmp_path / "none.db").exists()


def test_the_file_says_what_it_was_made_with(tmp_path):
    Store(tmp_path / "b.db", META | {"units": 64}).close()
    assert read_meta(tmp_path / "b.db") == META | {"units": 64}


def test_a_write_is_on_the_disk_when_it_returns(tmp_path):
    store = Store(tmp_path / "b.db", META)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    store.close()


def test_stores_that_make_one_new_file_at_once_agree_on_its_make(tmp_path):
    for number in range(15):
        barrier = threading.Barrier(4)

        def make(seed, path=tmp_path / f"{number}.db", barrier=barrier):
            barrier.wait()
            try:
                store = Store(path, META | {"seed": seed})
            except ValueError as reason:
                return str(reason)
            store.close()
            return store.meta["seed"]

        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(make, range(4)))
        (winner,) = {r for r in results if isinstance(r, int)}
        assert all(r == winner or f"was made with seed {winner}" in r for r in results)


def test_a_load_sees_one_moment_while_another_writes(tmp_path):
    writer, reader = Store(tmp_path / "b.db", META), Store(tmp_path / "b.db", META)
    stop = threading.Event()

    def write():
        while not stop.is_set():
            writer.delete(stored(writer, [plain(n=3)] * 3)[:2])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(150):
            assert all(len(row.cues) == 3 for row in reader.load())
    finally:
        stop.set()
        thread.join()
    reader.load()
    assert not reader.changed_elsewhere()
    writer.add([plain()])
    assert reader.changed_elsewhere()
    assert not writer.changed_elsewhere()
    writer.close()
    reader.close()


def test_threads_share_one_memory(vectors, tmp_path):
    memory = vectors(tmp_path / "b.db")
    memory.add_many(items(10))

    def work(number):
        if number % 2:
            return memory.add_many(items(1, seed=number))
        return memory.recall(unit(1, 8, number)[0], hops=1).answer.id

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(60)))
    assert len(memory) == len(memory._store.load()) == 40


def test_a_file_that_another_program_writes_is_read_at_once_and_a_write_is_refused_in_a_sentence(vectors, tmp_path):
    vectors(tmp_path / "b.db").add_many(items(3))
    db = sqlite3.connect(tmp_path / "b.db", isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    with closing(Memory.open(tmp_path / "b.db")) as memory:
        assert memory.recall(memory.get(1).cue_embeddings[0]).answer.id == 1
        assert time.monotonic() - began < 1
        with pytest.raises(Busy, match=r"b.db is in use by another program and cannot be written: nothing was stored"):
            memory.add_many(items(1, seed=9))
        assert 1 < time.monotonic() - began < 5
        db.execute("ROLLBACK")
        assert len(memory.add_many(items(1, seed=9))) == 1
    db.close()


def test_a_file_that_another_program_holds_for_itself_is_refused_in_a_sentence(vectors, tmp_path, monkeypatch):
    vectors(tmp_path / "b.db").close()
    db = sqlite3.connect(tmp_path / "b.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=DELETE")
    db.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    for attempt in (Memory.open, lambda path: Store(path, META)):
        with pytest.raises(Busy, match=r"b.db is in use by another program and cannot be opened"):
            attempt(tmp_path / "b.db")
    db.close()
