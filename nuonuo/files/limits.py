"""What a file may unpack to, checked by what it says of itself before anything of it is unpacked.

A text of half a gigabyte fits into 17 kB of Parquet. Such a file is refused by its size, not by trying.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nuonuo.memory.records import LONGEST

ROWS = 1_000_000  # of a file
LINES = 10 * ROWS  # a cell may have several
OBJECTS = 2 * ROWS  # of a JSON file that is read as a whole
ITEMS = 20_000_000  # values of it
SUITE = 100_000_000  # bytes of a published set that is read as a whole; HotpotQA's development half has 47 million
PARTS = {"objects": 200_000, "lists": 500_000, "values": 3_000_000}  # of it
SIGNS = {"objects": b"{", "lists": b"[", "values": b","}  # that count them, those in texts too
CELL = 4 * LONGEST  # bytes of a text: the longest there may be, in the widest letters
VALUES = 4_000_000  # numbers in a cell: a thousand embeddings of 3,072, and more
FREE = 64_000_000  # bytes that a file may unpack to whatever its size
RATIO = 100  # times its own size that it may unpack to beyond that; text packs 3 to 10 times, a bomb 1,000 times
# of what cannot be unpacked
DAMAGED = (OSError, EOFError, MemoryError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)


class Oversized(ValueError):
    """A file holds more than is read, whatever it is taken for."""


def check_rows(path: Path | str, rows: int) -> None:
    """Raises ValueError if a file has more rows, or lines, than are read."""
    if rows > ROWS:
        raise ValueError(f"{path} has {rows:,} rows, and at most {ROWS:,} are read: split it")


def most(packed: int) -> int:
    """Bytes that a file of so many may unpack to."""
    return max(FREE, RATIO * packed)


def check_unpacked(path: Path | str, packed: int, unpacked: int) -> None:
    """Raises ValueError if a file unpacks to far more than what it takes: that is no text and no embeddings."""
    if unpacked > most(packed):
        raise ValueError(
            f"{path} unpacks to {unpacked:,} bytes from {packed:,}, and at most {RATIO} times as many are read: "
            "save it without what repeats"
        )


def check_json(path: Path, data: bytes) -> None:
    """Raises ValueError if JSON holds more objects, lists or values than are read: each takes 8 to 200 bytes parsed."""
    _check_parts(path, data, {"objects": OBJECTS, "lists": OBJECTS, "values": ITEMS}, "save it as JSON Lines")


def suite_bytes(path: Path) -> bytes:
    """A published set that is read as a whole. Raises ValueError if it holds more than any, before it is parsed."""
    if (size := path.stat().st_size) > SUITE:
        raise Oversized(f"{path} has {size:,} bytes, and at most {SUITE:,} of a published set are read: split it")
    data = path.read_bytes()
    _check_parts(path, data, PARTS, "split it")
    return data


def _check_parts(path: Path, data: bytes, most: Mapping[str, int], then: str) -> None:
    for name, limit in most.items():
        if (found := data.count(SIGNS[name])) > limit:
            raise Oversized(f"{path} has {found:,} {name}, and at most {limit:,} are read: {then}")


def check_zip(path: Path, entries: Iterable[zipfile.ZipInfo]) -> None:
    """The same of the files in a ZIP, as its directory says; one cannot yield more than it says there."""
    entries = list(entries)
    if not all(one.filename for one in entries):
        raise ValueError(f"{path} must be a ZIP, but a file in it has no name")
    sizes = [(one.compress_size, one.file_size) for one in entries]
    check_unpacked(path, sum(packed for packed, _ in sizes), sum(unpacked for _, unpacked in sizes))


def check_parquet(path: Path, table: Any) -> int:
    """How many rows of a pyarrow ParquetFile are decoded at a time. Raises ValueError if rows or cells are too large.

    By the file's own directory, in which each part of a column has its sizes and its number of values.
    """
    about, each = table.metadata, 1
    check_rows(path, about.num_rows)
    for group in range(about.num_row_groups):
        part = about.row_group(group)
        check_unpacked(path, path.stat().st_size, part.total_byte_size)
        for number in range(part.num_columns):
            column = part.column(number)
            where, values = f"{path}, column {column.path_in_schema}", column.num_values
            if column.physical_type == "BYTE_ARRAY" and column.total_uncompressed_size > CELL * (values + 1):
                raise ValueError(f"{where}: must have texts of at most {LONGEST:,} characters")
            if values > VALUES * max(1, part.num_rows):
                raise ValueError(f"{where}: must have at most {VALUES:,} values a row, got {values:,} in all")
            each = max(each, values // max(1, part.num_rows))
    return max(1, min(1_000, VALUES // each))


def check_batch(path: Path, first: int, batch: Any) -> int:
    """How many rows of a pyarrow RecordBatch become Python objects at a time. Raises ValueError if a text is too long.

    first: number of its first row. Only texts at the top are looked at, as a dictionary where they are one.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    wide = 1
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        texts = column.dictionary if pa.types.is_dictionary(column.type) else column
        kind = texts.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
            longest = pc.max(pc.binary_length(texts)).as_py() or 0
            if longest > CELL:
                raise ValueError(
                    f"{path}, rows {first} to {first + len(batch) - 1}: {name} must have at most {LONGEST:,} "
                    f"characters, got {longest:,} bytes"
                )
            wide += longest
    return max(1, FREE // wide)


def check_npz(path: Path) -> None:
    """Raises ValueError if an array of an NPZ file is larger than what it holds, too wide, too long or unreadable."""
    with zipfile.ZipFile(path) as archive:
        check_zip(path, archive.infolist())
        for one in archive.infolist():
            name = one.filename.removesuffix(".npy")
            try:
                with archive.open(one) as file:
                    shape, _, kind = read_header(file)
                    begins = file.tell()
            except ValueError:
                continue  # it is no array: said where it is read
            except DAMAGED as reason:
                raise ValueError(f"{path}: array {name} cannot be read: {reason}") from reason
            size = int(np.prod([kind.itemsize, *map(int, shape)], dtype=object))
            if not kind.hasobject and size > one.file_size - begins:
                held = one.file_size - begins
                raise ValueError(f"{path}: array {name} must hold {size:,} bytes by its shape {shape}, got {held:,}")
            check_rows(f"{path}: array {name}", shape[0] if shape else 0)
            if kind.kind == "U" and kind.itemsize > CELL:
                raise ValueError(f"{path}: array {name} must have texts of at most {LONGEST:,} characters")


def read_header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and type of an .npy file. Raises ValueError if it is none."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, order, kind = read(file)
    return shape, order, kind


def check_arrow(path: Path) -> None:
    """Raises ValueError if the packed batches of an Arrow file or stream unpack to too much.

    Each packed buffer begins with its unpacked length; where the buffers lie, the batch's head says
    (https://arrow.apache.org/docs/format/Columnar.html, "Compression" and "Encapsulated message format").
    """
    import pyarrow as pa
    from pyarrow import ipc

    unpacked = rows = 0
    with pa.memory_map(str(path)) as file:
        if file.read(6) == b"ARROW1":
            file.seek(8)  # what follows in a file is a stream
        else:
            file.seek(0)
        for message in ipc.MessageReader.open_stream(file):
            if message.type not in {"record batch", "dictionary"}:
                continue
            batch = _head(message.metadata.to_pybytes())
            if message.type == "dictionary":
                batch = batch.table(1)
            else:
                rows += batch.number("<q", 0)
            packed, body = batch.at(3) is not None, memoryview(message.body)
            for offset, length in batch.pairs(2):
                told = struct.unpack_from("<q", body, offset)[0] if packed and length >= 8 else -1
                unpacked += length if told < 0 else told  # -1: this one is not packed
    check_rows(path, rows)
    check_unpacked(path, path.stat().st_size, unpacked)


@dataclass(frozen=True)
class Table:
    """A table of a FlatBuffer: its fields are found by their number (https://flatbuffers.dev/internals)."""

    data: bytes
    start: int

    def at(self, field: int) -> int | None:
        """Where a field lies; None if it is left out."""
        slots = self.start - struct.unpack_from("<i", self.data, self.start)[0]
        place = 4 + 2 * field
        if place >= struct.unpack_from("<H", self.data, slots)[0]:
            return None
        offset: int = struct.unpack_from("<H", self.data, slots + place)[0]
        return self.start + offset if offset else None

    def number(self, kind: str, field: int) -> int:
        """A field that is a number; 0 if it is left out."""
        place = self.at(field)
        return 0 if place is None else int(struct.unpack_from(kind, self.data, place)[0])

    def table(self, field: int) -> "Table":
        """A field that is a table."""
        place = self.at(field) or 0
        return Table(self.data, place + struct.unpack_from("<I", self.data, place)[0])

    def pairs(self, field: int) -> list[tuple[int, int]]:
        """A field that is a list of two whole numbers each."""
        place = self.at(field)
        if place is None:
            return []
        place += struct.unpack_from("<I", self.data, place)[0]
        count = struct.unpack_from("<I", self.data, place)[0]
        return [struct.unpack_from("<qq", self.data, place + 4 + 16 * n) for n in range(count)]


def _head(metadata: bytes) -> Table:
    """A message's head: a RecordBatch (0 length, 1 nodes, 2 buffers, 3 compression) or a DictionaryBatch (1 data)."""
    return Table(metadata, struct.unpack_from("<I", metadata, 0)[0]).table(2)
