"""Specifies nuonuo/memory/rows.py: rows read together are those read one by one, and a checksum stays what it was."""

import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import binary, floats, integers, lists, none, one_of, text

from nuonuo import Memory
from nuonuo.memory import rescue
from nuonuo.memory.records import Record
from nuonuo.memory.rows import BLOCK, SELECT, checksum, row_of
from nuonuo.memory.store import Store
from tests.conftest import items
from tests.memory.test_store import META, memories, plain, same

values = one_of(none(), text(), binary(), integers(), floats())


def one_by_one(path):
    """The memories of a file, by all of its cues and then each row by itself."""
    cues = {}
    with closing(sqlite3.connect(path)) as db:
        for memory, *cue in db.execute("SELECT memory, text, embedding FROM cue ORDER BY id"):
            cues.setdefault(memory, []).append(cue)
        return [row_of(found, cues[found[0]]) for found in db.execute(f"{SELECT} ORDER BY id")]


def read(path):
    """What a file holds, after it was found to be the same both ways."""
    with closing(Store(path, META)) as store:
        rows, expected = store.load(), one_by_one(path)
        assert [store.load(row.id)[0].cues for row in rows] == [row.cues for row in rows]
    assert [(row.id, row.version) for row in rows] == [(row.id, row.version) for row in expected]
    assert all(same(row, other) for row, other in zip(rows, expected, strict=True))
    return rows


@given(lists(memories(), min_size=1, max_size=6), memories())
def test_memories_read_together_are_those_read_one_by_one(tmp_path_factory, some, new):
    path = tmp_path_factory.mktemp("rows") / "b.db"
    with closing(Store(path, META)) as store:
        first, *_ = store.add(some)
        store.replace(replace(new, id=first.id))  # its cues are the last of the file now
    assert len(read(path)) == len(some)


@pytest.mark.parametrize("n", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
@pytest.mark.parametrize("cues", [1, 3])
def test_no_memory_is_lost_or_cut_where_blocks_meet(tmp_path, n, cues):
    with closing(Store(tmp_path / "b.db", META)) as store:
        store.add([plain(f"target {i}", cues) for i in range(n)])
    assert [row.target for row in read(tmp_path / "b.db")] == [f"target {i}" for i in range(n)]


def test_embeddings_of_several_sizes_or_of_none_are_read_as_they_are(tmp_path):
    sizes = [3, 5, 0, 3]
    rows = [Record(("c",), "t", np.ones((1, d), np.float32), np.ones(d, np.float32)) for d in sizes]
    with closing(Store(tmp_path / "b.db", META)) as store:
        store.add(rows)
    assert [row.cue_embeddings.shape for row in read(tmp_path / "b.db")] == [(1, d) for d in sizes]


def test_whoever_holds_a_memory_holds_no_more_embeddings_than_a_block_has(tmp_path):
    with closing(Store(tmp_path / "b.db", META)) as store:
        store.add([plain() for _ in range(3 * BLOCK)])
        for row in store.load():
            assert row.embedding.base.nbytes <= BLOCK * row.embedding.nbytes


@given(lists(lists(values)))
def test_a_checksum_is_the_crc_of_the_length_and_the_repr_of_each_value(parts):
    spelled = [[one if isinstance(one, bytes) else repr(one).encode() for one in part] for part in parts]
    whole = b"".join(b"".join(b"%d" % len(one) + one for one in part) + b"." for part in spelled)
    assert checksum(*parts) == zlib.crc32(whole)


def test_a_wrong_index_of_cues_is_noticed_and_a_repair_loses_nothing(tmp_path):
    with closing(Memory(tmp_path / "b.db", dimension=8)) as memory:
        memory.add_many(items(5))
    with closing(sqlite3.connect(tmp_path / "b.db")) as db, db:
        db.execute("DROP INDEX cue_memory")
        db.execute("CREATE INDEX cue_memory ON cue (memory) WHERE memory != 2")
        db.execute("PRAGMA writable_schema=ON")
        db.execute("UPDATE sqlite_master SET sql='CREATE INDEX cue_memory ON cue (memory)' WHERE name='cue_memory'")
    with pytest.raises(ValueError, match=r"b.db is damaged: its memory 2 has no cue"):
        Memory.open(tmp_path / "b.db")
    assert rescue.repair(tmp_path / "b.db", tmp_path / "new.db").memories == 5
