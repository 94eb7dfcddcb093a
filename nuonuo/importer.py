"""Importer: memories from a file, JSONL or one a line, all checked before any is handed on."""

import json
from pathlib import Path

import numpy as np

from nuonuo.items import Item

LONGEST = 100_000  # characters of a line
JSONL = {".jsonl", ".jsonlines", ".json-lines", ".ndjson"}
BOM = "\ufeff"


def read_items(path: str | Path) -> list[Item]:
    """The memories in a file.

    JSONL (by its suffix): an object a line with `cue`, and optionally `target`, `cues` (paraphrases), `embedding` and
    `target_embedding`; other fields are ignored. Any other file is text, one memory a line, its own target. Blank
    lines are skipped. Raises ValueError naming the file, the line and what would be right, if any line is wrong.
    """
    path = Path(path)
    read = _from_json if path.suffix.lower() in JSONL else Item
    items = []
    for number, line in _lines(path):
        try:
            items.append(read(line))
        except ValueError as reason:
            raise ValueError(f"{path}, line {number}: {reason}") from reason
    if not items:
        raise ValueError(f"{path} is empty: it must hold one memory a line")
    return items


def _lines(path: Path) -> list[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a file with one memory a line")
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    try:
        data = path.read_bytes()
    except OSError as reason:
        raise ValueError(f"{path} cannot be read: {reason.strerror}") from reason
    lines = []
    for number, raw in enumerate(data.splitlines(), 1):  # of bytes: only \n, \r and \r\n end a line
        try:
            line = raw.decode("utf-8").removeprefix(BOM if number == 1 else "").strip()
        except UnicodeDecodeError as reason:
            byte = f"byte {reason.start + 1} of the line is 0x{raw[reason.start]:02x}"
            raise ValueError(f"{path}, line {number}: must be UTF-8 text, but {byte}; save it as UTF-8") from reason
        if len(line) > LONGEST:
            raise ValueError(f"{path}, line {number}: must have at most {LONGEST:,} characters, got {len(line):,}")
        if line:
            lines.append((number, line))
    return lines


def _from_json(line: str) -> Item:
    """One line of JSONL. Raises ValueError saying what is wrong with it."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as reason:
        what = f"{reason.msg} at column {reason.colno}" if isinstance(reason, json.JSONDecodeError) else str(reason)
        raise ValueError(f'must be a JSON object such as {{"cue": "…", "target": "…"}}, got {what}') from reason
    if not isinstance(row, dict):
        raise ValueError(f'must be a JSON object such as {{"cue": "…", "target": "…"}}, got {_short(row)}')
    cue, target, cues = row.get("cue"), row.get("target"), row.get("cues")
    if not _is_text(cue):
        raise ValueError(f"cue must be a text that is not blank, got {_short(cue)}")
    if target is not None and not _is_text(target):
        raise ValueError(f"target must be a text that is not blank, or left out, got {_short(target)}")
    if cues is not None and not (isinstance(cues, list) and all(map(_is_text, cues))):
        raise ValueError(f"cues must be a list of texts that are not blank, got {_short(cues)}")
    embedding, target_embedding = _numbers(row, "embedding"), _numbers(row, "target_embedding")
    return Item(str(cue), target, tuple(cues or ()), embedding, target_embedding)


def _numbers(row: dict, name: str) -> np.ndarray | None:
    """An embedding: a list of numbers, or a list of such lists, one a cue. Raises ValueError if it is neither."""
    value = row.get(name)
    if value is None:
        return None
    vectors = value if isinstance(value, list) and value and isinstance(value[0], list) else [value]
    sizes = {len(v) if isinstance(v, list) and all(type(x) in {int, float} for x in v) else 0 for v in vectors}
    if len(sizes) != 1 or 0 in sizes:
        raise ValueError(f"{name} must be a list of numbers, got {_short(value)}")
    try:
        return np.array(value, dtype=np.float64)
    except OverflowError as reason:
        raise ValueError(f"{name} must be a list of numbers below 1e308, got {_short(value)}") from reason


def _is_text(value: object) -> bool:
    """Whether a value is a text that is not blank; half of a surrogate pair, which JSON can spell, is no text."""
    return isinstance(value, str) and bool(value.strip()) and not any("\ud800" <= c <= "\udfff" for c in value)


def _short(value: object) -> str:
    """A value as JSON, cut to what fits in a sentence."""
    text = "nothing" if value is None else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "…"
