"""A bank as an Arrow table, for pandas, Polars, DuckDB or a Parquet file."""

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from nuonuo.memory.records import About

if TYPE_CHECKING:
    import pyarrow

    from nuonuo.memory.memory import Memory

NAMES = {"own_id": "id"}  # what a field of About is called where it is another name in files


def table_of(memory: "Memory") -> "pyarrow.Table":
    """A row each memory, oldest first: memory_id, cue, target, cues, their embeddings, and where it comes from.

    cues: (m,) further texts. embedding: (d,) float32 of the cue, cues_embedding: (m, d), target_embedding: (d,). id:
    its own id. metadata: a JSON object. `Memory.from_frame` reads it as the same memories. Raises ValueError if pyarrow
    is not installed.
    """
    try:
        import pyarrow as pa
    except ImportError as reason:
        raise ValueError("an Arrow table needs the package pyarrow: pip install pyarrow") from reason
    rows, d = list(memory), memory.dimension

    def vectors(x: list[np.ndarray]) -> "pyarrow.Array":
        flat = pa.array(np.concatenate(x) if x else np.empty(0, np.float32), pa.float32())
        return pa.FixedSizeListArray.from_arrays(flat, d)

    made = {
        "memory_id": pa.array([row.id for row in rows], pa.int64()),
        "cue": pa.array([row.cues[0] for row in rows], pa.string()),
        "target": pa.array([row.target for row in rows], pa.string()),
        "cues": pa.array([list(row.cues[1:]) for row in rows], pa.list_(pa.string())),
        "embedding": vectors([row.cue_embeddings[0] for row in rows]),
        "target_embedding": vectors([row.embedding for row in rows]),
        "cues_embedding": pa.array(
            [row.cue_embeddings[1:].tolist() for row in rows], pa.list_(pa.list_(pa.float32(), d))
        ),
    }
    for one in fields(About):
        kind = pa.float64() if one.name == "position" else pa.string()
        made[NAMES.get(one.name, one.name)] = pa.array([getattr(row.about, one.name) for row in rows], kind)
    return pa.table(made)
