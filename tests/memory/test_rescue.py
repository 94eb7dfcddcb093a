"""Specifies nuonuo/memory/rescue.py and checksums: damage is noticed, what is readable is brought into a new file."""

import random
import sqlite3
from contextlib import closing

import pytest

from nuonuo import Memory
from nuonuo.memory import rescue
from nuonuo.memory.schema import MIGRATIONS
from tests.conftest import items, unit


def filled(path, n=40):
    with closing(Memory(path, dimension=8)) as memory:
        memory.add_many(items(n))
    return path


def state(path):
    """All that a bank brings back: rows, meta and whitening."""
    with closing(Memory.open(path)) as memory:
        rows = [
            (r.id, r.cues, r.target, r.version, r.about, r.ties, r.embedding.tobytes(), r.cue_embeddings.tobytes())
            for r in memory
        ]
        w = memory.bank.whitening
        return rows, memory.settings, w.mean.tolist(), None if w.matrix is None else w.matrix.tolist()


def test_sixty_flipped_bits_are_each_noticed_in_a_sentence_or_harmless(tmp_path):
    whole = filled(tmp_path / "whole.db", 600).read_bytes()
    before, draw, said = state(tmp_path / "whole.db"), random.Random(14), []
    for number in range(60):
        path, data = tmp_path / f"{number}.db", bytearray(whole)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        path.write_bytes(data)
        try:
            assert state(path) == before, f"byte flipped in {number}"
        except ValueError as reason:
            said.append((str(path), str(reason)))
    assert len(said) >= 20
    assert all(path in sentence for path, sentence in said)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE memory SET target='changed' WHERE id=2", "b.db is damaged: its memory 2 is not as it was stored"),
        ("UPDATE cue SET embedding=zeroblob(32) WHERE memory=2", "b.db is damaged: its memory 2 is not as it was"),
        ("UPDATE cue SET text='changed' WHERE memory=2", "b.db is damaged: its memory 2 is not as it was stored"),
        ("UPDATE memory SET embedding='text' WHERE id=2", "b.db is damaged: its memory 2 is not as it was stored"),
        ("DELETE FROM memory WHERE id=2", "b.db is damaged: it has a cue of no memory"),
        ("UPDATE whitening SET mean=zeroblob(32)", "b.db is damaged: its whitening is not as it was stored"),
        ("UPDATE meta SET value='7' WHERE key='seed'", "b.db is damaged: what it says of how it was made is not as"),
        ("UPDATE meta SET value='\"a\"' WHERE key='dimension'", "b.db is damaged: it was made with settings that none"),
    ],
)
def test_a_row_that_was_changed_by_something_else_is_named(tmp_path, damage, sentence):
    with closing(sqlite3.connect(filled(tmp_path / "b.db"))) as db, db:
        db.execute(damage)
    for look in (Memory.open, rescue.check):
        with pytest.raises(ValueError, match=sentence):
            look(tmp_path / "b.db")


def test_a_check_counts_the_memories_of_a_whole_bank_and_finds_a_wrong_index(tmp_path):
    assert rescue.check(filled(tmp_path / "b.db")) == 40
    with closing(sqlite3.connect(tmp_path / "b.db")) as db, db:
        db.execute("PRAGMA writable_schema=ON")
        db.execute("UPDATE sqlite_master SET sql='CREATE INDEX cue_memory ON cue (text)' WHERE name='cue_memory'")
    with pytest.raises(ValueError, match=r"b.db is damaged: .*index cue_memory"):
        rescue.check(tmp_path / "b.db")


def test_a_copy_of_an_open_bank_holds_its_newest_memories(tmp_path):
    with closing(Memory(tmp_path / "b.db", dimension=8)) as memory:
        memory.add_many(items(5))
        assert (tmp_path / "b.db-wal").stat().st_size
        rescue.copy(tmp_path / "b.db", tmp_path / "copy.db")
        assert sorted(file.name for file in tmp_path.glob("copy*")) == ["copy.db"]
        assert state(tmp_path / "copy.db") == state(tmp_path / "b.db")
        with pytest.raises(ValueError, match=r"copy.db is there already: choose another name"):
            rescue.copy(tmp_path / "b.db", tmp_path / "copy.db")
        with pytest.raises(ValueError, match=r"cannot be made: there is no folder .*none"):
            rescue.copy(tmp_path / "b.db", tmp_path / "none" / "copy.db")
    with pytest.raises(ValueError, match=r"there is no bank at .*other.db"):
        rescue.copy(tmp_path / "other.db", tmp_path / "new.db")


def test_what_was_forgotten_or_changed_is_in_no_file_while_the_bank_is_open(tmp_path):
    with closing(Memory(tmp_path / "b.db", encoder=lambda texts: unit(len(texts), 8))) as memory:
        memory.add("SECRETCUE one", "SECRETTARGET one")
        memory.add("SECRETCUE two", "SECRETTARGET two")
        memory.forget(1)
        memory.change(2, cue="open", target="open")
        files = list(tmp_path.iterdir())
        assert {file.name for file in files} >= {"b.db", "b.db-wal"}
        assert not any(b"SECRET" in file.read_bytes() for file in files)


def test_what_is_readable_of_a_damaged_bank_is_brought_into_a_new_file_and_what_is_lost_is_named(tmp_path):
    rows, *_ = state(filled(tmp_path / "b.db"))
    with closing(sqlite3.connect(tmp_path / "b.db")) as db, db:
        db.execute("UPDATE memory SET target='changed' WHERE id=2")
        db.execute("DELETE FROM cue WHERE memory=5")
        db.execute("UPDATE meta SET value='7' WHERE key='seed'")
    damaged = (tmp_path / "b.db").read_bytes()
    done = rescue.repair(tmp_path / "b.db", tmp_path / "new.db")
    assert (done.memories, done.lost, done.made, done.reason) == (38, (2, 5), False, "")
    now, *_ = state(tmp_path / "new.db")
    assert [row[:3] for row in now] == [row[:3] for row in rows if row[0] not in {2, 5}]
    assert (tmp_path / "b.db").read_bytes() == damaged
    assert rescue.check(tmp_path / "new.db") == 38


def test_of_a_truncated_bank_the_whole_rows_are_kept(tmp_path):
    whole = filled(tmp_path / "b.db", 800)
    rows = {row[0]: row[1:3] for row in state(whole)[0]}
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) * 3 // 5])
    with pytest.raises(ValueError, match=r"bank .*b.db"):
        Memory.open(whole)
    done = rescue.repair(whole, tmp_path / "new.db")
    assert done.memories >= 20
    assert done.reason
    for row in state(tmp_path / "new.db")[0]:
        assert rows[row[0]] == row[1:3]


def test_what_cannot_be_repaired_says_so_and_makes_no_file(tmp_path):
    (tmp_path / "garbage.db").write_bytes(random.Random(1).randbytes(9_000))
    (tmp_path / "folder.db").mkdir()
    with closing(sqlite3.connect(tmp_path / "other.db")) as db, db:
        db.execute("CREATE TABLE person (name TEXT)")
    with closing(sqlite3.connect(filled(tmp_path / "newer.db"))) as db:
        db.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    for name, sentence in (
        ("garbage.db", "nothing of .*garbage.db can be read: file is not a database"),
        ("folder.db", "there is no bank at .*folder.db"),
        ("other.db", "nothing of .*other.db can be read: it has no table of memories"),
        ("newer.db", r"newer.db was made by a newer version of NuoNuo \(format 6\): update first"),
    ):
        with pytest.raises(ValueError, match=sentence):
            rescue.repair(tmp_path / name, tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


def test_a_bank_is_copied_beside_itself_before_its_format_is_changed(tmp_path):
    filled(tmp_path / "b.db")
    with closing(sqlite3.connect(tmp_path / "b.db")) as db, db:
        db.execute("ALTER TABLE memory DROP COLUMN checksum")
        db.execute("ALTER TABLE whitening DROP COLUMN checksum")
        db.execute("DELETE FROM meta WHERE key='checksum'")
        db.execute("PRAGMA user_version=4")
    old = (tmp_path / "b.db").stat().st_size
    now = state(tmp_path / "b.db")
    with closing(sqlite3.connect(tmp_path / "b.db.v4")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (4,)
        assert db.execute("SELECT count(*) FROM memory").fetchone() == (40,)
    assert (tmp_path / "b.db.v4").stat().st_size == old
    (tmp_path / "b.db.v4").rename(tmp_path / "old.db")
    assert state(tmp_path / "old.db") == now


def test_a_full_disk_and_a_deleted_file_are_each_a_sentence_and_nothing_is_stored(tmp_path):
    with closing(Memory(filled(tmp_path / "b.db"), dimension=8)) as memory:
        pages = memory._store._db.execute("PRAGMA page_count").fetchone()[0]
        memory._store._db.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(ValueError, match=r"b.db cannot be written: nothing was stored: its disk is full"):
            memory.add_many(items(400, seed=2))
        assert len(memory) == len(memory._store.load()) == 40
        (tmp_path / "b.db").unlink()
        with pytest.raises(ValueError, match=r"b.db was deleted or replaced while it was open: nothing was stored"):
            memory.add_many(items(1, seed=3))
        assert memory.recall(memory.get(1).cue_embeddings[0]).answer.id == 1
