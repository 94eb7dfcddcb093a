"""Where the memories of a file come from, and the links between them: fields of its rows that may be left out.

`title`, `session`, `source` and `when` are texts, `position` a number, `id` a text or number, what the memory is called
where it was taken from, and `metadata` an object of further fields; what is blank counts as left out. `links` is a list
of ids, or of {"to": id, "weight": number}, where an id is that of a row of the same file in its field `key`, or `id`
where it has none.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nuonuo.files.tables import short
from nuonuo.memory.records import (
    LONGEST,
    WEIGHTS,
    About,
    Record,
    is_metadata,
    is_number,
    is_text,
    is_weight,
    metadata_text,
)

FIELDS = ("title", "session", "source", "when")
KeyTies = tuple[tuple[str, float], ...]


def about_of(row: Mapping[str, Any]) -> About:
    """Where a row says that its memory comes from. Raises ValueError naming the field that is wrong."""
    texts = {name: _text(name, row.get(name)) for name in FIELDS}
    own, more = key_of(row.get("id")), row.get("metadata")
    if isinstance(more, str) and more.strip():  # a table has texts
        more = json.loads(more) if is_metadata(more) else more
    if more and not isinstance(more, Mapping):
        raise ValueError(f"metadata must be an object of fields, or left out, got {short(more)}")
    metadata = metadata_text(more) if isinstance(more, Mapping) else None
    if metadata and len(metadata) > LONGEST:
        raise ValueError(f"metadata must have at most {LONGEST:,} characters, got {len(metadata):,}")
    return About(position=_position(row.get("position")), own_id=own, metadata=metadata, **texts)


def links_of(row: Mapping[str, Any]) -> KeyTies:
    """The (id, weight) of a row's links. Raises ValueError saying what is wrong with them."""
    links = row.get("links")
    if links is None or (isinstance(links, str) and not links.strip()):
        return ()
    links = links.tolist() if isinstance(links, np.ndarray) else links
    if not isinstance(links, list):
        raise ValueError(f'links must be a list of ids or of {{"to": id, "weight": number}}, got {short(links)}')
    return tuple(map(_link, links))


def keyed(records: Sequence[Record], ids: Sequence[Any], places: Sequence[str]) -> list[Record]:
    """Records with the ids of their rows as keys, if any of them has links; nothing else needs ids, or right ones.

    places: of the rows in the file. Raises ValueError naming the place of an id that comes twice or a link to none.
    """
    if not any(one.key_ties for one in records):
        return list(records)
    keys = [key_of(one) for one in ids]
    first: dict[str, str] = {}
    for key, where in zip(keys, places, strict=True):
        if key is not None and first.setdefault(key, where) != where:
            raise ValueError(f"{where}: id {short(key)} is that of {first[key]} already, and rows have links")
    for one, key, where in zip(records, keys, places, strict=True):
        for to, _ in one.key_ties:
            if to not in first:
                raise ValueError(f"{where}: links must name ids of rows in this file, got {short(to)}")
            if to == key:
                raise ValueError(f"{where}: links must lead to other rows, got its own id {short(to)}")
    return [replace(one, key=key) for one, key in zip(records, keys, strict=True)]


def key_of(value: Any) -> str | None:
    """An id as a text: a text that is not blank, or a number; None if it is neither."""
    if isinstance(value, str):
        return value.strip() if is_text(value) else None
    if not is_number(value):
        return None
    return str(int(value)) if value == int(value) else str(value)


def _link(given: Any) -> tuple[str, float]:
    to, weight = (given.get("to"), given.get("weight")) if isinstance(given, dict) else (given, None)
    key, weight = key_of(to), 1.0 if weight is None else weight
    if key is None:
        raise ValueError(f"a link of links must be to an id, a text or a number, got {short(given)}")
    if not is_weight(weight):
        raise ValueError(f"weight of a link of links must be 0 or {WEIGHTS}, got {short(given)}")
    return key, float(weight)


def _text(name: str, value: Any) -> str | None:
    if name in {"session", "source"} and is_number(value):
        value = key_of(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not is_text(value):
        raise ValueError(f"{name} must be a text, or left out, got {short(value)}")
    if len(value) > LONGEST:
        raise ValueError(f"{name} must have at most {LONGEST:,} characters, got {len(value):,}")
    return value


def _position(value: Any) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(value) if isinstance(value, str) else value  # a table has texts
    except ValueError:
        number = None
    if not is_number(number):
        raise ValueError(f"position must be a finite number, or left out, got {short(value)}")
    return number
