"""Rows of a stranger's file under our own names, by its columns; what has no role becomes metadata."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from nuonuo.files.columns import FURTHER, METADATA, OWN, UNNAMED, Columns, at, suited, suits
from nuonuo.files.names import plain, short
from nuonuo.files.values import listed, worth_keeping
from nuonuo.memory.records import LONGEST, is_text

STRICT = {"text", "target", "vector"}  # roles whose values are checked by the importer, not put aside
ASKED = {"queries"}  # what our samples are asked, which is never stored
PLACES = ("title", "session", "source", "when")


class Mapped:
    """Rows read by columns. left_out: fields that were not kept because they are too long, and how often."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.left_out: Counter[str] = Counter()

    def row(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One row under our own names: cue, target, embedding, id, …, and metadata."""
        own: dict[str, Any] = {}
        used: set[str] = set()
        for role, path in self.columns.roles.items():
            value = at(given, path)
            name = OWN[role]
            if role in STRICT or plain(path) == name:
                own[name] = value
            elif not suits(role, value) or (name in PLACES and is_text(value) and len(value) > LONGEST):
                continue
            else:
                own[name] = suited(role, value)
            if path in given or role in STRICT | {"id", "title"}:
                used.add(path)  # what lies in metadata stays there too, under its own name
        folded = {name.casefold(): name for name in given}
        for name in FURTHER:
            if self.columns.is_own and name in folded:
                own[name] = _spelt(name, given[folded[name]])
                used.add(folded[name])
        if not self.columns.is_own:
            _titled(own)
        return own | self._metadata(given, used)

    def _metadata(self, given: Mapping[str, Any], used: set[str]) -> dict[str, Any]:
        if not self.columns.metadata:
            return {}
        rest: dict[str, Any] = {}
        own: Any = None  # as our own files have it: kept as it is
        for name, value in given.items():
            if name in used or UNNAMED.match(plain(name)) or name.casefold() in ASKED:
                continue
            if self.columns.is_own and name.casefold() == "metadata":
                own = value
            elif (inner := _without(value, name, used)) is None:
                continue
            elif plain(name) in METADATA and (isinstance(inner, Mapping) or _is_object(inner)):
                rest |= {key: one for key, one in _object(inner).items() if key not in rest}
            else:
                rest[name] = inner
        if own and not (isinstance(own, Mapping) or _is_object(own)):
            return {"metadata": own}  # which is said to be wrong
        kept = self._kept(rest) | _object(own)
        return {"metadata": kept} if kept else {}

    def _kept(self, rest: Mapping[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, value in rest.items():
            short_enough, made = worth_keeping(value)
            if not short_enough:
                self.left_out[name] += 1
            elif made is not None and made not in ("", {}, []):
                kept[name] = made
        while kept and len(json.dumps(kept, ensure_ascii=False)) > LONGEST:
            longest = max(kept, key=lambda name: len(json.dumps(kept[name])))
            del kept[longest]
            self.left_out[longest] += 1
        return kept


def _titled(own: dict[str, Any]) -> None:
    """Put the title in front of the text, unless it stands there, as each of the bank island's texts has it."""
    title, text = own.get("title"), own.get("cue")
    if isinstance(title, str) and isinstance(text, str) and is_text(title) and is_text(text):
        begins = text.lstrip().casefold().startswith(title.strip().casefold())
        own["cue"] = text if begins else f"{title}\n{text}"


def _without(value: Any, path: str, used: set[str]) -> Any:
    """A value without what lies in it and has a role; None if nothing is left."""
    if not any(one.startswith((f"{path}.", f"{path}[")) for one in used):
        return value
    if isinstance(value, Mapping):
        left = {
            name: one
            for name, inner in value.items()
            if f"{path}.{name}" not in used and (one := _without(inner, f"{path}.{name}", used)) is not None
        }
        return left or None
    if isinstance(value, list) and value:
        first = _without(value[0], f"{path}[0]", used)
        return [*([] if first is None else [first]), *value[1:]] or None
    return value


def _spelt(name: str, value: Any) -> Any:
    """A list that a table's cell spells, for what is a list in our own files."""
    if isinstance(value, np.ndarray):
        return value.tolist() if name in {"cues", "links"} else value
    if name not in {"cues", "links"} or not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    found = listed(value)
    if found is None:
        raise ValueError(f"{name} must be a JSON list, got {short(value)}")
    return found


def _is_object(value: Any) -> bool:
    return isinstance(value, str) and value.strip()[:1] == "{" and isinstance(_loaded(value), dict)


def _object(value: Any) -> dict[str, Any]:
    return dict(value if isinstance(value, Mapping) else _loaded(value) or {}) if value else {}


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
