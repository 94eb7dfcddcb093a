"""Specifies nuonuo/engines/filling.py, collection.py and rows.py with Milvus Lite."""

from contextlib import closing

import numpy as np
import pytest
import torch

from nuonuo import Memory
from nuonuo.engines import filling, rows
from nuonuo.engines.collection import all_of, check_name, drop, found, named_after
from nuonuo.engines.connection import Connection, EngineError
from nuonuo.engines.embedded import Embedded
from nuonuo.engines.filling import fill, held
from nuonuo.engines.milvus import Milvus
from nuonuo.memory.records import About, record
from tests.engines.material import WINNERS, bank_of, milvus_server
from tests.engines.test_milvus import check_equal
from tests.stores.conftest import THEIRS

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")
pytestmark = [pytest.mark.filterwarnings(one) for one in THEIRS]


@pytest.fixture
def connection(address):
    with closing(Connection(address)) as one:
        yield one


@pytest.fixture
def memory():
    memory = bank_of(120, seed=3)
    yield memory
    memory.close()


def counts(filled):
    return filled.added, filled.replaced, filled.removed, filled.kept


def check_whole(connection, name, memory):
    """The collection holds the bank's cues and nothing else, and finds what the bank finds."""
    engine = Milvus(connection, name, memory.bank, "ties")
    wanted = rows.numbered(memory.bank)
    stored = held(connection, found(connection, name))
    assert sorted(stored.numbers.tolist()) == sorted(wanted.numbers.tolist())
    assert len(engine) == len(memory.bank.X) == len(stored)
    check_equal(engine, Embedded(memory.bank), memory, 10)


def test_a_second_filling_sends_nothing(connection, memory):
    n, seen = len(memory.bank.X), []
    first = fill(memory.bank, "ties", connection, "twice", progress=lambda done, total: seen.append((done, total)))
    assert counts(first) == (n, 0, 0, 0)
    assert seen[-1] == (n, n)
    assert counts(fill(memory.bank, "ties", connection, "twice", progress=lambda *_: pytest.fail("sent"))) == (
        0,
        0,
        0,
        n,
    )
    check_whole(connection, "twice", memory)


def test_what_is_added_changed_or_forgotten_is_so_in_the_collection(connection, memory):
    before = fill(memory.bank, "ties", connection, "kept")
    n, fitted = len(memory.bank.X), memory.bank.whitening
    first, second, third = memory.bank.ids[:3]
    cues = len(memory.get(first).cues)
    memory.forget([first])
    memory.add_cue(second, "a text of another length for kiln and shelf", np.eye(16)[2])
    memory.change(third, about=About(title="with a title now"))
    memory.add("one more memory of the kiln", embedding=np.eye(16)[3])
    assert memory.bank.whitening is fitted
    replaced = len(memory.get(second).cues) - 1 + len(memory.get(third).cues)
    after = fill(memory.bank, "ties", connection, "kept")
    assert after.collection == before.collection  # the mean length of a text is another by now
    assert counts(after) == (2, replaced, cues, n - cues - replaced)
    check_whole(connection, "kept", memory)


def test_after_any_changes_a_filling_leaves_what_the_bank_holds(tmp_path):
    random, memory = np.random.default_rng(7), bank_of(40, seed=7)
    with closing(Connection(str(tmp_path / "any.db"))) as connection:
        for turn in range(8):
            gone = [memory.get(int(i)) for i in random.choice(memory.bank.ids, random.integers(1, 4), replace=False)]
            memory.forget([row.id for row in gone])
            memory.change(int(random.choice(memory.bank.ids)), about=About(title=f"title {turn}"))
            memory.add_cue(int(random.choice(memory.bank.ids)), f"kiln cone {turn}", random.normal(size=16))
            memory.put_back(gone[: int(random.integers(0, len(gone) + 1))])
            memory.add(f"glaze {turn}", embedding=random.normal(size=16))
            filled = fill(memory.bank, "ties", connection, "any")
            assert filled.added + filled.replaced + filled.kept == len(memory.bank.X)
            check_whole(connection, "any", memory)
    memory.close()


def test_a_whitening_fitted_again_makes_another_collection_and_the_old_one_goes(connection, memory):
    old = fill(memory.bank, "ties", connection, "fitted")
    for i in range(60):
        memory.add(f"kiln number {i}", embedding=torch.randn(16, generator=torch.Generator().manual_seed(i)))
    with pytest.raises(EngineError, match=r"'fitted' at .* is of bank ties before its whitening was "):
        Milvus(connection, "fitted", memory.bank, "ties")
    new = fill(memory.bank, "ties", connection, "fitted")
    assert counts(new) == (len(memory.bank.X), 0, 0, 0)
    assert new.collection.name != old.collection.name
    assert all_of(connection, "fitted") == [new.collection.name]
    check_whole(connection, "fitted", memory)


def test_a_bank_opened_again_sends_nothing(connection, tmp_path):
    path = tmp_path / "ties.nuonuo"
    memory = bank_of(60, path=path)
    memory.forget(memory.bank.ids[:2])
    n = len(memory.bank.X)
    fill(memory.bank, "ties", connection, "again")
    memory.close()
    with closing(Memory.open(path)) as memory:
        assert counts(fill(memory.bank, "ties", connection, "again")) == (0, 0, 0, n)


def test_texts_that_milvus_cannot_keep_are_found_by_their_words(connection):
    memory = Memory(dimension=4, winners=WINNERS)
    long = "窑炉 " * 30_000
    items = [record(text, None, (), x, x) for text, x in zip([long, "kiln", "窑炉 kiln"], np.eye(4), strict=False)]
    memory.add_many(items)
    fill(memory.bank, "long", connection, "long")
    engine = Milvus(connection, "long", memory.bank, "long")
    (found_,), (expected,) = (one.by_words(["窑炉"], 3) for one in (engine, Embedded(memory.bank)))
    assert found_.memories.tolist() == expected.memories.tolist()
    assert found_.scores == pytest.approx(expected.scores)
    memory.close()


def test_a_collection_of_another_bank_or_of_none_of_ours_is_left_alone(connection, memory):
    fill(memory.bank, "ties", connection, "mine")
    with pytest.raises(EngineError, match=r"^the collection 'mine' at .* is of bank ties, not of other: choose "):
        fill(memory.bank, "other", connection, "mine")
    small = bank_of(5, d=8)
    wrong = r"^the collection 'mine' at .* is of bank ties with dimension 16, and bank ties has 8: choose "
    with pytest.raises(EngineError, match=wrong):
        fill(small.bank, "ties", connection, "mine")
    with pytest.raises(EngineError, match=wrong):
        Milvus(connection, "mine", small.bank, "ties")
    small.close()
    namesake = bank_of(120, seed=4)
    with pytest.raises(
        EngineError, match=r"^the collection 'mine' at .* is of another bank called ties, with none of "
    ):
        fill(namesake.bank, "ties", connection, "mine")
    namesake.close()
    with connection.asking("filled") as client:
        client.create_collection("theirs", dimension=4)
    for asked in (lambda: fill(memory.bank, "ties", connection, "theirs"), lambda: found(connection, "theirs")):
        with pytest.raises(EngineError, match=r"^the collection 'theirs' at .* was not made by NuoNuo and is "):
            asked()
    with connection.asking("read") as client:
        assert client.has_collection("theirs")
        client.drop_collection("theirs")
    check_whole(connection, "mine", memory)


def test_what_is_dropped_is_gone(connection, memory):
    fill(memory.bank, "ties", connection, "gone")
    drop(connection, all_of(connection, "gone"), "gone")
    assert found(connection, "gone") is None
    assert all_of(connection, "gone") == []


def test_names_are_those_that_milvus_takes():
    assert named_after("my notes-2") == "my_notes_2"
    assert named_after("2024") == "bank_2024"
    assert named_after("笔记") == "__"
    with pytest.raises(EngineError, match=r"^a collection's name must be letters, digits and _, .*, got 'a-b'$"):
        check_name("a-b")
    with pytest.raises(EngineError, match=r"^dense must be flat .* or auto .*, got 'hnsw'$"):
        filling.Fit.of(bank_of(2).bank, "ties", "hnsw")


def test_a_server_that_dies_meanwhile_is_one_sentence_and_the_next_filling_goes_on(tmp_path, memory, monkeypatch):
    monkeypatch.setattr(filling, "BATCH", 40)
    folder, n = tmp_path / "index.db", len(memory.bank.X)
    with milvus_server(folder) as (uri, server):
        port = int(uri.rpartition(":")[2])
        connection = Connection(uri)

        def end(done, total):
            if done == 80:
                server.kill()
                server.wait()

        said = rf"^Milvus at {uri} cannot be filled: .*; 80 of {n} cues were sent and stay: once it answers, the same "
        with pytest.raises(EngineError, match=said):
            fill(memory.bank, "ties", connection, "lost", progress=end)
        with pytest.raises(EngineError, match=rf"^Milvus at {uri} cannot be searched: "):
            found(connection, "lost")
        connection.close()
    with milvus_server(folder, port) as (uri, _), closing(Connection(uri)) as connection:
        assert found(connection, "lost") is None  # nothing leads to what is not whole
        filled = fill(memory.bank, "ties", connection, "lost")
        assert counts(filled) == (n - 80, 0, 0, 80)
        check_whole(connection, "lost", memory)


def test_a_server_that_dies_while_it_is_searched_is_one_sentence(tmp_path, memory):
    with milvus_server(tmp_path / "index.db") as (uri, server):
        connection = Connection(uri)
        fill(memory.bank, "ties", connection, "ties")
        engine = Milvus(connection, "ties", memory.bank, "ties")
        server.kill()
        server.wait()
        with pytest.raises(EngineError, match=rf"^Milvus at {uri} cannot be searched: "):
            engine.by_words(["kiln"], 3)
        engine.close()
    assert len(memory) == 120  # the bank is as it was
