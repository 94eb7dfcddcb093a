"""The parts of a capsule to JSON and from its schema. Nothing is ever unpickled.

Embeddings and the whitening are base64 of little-endian float32; all else is JSON that can be read and edited.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from nuonuo.debug.capsule_schema import LARGEST, AskingPart, MadeWith, MemoryPart, WhiteningPart
from nuonuo.files.tables import short
from nuonuo.maths.whitening import Whitening
from nuonuo.memory.asking import Asking
from nuonuo.memory.joining import Relation
from nuonuo.memory.noise import Noise
from nuonuo.memory.records import About, BankSettings, Record, Tie
from nuonuo.memory.trace import TENSORS, Trace

WIDEST = 2**27  # numbers of a projection: units by dimensions


def of_whitening(w: Whitening) -> dict:
    """A fitted whitening; its strength stands in the bank's meta."""
    matrix = None if w.matrix is None else coded(w.matrix.cpu().numpy())
    return {"n": w.n, "shrinkage": w.shrinkage, "mean": coded(w.mean.cpu().numpy()), "matrix": matrix}


def of_memory(m: Record) -> dict:
    """One memory."""
    vectors = {"embedding": coded(m.embedding), "cue_embeddings": coded(m.cue_embeddings)}
    linked = {"about": asdict(m.about), "ties": [asdict(tie) for tie in m.ties]}
    return {"id": m.id, "cues": m.cues, "target": m.target, **linked, **vectors}


def read_made_with(part: MadeWith) -> BankSettings:
    """What a bank was made with. Raises ValueError if none can be made so."""
    made = BankSettings(**part.model_dump())
    if made.units * made.dimension > WIDEST:
        raise ValueError(f"units times dimension must be at most {WIDEST:,}, got {made.units * made.dimension:,}")
    return made


def read_whitening(part: WhiteningPart, meta: BankSettings) -> Whitening:
    """The whitening of a bank made with `meta`."""
    d, matrix = meta.dimension, None
    mean = torch.from_numpy(floats(part.mean, (d,), "mean of the whitening"))
    if part.matrix is not None:
        matrix = torch.from_numpy(floats(part.matrix, (d, d), "matrix of the whitening"))
        if not torch.linalg.cond(matrix) < 1 / torch.finfo(torch.float32).eps:
            raise ValueError("matrix of the whitening must have an inverse")
    return Whitening(mean, matrix, part.n, meta.exponent, meta.ridge, part.shrinkage)


def read_memories(parts: Sequence[MemoryPart], d: int) -> tuple[Record, ...]:
    """The memories, of dimension d. Raises ValueError if an id comes twice or an embedding cannot be read."""
    if len({part.id for part in parts}) < len(parts):
        raise ValueError("memories must each have an id of its own")
    return tuple(_memory(part, d) for part in parts)


def _memory(part: MemoryPart, d: int) -> Record:
    embedding = floats(part.embedding, (d,), f"embedding of memory {part.id}")
    cue_embeddings = floats(part.cue_embeddings, (len(part.cues), d), f"cue_embeddings of memory {part.id}")
    about, ties = About(**dict(part.about)), tuple(Tie(**dict(tie)) for tie in part.ties)
    return Record(tuple(part.cues), part.target, cue_embeddings, embedding, part.id, about=about, ties=ties)


def read_asking(part: AskingPart) -> Asking:
    """How it was asked. Raises ValueError for a value that is out of range."""
    if unknown := set(part.relations) - set(Relation):
        raise ValueError(f"relations must be among {', '.join(Relation)}, got {short(min(unknown))}")
    relations = tuple(map(Relation, part.relations))
    return Asking(**{**dict(part), "noise": Noise(**dict(part.noise)), "relations": relations})


def read_trace(row: dict[str, Any], d: int) -> Trace:
    """The trace of a recall of dimension d."""
    trace = Trace.from_row(row)
    if trace.embedding.shape != (d,) or not trace.candidates:
        raise ValueError(f"the trace must be of a recall over embeddings of {d} numbers")
    for name in TENSORS:
        x = getattr(trace, name)
        if x.numel() and not x.abs().max() <= LARGEST:
            raise ValueError(f"{name} of the trace must have numbers of at most {LARGEST:g}, got {x.abs().max():g}")
    if type(trace.bank.memories) is not int:
        raise ValueError(f"number of memories in the trace must be a whole number, got {short(trace.bank.memories)}")
    return trace


def coded(x: np.ndarray) -> str:
    """An array as base64 of little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(x, dtype="<f4").tobytes()).decode("ascii")


def floats(text: str, shape: Sequence[int], what: str) -> np.ndarray:
    """The array (shape) that `coded` wrote. Raises ValueError if it is another size or not finite."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as reason:
        raise ValueError(f"{what} must be base64 of little-endian float32, got {short(text)}") from reason
    if len(data) != 4 * math.prod(shape):
        raise ValueError(f"{what} must have shape {tuple(shape)}, got {len(data) / 4:g} numbers")
    x = np.frombuffer(data, "<f4").astype(np.float32).reshape(shape)
    if not np.isfinite(x).all():
        raise ValueError(f"{what} must be finite, got NaN or infinity in it")
    if x.size and np.abs(x).max() > LARGEST:
        raise ValueError(f"{what} must have numbers of at most {LARGEST:g}, got {np.abs(x).max():g}")
    return x
