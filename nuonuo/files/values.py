"""Values of cells: lists and vectors as JSON, Python and NumPy print them, and what a memory keeps of any other."""

import ast
import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import numpy as np

from nuonuo.files.names import short

LONG = 10_000  # characters of a field that is kept beside a memory
VECTOR = 32  # numbers in a list that is taken for an embedding, and not kept as a further field
DEEP = 50  # lists in lists
TOKEN = re.compile(
    r"""\s*(?:([uUbBrR]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))|([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?
    |nan|inf|NaN|Infinity))|(None|null))\s*,?""",
    re.VERBOSE | re.DOTALL,
)
OPENING = re.compile(r"^(?:np\.|numpy\.|torch\.)?(?:array|tensor|list|set|frozenset|tuple)\(")
OPEN, CLOSE = "[({", "])}"


def listed(text: str) -> list | None:
    """The list that a text spells, as JSON, Python or NumPy prints it; None if it spells none."""
    inner = text.strip()
    if wrapped := OPENING.match(inner):
        inner = re.sub(r"(,\s*dtype=[\w.<>'|]+)?\s*\)$", "", inner[wrapped.end() :]).strip()
    if len(inner) < 2 or inner[0] not in OPEN or inner[-1] != CLOSE[OPEN.index(inner[0])]:
        return None
    if inner[0] == "[":
        try:
            found = json.loads(inner)
            return found if isinstance(found, list) else None
        except (ValueError, RecursionError):
            pass
    flat = _tokens(inner[1:-1])
    return flat if flat is not None else _nested(inner)


def _tokens(inner: str) -> list | None:
    """Texts and numbers with commas or blanks between them; None if there is anything else."""
    found: list[Any] = []
    place = 0
    while place < len(inner.rstrip()):
        token = TOKEN.match(inner, place)
        if token is None or token.end() == place:
            return None
        quoted, number, _ = token.groups()
        if quoted is not None:
            try:
                found.append(ast.literal_eval(quoted))
            except (ValueError, SyntaxError):
                return None
        else:
            found.append(None if number is None else _number(number))
        place = token.end()
    return found


def _number(text: str) -> float | int:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _nested(inner: str) -> list | None:
    try:
        found = ast.literal_eval(inner)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return _rows(inner)
    return list(found) if isinstance(found, list | tuple | set) else None


def _rows(inner: str) -> list | None:
    """Lists of numbers in a list, as NumPy prints a table: rows end with a bracket and have no commas."""
    if not re.fullmatch(r"\[\s*(\[[^\[\]]*\]\s*)+\]", inner):
        return None
    rows = [_tokens(row) for row in re.findall(r"\[([^\[\]]*)\]", inner[1:-1])]
    return None if any(row is None for row in rows) else rows


def numbers(row: Mapping[str, Any], name: str) -> np.ndarray | None:
    """An embedding: a list of numbers, or a list of such lists, one a cue, or a text that spells one.

    Raises ValueError if it is none, or has a number that is not finite.
    """
    value = row.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiu" or not value.size:
            raise ValueError(f"{name} must be a list of numbers, got {short(value.tolist())}")
        return finite(np.asarray(value, np.float64), name)
    given = _spelt(value, name) if isinstance(value, str) else value
    nested = isinstance(given, list) and bool(given) and isinstance(given[0], list)
    vectors = [_unquoted(vector) for vector in (given or [] if nested else [given])]
    sizes = {len(v) if isinstance(v, list) and all(type(x) in {int, float} for x in v) else 0 for v in vectors}
    if len(sizes) != 1 or 0 in sizes:
        raise ValueError(f"{name} must be a list of numbers, got {short(value if given is None else given)}")
    try:
        read = np.array(vectors if nested else vectors[0], dtype=np.float64)
    except OverflowError as reason:
        raise ValueError(f"{name} must be a list of numbers below 1e308, got {short(value)}") from reason
    return finite(read, name)


def _spelt(text: str, name: str) -> list | None:
    """The numbers that a text spells. Raises ValueError if NumPy left some out."""
    if "..." in text or "…" in text:
        raise ValueError(
            f"{name} must have all its numbers, but NumPy left numbers out, as “…” says: print it with "
            f"np.set_printoptions(threshold=sys.maxsize), or save it with .tolist(), got {short(text)}"
        )
    found = listed(text)
    if found is None and re.fullmatch(r"[\d\s.,;eE+-]+", text) and len(re.split(r"[\s,;]+", text.strip())) > 1:
        found = _tokens(text.replace(";", ","))
    return found


def _unquoted(vector: Any) -> Any:
    """A list of numbers of which some are written as texts, as numbers; anything else as it is."""
    if not isinstance(vector, list) or not any(isinstance(x, str) for x in vector):
        return vector
    try:
        return [float(x) if isinstance(x, str) else x for x in vector]
    except ValueError:
        return vector


def finite(vector: np.ndarray, name: str) -> np.ndarray:
    """The vector itself. Raises ValueError naming the first number that is not finite."""
    wrong = np.flatnonzero(~np.isfinite(vector))
    if len(wrong):
        raise ValueError(f"{name} must be finite, got {vector.flat[wrong[0]]} as its number {wrong[0] + 1}")
    return vector


def with_direction(vector: np.ndarray | None, name: str) -> np.ndarray | None:
    """The vector itself. Raises ValueError if it, or one of several, is all zeros."""
    if vector is not None and not np.atleast_2d(vector).any(axis=1).all():
        raise ValueError(f"{name} must not be all zeros: it has no direction")
    return vector


def is_vector(value: Any, least: int = 2) -> bool:
    """Whether a value is, or spells, a list of at least so many numbers."""
    if isinstance(value, str):
        value = listed(value) if len(value) > least and value.lstrip()[:1] in "[(" else None
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu" and value.size >= least
    if isinstance(value, list) and value and isinstance(value[0], list):
        return is_vector(value[0], least)
    return isinstance(value, list) and len(value) >= least and all(type(x) in {int, float} for x in value)


def kept(value: Any, depth: int = 0) -> Any:
    """A value as metadata keeps it: what JSON knows, dates as ISO 8601; None for what is not kept.

    Raises RecursionError if it is nested too deeply.
    """
    if depth > DEEP:
        raise RecursionError
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): kept(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [kept(one, depth + 1) for one in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    return str(value).encode("utf-8", "replace").decode("utf-8")


def worth_keeping(value: Any) -> tuple[bool, Any]:
    """Whether a field is short enough to be kept beside a memory, and the value as it is kept."""
    if is_vector(value, VECTOR):
        return False, None
    try:
        made = kept(value)
        return len(made if isinstance(made, str) else json.dumps(made)) <= LONG, made
    except (RecursionError, ValueError):
        return False, None
