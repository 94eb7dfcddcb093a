"""Every reader on damaged files of its own: what is broken ends in one sentence, and what is read is bounded.

Whole files are written by their own libraries and then damaged: bytes turned, cut out, doubled, or the end cut off."""

import gzip
import io
import json
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from nuonuo import Memory
from nuonuo.files.preview import preview
from nuonuo.files.questions import read_questions
from nuonuo.memory.opening import Busy
from nuonuo.memory.records import record
from nuonuo.memory.rescue import check, repair

EXAMPLES = 150  # of each kind of file and each reader: 4,500 in all
ROWS = [{"cue": f"Where is thing {n}?", "target": f"In “box {n}”, há", "n": [n, {"deep": [None]}]} for n in range(8)]
CHAT = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "good day"}]


def written(save) -> bytes:
    """What a library writes to a stream."""
    out = io.BytesIO()
    save(out)
    return out.getvalue()


def table() -> pa.Table:
    return pa.table({name: [row[name] for row in ROWS] for name in ("cue", "target")} | {"x": [[1.0, 2.0]] * 8})


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


JSONL = "\n".join(json.dumps(row) for row in ROWS).encode()
CSV = ("cue,target\n" + "\n".join(f'"{row["cue"]}","{row["target"]}, ""so"""' for row in ROWS)).encode()
MARKDOWN = b"# Notes\n\n## One\n\nA text.\n\n- a\n- b\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
WHOLE = {
    "a.jsonl": JSONL,
    "a.json": json.dumps(ROWS, indent=1).encode(),
    "wrapped.json": json.dumps({"data": {"rows": ROWS}}).encode(),
    "chat.json": json.dumps(CHAT).encode(),
    "a.csv": CSV,
    "a.tsv": CSV.replace(b",", b"\t"),
    "utf16.csv": CSV.decode().encode("utf-16"),
    "a.txt": "\n".join(row["cue"] for row in ROWS).encode(),
    "a.md": MARKDOWN,
    "a.jsonl.gz": gzip.compress(JSONL),
    "a.zip": zipped(memories_jsonl=JSONL),
    "notes.zip": zipped(one_md=MARKDOWN, two_md=MARKDOWN),
    "a.parquet": written(lambda out: parquet.write_table(table(), out)),
    "a.arrow": written(lambda out: feather.write_feather(table(), out, compression="zstd")),
    "a.npz": written(lambda out: np.savez_compressed(out, cue=np.array(["a", "b"]), embedding=np.eye(2))),
}
turn = st.tuples(st.just("turn"), st.floats(0, 1), st.integers(0, 255))
cut = st.tuples(st.sampled_from(["cut", "double", "end", "zeros"]), st.floats(0, 1), st.integers(1, 200))
damages = st.lists(st.one_of(turn, cut), min_size=1, max_size=6)


def damaged(data: bytes, edits) -> bytes:
    """The bytes with each damage done in turn."""
    for kind, where, n in edits:
        at = int(where * max(0, len(data) - 1))
        piece = data[at : at + n]
        if kind == "turn":
            data = data[:at] + bytes([n]) + data[at + 1 :]
        else:
            new = {"cut": b"", "double": piece * 2, "end": b"", "zeros": bytes(len(piece))}[kind]
            data = data[:at] + new + (b"" if kind == "end" else data[at + n :])
    return data


def refused_or_read(read, *args):
    """Whether it was read; what is wrong is one sentence, and nothing but a ValueError."""
    said = None
    try:
        read(*args)
    except ValueError as reason:
        said = reason
    assert said is None or (str(said).strip() and type(said) in {ValueError, Busy})
    return said is None


def fuzz(name: str, folder: Path, read) -> None:
    """Read a kind of file, damaged in many ways."""

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(damages)
    def each(edits):
        file = folder / name
        file.write_bytes(damaged(WHOLE[name], edits))
        refused_or_read(read, file)

    assert refused_or_read(read, whole(folder, name)) or read is read_questions
    each()


def whole(folder: Path, name: str) -> Path:
    (folder / name).write_bytes(WHOLE[name])
    return folder / name


@pytest.mark.parametrize("name", WHOLE)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(tmp_path, name):
    fuzz(name, tmp_path, preview)
    fuzz(name, tmp_path, read_questions)


def test_a_damaged_bank_is_opened_or_refused_and_repaired_or_refused(tmp_path):
    good = tmp_path / "good.nuonuo"
    with closing(Memory(good, dimension=4)) as memory:
        memory.add_many([record(f"cue {n}", f"target {n}", (), np.eye(4)[n % 4]) for n in range(30)])
    data = good.read_bytes()

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(damages)
    def each(edits):
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        bank = folder / "b.nuonuo"
        bank.write_bytes(damaged(data, edits))
        refused_or_read(lambda: Memory.open(bank).close())
        refused_or_read(check, bank)
        refused_or_read(repair, bank, folder / "mended.nuonuo")
        if (folder / "mended.nuonuo").exists():  # what is repaired is whole
            Memory.open(folder / "mended.nuonuo").close()

    each()
