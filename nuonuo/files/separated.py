"""Tables as text: CSV, TSV and their kin. What parts the columns, and what quotes them, is seen in the header alone."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nuonuo.files.limits import check_rows
from nuonuo.files.names import once_in, plain, short, words
from nuonuo.files.texts import WIDEST, joined, text_bytes

SEPARATORS = ",;\t|"
RARE = "\x1f\x01^~¦:"  # only where they part two names that are known
NAMES = set(  # of columns that mean something, by which a header is known
    words(
        "cue cues target text content page_content document chunk passage body question answer query id _id doc_id "
        "title source url embedding vector target_embedding expected expected_id expected_any links query_id corpus_id "
        "score session position when metadata relevant gold label date name"
    )
)
FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet would calculate, and what was kept from it
Row = tuple[str, dict[str, Any]]  # where it stands, as in "line 3", and its fields


def read_separated(path: Path, own: str) -> Iterator[Row]:
    """Rows of a table with a header, named by the first line of each; an empty field is nothing.

    own: the separator that the suffix promises. Raises ValueError naming file and line.
    """
    text = joined(path, text_bytes(path))
    skip = 0
    if said := re.match(r"sep=(.)\r?\n", text):  # as spreadsheets write
        own, text, skip = said[1], text[said.end() :], 1
    csv.field_size_limit(max(csv.field_size_limit(), WIDEST))  # of this process; 131,072 do not hold an embedding
    form: dict[str, Any] = {"delimiter": own if skip else separator(text, own), "quotechar": _quote(text)}
    names: list[str] = []
    for start, row in _records(path, text, form):
        where = f"line {start + skip}"
        if not names:
            names = once_in(str(path), row)
        elif len(row) != len(names):
            raise ValueError(f"{path}, {where}: must have {len(names)} columns, got {len(row)}{_hint(row, names)}")
        else:
            yield where, {name: restored(cell) or None for name, cell in zip(names, row, strict=True) if name}


def defused(cell: Any) -> Any:
    """A cell with an apostrophe before a text that a spreadsheet would take for a formula; `restored` undoes it."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """A text without the apostrophe that keeps a spreadsheet from calculating it."""
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell


def separator(text: str, own: str) -> str:
    """What parts a table's columns: what makes the most of its header known, and what its suffix says if none does."""
    plural = {name + "s" for name in NAMES}

    def known(one: str) -> tuple[int, int]:
        header = _header(text, one)
        found = sum(plain(name) in NAMES or plain(name) in plural for name in header)
        return found, len(header)

    usual = [own, *SEPARATORS]
    best = max(usual, key=lambda one: known(one)[0])  # the first of equals
    rare = max(RARE, key=known)
    if known(rare)[0] > max(1, known(best)[0]):
        return rare
    if known(best)[0] or known(own)[1] > 1:
        return best
    return max(usual, key=lambda one: known(one)[1])  # no name is known: what makes the most columns


def _header(text: str, one: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=one, quotechar=_quote(text)), [])
    except csv.Error:
        return []


def _quote(text: str) -> str:
    """What quotes fields: a single quote if the header's names stand in such, else the double one."""
    return "'" if re.match(r"\s*'[^'\n\"]*'\s*([,;\t|]\s*'[^'\n]*'\s*)*\r?\n", text) else '"'


def _records(path: Path, text: str, form: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the number of the line that it begins in.

    A quote inside a field is doubled, or has a backslash before it if the file can only be read so.
    """
    try:
        records = list(_parsed(path, text, form))
    except ValueError:
        if '\\"' not in text and "\\'" not in text:
            raise
        try:
            return iter(list(_parsed(path, text, form | {"doublequote": False, "escapechar": "\\"})))
        except ValueError:
            records = []
        if not records:
            raise
    return iter(records)


def _parsed(path: Path, text: str, form: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, **form)
    start = 1
    try:
        for number, row in enumerate(reader):
            if row:
                check_rows(path, number)
                yield start, row
            start = reader.line_num + 1
    except csv.Error as reason:
        raise ValueError(f"{path}, line {start}: must be a table of text, but {reason}") from reason


def _hint(row: list[str], names: list[str]) -> str:
    if len(row) > len(names):
        return f"; a field that holds what parts the columns must stand in quotes, as in {short(row[len(names) - 1])}"
    return ""
