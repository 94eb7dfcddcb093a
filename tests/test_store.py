"""Specifies nuonuo/store.py and nuonuo/sqlite.py."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import characters, composite, floats, lists, text

from nuonuo import Memory, sqlite
from nuonuo.items import Item, Prepared
from nuonuo.store import MIGRATIONS, Row, Store, read_meta
from tests.conftest import items, unit
from tests.test_trace import equal

META = {"encoder": None, "dimension": 3, "seed": 0}
words = text(characters(exclude_categories=["Cs"]), min_size=1)
vector = arrays(np.float32, 3, elements=floats(-(2.0**100), 2.0**100, width=32))


@composite
def memories(draw):
    """One memory with any texts and vectors."""
    cues = draw(lists(words, min_size=1, max_size=4))
    return Prepared(draw(words), draw(vector), tuple(cues), np.stack([draw(vector) for _ in cues]))


def same(row, memory):
    """Whether a stored row holds a memory, to the last bit."""
    return (
        (row.target, row.cues) == (memory.target, memory.cues)
        and row.embedding.tobytes() == memory.embedding.tobytes()
        and row.cue_embeddings.tobytes() == memory.cue_embeddings.tobytes()
    )


@given(lists(lists(memories(), max_size=4), max_size=3))
def test_what_is_saved_is_loaded(tmp_path_factory, batches):
    path = tmp_path_factory.mktemp("store") / 'it\'s a "bank" 🧠.db'
    store = Store(path, META)
    ids = [i for batch in batches for i in store.add(batch)]
    store.close()
    opened = Store(path, META)
    rows = opened.load()
    assert [row.id for row in rows] == ids == sorted(ids)
    assert all(same(row, memory) for row, memory in zip(rows, chain.from_iterable(batches), strict=True))
    opened.close()


@given(memories(), memories())
def test_what_is_replaced_is_loaded_in_its_place(old, new):
    store = Store(None, META)
    first, second = store.add([old, old])
    store.replace(Row(first, new.target, new.embedding, new.cues, new.cue_embeddings))
    rows = store.load()
    assert [row.id for row in rows] == [first, second]
    assert same(rows[0], new)
    assert same(rows[1], old)
    store.close()


def plain(target="t", n=1):
    return Prepared(target, np.ones(3, np.float32), ("c",) * n, np.ones((n, 3), np.float32))


def test_an_id_is_never_given_twice():
    store = Store(None, META)
    (gone,) = store.add([plain()])
    store.delete([gone])
    assert store.add([plain()]) == [gone + 1]
    store.close()


def test_a_replaced_memory_must_be_there():
    store = Store(None, META)
    with pytest.raises(ValueError, match="there is no memory with id 5 in bank None: another process removed it"):
        store.replace(Row(5, "t", np.ones(3), ("c",), np.ones((1, 3))))
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
    memory.add_many([Item(f["cue"], f["target"], f["cues"]) for f in facts[:60]])
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
    ids = memory.add_many([Item(f"cue {i} SECRETCUE", "SECRETTARGET", (), x) for i, x in enumerate(unit(20, 8))])
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
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE person (name TEXT)")
    other.close()
    (tmp_path / "folder").mkdir()
    for name, reason in (
        ("notes.txt", "file is not a database"),
        ("other.db", "it belongs to another program"),
        ("folder", "unable to open database file"),
    ):
        with pytest.raises(ValueError, match=f"bank .*{name} must be a NuoNuo bank, a SQLite file .*: {reason}"):
            Store(tmp_path / name, META)
    assert (tmp_path / "notes.txt").read_text().startswith("these are notes")


def test_a_bank_of_a_newer_program_is_refused(tmp_path):
    Store(tmp_path / "b.db", META).close()
    db = sqlite3.connect(tmp_path / "b.db")
    db.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(
        ValueError, match=r"bank .*b.db was made by a newer version of NuoNuo \(format 2\): update first"
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
            writer.delete(writer.add([plain(n=3)] * 3)[:2])

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


def test_a_locked_file_is_waited_for_and_then_refused(tmp_path, monkeypatch):
    db = sqlite3.connect(tmp_path / "b.db", isolation_level=None)
    db.execute("CREATE TABLE t (x)")
    db.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    with pytest.raises(ValueError, match=r"must be a NuoNuo bank, a SQLite file .*: database is locked"):
        Store(tmp_path / "b.db", META)
    db.close()
