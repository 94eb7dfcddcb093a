"""Rows of a file under names: JSONL, CSV, Parquet or NPZ, by suffix; every other file is lines of text.

Nothing is ever unpickled. Parquet is read by pyarrow, which Streamlit brings along.
"""

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

LONGEST = 100_000  # characters of a line
JSONL = {".jsonl", ".jsonlines", ".json-lines", ".ndjson"}
TABLES = {".csv", ".tsv", ".parquet", ".npz"}
DAMAGED = (OSError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error)  # of an array in an NPZ file
LISTS = {"cues", "embedding", "target_embedding", "expected", "expected_id"}  # columns of a table that may hold one
BOM = "\ufeff"
Row = tuple[str, dict[str, Any]]  # where it stands, as in "line 3", and its fields


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a JSONL, CSV, TSV, Parquet or NPZ file. Raises ValueError naming the file and the place."""
    suffix = path.suffix.lower()
    check_file(path)
    if suffix in JSONL:
        return ((f"line {number}", _object(path, number, line)) for number, line in read_lines(path))
    if suffix in {".csv", ".tsv"}:
        return _from_csv(path, "\t" if suffix == ".tsv" else ",")
    return _from_parquet(path) if suffix == ".parquet" else _from_npz(path)


def read_lines(path: Path) -> list[tuple[int, str]]:
    """The lines of a text file that are not blank, with their numbers from 1. Raises ValueError naming the line."""
    check_file(path)
    try:
        data = path.read_bytes()
    except OSError as reason:
        raise ValueError(f"{path} cannot be read: {reason.strerror}") from reason
    lines = []
    for number, raw in enumerate(data.splitlines(), 1):  # of bytes: only \n, \r and \r\n end a line
        line = _decoded(path, number, raw).strip()
        if line:
            lines.append((number, line))
    return lines


def check_file(path: Path) -> None:
    """Raises ValueError unless there is a file."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a file with one memory a line")
    if not path.is_file():
        raise ValueError(f"there is no file {path}")


def short(value: object) -> str:
    """A value as JSON, cut to what fits in a sentence."""
    text = "nothing" if value is None else json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _decoded(path: Path, number: int, raw: bytes) -> str:
    try:
        line = raw.decode("utf-8").removeprefix(BOM if number == 1 else "")
    except UnicodeDecodeError as reason:
        byte = f"byte {reason.start + 1} of the line is 0x{raw[reason.start]:02x}"
        raise ValueError(f"{path}, line {number}: must be UTF-8 text, but {byte}; save it as UTF-8") from reason
    if len(line) > LONGEST:
        raise ValueError(f"{path}, line {number}: must have at most {LONGEST:,} characters, got {len(line):,}")
    return line


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    expected = f'{path}, line {number}: must be a JSON object such as {{"cue": "…", "target": "…"}}, got '
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as reason:
        what = f"{reason.msg} at column {reason.colno}" if isinstance(reason, json.JSONDecodeError) else str(reason)
        raise ValueError(expected + what) from reason
    if not isinstance(row, dict):
        raise ValueError(expected + short(row))
    return row


def _from_csv(path: Path, delimiter: str) -> Iterator[Row]:
    """Rows of a table with a header; an empty field is left out, and one of LISTS that begins with [ is JSON."""
    raw = path.read_bytes().splitlines(keepends=True)
    text = "".join(_decoded(path, number, line) for number, line in enumerate(raw, 1))
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            where = f"line {reader.line_num}"
            if None in row or None in row.values():
                got = len(row) + len(row.get(None) or ()) - (None in row) - list(row.values()).count(None)
                raise ValueError(f"{path}, {where}: must have {len(reader.fieldnames or ())} columns, got {got}")
            yield where, {name: _cell(path, where, name, cell) for name, cell in row.items()}
    except csv.Error as reason:
        raise ValueError(f"{path}, line {reader.line_num}: must be a table of text, but {reason}") from reason


def _cell(path: Path, where: str, name: str, cell: str) -> Any:
    if name not in LISTS or not cell.lstrip().startswith("["):
        return cell or None
    try:
        return json.loads(cell)
    except ValueError as reason:
        if name == "expected":  # a text may begin so
            return cell
        raise ValueError(f"{path}, {where}: {name} must be a JSON list, got {short(cell)}") from reason


def _from_parquet(path: Path) -> Iterator[Row]:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(path)
        number = 0
        for batch in table.iter_batches(1_000):
            for row in batch.to_pylist():
                number += 1
                yield f"row {number}", row
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, OSError) as reason:
        raise ValueError(f"{path} must be a Parquet file: {str(reason).splitlines()[0]}") from reason


def _from_npz(path: Path) -> Iterator[Row]:
    """Rows of arrays that share their first dimension; arrays that would need unpickling are refused."""
    try:
        opened = np.load(path, allow_pickle=False)
        names = opened.files
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, AttributeError) as reason:
        raise ValueError(f"{path} must be an NPZ file of NumPy arrays") from reason
    with opened as file:
        arrays = {name: _array(path, file, name) for name in names}
    sizes = {name: len(array) if array.ndim else None for name, array in arrays.items()}
    if len(set(sizes.values())) > 1 or None in sizes.values():
        raise ValueError(f"{path}: arrays must have as many rows as each other, got {short(sizes)}")
    for number in range(next(iter(sizes.values()), 0) or 0):
        yield f"row {number + 1}", {name: _entry(array[number]) for name, array in arrays.items()}


def _array(path: Path, file: Any, name: str) -> np.ndarray:
    try:
        array = file[name]
    except DAMAGED as reason:
        raise ValueError(f"{path}: array {name} cannot be read: {reason}") from reason
    except ValueError as reason:
        raise ValueError(
            f"{path}: array {name} must be numbers or text, got Python objects, which are never unpickled; "
            f"save it with {name}.astype(str)"
        ) from reason
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path}: {name} must be an array that NumPy saved")
    return array


def _entry(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else value.item()
