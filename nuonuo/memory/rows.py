"""Rows of a bank's table `memory`: a record's columns, and the record again.

The last column is a checksum of the others and of the memory's cues, by which a changed bit is noticed.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from typing import Any

import numpy as np

from nuonuo.memory.records import NOWHERE, About, Record, Tie

COLUMNS = (
    *("id", "target", "embedding", "version"),
    *("title", "session", "position", "source", '"when"', "own_id", "metadata", "ties", "checksum"),
)
SELECT = f"SELECT {', '.join(COLUMNS)} FROM memory"
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
    """CRC-32 of what is stored: texts, bytes, numbers and None, part by part."""
    pieces: list[bytes] = []
    for part in parts:
        for value in part:
            data = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
            pieces += (b"%d" % len(data), data)
        pieces.append(b".")
    return zlib.crc32(b"".join(pieces))


def ties_text(row: Record) -> str | None:
    """The ties of a record as JSON, [[to, weight], …]; None if it has none."""
    return json.dumps([astuple(tie) for tie in row.ties]) if row.ties else None


def row_of(found: Sequence[Any], cues: Sequence[tuple[str, bytes]], summed: bool = True) -> Record:
    """The record of its COLUMNS and its cues, each a text and the bytes of its embedding.

    summed: whether it has a checksum, as all have since format 5.

    Raises ValueError, naming the memory, if its ties cannot be read or it is not as it was stored.
    """
    number, target, vector, version, *origin, written, kept = found
    about = NOWHERE if all(one is None for one in origin) else About(*origin)
    try:
        ties = tuple(Tie(to, weight) for to, weight in json.loads(written)) if written else ()
    except (TypeError, ValueError) as reason:
        raise ValueError(f"the links of its memory {number} cannot be read") from reason
    if summed and kept != checksum(found[1:-1], *cues):
        raise ValueError(f"its memory {number} is not as it was stored")
    texts, vectors = zip(*cues, strict=True)
    rows = [np.frombuffer(one, np.float32) for one in vectors]
    x = rows[0][None] if len(rows) == 1 else np.stack(rows)  # (len(cues), d)
    return Record(texts, target, x, np.frombuffer(vector, np.float32), number, version, about, ties)


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
