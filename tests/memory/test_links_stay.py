"""The links of a bank are those of its memories alone, whatever was done to come to them.

Any row of additions, changes, removals, imports and undos leaves the links that a fresh bank has into which the same
memories are imported; so do a file opened again, a copy, and a change by another process.
"""

import json
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans, builds, data, floats, integers, lists, none, sampled_from

from nuonuo import Memory
from nuonuo.files.export import as_jsonl
from nuonuo.files.memories import lacking, read_items
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import About, Tie, prepare, record
from nuonuo.memory.relations import Relations

PLAIN = {"exponent": 0, "units": 64, "winners": 4}
TITLES = ["Salt Hymns", "The Salt Hymns", "Ilse Varrow", "Aldwith", "Boiling House (film)"]
TEXTS = [
    "The Salt Hymns were sung in Aldwith",
    "Salt Hymns",
    "Ilse Varrow, and again Ilse Varrow",
    "See [[Aldwith]] and [a page](notes.md#salt)",
    "Boiling House, by Ilse Varrow",
    "nothing at all",
]
texts = sampled_from(TEXTS)
abouts = builds(
    About,
    title=none() | sampled_from(TITLES),
    session=none() | sampled_from(["monday", "tuesday"]),
    position=none() | integers(0, 3) | floats(0, 3, width=16),
    source=none() | sampled_from(["notes.md", "notes.md#salt", "other.txt"]),
    when=none() | sampled_from(["1898"]),
)
ties = lists(builds(Tie, to=integers(1, 9), weight=sampled_from([0, 0.5, 1.0, 3])), max_size=2)
added = builds(record, cue=texts, target=texts, cues=lists(texts, max_size=2), about=abouts, ties=ties)


def arrays(memory):
    return memory.bank.reading.relations.arrays()


def assert_links(memory, expected):
    for found, wanted in zip(arrays(memory), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
        assert found.dtype == wanted.dtype


def imported(memory, file, encoder):
    """A fresh bank of what another exports."""
    file.write_text(as_jsonl(memory), "utf-8", newline="")
    again = Memory(encoder=encoder, **PLAIN)
    again.add_many(read_items(file))
    return again


class Doing:
    """Changes of a bank, drawn one by one; each can be taken back by what it was before."""

    def __init__(self, memory, draw, folder):
        self.memory, self.draw, self.folder = memory, draw, folder
        self.before = []  # rows as they were before a change or a removal

    def any(self, strategy):
        return self.draw(strategy)

    def add(self):
        self.memory.add_many(self.any(lists(added, min_size=1, max_size=3)))

    def some(self):
        rows = list(self.memory)
        return self.any(sampled_from(rows)) if rows else None

    def change(self):
        if row := self.some():
            self.before.append(row)
            self.memory.change(
                row.id,
                self.any(none() | texts),
                self.any(none() | texts),
                self.any(none() | lists(texts, max_size=2)),
                about=self.any(none() | abouts),
                ties=self.any(none() | ties),
            )

    def forget(self):
        if row := self.some():
            self.before.append(row)
            self.memory.forget(row.id)

    def undo(self):
        if self.before:
            row = self.before.pop()
            stored = self.memory.bank.rows.get(row.id)
            self.memory.put_back([replace(row, version=stored.version) if stored else row])

    def import_file(self):
        rows = self.any(lists(added, min_size=1, max_size=3))
        linked = self.any(booleans()) and len(rows) > 1
        lines = []
        for number, row in enumerate(rows):
            about = {name: value for name, value in vars(row.about).items() if value is not None}
            links = {"links": [{"to": f"row {number - 1}", "weight": 2}]} if linked and number else {}
            lines.append({"id": f"row {number}", "cue": row.cues[0], "cues": row.cues[1:], "target": row.target})
            lines[-1] |= about | links
        file = self.folder / "import.jsonl"
        file.write_text("\n".join(map(json.dumps, lines)), "utf-8")
        items = read_items(file)
        prepared = prepare(items, self.memory.encoder, self.memory.dimension)
        self.memory.add_many(lacking(items, prepared, list(self.memory)))

    def __call__(self):
        self.any(sampled_from([self.add, self.change, self.forget, self.undo, self.import_file]))()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=data(), elsewhere=booleans())
def test_any_way_to_the_same_memories_leaves_the_links_of_a_fresh_import(data, elsewhere, encoder, tmp_path):
    file = tmp_path / "bank.nuonuo"
    for each in tmp_path.glob("bank.nuonuo*"):
        each.unlink()
    with closing(Memory(file, encoder, **PLAIN)) as memory, closing(Memory(file, encoder, **PLAIN)) as other:
        here, there = (Doing(one, data.draw, tmp_path) for one in (memory, other))
        for _ in range(data.draw(integers(1, 7))):
            arrays(memory)  # read now, so that the next change carries them on
            (there if elsewhere and data.draw(booleans()) else here)()
            memory.refresh()
            other.refresh()
        assert_links(memory, Relations.of(list(memory)).arrays())
        assert_links(other, arrays(memory))
        if len(memory):
            with closing(imported(memory, tmp_path / "out.jsonl", encoder)) as again:
                assert_links(again, arrays(memory))
        with closing(memory.copy()) as twin:
            assert_links(twin, arrays(memory))
            assert [row.ties for row in twin] == [row.ties for row in memory]
        with closing(Memory.open(file, encoder)) as opened:
            assert_links(opened, arrays(memory))


@pytest.fixture
def island(encoder, sample, tmp_path):
    """The sample bank in a file."""
    from tests.conftest import BANKS

    memory = Memory(tmp_path / "island.nuonuo", encoder)
    memory.add_many(read_items(BANKS / "island.jsonl"))
    yield memory
    memory.close()


def test_a_bank_opened_again_and_its_copy_have_the_same_links(island, encoder, tmp_path):
    first, *_, last = island.bank.ids
    island.change(first, ties=[Tie(last, 2.5)])
    before = arrays(island)
    assert len(before[0]) > 50
    with closing(island.copy(tmp_path / "copy.nuonuo")) as twin:
        assert_links(twin, before)
    with closing(Memory.open(tmp_path / "copy.nuonuo", encoder)) as opened:
        assert_links(opened, before)
    with closing(Memory.open(island.path, encoder)) as opened:
        assert_links(opened, before)
        assert opened.bank.reading.relations.links(first)[-1].weight > 0


def test_a_link_drawn_by_another_process_is_seen_after_refresh(island, encoder):
    first, *_, last = island.bank.ids
    query = island.get(first).cues[0]
    arrays(island)
    with closing(Memory.open(island.path, encoder)) as other:
        other.change(first, ties=[Tie(last, 5.0)])
    hand = (first, last, Relation.HAND, 5.0)
    assert hand not in [tuple(vars(link).values()) for link in island.bank.reading.relations.links(first)]
    island.refresh()
    assert hand in [tuple(vars(link).values()) for link in island.bank.reading.relations.links(first)]
    found = {c.id: c for c in island.recall(query).candidates}
    assert first in {sender.id for sender in found[last].senders}
