"""Rows of a store as memories: which of their fields is the text, and what cannot become a memory."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nuonuo.memory.records import LONGEST, About, Record, is_text, metadata_text, record
from nuonuo.stores.protocol import Row, StoreError

TEXTS = ("text", "document", "page_content", "content", "chunk", "chunk_text", "passage", "body")  # first there is
NESTED = ("metadata", "cmetadata", "metadata_", "langchain_metadata")  # objects of fields, as frameworks keep them
NODE = "_node_content"  # LlamaIndex: a node as JSON, its text in it
MOVED = ("title", "source")  # fields that are known of a memory by themselves
PEEK = 64  # rows by which the field of texts is chosen


@dataclass
class Left:
    """Rows that became no memory, counted by why, and what was not kept of the others."""

    why: Counter = field(default_factory=Counter)

    @property
    def sentence(self) -> str:
        """What was left out, in words; empty if nothing was."""
        parts = [f"{count:,} {'row' if count == 1 else 'rows'} {why}" for why, count in self.why.items()]
        return f"Left out: {', '.join(parts)}." if parts else ""


def opened(row: Row) -> dict[str, Any]:
    """A row's fields with those of its nested objects among them."""
    fields = dict(row.fields)
    for name in NESTED:
        nested = fields.get(name)
        if isinstance(nested, str) and nested.startswith("{"):
            nested = _object(nested)
        if isinstance(nested, dict):
            del fields[name]
            fields = nested | fields
    node = _object(fields[NODE]) if isinstance(fields.get(NODE), str) else None
    if node:
        del fields[NODE]
        fields = {"text": node.get("text"), **fields}
    return fields


def text_field(rows: Sequence[dict[str, Any]], named: str | None, where: str) -> str:
    """The field that holds the texts: the named one, a usual name, or the only one with texts.

    Raises StoreError naming the fields that there are if it cannot be told, or has no text.
    """
    there = list(dict.fromkeys(name for row in rows for name in row))
    with_texts = [name for name in there if any(is_text(row.get(name)) for row in rows)]
    if named is not None:
        if named not in there:
            raise StoreError(f"{where} has no field {named!r}: it has {', '.join(there) or 'none'}")
        return named
    usual = next((name for name in TEXTS if name in with_texts), None)
    if usual or len(with_texts) == 1:
        return usual or with_texts[0]
    if not with_texts:
        raise StoreError(f"{where} has no texts, only vectors and the fields {', '.join(there) or 'none'}")
    raise StoreError(f"{where} must say which field holds the texts (--text NAME): it has {', '.join(with_texts)}")


def memories(rows: Iterable[Row], text: str, left: Left) -> Iterable[Record]:
    """Rows as memories with their own vectors, ids and metadata; `left` counts what cannot be one.

    The order is kept. A memory's text is its cue and its target, with the row's vector for both.
    """
    for row in rows:
        fields = opened(row)
        found = fields.pop(text, None)
        if not is_text(found):
            left.why["without a text"] += 1
        elif len(found) > LONGEST:
            left.why[f"with a text of more than {LONGEST:,} characters"] += 1
        elif row.vector is None or not row.vector.size:
            left.why["without a vector"] += 1
        elif not np.isfinite(row.vector).all() or not row.vector.any():
            left.why["with a vector that is zero or not finite"] += 1
        else:
            yield record(found, None, (), row.vector, row.vector, _about(row.id, fields, left))


def _about(own: str, fields: dict[str, Any], left: Left) -> About:
    """Where a row comes from; fields that are nothing are not kept."""
    kept = {name: value for name, value in fields.items() if value is not None}
    moved = {name: kept.pop(name) for name in MOVED if is_text(kept.get(name)) and len(kept[name]) <= LONGEST}
    metadata = metadata_text(kept)
    if metadata and len(metadata) > LONGEST:
        left.why[f"kept without their metadata, of more than {LONGEST:,} characters"] += 1
        metadata = None
    return About(own_id=own if is_text(own) else None, metadata=metadata, **moved)


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
