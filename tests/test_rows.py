"""Specifies nuonuo/rows.py, and what nuonuo/importer.py makes of tables and arrays."""

import csv
import io
import pickle
import zipfile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import characters, lists, none, one_of, text, tuples
from pyarrow import parquet

from nuonuo.importer import read_items
from nuonuo.rows import LONGEST, read_rows

plain = text(characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="[\x7f\x85")).map(str.strip)
words = plain.filter(bool)
wants_tmp_path = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def as_csv(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@wants_tmp_path
@given(rows=lists(tuples(words, one_of(none(), words)), min_size=1, max_size=5))
def test_a_table_holds_the_same_memories_in_every_format(rows, tmp_path):
    named = [{"cue": cue, "target": target} for cue, target in rows]
    (tmp_path / "m.csv").write_text(as_csv(named), "utf-8")
    parquet.write_table(
        pa.Table.from_pylist(named, pa.schema([("cue", pa.string()), ("target", pa.string())])), tmp_path / "m.parquet"
    )
    for name in ("m.csv", "m.parquet"):
        assert [(item.cue, item.target) for item in read_items(tmp_path / name)] == rows


def test_vectors_come_along_from_every_format(tmp_path):
    X = np.array([[1.0, 0.5], [0.25, 2.0]], np.float32)
    np.savez(tmp_path / "m.npz", cue=np.array(["a", "b"]), embedding=X, target_embedding=X[::-1])
    parquet.write_table(
        pa.table({"cue": ["a", "b"], "embedding": X.tolist(), "target_embedding": X[::-1].tolist()}),
        tmp_path / "m.parquet",
    )
    lists_ = [
        {"cue": c, "embedding": str(x.tolist()), "target_embedding": str(y.tolist())}
        for c, x, y in zip("ab", X, X[::-1], strict=True)
    ]
    (tmp_path / "m.csv").write_text(as_csv(lists_))
    (tmp_path / "m.tsv").write_text(
        as_csv(lists_).replace('"', "").replace(",[", "\t[").replace("cue,embedding,", "cue\tembedding\t")
    )
    for name in ("m.npz", "m.parquet", "m.csv", "m.tsv"):
        items = read_items(tmp_path / name)
        assert [item.cue for item in items] == ["a", "b"], name
        np.testing.assert_array_equal(np.stack([item.embedding for item in items]), X)
        np.testing.assert_array_equal(np.stack([item.target_embedding for item in items]), X[::-1])


def test_a_csv_field_may_hold_line_ends_and_a_list_of_cues(tmp_path):
    (tmp_path / "m.csv").write_text('cue,cues\n"two\nlines","[""x"", ""y""]"\nplain,\n')
    first, second = read_items(tmp_path / "m.csv")
    assert (first.cue, first.cues, second.cues) == ("two\nlines", ("x", "y"), ())


class Trap:
    """What runs when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("it was unpickled",))


def test_a_pickle_in_an_npz_is_never_opened(tmp_path):
    np.savez(tmp_path / "m.npz", cue=np.array([Trap()], dtype=object))
    with pytest.raises(
        ValueError, match=r"m\.npz: array cue must be numbers or text, got Python objects, which are never unpickled"
    ):
        read_items(tmp_path / "m.npz")
    (tmp_path / "n.npz").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ValueError, match=r"n\.npz must be an NPZ file of NumPy arrays"):
        read_items(tmp_path / "n.npz")


def npz(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("m.csv", b"", "is empty: it must hold one memory a line"),
        ("m.csv", b"cue,target\n", "is empty: it must hold one memory a line"),
        ("m.csv", b"text,target\na,b\n", "line 2: cue must be a text that is not blank, got nothing"),
        ("m.csv", b"cue,target\na,b\nc,d,e\n", "line 3: must have 2 columns, got 3"),
        ("m.csv", b"cue,target\na,b\nc\n", "line 3: must have 2 columns, got 1"),
        ("m.csv", b"cue,embedding\na,[1,\n", "line 2: must have 2 columns, got 3"),
        ("m.csv", b'cue,embedding\na,"[1,"\n', r'line 2: embedding must be a JSON list, got "\[1,"'),
        ("m.csv", b'cue\n"a', "line 1: must be a table of text, but unexpected end of data"),
        ("m.csv", b"cue\ncaf\xe9\n", "line 2: must be UTF-8 text, but byte 4 of the line is 0xe9; save it as UTF-8"),
        ("m.csv", b"cue\n" + b"x" * 1_000_000, f"line 2: must have at most {LONGEST:,} characters, got 1,000,000"),
        ("m.csv", b'cue,embedding\na,"[1, NaN]"\n', "line 2: embedding must be finite, got nan as its number 2"),
        (
            "m.csv",
            b'cue,embedding\na,"[1, 2]"\nb,"[1, 2, 3]"\n',
            "line 3: embedding must have 2 numbers as in line 2, got 3",
        ),
        ("m.csv", b'cue,embedding\na,"[1, ""x""]"\n', r"line 2: embedding must be a list of numbers, got \[1, \"x\"\]"),
        ("m.parquet", b"not parquet at all", "must be a Parquet file: "),
        ("m.npz", npz(cue=np.array(["a", "b"]), embedding=np.eye(3)), "arrays must have as many rows as each other"),
        ("m.npz", npz(cue=np.array("a")), "arrays must have as many rows as each other"),
        ("m.npz", npz(embedding=np.eye(2)), "row 1: cue must be a text that is not blank, got nothing"),
        (
            "m.npz",
            npz(cue=np.array(["a"]), embedding=np.array([[1, np.inf]])),
            "row 1: embedding must be finite, got inf as its number 2",
        ),
        ("m.npz", npz(cue=np.array(["a"]), embedding=np.array([["x"]])), "row 1: embedding must be a list of numbers"),
        ("m.npz", npz(cue=np.array([7])), "row 1: cue must be a text that is not blank, got 7"),
    ],
)
def test_a_wrong_file_is_named_with_its_place_and_nothing_is_imported(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name.replace('.', r'.')}(, |: | ){sentence}"):
        read_items(tmp_path / name)


def test_mixed_types_in_a_parquet_column_are_refused_by_row(tmp_path):
    parquet.write_table(pa.table({"cue": ["a", None], "embedding": [[1.0, 2.0], [1.0, None]]}), tmp_path / "m.parquet")
    with pytest.raises(ValueError, match=r"m\.parquet, row 2: cue must be a text that is not blank, got nothing"):
        read_items(tmp_path / "m.parquet")


def test_what_is_no_file_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"there is no file .*none\.csv"):
        read_rows(tmp_path / "none.csv")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(ValueError, match=r"folder\.npz is a folder"):
        read_rows(tmp_path / "folder.npz")


def test_a_damaged_array_is_named(tmp_path):
    file = tmp_path / "m.npz"
    np.savez_compressed(file, cue=np.array(["a"] * 500))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(bytes(data))
    with pytest.raises(ValueError, match=r"m\.npz: array cue cannot be read: |m\.npz must be an NPZ file"):
        list(read_rows(file))
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("cue", b"\x80\x04K\x01.")
    with pytest.raises(ValueError, match=r"m\.npz: cue must be an array that NumPy saved"):
        list(read_rows(file))


def test_a_text_of_a_table_may_begin_with_a_bracket(tmp_path):
    file = tmp_path / "m.csv"
    file.write_text('query,expected,expected_id\n[urgent] call mom,[sic] a text,"[1, 2]"\nwho,"[""a"", ""b""]",\n')
    assert [row for _, row in read_rows(file)] == [
        {"query": "[urgent] call mom", "expected": "[sic] a text", "expected_id": [1, 2]},
        {"query": "who", "expected": ["a", "b"], "expected_id": None},
    ]
