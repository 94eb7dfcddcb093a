"""Importer: memories from a file, all checked before any is handed on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nuonuo.encoder import DIMENSION
from nuonuo.items import Item, Vector
from nuonuo.rows import JSONL, TABLES, read_lines, read_rows, short


def read_items(path: str | Path) -> list[Item]:
    """The memories in a file.

    JSONL, CSV, TSV, Parquet or NPZ (by its suffix) has rows with `cue`, and optionally `target`, `cues` (a list of
    paraphrases), `embedding` and `target_embedding`; other fields are ignored. Any other file is text, one memory a
    line, its own target. Blank lines are skipped. Raises ValueError naming the file, the row and what would be right,
    if any row is wrong.
    """
    path = Path(path)
    if path.suffix.lower() == ".json":
        raise ValueError(f"{path} must be JSON Lines, one object a line, in a file that ends in .jsonl")
    items: list[Item] = []
    if path.suffix.lower() in JSONL | TABLES:
        size: tuple[int, str] | None = None  # of an embedding, and where it was first met
        for where, row in read_rows(path):
            try:
                items.append(item := _item(row))
                size = same_size({"embedding": item.embedding, "target_embedding": item.target_embedding}, size, where)
            except ValueError as reason:
                raise ValueError(f"{path}, {where}: {reason}") from reason
    else:
        items = [Item(line) for _, line in read_lines(path)]
    if not items:
        raise ValueError(f"{path} is empty: it must hold one memory a line")
    return items


def _item(row: dict[str, Any]) -> Item:
    """One row as a memory. Raises ValueError saying what is wrong with it."""
    cue, target, cues = row.get("cue"), row.get("target"), row.get("cues")
    if not is_text(cue):
        raise ValueError(f"cue must be a text that is not blank, got {short(cue)}{columns(row, 'cue')}")
    if target is not None and not is_text(target):
        raise ValueError(f"target must be a text that is not blank, or left out, got {short(target)}")
    if cues is not None and not (isinstance(cues, list) and all(map(is_text, cues))):
        raise ValueError(f"cues must be a list of texts that are not blank, got {short(cues)}")
    embedding, target_embedding = numbers(row, "embedding"), numbers(row, "target_embedding")
    return Item(str(cue), target, tuple(cues or ()), embedding, target_embedding)


def same_size(
    vectors: Mapping[str, Sequence[float] | Vector | None], size: tuple[int, str] | None, where: str
) -> tuple[int, str] | None:
    """What the sizes of all embeddings must be, and where that was first met.

    vectors: a row's, by name. Raises ValueError if one of them has another size.
    """
    for name, vector in vectors.items():
        if vector is None:
            continue
        length = np.shape(vector)[-1]
        size = size or (length, where)
        if length != size[0]:
            raise ValueError(f"{name} must have {size[0]} numbers as in {size[1]}, got {length}")
    return size


def numbers(row: dict, name: str) -> np.ndarray | None:
    """An embedding: a list of numbers, or a list of such lists, one a cue. Raises ValueError if it is neither."""
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiu" or not value.size:
            raise ValueError(f"{name} must be a list of numbers, got {short(value.tolist())}")
        return finite(np.asarray(value, np.float64), name)
    vectors = value if isinstance(value, list) and value and isinstance(value[0], list) else [value]
    sizes = {len(v) if isinstance(v, list) and all(type(x) in {int, float} for x in v) else 0 for v in vectors}
    if len(sizes) != 1 or 0 in sizes:
        raise ValueError(f"{name} must be a list of numbers, got {short(value)}")
    try:
        return finite(np.array(value, dtype=np.float64), name)
    except OverflowError as reason:
        raise ValueError(f"{name} must be a list of numbers below 1e308, got {short(value)}") from reason


def finite(vector: np.ndarray, name: str) -> np.ndarray:
    """The vector itself. Raises ValueError naming the first number that is not finite."""
    wrong = np.flatnonzero(~np.isfinite(vector))
    if len(wrong):
        raise ValueError(f"{name} must be finite, got {vector.flat[wrong[0]]} as its number {wrong[0] + 1}")
    return vector


def is_text(value: object) -> bool:
    """Whether a value is a text that is not blank; half of a surrogate pair, which JSON can spell, is no text."""
    return isinstance(value, str) and bool(value.strip()) and not any("\ud800" <= c <= "\udfff" for c in value)


def own_size(items: Sequence[Item]) -> int | None:
    """The size of embeddings made elsewhere, for a bank without an encoder; None if the default encoder's bank fits.

    It does if an item lacks an embedding, or if all have the size that the default encoder makes.
    """
    sizes = {None if item.embedding is None else item.embedding.shape[-1] for item in items}
    size = sizes.pop() if len(sizes) == 1 else None
    return None if size == DIMENSION else size


def columns(row: Mapping[str, Any], name: str) -> str:
    """What a row has instead of a column that it lacks, to end a sentence with; nothing if it has it."""
    return "" if name in row or not row else f"; there is no such column among {', '.join(map(str, row))}"
