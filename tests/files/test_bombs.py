"""Specifies that a small file which unpacks into gigabytes is refused by its size, before it is unpacked."""

import json
import subprocess
import sys

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from nuonuo.files import limits
from nuonuo.files.locomo import read_locomo
from nuonuo.files.markdown import rows_of
from nuonuo.files.preview import preview
from nuonuo.files.suites import read_suite
from nuonuo.files.tables import read_rows
from nuonuo.memory.records import LONGEST
from tests.files import bombs

SAYS = {
    bombs.long_text: "/long.parquet unpacks to 536,871,037 bytes from ",
    bombs.repeated_text: "/repeated.parquet, rows 1 to 1000: cue must have at most 100,000 characters, got 1,000,000 b",
    bombs.many_rows: "/rows.parquet has 20,000,000 rows, and at most 1,000,000 are read: split it",
    bombs.long_cells: "/cells.parquet, column more.list.element: must have at most 4,000,000 values a row, got 100,",
    bombs.packed_arrow: "/long.arrow unpacks to 536,870,920 bytes from ",
    bombs.arrow_rows: "/rows.arrow has 20,000,000 rows, and at most 1,000,000 are read: split it",
    bombs.zeros: "/zeros.npz unpacks to 3,300,026,656 bytes from ",
    bombs.false_shape: "/shape.npz: array x must hold 80,000,000,000 bytes by its shape (10000000000,), got 24",
    bombs.wide_text: "/wide.npz unpacks to 400,000,128 bytes from ",
    bombs.unknown_method: "/method.npz: array cue cannot be read: That compression method is not supported",
    bombs.never_closes: "/open.json, line 1: must have at most 50,000,000 bytes",
    bombs.deep_json: "/deep.json, line 1: must have at most 50,000,000 bytes",
    bombs.json_rows: "/rows.json has 12,000,001 objects, and at most 2,000,000 are read: save it as JSON Lines",
    bombs.json_values: "/values.json has 30,000,001 values, and at most 20,000,000 are read: save it as JSON Lines",
    bombs.deep_cell: "read: 1 memories",
    bombs.packed_text: "/text.txt.gz unpacks to 2",
    bombs.packed_zip: "/zipped.zip unpacks to 1,000,000,011 bytes from ",
    bombs.csv_rows: "/rows.csv has more than 10,000,000 lines, and no more are read: split it",
    bombs.json_lists: "/lists.json has 12,000,002 lists, and at most 2,000,000 are read: save it as JSON Lines",
    bombs.passages: "/set.json has 12,000,003 lists, and at most 500,000 are read: split it",
    bombs.questions: "/questions.json has 500,000 objects, and at most 200,000 are read: split it",
    bombs.conversations: "/conversations.json has 1,080,000 objects, and at most 200,000 are read: split it",
    bombs.alike: "read: 20000 memories",
    bombs.lines: "/lines.md has 9,900,000 rows, and at most 1,000,000 are read: split it",
    bombs.returns: "/returns.md has 20,000,000 rows, and at most 1,000,000 are read: split it",
    bombs.headings: "/headings.md is empty: it must hold one memory a line",
    bombs.paragraph: "read: 368 memories",
}
SLOW = {bombs.long_text, bombs.zeros, bombs.wide_text, bombs.packed_text, bombs.packed_zip}  # to make
MORE = 200  # MiB


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(
    "make", [pytest.param(make, marks=[pytest.mark.slow] * (make in SLOW), id=make.__name__) for make in bombs.BOMBS]
)
def test_a_bomb_is_refused_with_little_memory(tmp_path, make):
    file = make(tmp_path)
    command = [sys.executable, "-m", "tests.files.bombs", str(file)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=200).stdout)
    assert told["said"].replace(str(tmp_path), "").startswith(SAYS[make])
    assert told["more"] < MORE


def test_limits_are_counted_as_they_are_said(tmp_path, monkeypatch):
    """With small limits, at the limit a file is read, and one past it is refused, in every format alike."""
    monkeypatch.setattr(limits, "ROWS", 3)
    for n in (3, 4):
        table = pa.table({"cue": [f"text {i}" for i in range(n)]})
        parquet.write_table(table, tmp_path / f"{n}.parquet")
        feather.write_feather(table, str(tmp_path / f"{n}.arrow"), compression="zstd")
        (tmp_path / f"{n}.csv").write_text("cue\n" + "text\n" * n, "utf-8")
        (tmp_path / f"{n}.npz").write_bytes(b"")
        with bombs.zipfile.ZipFile(tmp_path / f"{n}.npz", "w") as archive:
            archive.writestr("cue.npy", bombs.array_bytes(bombs.np.array([f"text {i}" for i in range(n)])))
    for kind in ("parquet", "arrow", "csv", "npz"):
        assert len(list(read_rows(tmp_path / f"3.{kind}"))) == 3
        with pytest.raises(ValueError, match="has 4 rows, and at most 3 are read: split it"):
            list(read_rows(tmp_path / f"4.{kind}"))


def test_a_published_set_is_counted_as_it_is_said(tmp_path, monkeypatch):
    """At the limits a set is read; one past any of them it is refused, as a suite, as memories, and by its own name."""
    row = {"sample_id": "a", "qa": [], "conversation": {"session_1": [{"dia_id": "1", "speaker": "a", "text": "b"}]}}
    file = tmp_path / "set.json"
    file.write_text(json.dumps([row]), "utf-8")
    size = file.stat().st_size
    for name, held in {"objects": 3, "lists": 3, "values": 4, "bytes": size}.items():
        for limit in (held, held - 1):
            with monkeypatch.context() as patch:
                if name == "bytes":
                    patch.setattr(limits, "SUITE", limit)
                else:
                    patch.setitem(limits.PARTS, name, limit)
                if limit == held:
                    assert len(read_locomo(file)) == len(list(read_suite(file))) == preview(file).rows == 1
                    continue
                for read in (read_locomo, lambda path: list(read_suite(path)), preview):
                    with pytest.raises(ValueError, match=rf"set.json has {held:,} {name}, and at most {limit:,} "):
                        read(file)


def test_what_is_no_published_set_is_read_beyond_its_limits(tmp_path, monkeypatch):
    monkeypatch.setitem(limits.PARTS, "objects", 1)
    (tmp_path / "table.json").write_text('{"rows": [{"cue": "a"}, {"cue": "b"}]}', "utf-8")
    assert preview(tmp_path / "table.json").rows == 2


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_markdown_has_at_most_as_many_lines_as_a_table_has_rows(tmp_path, monkeypatch, end):
    monkeypatch.setattr(limits, "ROWS", 2 * len(end))
    (tmp_path / "a.md").write_text(f"a{end}b{end}c", "utf-8", newline="")
    assert preview(tmp_path / "a.md").rows == 1
    (tmp_path / "a.md").write_text(f"a{end}b{end}c{end}", "utf-8", newline="")
    with pytest.raises(ValueError, match=r"a.md has \d rows, and at most \d are read: split it"):
        preview(tmp_path / "a.md")


def test_a_folder_of_markdown_has_at_most_as_many_rows(tmp_path, monkeypatch):
    for name in "abc":
        (tmp_path / f"{name}.md").write_text("text", "utf-8")
    monkeypatch.setattr(limits, "ROWS", 3)
    assert preview(tmp_path).rows == 3
    monkeypatch.setattr(limits, "ROWS", 2)
    with pytest.raises(ValueError, match="has 3 rows, and at most 2 are read: split it"):
        preview(tmp_path)


def test_a_long_section_is_parted_between_paragraphs_and_loses_nothing():
    paragraphs = [f"{number} " + "word " * 1_900 for number in range(50)]  # of some 9,500 characters
    text = "\n\n".join(paragraphs)
    parts = [row["text"] for _, row in rows_of(f"# a\n{text}", "a.md")]
    assert "\n\n".join(parts) == text
    assert all(len(part) <= LONGEST - 2_000 for part in parts)
    assert all(part.split()[0].isdecimal() for part in parts)  # each begins with a paragraph
    whole = "".join(row["text"] for _, row in rows_of("x" * 1_000_000, "a.md"))
    assert whole == "x" * 1_000_000


@pytest.mark.parametrize("compression", ["zstd", "lz4", "uncompressed"])
@pytest.mark.parametrize("write", ["file", "stream"])
def test_the_unpacked_size_of_arrow_is_what_pyarrow_makes_of_it(tmp_path, monkeypatch, compression, write):
    table = pa.table({"cue": [f"text {i} " * 50 for i in range(500)], "x": pa.array([[1.0, 2.0]] * 500)})
    table = table.append_column("kind", pa.array(["a", "b"] * 250).dictionary_encode())
    options = pa.ipc.IpcWriteOptions(compression=None if compression == "uncompressed" else compression)
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink:
        new = pa.ipc.new_file if write == "file" else pa.ipc.new_stream
        with new(sink, table.schema, options=options) as writer:
            writer.write_table(table, 200)
    seen = []
    monkeypatch.setattr(limits, "check_unpacked", lambda path, packed, unpacked: seen.append(unpacked))
    limits.check_arrow(tmp_path / "a.arrow")
    held = sum(b.nbytes for b in table.to_batches(200))
    assert abs(seen[0] - held) < 0.05 * held + 500  # buffers are padded, and a bit is kept for each missing value
    assert [row for _, row in read_rows(tmp_path / "a.arrow")] == table.to_pylist()


def test_texts_that_repeat_and_long_ones_are_read_as_they_are(tmp_path):
    long, table = "y" * 90_000, pa.table({"cue": ["x"] * 3000, "target": [None, "a", "b"] * 1000})
    table = table.append_column("more", pa.array([long] * 3000))
    parquet.write_table(table, tmp_path / "a.parquet")
    assert [row for _, row in read_rows(tmp_path / "a.parquet")] == table.to_pylist()


def test_an_object_that_never_ends_or_is_nested_too_deeply_is_read_once(tmp_path):
    for name, text in {"long": '[{"a": "' + "x" * 30_000_000, "deep": "[" * 2_000_000}.items():
        (tmp_path / f"{name}.json").write_text(text, "utf-8")
        with pytest.raises(ValueError, match=rf"{name}.json(, line 1: must be JSON|.* nested too deeply)"):
            preview(tmp_path / f"{name}.json")
