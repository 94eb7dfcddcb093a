"""Rows of a bank's table `memory`: a record's columns, and the record again.

The last column is a checksum of the others and of the memory's cues, by which a changed bit is noticed.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields, replace
from typing import Any
from zlib import crc32

import numpy as np

from nuonuo.memory.records import NOWHERE, About, Record, Tie

COLUMNS = (
    *("id", "target", "embedding", "version"),
    *("title", "session", "position", "source", '"when"', "own_id", "metadata", "ties", "checksum"),
)
SELECT = f"SELECT {', '.join(COLUMNS)} FROM memory"
BLOCK = 32  # memories that are read at a time: as long as one of them is held, so are the embeddings of all
Row = Sequence[Any]
Vectors = tuple[np.ndarray, np.ndarray]
UNKNOWN = [None] * len(fields(About))
WITH_CUES = (  # each memory once for each of its cues, once with none where it has none
    f"SELECT {', '.join(f'memory.{name}' for name in COLUMNS)}, cue.text, cue.embedding "
    "FROM memory LEFT JOIN cue ON cue.memory = memory.id {} ORDER BY memory.id, cue.id"
)
INSERT = f"INSERT INTO memory ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
UPDATE = f"UPDATE memory SET {', '.join(f'{name}=?{n}' for n, name in enumerate(COLUMNS[1:], 2))} WHERE id=?1"


def columns(row: Record) -> tuple[Any, ...]:
    """A record as its COLUMNS; without an id the file gives it one."""
    a = row.about
    place = None if a.position is None else float(a.position) + 0.0  # SQLite keeps −0 as 0
    origin = (a.title, a.session, place, a.source, a.when, a.own_id, a.metadata)
    values = (row.target, blob(row.embedding), row.version, *origin, ties_text(row))
    cues = ((text, blob(vector)) for text, vector in zip(row.cues, row.cue_embeddings, strict=True))
    return (row.id or None, *values, checksum(values, *cues))


def checksum(*parts: Iterable[Any]) -> int:
    """CRC-32 of what is stored: texts, bytes, numbers and None, part by part; each as its length and its repr."""
    total = 0
    for part in parts:
        for value in part:
            if value is None:  # as most are
                total = crc32(b"4None", total)
            else:
                data = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
                total = crc32(data, crc32(b"%d" % len(data), total))
        total = crc32(b".", total)
    return total


def ties_text(row: Record) -> str | None:
    """The ties of a record as JSON, [[to, weight], …]; None if it has none."""
    return json.dumps([astuple(tie) for tie in row.ties]) if row.ties else None


def row_of(found: Row, cues: Sequence[Row], summed: bool = True, vectors: Vectors | None = None) -> Record:
    """The record of its COLUMNS and its cues, each a text and the bytes of its embedding.

    summed: whether it has a checksum, as all have since format 5. vectors: of the cues, (len(cues), d), and of the
    target, (d,), where they are made already.

    Raises ValueError, naming the memory, if its ties cannot be read or it is not as it was stored.
    """
    number, target, vector, version, *origin, written, kept = found
    about = NOWHERE if origin == UNKNOWN else About(*origin)
    try:
        ties = tuple(Tie(to, weight) for to, weight in json.loads(written)) if written else ()
    except (TypeError, ValueError) as reason:
        raise ValueError(f"the links of its memory {number} cannot be read") from reason
    if summed and kept != checksum(found[1:-1], *cues):
        raise ValueError(f"its memory {number} is not as it was stored")
    if vectors is None:
        vectors = np.stack([np.frombuffer(one, np.float32) for _, one in cues]), np.frombuffer(vector, np.float32)
    texts = (cues[0][0],) if len(cues) == 1 else tuple(text for text, _ in cues)
    return Record(texts, target, *vectors, number, version, about, ties)


def rows_of(joined: Iterable[Row]) -> Iterator[Record]:
    """The records of WITH_CUES. Raises ValueError, naming the memory, if one has no cue, or as `row_of` does."""
    block: list[tuple[Row, list[Row]]] = []  # memories and the cues of each
    for row in joined:
        if block and row[0] == block[-1][0][0]:
            block[-1][1].append(row[-2:])
            continue
        if len(block) == BLOCK:
            yield from _records(block)
            block.clear()
        block.append((row[:-2], [row[-2:]]))
    yield from _records(block)


def _records(block: Sequence[tuple[Row, Sequence[Row]]]) -> Iterator[Record]:
    """The records of some memories; their embeddings are views into one array, which is made sooner than one each."""
    vectors, targets = [vector for _, cues in block for _, vector in cues], [found[2] for found, _ in block]
    X = _matrix(vectors)
    T = X if targets == vectors else _matrix(targets)
    first = 0
    for place, (found, cues) in enumerate(block):
        if cues[0][0] is None:
            raise ValueError(f"its memory {found[0]} has no cue")
        last = first + len(cues)
        yield row_of(found, cues, vectors=None if X is None or T is None else (X[first:last], T[place]))
        first = last


def _matrix(blobs: Sequence[Any]) -> np.ndarray | None:
    """float32 rows of the bytes of embeddings; None if those are damaged or not all of one size."""
    sizes = {len(one) if type(one) is bytes else 0 for one in blobs}
    size = sizes.pop() if len(sizes) == 1 else 0
    return np.frombuffer(b"".join(blobs), np.float32).reshape(-1, size // 4) if size and not size % 4 else None


def tied(rows: Sequence[Record]) -> list[Record]:
    """Records that have ids, with what ties them by key made ties to ids, and no keys any more.

    Raises ValueError, naming the record's number from 0, if none of them has a key that one is tied to.
    """
    ids = {row.key: row.id for row in rows if row.key is not None}
    for number, row in enumerate(rows):
        for key, _ in row.key_ties:
            if key not in ids:
                raise ValueError(f"memory {number} has a link to {key!r}, the key of no memory that is added with it")
    return [
        replace(row, ties=(*row.ties, *(Tie(ids[key], weight) for key, weight in row.key_ties)), key=None, key_ties=())
        if row.key is not None or row.key_ties
        else row
        for row in rows
    ]


def blob(vector: np.ndarray) -> bytes:
    """float32 bytes of an array."""
    return np.ascontiguousarray(vector, dtype=np.float32).tobytes()
