"""Tables of columns: Parquet, Arrow (Feather) and NPZ. Nothing is unpickled, nor unpacked before its size is known.

Parquet and Arrow are read by pyarrow, which Streamlit brings along.
"""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nuonuo.files.limits import DAMAGED, check_arrow, check_batch, check_npz, check_parquet, check_rows
from nuonuo.files.names import once_in, short
from nuonuo.files.separated import Row
from nuonuo.files.texts import head

BATCH = 1_000  # rows


def read_parquet(path: Path) -> Iterator[Row]:
    """Rows of a Parquet file. Raises ValueError naming the file if it is none."""
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(path)
        names, each = once_in(str(path), table.schema_arrow.names), check_parquet(path, table)
        texts = [field.name for field in table.schema_arrow if pyarrow.types.is_string(field.type)]
        table = parquet.ParquetFile(path, read_dictionary=texts)  # a text that repeats is kept once
        yield from _numbered(path, names, table.iter_batches(each))
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as reason:
        raise ValueError(f"{path} must be a Parquet file: {str(reason).splitlines()[0]}") from reason


def read_arrow(path: Path) -> Iterator[Row]:
    """Rows of an Arrow file or stream, or a Feather file of either version. Raises ValueError if it is none."""
    import pyarrow
    from pyarrow import feather, ipc

    try:
        first = head(path, 6, packed=True)
        if not first.startswith(b"FEA1"):  # the first version of Feather, which packs nothing
            check_arrow(path)
        if first.startswith((b"ARROW1", b"FEA1")):
            table = feather.read_table(path, memory_map=False)
        else:
            with path.open("rb") as file:
                table = ipc.open_stream(file).read_all()
        names = once_in(str(path), table.schema.names)
        check_rows(path, table.num_rows)
        table.validate(full=True)  # pyarrow itself trusts the places that a file names
        yield from _numbered(path, names, table.to_batches(BATCH))
    except (pyarrow.ArrowException, OSError, struct.error, UnicodeDecodeError) as reason:
        raise ValueError(f"{path} must be an Arrow or Feather file: {str(reason).splitlines()[0]}") from reason


def _numbered(path: Path, names: list[str], batches: Any) -> Iterator[Row]:
    number = 0
    for batch in batches:
        each = check_batch(path, number + 1, batch)
        for start in range(0, len(batch), each):
            for row in batch.slice(start, each).to_pylist():
                number += 1
                yield f"row {number}", {n: v for n, v in zip(names, row.values(), strict=True) if n}


def read_npz(path: Path) -> Iterator[Row]:
    """Rows of arrays that share their first dimension; arrays that would need unpickling are refused."""
    try:
        check_npz(path)
    except DAMAGED as reason:
        raise ValueError(f"{path} must be an NPZ file of NumPy arrays") from reason
    try:
        opened = np.load(path, allow_pickle=False)
        names = opened.files
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, AttributeError) as reason:
        raise ValueError(f"{path} must be an NPZ file of NumPy arrays") from reason
    kept = once_in(str(path), names)
    with opened as file:
        arrays = {key: _array(path, file, name) for key, name in zip(kept, names, strict=True)}
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
