"""A pandas frame or an Arrow table as memories: its rows are read as those of a file, its columns guessed or named."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nuonuo.files.columns import chosen, paths
from nuonuo.files.embeddings import embeddings_of
from nuonuo.files.guessing import guess
from nuonuo.files.memories import records_of
from nuonuo.memory import Memory
from nuonuo.memory.encoder import Progress
from nuonuo.memory.records import Record

WHAT = "a pandas DataFrame, an Arrow or Polars table, or a list of dicts"


def memory_of(
    frame: Any,
    path: str | Path | None = None,
    *,
    encoder: Any = None,
    progress: Progress | None = None,
    **columns: str | bool | None,
) -> Memory:
    """A new bank of a frame's rows, or the bank at path with them added.

    columns: role to the column that has it: text, target, id, vector, title, session, position, source, when; "" for
    none; metadata=False keeps nothing else. encoder: as Memory takes it; None: the default one, or none where vectors
    come along that are of another size. Raises ValueError, and stores nothing, naming the row that is wrong.
    """
    items, where = items_of(frame, columns), "the frame"
    if path is not None and Path(path).exists():
        memory = Memory.open(path, encoder)
    else:
        size = embeddings_of(items).own_size(where) if encoder is None else None
        memory = Memory(path, encoder, dimension=size)
    try:
        memory.add_many(items, progress)
    except ValueError:
        memory.close()
        raise
    return memory


def items_of(frame: Any, columns: Mapping[str, str | bool | None]) -> list[Record]:
    """The rows of a frame as memories. Raises ValueError naming the row and what would be right."""
    rows = list(rows_in(frame))
    if not rows:
        raise ValueError("the frame is empty: it must have a row for each memory")
    guessed = guess(rows[:200])
    try:
        made = chosen(guessed, columns, tuple(paths(rows[:200]))) if columns else guessed
    except ValueError as reason:
        raise ValueError(f"the frame: {reason}") from reason
    return records_of("the frame", ((f"row {n}", row) for n, row in enumerate(rows)), made)[0]


def rows_in(frame: Any) -> Iterator[dict[str, Any]]:
    """The rows of a frame under their columns' names; what pandas has no value for is None."""
    if hasattr(frame, "to_pylist"):  # Arrow
        given = frame.to_pylist()
    elif hasattr(frame, "to_dicts"):  # Polars
        given = frame.to_dicts()
    elif hasattr(frame, "to_dict") and hasattr(frame, "columns"):
        given = frame.to_dict("records")
    elif isinstance(frame, list) and all(isinstance(row, Mapping) for row in frame):
        given = frame
    else:
        raise ValueError(f"frame must be {WHAT}, got a {type(frame).__name__}")
    for row in given:
        fields = {str(name): None if _missing(value) else value for name, value in row.items()}
        yield _as_ours(fields) if "memory_id" in fields and "cue" in fields else fields


def _as_ours(fields: dict[str, Any]) -> dict[str, Any]:
    """A row of `Memory.to_arrow` as files of our own have it: the embeddings of all cues in one."""
    kept = {name: value for name, value in fields.items() if name not in {"memory_id", "cues_embedding"}}
    further = fields.get("cues_embedding")
    if further is not None and len(further):
        kept["embedding"] = [[float(x) for x in one] for one in (fields["embedding"], *further)]
    return kept


def _missing(value: Any) -> bool:
    """Whether a value is pandas' for none: NaN, NaT or NA."""
    if type(value).__name__ in {"NaTType", "NAType"}:
        return True
    return isinstance(value, float) and value != value
