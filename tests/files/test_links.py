"""Specifies nuonuo/files/links.py."""

from dataclasses import replace

import pytest

from nuonuo.files.links import Brought, brought, by_kind, counts, linked, of_items
from nuonuo.files.memories import read_items
from nuonuo.memory.joining import Relation
from nuonuo.memory.records import About, Tie, record
from nuonuo.memory.relations import Relations
from tests.conftest import BANKS

ROWS = [
    replace(record("The lamp stands here", about=About(title="Lamp", session="s")), id=1),
    replace(record("A tale of the Green Lamp", about=About(session="s"), ties=(Tie(4), Tie(1, 0))), id=4),
    replace(record("Green glass", about=About(title="Green Lamp")), id=7),
]


def test_each_relation_is_counted():
    found = counts(Relations.of(ROWS))
    assert found == {Relation.SEQUENCE: 1, Relation.MENTION: 1}  # its own id and the link that is cut are none
    assert counts(Relations.of([])) == {}


def test_what_comes_with_new_memories_is_told_from_what_was_there():
    relations = Relations.of(ROWS)
    assert brought(relations, [1, 4, 7], {4, 7}) == Brought({Relation.MENTION: 1}, {Relation.SEQUENCE: 1})
    assert brought(relations, [1, 4, 7], {7}) == Brought({}, {Relation.MENTION: 1})
    assert brought(relations, [1, 4, 7], set()) == Brought({}, {})


def test_a_file_tells_its_links_before_it_is_stored(tmp_path):
    assert str(of_items(read_items(BANKS / "island.jsonl"))).endswith(" mentions")
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": "a", "cue": "one", "links": ["b"]}\n{"id": "b", "cue": "two"}\n')
    assert str(of_items(read_items(file))) == "1 link between them: 1 by hand"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Brought({}, {}), ""),
        (Brought({Relation.MENTION: 64}, {}), "64 links between them: 64 mentions"),
        (Brought({}, {Relation.TARGET: 1}), "1 link with the others: 1 from target to cue"),
        (
            Brought({Relation.SEQUENCE: 1_200, Relation.HAND: 1}, {Relation.REFERENCE: 2}),
            "1,201 links between them: 1,200 in sequence, 1 by hand; 2 links with the others: 2 references",
        ),
    ],
)
def test_links_are_told_in_words(found, words):
    assert str(found) == words


def test_counts_are_told_in_words():
    found = {Relation.MENTION: 2_436, Relation.HAND: 12}
    assert by_kind(found) == "2,436 mentions, 12 by hand"
    assert linked(found) == "2,448 links"
