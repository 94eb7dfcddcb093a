"""Specifies nuonuo/files/memories.py."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import characters, lists, none, one_of, text, tuples

from nuonuo.files.memories import embeddings_of, read_items
from nuonuo.memory.records import LONGEST, About, record

words = text(characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
wants_tmp_path = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def write(tmp_path):
    """Writes a file and gives its path."""

    def written(content, name="memories.jsonl"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return written


@wants_tmp_path
@given(rows=lists(tuples(words, one_of(none(), words), lists(words, max_size=3)), min_size=1, max_size=6))
def test_jsonl_written_from_items_reads_back_as_those_items(rows, tmp_path):
    path = tmp_path / "memories.jsonl"
    path.write_text("\n".join(json.dumps({"cue": c, "target": t, "cues": more}) for c, t, more in rows), "utf-8")
    assert read_items(path) == [record(cue, target, tuple(more)) for cue, target, more in rows]


@wants_tmp_path
@given(lines=lists(words.map(lambda line: " ".join(line.split())).filter(bool), min_size=1, max_size=6))
def test_a_text_file_is_one_memory_a_line_that_recalls_itself(lines, tmp_path):
    path = tmp_path / "memories.txt"
    path.write_bytes("\n\n".join(lines).encode("utf-8") + b"\n")
    kept = [line.removeprefix("\ufeff") if i == 0 else line for i, line in enumerate(lines)]
    assert [(i.cues[0], i.target, i.cues[1:]) for i in read_items(path)] == [
        (k.strip(), k.strip(), ()) for k in kept if k.strip()
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_and_a_byte_order_mark_are_read(write, end):
    items = read_items(write(f"\ufeffone\u2028still one{end}{end}  two {end}", "notes.txt"))
    assert [item.cues[0] for item in items] == ["one\u2028still one", "two"]


def test_the_sample_banks_can_be_imported(sample):
    from tests.conftest import BANKS

    for name in ("facts", "stories", "support", "confusable", "island"):
        expected = [
            record(row["cue"], row.get("target"), tuple(row.get("cues", ())), about=About(row.get("title")))
            for row in sample(name)
        ]
        assert read_items(BANKS / f"{name}.jsonl", {"metadata": False}) == expected


def test_embeddings_come_along(write):
    (one,) = read_items(write('{"cue": "a", "embedding": [1, 0.5], "target_embedding": [0, 2]}'))
    np.testing.assert_array_equal(one.cue_vectors, [1, 0.5])
    np.testing.assert_array_equal(one.target_vector, [0, 2])
    (two,) = read_items(write('{"cue": "a", "cues": ["b"], "embedding": [[1, 0], [0, 1]]}'))
    assert two.cue_vectors.shape == (2, 2)


@pytest.mark.parametrize("suffix", ["jsonl", "JSONL", "json-lines", "jsonlines", "ndjson"])
def test_the_suffix_says_that_a_file_is_jsonl(write, suffix):
    assert read_items(write('{"cue": "a", "queries": ["x"], "story": 3}', f"m.{suffix}"))[0].cues[0] == "a"
    assert read_items(write('{"cue": "a"}', "m.txt"))[0].cues[0] == '{"cue": "a"}'


OBJECT = r'must be a JSON object such as \{"cue": "…", "target": "…"\}, got '


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{'cue': 1}", OBJECT + "Expecting property name enclosed in double quotes at column 2"),
        ("[" * 100_000, OBJECT + "maximum recursion depth exceeded"),
        ('["a", "b"]', OBJECT + r'\["a", "b"\]'),
        ("null", OBJECT + "nothing"),
        ("{}", "cue must be a text that is not blank, got nothing"),
        ('{"cue": " "}', 'cue must be a text that is not blank, got " "'),
        ('{"cue": 7}', "cue must be a text that is not blank, got 7"),
        ('{"cue": "half \\ud83d"}', r'cue must be a text that is not blank, got "half \\ud83d"'),
        ('{"cue": "a", "target": ""}', 'target must be a text that is not blank, or left out, got ""'),
        ('{"cue": "a", "cues": "b"}', 'cues must be a list of texts that are not blank, got "b"'),
        ('{"cue": "a", "cues": ["b", 3]}', r'cues must be a list of texts that are not blank, got \["b", 3\]'),
        ('{"cue": "a", "cues": [""]}', r'cues must be a list of texts that are not blank, got \[""\]'),
        ('{"cue": "a", "embedding": "x"}', 'embedding must be a list of numbers, got "x"'),
        ('{"cue": "a", "embedding": []}', r"embedding must be a list of numbers, got \[\]"),
        ('{"cue": "a", "embedding": [[1, 2], [3]]}', r"embedding must be a list of numbers, got \[\[1, 2\], \[3\]\]"),
        ('{"cue": "a", "target_embedding": [1, true]}', r"target_embedding must be a list of numbers, got \[1, true\]"),
        (
            '{"cue": "a", "embedding": [1' + "0" * 400 + "]}",
            "embedding must be a list of numbers below 1e308, got .{58}$",
        ),
        ('{"cue": "x' + "x" * LONGEST + '"}', "cue must have at most 100,000 characters, got 100,001"),
        (
            '{"cue": "a", "target": "x' + "x" * LONGEST + '"}',
            "target must have at most 100,000 characters, got 100,001",
        ),
        ('{"cue": "a", "cues": ["b", "' + "x" * 2 * LONGEST + '"]}', "a text of cues must have at most 100,000 char"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_imported(write, line, sentence):
    with pytest.raises(ValueError, match=rf"^.*memories\.jsonl, line 3: {sentence}"):
        read_items(write('{"cue": "right"}\n\n' + line + '\n{"cue": "right too"}'))


def test_a_line_of_text_may_not_be_longer_than_a_hundred_thousand_characters(write):
    assert len(read_items(write("x" * LONGEST, "m.txt"))[0].cues[0]) == LONGEST
    with pytest.raises(ValueError, match=r"m\.txt, line 2: must have at most 100,000 characters, got 100,001"):
        read_items(write("x\n" + "x" * (LONGEST + 1), "m.txt"))


def test_a_line_of_a_json_lines_file_is_bounded_too(write, monkeypatch):
    monkeypatch.setattr("nuonuo.files.objects.WIDEST", 200_000)
    assert read_items(write(json.dumps({"cue": "x" * LONGEST, "note": "y" * 90_000})))[0].cues[0] == "x" * LONGEST
    with pytest.raises(ValueError, match=r"line 1: must have at most 200,000 characters, got 300,0\d\d"):
        read_items(write(json.dumps({"cue": "x", "note": "y" * 300_000})))


def test_text_that_is_not_utf8_is_named_by_line_and_byte(write):
    with pytest.raises(
        ValueError, match=r"m\.txt, line 2: must be UTF-8 text, but byte 4 of the line is 0xe9, which is “é” in Windows"
    ):
        read_items(write(b"fine\ncaf\xe9", "m.txt"))


def test_a_file_that_is_none_is_refused(write, tmp_path):
    with pytest.raises(ValueError, match=r"there is no file .*nowhere\.txt"):
        read_items(tmp_path / "nowhere.txt")
    with pytest.raises(ValueError, match="is a folder: name a file with one memory a line"):
        read_items(tmp_path)
    for empty in ("", "\n \n\t\n", "\ufeff\n"):
        with pytest.raises(ValueError, match=r"m\.jsonl is empty: it must hold one memory a line"):
            read_items(write(empty, "m.jsonl"))


X = [1.0, 2.0]


@pytest.mark.parametrize(
    ("items", "dimension", "encodes", "sentence"),
    [
        ([record("a", embedding=[X])], 2, False, None),
        ([record("a")], 384, True, None),
        ([record("a", target_embedding=X), record("b")], 2, True, None),
        ([record("a", embedding=[X])], 384, True, "f.csv: its embeddings have 2 numbers, and bank b takes 384"),
        ([record("a", target_embedding=X)], 384, True, "f.csv: its embeddings have 2 numbers, and bank b takes 384"),
        (
            [record("a", embedding=X), record("b")],
            2,
            False,
            "f.csv: an embedding is missing in 1 of 2 rows, and bank b has",
        ),
    ],
)
def test_whether_a_file_fits_a_bank_is_said_in_one_sentence(items, dimension, encodes, sentence):
    given = embeddings_of(items)
    if sentence is None:
        given.check_fit(dimension, encodes, "f.csv", "b")
    else:
        with pytest.raises(ValueError, match=sentence):
            given.check_fit(dimension, encodes, "f.csv", "b")


def test_a_new_bank_takes_the_size_of_embeddings_made_elsewhere_if_every_row_has_one():
    assert embeddings_of([record("a")]).own_size("f") is None
    assert embeddings_of([record("a", embedding=[0.1] * 384)]).own_size("f") is None
    assert embeddings_of([record("a", embedding=X)]).own_size("f") == 2
    with pytest.raises(ValueError, match="f: an embedding is missing in 1 of 2 rows, and the others have 2 numbers"):
        embeddings_of([record("a", embedding=X), record("b")]).own_size("f")
    with pytest.raises(ValueError, match="f: an embedding is missing in 1 of 1 rows"):
        embeddings_of([record("a", target_embedding=X)]).own_size("f")
