"""Which column of a stranger's file is what: guessed from names and values, or chosen, and rows read by it.

A column that lies inside another is named by its path: `payload.text`, `response.body.data[0].embedding`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from nuonuo.files.names import listing, plain, short
from nuonuo.files.values import is_vector
from nuonuo.memory.records import is_number, is_text

OWN = {  # what a role is called in files of our own
    "text": "cue",
    "target": "target",
    "id": "id",
    "vector": "embedding",
    "title": "title",
    "session": "session",
    "position": "position",
    "source": "source",
    "when": "when",
}
ROLES = tuple(OWN)
FURTHER = ("cues", "target_embedding", "key", "links")  # of our own files, which no other has
METADATA = {"metadata", "meta", "metadatas", "payload", "properties", "_source", "fields", "attributes", "entity"}
UNNAMED = re.compile(r"^(unnamed:? ?_?\d+|__index_level_\d+__|_+index_+|)$")  # index columns that pandas wrote
SAMPLE = 200  # rows that a guess looks at


@dataclass(frozen=True)
class Columns:
    """The column of each role; None: no column has it."""

    text: str | None = None  # what brings the memory back
    target: str | None = None  # what is recalled; the text itself where there is none
    id: str | None = None
    vector: str | None = None
    title: str | None = None
    session: str | None = None
    position: str | None = None
    source: str | None = None
    when: str | None = None
    metadata: bool = True  # whether what has no role is kept beside the memory

    @property
    def roles(self) -> dict[str, str]:
        """Role to column, as far as there is one."""
        return {role: name for role, name in asdict(self).items() if role != "metadata" and name}

    @property
    def is_own(self) -> bool:
        """Whether the file is one of our own, with a `cue` a row."""
        return self.text is not None and self.text.casefold() == "cue"


def chosen(guess: Columns, given: Mapping[str, str | bool | None], found: Sequence[str]) -> Columns:
    """A guess with what somebody chose instead, "" or "-" for no column.

    found: the file's columns. Raises ValueError for a role or a column that there is not.
    """
    by_name = {name.casefold(): name for name in found}
    made: dict[str, str | bool | None] = {}
    for role, name in given.items():
        if role not in {*ROLES, "metadata"}:
            raise ValueError(f"a column can be {listing(ROLES, 20)} or metadata, got {role!r}")
        if isinstance(name, bool) or name is None:
            made[role] = name
        elif name.strip() in {"", "-"}:
            made[role] = None
        elif (real := by_name.get(name.strip().casefold())) is not None:
            made[role] = real
        else:
            raise ValueError(f"there is no column {short(name)} for {role}: there are {listing(found, 30)}")
    taken = {name for role, name in made.items() if isinstance(name, str)}
    freed = {role: None for role, name in guess.roles.items() if role not in made and name in taken}
    return replace(guess, **(freed | made))  # type: ignore[arg-type]


def paths(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The columns of some rows in order, those that lie inside others under their path, each with its values."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            _walk(name, value, found, 0)
    return found


def _walk(path: str, value: Any, found: dict[str, list[Any]], depth: int) -> None:
    if len(found) > 500:
        return
    if isinstance(value, Mapping) and depth < 6 and value:
        for name, inner in value.items():
            _walk(f"{path}.{name}", inner, found, depth + 1)
    elif isinstance(value, list) and depth < 6 and value and isinstance(value[0], Mapping):
        _walk(f"{path}[0]", value[0], found, depth + 1)
    else:
        found.setdefault(path, []).append(value)


def at(row: Mapping[str, Any], path: str) -> Any:
    """The value under a path; None if there is none."""
    if path in row:
        return row[path]
    steps = re.findall(r"[^.\[\]]+|\[\d+\]", path)
    value: Any = row
    for number, step in enumerate(steps):
        if step.startswith("[") and isinstance(value, list):
            place = int(step[1:-1])
            value = value[place] if place < len(value) else None
        elif isinstance(value, Mapping):
            rest = path.split(".", number)[-1]  # a name may have dots in it
            value = value.get(step, value.get(rest))
        else:
            return None
    return value


def suits(role: str, value: Any) -> bool:
    """Whether a value can be what a role holds; nothing can."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    if role in {"text", "target"}:
        return is_text(value)
    if role == "vector":
        return is_vector(value)
    if role == "position":
        return _as_number(value) is not None
    if role == "when":
        return hasattr(value, "isoformat") or is_number(value) or (is_text(value) and len(value) <= 100)
    if role == "title":
        return is_text(value) and len(value) <= 1_000
    return is_number(value) or (is_text(value) and len(value) <= 2_000) or type(value).__name__ == "UUID"


def suited(role: str, value: Any) -> Any:
    """A value as our own column for the role holds it, or None if it does not suit."""
    if not suits(role, value) or (isinstance(value, str) and not value.strip()):
        return None
    if role == "position" and value is not None:
        return _as_number(value)
    if role == "when" and value is not None and not isinstance(value, str):
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
    return str(value) if type(value).__name__ == "UUID" else value


def _as_number(value: Any) -> float | int | None:
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return number if is_number(number) else None


def leaf(path: str) -> str:
    """The last name of a path, as names are compared."""
    return plain(re.sub(r"\[\d+\]$", "", path).rsplit(".", 1)[-1])
