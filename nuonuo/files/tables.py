"""Rows of a file under names: JSON, JSONL, CSV, Parquet, Arrow or NPZ, by suffix or first bytes.

Names are read without outer blanks; one that comes twice, in either case, is refused. Nothing is ever unpickled.
"""

from collections.abc import Iterator
from pathlib import Path

from nuonuo.files.arrays import read_arrow, read_npz, read_parquet
from nuonuo.files.binary import ARROW, PARQUET, check_readable
from nuonuo.files.limits import Oversized
from nuonuo.files.names import fold as fold
from nuonuo.files.names import short as short
from nuonuo.files.objects import is_lines, load, read_json_lines, rows_of
from nuonuo.files.separated import Row as Row
from nuonuo.files.separated import read_separated
from nuonuo.files.texts import check_file as check_file
from nuonuo.files.texts import head, suffix_of, whole_text
from nuonuo.files.texts import read_lines as read_lines

JSONL = {".jsonl", ".jsonlines", ".json-lines", ".ndjson"}
SEPARATED = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".psv": "|", ".ssv": ";"}
ARROWS = {".arrow", ".feather", ".ipc", ".arrows"}
TABLES = {*SEPARATED, *ARROWS, ".json", ".parquet", ".pq", ".npz"}


def is_table(path: Path) -> bool:
    """Whether a file has rows under names."""
    return suffix_of(path) in JSONL | TABLES or head(path, 8).startswith((PARQUET, ARROW))


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a table, each with its place. Raises ValueError naming the file and the place."""
    check_file(path)
    check_readable(path)
    suffix, first = suffix_of(path), head(path, 8)
    if first.startswith(PARQUET) or suffix in {".parquet", ".pq"}:
        return read_parquet(path)
    if first.startswith(ARROW) or suffix in ARROWS:
        return read_arrow(path)
    if suffix == ".npz":
        return read_npz(path)
    if suffix in SEPARATED:
        return read_separated(path, SEPARATED[suffix])
    return read_json(path)


def read_json(path: Path) -> Iterator[Row]:
    """The rows of JSON, one object a line or one value a file, whatever the suffix says."""
    if suffix_of(path) in JSONL:
        if not head(path, 64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
            return read_json_lines(path)
        try:
            return rows_of(path, load(path))
        except ValueError:
            return read_json_lines(path)
    try:
        return rows_of(path, load(path))
    except Oversized:
        raise
    except ValueError:
        if is_lines(whole_text(path)):
            return read_json_lines(path)
        raise
