"""Rows as JSON: an object a line, a list of objects or of texts, or an object in which such a list or columns stand."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nuonuo.files.limits import check_json
from nuonuo.files.names import listing, once_in, short
from nuonuo.files.separated import Row
from nuonuo.files.texts import WIDEST, joined, read_lines, text_bytes

DEEPEST = 4  # objects around the list
KNOWN = {"cue", "text", "content", "page_content", "document", "question", "query", "messages", "mapping", "passage"}


def read_json_lines(path: Path) -> Iterator[Row]:
    """One object a line. Raises ValueError naming the line that is something else."""
    return ((f"line {number}", _object(path, number, line)) for number, line in read_lines(path, WIDEST))


def load(path: Path) -> Any:
    """What a JSON file holds. Raises ValueError naming the place where it breaks."""
    data = text_bytes(path)
    check_json(path, data)
    try:
        return json.loads(joined(path, data))
    except json.JSONDecodeError as reason:
        raise ValueError(
            f"{path}, line {reason.lineno}: must be JSON, but {reason.msg} at column {reason.colno}"
        ) from reason
    except RecursionError as reason:
        raise ValueError(f"{path} must be JSON, but it is nested too deeply") from reason


def rows_of(path: Path, given: Any) -> Iterator[Row]:
    """The rows in what a JSON file holds. Raises ValueError if there are none to be seen, or one of them is none."""
    found = _list_in(given, 0)
    if found is None:
        kind = f"an object with {listing(map(str, given))}" if isinstance(given, Mapping) else short(given)
        raise ValueError(
            f"{path} must hold a JSON list of objects or of texts, or an object with such a list, got {kind}"
        )
    for number, one in enumerate(found, 1):
        where = f"item {number}"
        if isinstance(one, str):
            yield where, {"text": one}
        elif isinstance(one, dict):
            names = once_in(f"{path}, {where}", map(str, one))
            yield where, dict(zip(names, one.values(), strict=True))
        else:
            raise ValueError(f"{path}, {where}: must be a JSON object or a text, got {short(one)}")


def is_lines(text: str) -> bool:
    """Whether a text that is no JSON as a whole is JSON by its first line: a .json file of JSON Lines."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _list_in(given: Any, depth: int) -> list | None:
    """The list of objects or texts that is meant; None if there is none."""
    if isinstance(given, list):
        return given
    if not isinstance(given, Mapping) or depth > DEEPEST or not given:
        return None
    if (columns := _columns(given)) is not None:
        return columns
    lists = {name: value for name, value in given.items() if isinstance(value, list) and value}
    rows = {name: value for name, value in lists.items() if isinstance(value[0], dict)}
    known = bool(KNOWN & set(given))
    if rows and not known:
        return max(rows.values(), key=len)
    if not known:
        for value in given.values():
            if isinstance(value, Mapping) and (found := _list_in(value, depth + 1)) and isinstance(found[0], dict):
                return found
        if all(isinstance(value, Mapping) for value in given.values()):
            return [value if "id" in value else {"id": name} | dict(value) for name, value in given.items()]
        if all(isinstance(value, str) for value in given.values()):
            return [{"id": name, "text": value} for name, value in given.items()]
        if lists:
            texts = [value for value in lists.values() if isinstance(value[0], str)]
            return max(texts, key=len) if texts else None
    return [dict(given)] if known else None


def _columns(given: Mapping[str, Any]) -> list | None:
    """Rows of an object of columns: lists of one length, as stores give, or as pandas writes with to_json."""
    if {"columns", "data"} <= set(given) and isinstance(given["data"], list):  # orient="split"
        rows = given["data"]
        if all(isinstance(row, list) and len(row) == len(given["columns"]) for row in rows):
            return [dict(zip(map(str, given["columns"]), row, strict=True)) for row in rows]
    if all(isinstance(value, Mapping) and value and all(map(str.isdecimal, value)) for value in given.values()):
        places = list(next(iter(given.values())))
        if all(list(value) == places for value in given.values()):
            return [{name: value[place] for name, value in given.items()} for place in places]
    lists = {name: value for name, value in given.items() if isinstance(value, list) and value}
    texts = [value for value in lists.values() if isinstance(value[0], str)]
    long = max((len(value) for value in texts), default=0)
    alike = {name: value for name, value in lists.items() if len(value) == long}
    if len(alike) < 2:
        return None
    return [dict(zip(alike, row, strict=True)) for row in zip(*alike.values(), strict=True)]


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    expected = f'{path}, line {number}: must be a JSON object such as {{"cue": "…", "target": "…"}}, got '
    fields: list[tuple[str, Any]] = []  # of the outermost object: it ends last

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields[:] = pairs
        return dict(pairs)

    try:
        row = json.loads(line, object_pairs_hook=note)
    except (ValueError, RecursionError) as reason:
        what = f"{reason.msg} at column {reason.colno}" if isinstance(reason, json.JSONDecodeError) else str(reason)
        raise ValueError(expected + what) from reason
    if not isinstance(row, dict):
        raise ValueError(expected + short(row))
    names = once_in(f"{path}, line {number}", (name for name, _ in fields))
    return dict(zip(names, (value for _, value in fields), strict=True))
