"""Specifies nuonuo/files/origins.py, and what nuonuo/files/memories.py makes of it."""

import json
from contextlib import closing

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from nuonuo import Memory
from nuonuo.files.memories import lacking, missing, read_items
from nuonuo.memory.records import About, Tie, prepare

ROWS = [
    {"id": "a", "cue": "Kettle", "title": "The kettle", "session": "s1", "position": 1.0, "links": ["b", "c"]},
    {"id": "b", "cue": "Pot", "source": "notes.md", "when": "1 May", "links": [{"to": "a", "weight": 0.5}]},
    {"id": "c", "cue": "Pan", "title": " ", "position": None, "links": None},
]
ABOUT = [
    About("The kettle", "s1", 1.0, own_id="a"),
    About(source="notes.md", when="1 May", own_id="b"),
    About(own_id="c"),
]
TIES = [(("b", 1.0), ("c", 1.0)), (("a", 0.5),), ()]


def jsonl(rows, path):
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return path


def csv(rows, path):
    names = ["id", "cue", "title", "session", "position", "source", "when", "links"]
    quoted = lambda cell: '"' + str(cell).replace('"', '""') + '"'  # noqa: E731
    cells = [
        [json.dumps(row[n]) if isinstance(row.get(n), list) else "" if row.get(n) is None else row[n] for n in names]
        for row in rows
    ]
    path.write_text("\n".join(",".join(map(quoted, line)) for line in [names, *cells]), "utf-8")
    return path


def as_parquet(rows, path):
    whole = [
        row | {"links": [link if isinstance(link, dict) else {"to": link} for link in row["links"] or []]}
        for row in rows
    ]
    parquet.write_table(pyarrow.Table.from_pylist([{"source": None, "when": None} | row for row in whole]), path)
    return path


@pytest.mark.parametrize(("write", "name"), [(jsonl, "m.jsonl"), (csv, "m.csv"), (as_parquet, "m.parquet")])
def test_origin_and_links_are_read_from_every_format(write, name, tmp_path):
    items = read_items(write(ROWS, tmp_path / name))
    assert [item.about for item in items] == ABOUT
    assert [(item.key, item.key_ties) for item in items] == list(zip("abc", TIES, strict=True))


def test_links_and_positions_of_arrays_are_read(tmp_path):
    np.savez(tmp_path / "m.npz", cue=["x", "y"], id=[1, 2], position=[3, 4.5], session=[7, 8], links=[[2], [1]])
    one, two = read_items(tmp_path / "m.npz")
    assert (one.about, two.about) == (
        About(session="7", position=3, own_id="1"),
        About(session="8", position=4.5, own_id="2"),
    )
    assert (one.key, one.key_ties, two.key_ties) == ("1", (("2", 1.0),), (("1", 1.0),))


def test_numbers_and_texts_name_the_same_row(tmp_path):
    rows = [{"id": 1, "cue": "x", "links": ["2"], "source": 5}, {"id": "2", "cue": "y", "links": [1.0], "source": 0.5}]
    one, two = read_items(jsonl(rows, tmp_path / "m.jsonl"))
    assert (one.key_ties, two.key_ties) == ((("2", 1.0),), (("1", 1.0),))
    assert (one.about.source, two.about.source) == ("5", "0.5")


def test_without_links_an_id_may_be_anything(tmp_path):
    rows = [{"id": "a", "cue": "x"}, {"id": "a", "cue": "y"}, {"id": [3], "cue": "z"}]
    assert [item.key for item in read_items(jsonl(rows, tmp_path / "m.jsonl"))] == [None] * 3


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"title": 3}, "title must be a text, or left out, got 3"),
        ({"session": ["s"]}, r'session must be a text, or left out, got \["s"\]'),
        ({"source": True}, "source must be a text, or left out, got true"),
        ({"when": "half \ud83d"}, r'when must be a text, or left out, got "half \\ud83d"'),
        ({"title": "x" * 100_001}, "title must have at most 100,000 characters, got 100,001"),
        ({"position": "third"}, 'position must be a finite number, or left out, got "third"'),
        ({"position": float("inf")}, "position must be a finite number, or left out, got Infinity"),
        ({"position": "nan"}, 'position must be a finite number, or left out, got "nan"'),
        ({"position": True}, "position must be a finite number, or left out, got true"),
        ({"links": "a"}, r'links must be a list of ids or of \{"to": id, "weight": number\}, got "a"'),
        ({"links": [None]}, "a link of links must be to an id, a text or a number, got nothing"),
        ({"links": [{"weight": 1}]}, r'a link of links must be to an id, a text or a number, got \{"weight": 1\}'),
        (
            {"links": [{"to": "a", "weight": -1}]},
            "weight of a link of links must be 0 or 1e-06 to 1,000,000, got",
        ),
        ({"links": [{"to": "a", "weight": "1"}]}, "weight of a link of links must be 0 or 1e-06 to 1,000,000"),
        ({"links": ["z"]}, 'links must name ids of rows in this file, got "z"'),
        ({"id": "q", "links": ["q"]}, 'links must lead to other rows, got its own id "q"'),
        ({"id": "a", "links": ["a"]}, 'id "a" is that of line 1 already, and rows have links'),
    ],
)
def test_what_is_wrong_is_named_by_line_and_field(row, sentence, tmp_path):
    path = jsonl([{"id": "a", "cue": "x"}, {"cue": "y"} | row], tmp_path / "m.jsonl")
    with pytest.raises(ValueError, match=rf"m\.jsonl, line 2: {sentence}"):
        read_items(path)


def stored(rows, memory, path):
    """The rows of a file, imported as far as the bank lacks them; their items."""
    items = read_items(jsonl([row | {"embedding": x} for row, x in zip(rows, np.eye(3).tolist(), strict=False)], path))
    new = lacking(items, prepare(items, None, 3), list(memory))
    if new:
        memory.add_many(new)
    return items


def test_links_lead_to_stored_ids_also_of_rows_that_were_stored_before(tmp_path):
    with closing(Memory(dimension=3)) as memory:
        unlinked = [{name: value for name, value in row.items() if name != "links"} for row in ROWS]
        stored(unlinked[:1], memory, tmp_path / "one.jsonl")
        stored(ROWS, memory, tmp_path / "all.jsonl")
        assert [row.about for row in memory] == ABOUT
        assert [row.ties for row in memory] == [(), (Tie(1, 0.5),), ()]
        stored(ROWS, memory, tmp_path / "again.jsonl")
        assert len(memory) == 3


def test_the_same_texts_of_another_origin_are_another_memory(tmp_path):
    with closing(Memory(dimension=3)) as memory:
        (one,) = stored(ROWS[2:], memory, tmp_path / "m.jsonl")
        assert missing(prepare([one], None, 3), list(memory)) == []
        memory.change(1, about=About("Another"))
        assert missing(prepare([one], None, 3), list(memory)) == [0]
