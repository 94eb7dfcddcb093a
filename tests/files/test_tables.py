"""Specifies nuonuo/files/tables.py, and what nuonuo/files/memories.py makes of tables and arrays."""

import csv
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import characters, lists, none, one_of, text, tuples
from pyarrow import parquet

from nuonuo.files.memories import read_items
from nuonuo.files.questions import read_questions
from nuonuo.files.separated import read_separated
from nuonuo.files.tables import read_rows
from nuonuo.lab.results import table
from nuonuo.memory.records import LONGEST

plain = text(characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="[\x7f\x85")).map(str.strip)
words = plain.filter(bool)
wants_tmp_path = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@wants_tmp_path
@given(rows=lists(tuples(words, one_of(none(), words)), min_size=1, max_size=5))
def test_a_table_holds_the_same_memories_in_every_format(rows, tmp_path):
    named = [{"cue": cue, "target": target} for cue, target in rows]
    own = [(cue, cue if target is None else target) for cue, target in rows]
    (tmp_path / "m.csv").write_text(table(named), "utf-8")
    parquet.write_table(
        pa.Table.from_pylist(named, pa.schema([("cue", pa.string()), ("target", pa.string())])), tmp_path / "m.parquet"
    )
    for name in ("m.csv", "m.parquet"):
        assert [(item.cues[0], item.target) for item in read_items(tmp_path / name)] == own


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
    (tmp_path / "m.csv").write_text(table(lists_))
    (tmp_path / "m.tsv").write_text(
        table(lists_).replace('"', "").replace(",[", "\t[").replace("cue,embedding,", "cue\tembedding\t")
    )
    for name in ("m.npz", "m.parquet", "m.csv", "m.tsv"):
        items = read_items(tmp_path / name)
        assert [item.cues[0] for item in items] == ["a", "b"], name
        np.testing.assert_array_equal(np.stack([item.cue_vectors for item in items]), X)
        np.testing.assert_array_equal(np.stack([item.target_vector for item in items]), X[::-1])


def test_a_csv_field_may_hold_line_ends_and_a_list_of_cues(tmp_path):
    (tmp_path / "m.csv").write_text('cue,cues\n"two\nlines","[""x"", ""y""]"\nplain,\n')
    first, second = read_items(tmp_path / "m.csv")
    assert (first.cues, second.cues[1:]) == (("two\nlines", "x", "y"), ())


def test_a_csv_field_may_hold_an_embedding_of_ten_thousand_numbers(tmp_path):
    x = np.random.default_rng(0).normal(size=10_000).tolist()
    (tmp_path / "m.csv").write_text(table([{"cue": "a", "embedding": x}]))
    assert read_items(tmp_path / "m.csv")[0].cue_vectors.tolist() == x


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
    with pytest.raises(ValueError, match=r"n\.npz is a Python pickle, which may run any program"):
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
        ("m.csv", b"size,target\na,b\n", "line 2: cue must be a text that is not blank, got nothing; there is no such"),
        ("m.csv", b"cue,target\na,b\nc,d,e\n", "line 3: must have 2 columns, got 3"),
        ("m.csv", b"cue,target\na,b\nc\n", "line 3: must have 2 columns, got 1"),
        ("m.csv", b"cue,embedding\na,[1,\n", "line 2: must have 2 columns, got 3"),
        ("m.csv", b'cue,embedding\na,"[1,"\n', r'line 2: embedding must be a list of numbers, got "\[1,"'),
        ("m.csv", b'cue\n"a', "line 2: must be a table of text, but unexpected end of data"),
        (
            "m.csv",
            b"cue\ncaf\xe9\n",
            "line 2: must be UTF-8 text, but byte 4 of the line is 0xe9, which is “é” in Windows-1252; save it",
        ),
        ("m.csv", b"cue\n" + b"x" * 1_000_000, f"line 2: cue must have at most {LONGEST:,} characters, got 1,000,000"),
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
    first, second = read_questions(file)
    assert (first.query, first.texts, first.ids) == ("[urgent] call mom", ("[sic] a text",), (1, 2))
    assert (second.query, second.texts, second.ids) == ("who", ("a", "b"), ())


CASES = Path(__file__).parents[1] / "cases"  # from public bug reports; written by us
KILN = ("The kiln trips the breaker", "Move it to the 32 A socket")
HEADERS = ["cue, target", "cue,Target", " CUE ,TARGET", "\ufeffCue,target", '"cue","target "']


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_is_read_without_outer_blanks_and_in_either_case(tmp_path, header):
    file = tmp_path / "m.csv"
    file.write_text(f"{header}\n a , b \n", "utf-8")
    (item,) = read_items(file)
    assert (item.cues[0], item.target) == (" a ", " b ")


def test_field_names_of_every_format_are_read_in_either_case(tmp_path):
    (tmp_path / "m.jsonl").write_text('{"Cue": "a", "Target ": "b", "CUES": ["c"]}\n')
    parquet.write_table(pa.table({"Cue": ["a"], " Target": ["b"], "CUES": [["c"]]}), tmp_path / "m.parquet")
    (tmp_path / "m.csv").write_text('Cue,Target,CUES\na,b,"[""c""]"\n')
    for name in ("m.jsonl", "m.parquet", "m.csv"):
        (item,) = read_items(tmp_path / name)
        assert (item.cues[0], item.target, item.cues[1:]) == ("a", "b", ("c",)), name
    np.savez(tmp_path / "m.npz", Cue=np.array(["a"]), TARGET=np.array(["b"]))
    assert read_items(tmp_path / "m.npz")[0].target == "b"


def test_a_name_that_comes_twice_is_refused_with_what_would_be_right(tmp_path):
    (tmp_path / "m.csv").write_text("cue,target,Target \na,b,c\n")
    (tmp_path / "m.tsv").write_text("cue\ttarget\ttarget\na\tb\tc\n")
    (tmp_path / "m.jsonl").write_text('{"cue": "a", "target": "b", "target": "c"}\n')
    (tmp_path / "n.jsonl").write_text('{"cue": "a", "target": "b", "TARGET": "c"}\n')
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"]), pa.array(["c"])], ["cue", "target", "target"])
    parquet.write_table(table, tmp_path / "m.parquet")
    np.savez(tmp_path / "m.npz", cue=np.array(["a"]), target=np.array(["b"]), Target=np.array(["c"]))
    for file in sorted(tmp_path.iterdir()):
        with pytest.raises(ValueError, match=rf"{file.name}.*: column target is given twice.*: leave one") as error:
            read_items(file)
        assert str(error.value).count("target") < 5


def test_names_inside_a_value_may_repeat(tmp_path):
    file = tmp_path / "m.jsonl"
    file.write_text('{"cue": "a", "meta": {"x": 1, "X": 2}}\n')
    assert read_items(file)[0].cues[0] == "a"


@pytest.mark.parametrize("name", ["01_semicolon", "02_bom_crlf", "03_utf16", "19_index_column"])
def test_the_separator_is_seen_in_the_header_and_the_encoding_in_the_mark(name):
    items = read_items(CASES / f"{name}.csv")
    assert [(items[0].cues[0], items[0].target), len(items)] == [KILN, 3]
    assert items[2].target == "Sent on Tuesday; waiting for a reply"


def test_separators_inside_the_texts_are_not_counted(tmp_path):
    (tmp_path / "m.csv").write_text('cue\n"a;b;c;d"\n')
    assert read_items(tmp_path / "m.csv")[0].cues[0] == "a;b;c;d"
    (tmp_path / "m.tsv").write_text("cue;target\na,b;c\n")
    assert read_items(tmp_path / "m.tsv")[0].cues[0] == "a,b"


def test_several_columns_without_a_name_do_no_harm(tmp_path):
    (tmp_path / "m.csv").write_text(",,cue\n0,0,a\n")
    assert read_items(tmp_path / "m.csv")[0].cues[0] == "a"


def test_a_file_in_another_encoding_is_told_which_it_looks_like():
    with pytest.raises(
        ValueError, match=r"04_cp1252\.csv, line 4: .*0xfc, which is “ü” in Windows-1252; save it as UTF-8"
    ):
        read_items(CASES / "04_cp1252.csv")


def test_a_question_set_is_read_under_the_same_names(tmp_path):
    (tmp_path / "q.csv").write_text("Query; Expected ;Expected_ID\nwhere?;here;\nwho?;;2\n")
    first, second = read_questions(tmp_path / "q.csv")
    assert (first.query, first.texts, second.ids) == ("where?", ("here",), (2,))
    (tmp_path / "q.csv").write_text("query,expected,EXPECTED\nwhere?,here,there\n")
    with pytest.raises(ValueError, match=r"q\.csv: column expected is given twice"):
        read_questions(tmp_path / "q.csv")


@given(rows=lists(text(characters(exclude_categories=["Cs", "Cc"]), max_size=6), min_size=1, max_size=6))
def test_no_cell_of_an_export_is_a_formula_and_an_import_reads_the_texts_as_they_were(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    texts = [f"{start}{one}x" for one in rows for start in ("", *"=+-@'", "'=", "''@", "\t", "\r")]
    path.write_text(table([{"target": "a", "text": one} for one in texts]), "utf-8", newline="")
    with path.open(encoding="utf-8", newline="") as file:
        cells = [row[1] for row in csv.reader(file)]
    assert not any(cell.startswith(tuple("=+-@\t\r")) for cell in cells)
    assert [row["text"] for _, row in read_separated(path, ",")] == texts
