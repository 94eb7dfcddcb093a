"""Small files that unpack into gigabytes: how each is made, and what reading one costs.

`python -m tests.files.bombs` prints the refusal of each with its seconds and MiB.
"""

import json
import struct
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import feather, parquet

LONG = 512 << 20  # bytes of one text


def long_text(path: Path) -> Path:
    """One text of 512 MiB in 17 kB of Parquet."""
    table = pa.table({"cue": ["a", "b" * LONG], "target": ["c", "d"]})
    parquet.write_table(table, path / "long.parquet", compression="zstd")
    return path / "long.parquet"


def repeated_text(path: Path) -> Path:
    """A text of 1 MB which a dictionary repeats for each of a million rows."""
    indices = pa.array(np.zeros(1_000_000, np.int32))
    table = pa.table({"cue": pa.DictionaryArray.from_arrays(indices, ["x" * 1_000_000])})
    parquet.write_table(table, path / "repeated.parquet", compression="zstd")
    return path / "repeated.parquet"


def many_rows(path: Path) -> Path:
    """20 million rows in some kB of Parquet."""
    table = pa.table({"cue": pa.DictionaryArray.from_arrays(pa.array(np.zeros(20_000_000, np.int32)), ["x"])})
    parquet.write_table(table, path / "rows.parquet", compression="zstd")
    return path / "rows.parquet"


def long_cells(path: Path) -> Path:
    """Lists of 100 million numbers in a Parquet file's cells."""
    values = pa.array(np.zeros(100_000_000, np.int32))
    lists = pa.ListArray.from_arrays(pa.array([0, 50_000_000, 100_000_000], pa.int32()), values)
    parquet.write_table(pa.table({"cue": ["a", "b"], "more": lists}), path / "cells.parquet", compression="zstd")
    return path / "cells.parquet"


def packed_arrow(path: Path) -> Path:
    """One text of 512 MiB in an Arrow file packed by zstd."""
    feather.write_feather(pa.table({"cue": ["b" * LONG]}), str(path / "long.arrow"), compression="zstd")
    return path / "long.arrow"


def arrow_rows(path: Path) -> Path:
    """20 million rows in a packed Arrow file."""
    table = pa.table({"cue": pa.DictionaryArray.from_arrays(pa.array(np.zeros(20_000_000, np.int8)), ["x"])})
    feather.write_feather(table, str(path / "rows.arrow"), compression="zstd")
    return path / "rows.arrow"


def zeros(path: Path) -> Path:
    """An array of 3.3 GB of zeros in an NPZ file of some MB."""
    with zipfile.ZipFile(path / "zeros.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as file:
            file.write(header((6600, 125_000), "<f4"))
            for _ in range(6600):
                file.write(bytes(500_000))
        archive.writestr("cue.npy", array_bytes(np.array(["a"] * 6600)))
    return path / "zeros.npz"


def false_shape(path: Path) -> Path:
    """An array that says it holds 10 billion numbers, and holds three."""
    with zipfile.ZipFile(path / "shape.npz", "w") as archive:
        archive.writestr("x.npy", header((10_000_000_000,), "<f8") + bytes(24))
    return path / "shape.npz"


def wide_text(path: Path) -> Path:
    """An array of one text of 100 million characters."""
    with zipfile.ZipFile(path / "wide.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cue.npy", header((1,), "<U100000000") + bytes(400_000_000))
    return path / "wide.npz"


def unknown_method(path: Path) -> Path:
    """An NPZ whose array is packed by a method that nobody knows."""
    with zipfile.ZipFile(path / "method.npz", "w") as archive:
        archive.writestr("cue.npy", array_bytes(np.array(["a", "b"])))
    data = (path / "method.npz").read_bytes()
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = data.index(mark) + at
        data = data[:start] + struct.pack("<H", 77) + data[start + 2 :]
    (path / "method.npz").write_bytes(data)
    return path / "method.npz"


def never_closes(path: Path) -> Path:
    """A list of 100 MB in a .json file whose first object never ends."""
    (path / "open.json").write_bytes(b'[{"question": "' + b"who? " * 20_000_000)
    return path / "open.json"


def deep_json(path: Path) -> Path:
    """Brackets 50 million deep."""
    (path / "deep.json").write_bytes(b'[{"cue": ' + b"[" * 50_000_000)
    return path / "deep.json"


def json_rows(path: Path) -> Path:
    """12 million objects in 48 MB of JSON."""
    (path / "rows.json").write_bytes(b"[" + (b"{}," * 99 + b"{},\n") * 120_000 + b"{}]")
    return path / "rows.json"


def json_values(path: Path) -> Path:
    """30 million zeros in one cell."""
    (path / "values.json").write_bytes(b'[{"cue": "a", "x": [' + (b"0," * 99 + b"0,\n") * 300_000 + b"0]}]")
    return path / "values.json"


def deep_cell(path: Path) -> Path:
    """A cell 900 deep, which a reader reads and a writer may not write."""
    (path / "cell.jsonl").write_text('{"cue": "a", "target": "b", "more": ' + "[" * 900 + "]" * 900 + "}\n", "utf-8")
    return path / "cell.jsonl"


def packed_text(path: Path) -> Path:
    """A gigabyte of text in a megabyte of gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    line = b"a" * 999 + b"\n"
    packed = b"".join(packer.compress(line * 1000) for _ in range(1000)) + packer.flush()
    (path / "text.txt.gz").write_bytes(packed)
    return path / "text.txt.gz"


def packed_zip(path: Path) -> Path:
    """A CSV of a gigabyte in a megabyte of ZIP."""
    packed = zipfile.ZipFile(path / "zipped.zip", "w", zipfile.ZIP_DEFLATED)
    with packed as archive, archive.open("memories.csv", "w", force_zip64=True) as file:
        file.write(b"cue,target\n")
        for _ in range(1000):
            file.write(b"a,b\n" * 250_000)
    return path / "zipped.zip"


def csv_rows(path: Path) -> Path:
    """50 million rows of CSV."""
    (path / "rows.csv").write_bytes(b"cue,b\n" + b"a,\n" * 50_000_000)
    return path / "rows.csv"


def json_lists(path: Path) -> Path:
    """12 million lists in one cell."""
    (path / "lists.json").write_bytes(b'[{"cue": "a", "x": [' + (b"[]," * 99 + b"[],\n") * 120_000 + b"0]}]")
    return path / "lists.json"


def passages(path: Path) -> Path:
    """A multi-hop set in one object, with 12 million lists for questions."""
    (path / "set.json").write_bytes(b'{"passages": [], "questions": [' + b"[]," * 12_000_000 + b"[]]}")
    return path / "set.json"


def questions(path: Path) -> Path:
    """500,000 multi-hop questions in 35 MB."""
    one = b'{"question":"a","supporting_facts":[["a",0]],"context":[["a",["b"]]]},'
    (path / "questions.json").write_bytes(b"[" + (one * 500_000)[:-1] + b"]")
    return path / "questions.json"


def conversations(path: Path) -> Path:
    """360,000 conversations of a turn in 36 MB, as LoCoMo has them."""
    said = b'{"sample_id":"a","qa":[],"conversation":{"session_1":[{"dia_id":"D1:1","speaker":"a","text":"b"}]}},'
    (path / "conversations.json").write_bytes(b"[" + (said * 360_000)[:-1] + b"]")
    return path / "conversations.json"


def alike(path: Path) -> Path:
    """20,000 memories that are each other's cue and target: 400 million links in a megabyte."""
    rows = (json.dumps({"cue": "ok", "session": "s", "position": i}) for i in range(20_000))
    (path / "alike.jsonl").write_text("\n".join(rows), "utf-8")
    return path / "alike.jsonl"


def lines(path: Path) -> Path:
    """A Markdown file of 9.9 million lines."""
    (path / "lines.md").write_bytes(b"ab\n" * 9_900_000)
    return path / "lines.md"


def returns(path: Path) -> Path:
    """One of 20 million lines that old Macs and form feeds end."""
    (path / "returns.md").write_bytes(b"a\rb\x0c" * 10_000_000)
    return path / "returns.md"


def headings(path: Path) -> Path:
    """990,000 headings, of which none has a text under it."""
    (path / "headings.md").write_bytes(b"# a\n" * 990_000)
    return path / "headings.md"


def paragraph(path: Path) -> Path:
    """A Markdown file of one paragraph of 36 MB, which becomes 368 memories."""
    (path / "paragraph.md").write_bytes(b"abcd efg " * 4_000_000)
    return path / "paragraph.md"


def header(shape: tuple[int, ...], kind: str) -> bytes:
    """The head of an .npy file."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def array_bytes(array: np.ndarray) -> bytes:
    """An .npy file."""
    return header(array.shape, array.dtype.str) + array.tobytes()


BOMBS: list[Callable[[Path], Path]] = [
    long_text,
    repeated_text,
    many_rows,
    long_cells,
    packed_arrow,
    arrow_rows,
    zeros,
    false_shape,
    wide_text,
    unknown_method,
    never_closes,
    deep_json,
    json_rows,
    json_values,
    deep_cell,
    packed_text,
    packed_zip,
    csv_rows,
    json_lists,
    passages,
    questions,
    conversations,
    alike,
    lines,
    returns,
    headings,
    paragraph,
]


def peak() -> float:
    """MiB this process has had at most. Linux."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def cost(file: Path) -> dict:
    """Preview a file in this process: what was said, seconds, and MiB more than before."""
    from nuonuo.files.preview import preview

    small = file.parent / "small.parquet"
    parquet.write_table(pa.table({"cue": ["a", "b"], "target": ["c", "d"]}), small)
    preview(small)  # everything is imported
    before, began = peak(), time.monotonic()
    try:
        found = preview(file)
        said = found.problem or f"read: {found.rows} memories"
    except ValueError as reason:
        said = str(reason)
    except Exception as reason:
        said = f"{type(reason).__name__} {reason}"
    return {"said": said, "seconds": time.monotonic() - began, "more": peak() - before}


def main() -> None:
    """Make each bomb, and read it in a process of its own."""
    import subprocess

    for make in BOMBS:
        with tempfile.TemporaryDirectory() as folder:
            file = make(Path(folder))
            size = file.stat().st_size
            command = [sys.executable, "-m", "tests.files.bombs", str(file)]
            out = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
            told = json.loads(out.stdout) if out.returncode == 0 else {"said": f"ended {out.returncode}: {out.stderr}"}
            said = told["said"].replace(folder, "")
            cost_of = f"{told.get('seconds', 0):6.2f} s {told.get('more', 0):6.0f} MiB"
            print(f"{make.__name__:15} {size / 1e3:9.0f} kB {cost_of}  {said[:150]}", flush=True)


if __name__ == "__main__":
    print(json.dumps(cost(Path(sys.argv[1])))) if sys.argv[1:] else main()
