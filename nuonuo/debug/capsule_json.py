"""The parts of a capsule as JSON and back, every one checked on its way in. Nothing is ever unpickled.

Embeddings and the whitening are base64 of little-endian float32; all else is JSON that can be read and edited.
"""

import base64
import json
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import torch

from nuonuo.association import Separation, identity, power, softmax, winner
from nuonuo.bank import check_settings
from nuonuo.debug.asking import Asking
from nuonuo.importer import is_text
from nuonuo.noise import Noise
from nuonuo.rows import short
from nuonuo.store import Row
from nuonuo.trace import Settings, Trace
from nuonuo.whitening import Whitening

SEPARATIONS: dict[str, Callable[..., Separation]] = {
    "linear": identity,
    "power": power,
    "softmax": softmax,
    "winner": winner,
}
MADE_WITH: dict[str, type | tuple] = {"encoder": (str, type(None)), "dimension": int, "seed": int, "units": int}
MADE_WITH |= {"winners": int, "exponent": float, "ridge": float, "centre": bool}
NOISE: dict[str, type | tuple] = {"sigma": float, "drop": float, "swap": float, "flip": int, "seed": int}
LARGEST_ID = 2**63 - 1  # that SQLite holds
LARGEST = 1e12  # number in a capsule
WIDEST = 2**27  # numbers of a projection: units by dimensions


def parsed(text: str) -> Any:
    """JSON without NaN and infinities. Raises ValueError if it is something else."""
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (json.JSONDecodeError, RecursionError) as reason:
        raise ValueError(f"a capsule must be JSON, got text that cannot be read: {reason}") from reason


def of_whitening(w: Whitening) -> dict:
    """A fitted whitening; its strength stands in the bank's meta."""
    matrix = None if w.matrix is None else coded(w.matrix.cpu().numpy())
    return {"n": w.n, "shrinkage": w.shrinkage, "mean": coded(w.mean.cpu().numpy()), "matrix": matrix}


def of_memory(m: Row) -> dict:
    """One memory."""
    vectors = {"embedding": coded(m.embedding), "cue_embeddings": coded(m.cue_embeddings)}
    return {"id": m.id, "cues": m.cues, "target": m.target, **vectors}


def of_asking(asking: Asking) -> dict:
    """A question with its settings. Raises ValueError for a separation that is none of this program's."""
    phi = asking.separation
    if phi and phi.name not in SEPARATIONS:
        raise ValueError(f"separation must be one of {', '.join(SEPARATIONS)}, got {phi.name!r}")
    named = {"separation": phi and {"name": phi.name, "parameter": phi.parameter}}
    return {f.name: getattr(asking, f.name) for f in fields(Asking)} | {"settings": asdict(asking.settings)} | named


def read_made_with(row: Any) -> dict[str, Any]:
    """What a bank was made with. Raises ValueError if none can be made so."""
    exactly(row, MADE_WITH, "meta")
    for name, kind in MADE_WITH.items():
        typed(row[name], kind, name)
    check_settings(row)
    if row["units"] * row["dimension"] > WIDEST:
        raise ValueError(f"units times dimension must be at most {WIDEST:,}, got {row['units'] * row['dimension']:,}")
    return row


def read_whitening(row: Any, meta: dict) -> Whitening:
    """The whitening of a bank made with `meta`."""
    exactly(row, ("n", "shrinkage", "mean", "matrix"), "whitening")
    d, n, shrinkage = (
        meta["dimension"],
        typed(row["n"], int, "whitening.n"),
        typed(row["shrinkage"], float, "shrinkage"),
    )
    mean = torch.from_numpy(floats(row["mean"], (d,), "mean of the whitening"))
    if not 0 <= n <= LARGEST_ID:
        raise ValueError(f"whitening.n must be a number of cues, got {short(n)}")
    matrix = None
    if row["matrix"] is not None:
        matrix = torch.from_numpy(floats(row["matrix"], (d, d), "matrix of the whitening"))
        if not torch.linalg.cond(matrix) < 1 / torch.finfo(torch.float32).eps:
            raise ValueError("matrix of the whitening must have an inverse")
    return Whitening(mean, matrix, n, meta["exponent"], meta["ridge"], shrinkage)


def read_memories(rows: Any, d: int) -> tuple[Row, ...]:
    """The memories, of dimension d. Raises ValueError if there are none, or an id comes twice or cannot be stored."""
    made = tuple(_memory(row, d) for row in typed(rows, list, "memories"))
    ids = {m.id for m in made}
    if not ids or len(ids) < len(made) or not 0 < min(ids) <= max(ids) <= LARGEST_ID:
        raise ValueError("memories must be at least one, each with an id above 0 of its own")
    return made


def _memory(row: Any, d: int) -> Row:
    exactly(row, ("id", "cues", "target", "embedding", "cue_embeddings"), "a memory")
    number, cues = typed(row["id"], int, "id of a memory"), typed(row["cues"], list, "cues")
    if not cues or not all(map(is_text, [*cues, row["target"]])):
        raise ValueError(f"memory {number} must have texts that are not blank, got {short([*cues, row['target']])}")
    embedding = floats(row["embedding"], (d,), f"embedding of memory {number}")
    cue_embeddings = floats(row["cue_embeddings"], (len(cues), d), f"cue_embeddings of memory {number}")
    return Row(number, row["target"], embedding, tuple(cues), cue_embeddings)


def read_asking(row: Any) -> Asking:
    """The question. Raises ValueError for a setting that is out of range."""
    exactly(row, [f.name for f in fields(Asking)], "asking")
    s, own = row["settings"], row["embedding"]
    exactly(s, [f.name for f in fields(Settings)], "settings")
    exactly(s["noise"], NOISE, "noise")
    noise = Noise(**{name: typed(s["noise"][name], kind, name) for name, kind in NOISE.items()})
    return Asking(
        query=_text(row["query"], "query"),
        settings=Settings(
            typed(s["k"], int, "k"), typed(s["beta"], float, "beta"), typed(s["steps"], int, "steps"), noise
        ),
        hops=typed(row["hops"], int, "hops"),
        separation=_separation(row["separation"]),
        whitened=typed(row["whitened"], bool, "whitened"),
        embedding=None
        if own is None
        else tuple(typed(x, float, "a number of the query's embedding") for x in typed(own, list, "embedding")),
    )


def _separation(row: Any) -> Separation | None:
    if row is None:
        return None
    exactly(row, ("name", "parameter"), "separation")
    if row["name"] not in list(SEPARATIONS):
        raise ValueError(f"separation must be one of {', '.join(SEPARATIONS)}, got {short(row['name'])}")
    if row["name"] in {"linear", "winner"}:
        return SEPARATIONS[row["name"]]()
    return SEPARATIONS[row["name"]](typed(row["parameter"], float, "parameter of the separation"))


def read_trace(row: Any, d: int) -> Trace:
    """The trace of a recall of dimension d."""
    trace = Trace.from_json(json.dumps(row))
    if trace.embedding.shape != (d,) or not isinstance(trace.bank, dict) or not trace.candidates:
        raise ValueError(f"the trace must be of a recall over embeddings of {d} numbers")
    typed(trace.bank.get("memories"), int, "number of memories in the trace")
    return trace


def _text(value: Any, what: str) -> str:
    if not is_text(value):
        raise ValueError(f"{what} must be a text that is not blank, got {short(value)}")
    return value


def exactly(row: Any, names: Collection[str], what: str) -> None:
    """Raises ValueError unless a row is an object with these fields and no others."""
    wrong = set(names) ^ set(row) if isinstance(row, dict) else set(names)
    if wrong:
        raise ValueError(f"{what} must have exactly its own fields; wrong or missing: {', '.join(sorted(wrong))}")


def typed(value: Any, kind: type | tuple, what: str) -> Any:
    """The value. Raises ValueError unless it is of the kind; a whole number is a number, true and false are not."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if type(value) in kinds or (float in kinds and type(value) is int):
        if float in kinds and abs(value) > LARGEST:
            raise ValueError(f"{what} must be a number of at most {LARGEST:g}, got {short(value)}")
        return value
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list"}
    raise ValueError(f"{what} must be {names[kinds[0]]}, got {short(value)}")


def coded(x: np.ndarray) -> str:
    """An array as base64 of little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(x, dtype="<f4").tobytes()).decode("ascii")


def floats(text: Any, shape: Sequence[int], what: str) -> np.ndarray:
    """The array (shape) that `coded` wrote. Raises ValueError if it is another size or not finite."""
    try:
        data = base64.b64decode(typed(text, str, what), validate=True)
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


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError(f"a capsule must hold finite numbers, got {text}")
    return float(text)
