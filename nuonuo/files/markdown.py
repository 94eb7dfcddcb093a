"""Markdown as memories: a file, or a folder or ZIP of them, a section a row.

A section is what stands under a heading, `#` or underlined, outside of code; its text is kept as written, links too. A
row has the section's title, the file as source and session, and its place in it; front matter becomes metadata.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from nuonuo.files.limits import DAMAGED, check_rows
from nuonuo.files.names import counted
from nuonuo.files.separated import Row
from nuonuo.files.texts import as_utf8, joined, text_bytes
from nuonuo.memory.records import LONGEST

SUFFIXES = {".md", ".markdown", ".mdown", ".mkd", ".mdx"}
ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # that str.splitlines ends a line at
HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
LIST = re.compile(r"[ \t]*([-*+>|]|\d+[.)])[ \t]")  # what a line underlined with dashes does not begin with


@dataclass
class Section:
    """A heading and what stands under it."""

    title: str
    above: tuple[str, ...]  # the headings that it lies under
    lines: list[str]

    @property
    def text(self) -> str:
        """What stands under the heading, as written."""
        return "\n".join(self.lines).strip("\n")


def sections(text: str, name: str) -> tuple[dict[str, str], Iterator[Section]]:
    """The front matter of a Markdown text and its sections. name: what stands before the first heading is called so."""
    front, lines = _front(text.splitlines())
    return front, _sections(lines, front.get("title", name))


def _sections(lines: Iterable[str], name: str) -> Iterator[Section]:
    """One after the other, as each ends."""
    open_at: list[tuple[int, str]] = []
    last, fence = Section(name, (), []), ""
    for line in lines:
        mark = FENCE.match(line)
        if mark and (not fence or (mark[1].startswith(fence) and not line.strip(" `~"))):
            fence = "" if fence else mark[1]
        level, title = (0, "") if fence or mark else _heading(line, last.lines)
        if not level:
            last.lines.append(line)
            continue
        yield last
        open_at = [(depth, one) for depth, one in open_at if depth < level]
        last = Section(title, tuple(one for _, one in open_at), [])
        open_at.append((level, title))
    yield last


def _heading(line: str, before: list[str]) -> tuple[int, str]:
    """Level and title of a heading that ends in this line, 0 if none does; an underlined one is taken from `before`."""
    if (marked := HEADING.match(line)) and (marked[2] or "").strip():
        return len(marked[1]), marked[2].strip()
    if (under := UNDERLINE.match(line)) and before and before[-1].strip() and not LIST.match(before[-1]):
        if len(before) > 1 and before[-2].strip():  # a paragraph of several lines is none
            return 0, ""
        return (1 if under[1][0] == "=" else 2), before.pop().strip()
    return 0, ""


def _front(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """The plain `name: value` lines of YAML front matter, and the lines after it."""
    if not lines or lines[0].rstrip() != "---":
        return {}, lines
    end = next((i for i, line in enumerate(lines[1:200], 1) if line.rstrip() in {"---", "..."}), None)
    if end is None:
        return {}, lines
    pairs = (re.match(r"([\w-]+):\s*(.+)$", line) for line in lines[1:end])
    return {pair[1].casefold(): pair[2].strip().strip("\"'") for pair in pairs if pair}, lines[end + 1 :]


def rows_of(text: str, source: str) -> Iterator[Row]:
    """The sections of one Markdown text as rows; a heading without text under it is none."""
    name = PurePosixPath(source).stem
    front, found = sections(text, name)
    title = front.pop("title", None)
    place = 0
    for number, section in enumerate(found):
        for part in _parts(section.text):
            place += 1
            row: dict[str, Any] = {"title": section.title, "text": part, "source": source, "session": source}
            above = " > ".join(([title] if title and number else []) + [*section.above])
            more = dict(front) | ({"section": above} if above else {})
            yield f"section {place}", row | {"position": place} | ({"metadata": more} if more else {})


def _parts(text: str) -> list[str]:
    """A text whole, or parted between paragraphs where it is longer than a memory may be; a blank part is none."""
    most = LONGEST - 2_000  # a title goes in front
    start, found = 0, list[str]()
    while start < len(text):
        end = start + most
        if end < len(text):
            cuts = (text.rfind(sign, start + 1, end) for sign in ("\n\n", "\n"))
            end = next((cut for cut in cuts if cut > 0), end)
        if (part := text[start:end]).strip():
            found.append(part)
        start = end
        while text.startswith("\n", start):
            start += 1
    return found


def read_markdown(path: Path, data: bytes) -> Iterator[Row]:
    """The sections of a Markdown file. Raises ValueError naming the line that is not UTF-8, or if it has too many."""
    return rows_of(_text(path, data), path.name)


def _text(path: Path | str, data: bytes) -> str:
    """The text of a Markdown file. Raises ValueError as `read_markdown` does."""
    text = joined(path, as_utf8(data, str(path)))
    check_rows(path, sum(text.count(end) for end in ENDS))
    return text


def read_folder(path: Path) -> tuple[Iterator[Row], str]:
    """The sections of all Markdown files in a folder and those below, hidden ones left out, and what was left out."""
    files = sorted(file for file in path.rglob("*") if file.is_file() and not _is_hidden(file.relative_to(path)))
    marked = [file for file in files if file.suffix.lower() in SUFFIXES]

    def rows() -> Iterator[Row]:
        for file in marked:
            name = file.relative_to(path).as_posix()
            yield from ((f"{name}, {where}", row) for where, row in rows_of(_text(file, text_bytes(file)), name))

    return _bounded(path, rows()), _told(len(marked), len(files) - len(marked))


def read_zip(path: Path, archive: zipfile.ZipFile) -> tuple[list[Row], str]:
    """The sections of all Markdown files in a ZIP, and what was left out. Raises ValueError if they are too large."""
    inner = [one for one in archive.infolist() if not one.is_dir() and not _is_hidden(PurePosixPath(one.filename))]
    marked = sorted(
        (one for one in inner if PurePosixPath(one.filename).suffix.lower() in SUFFIXES), key=lambda one: one.filename
    )
    found: list[Row] = []
    for one in marked:
        try:
            data = archive.read(one)
        except DAMAGED as reason:
            raise ValueError(f"{path}: {one.filename} cannot be unpacked: {reason}") from reason
        text = _text(f"{path}, {one.filename}", data)
        found += [(f"{one.filename}, {where}", row) for where, row in rows_of(text, one.filename)]
        check_rows(path, len(found))
    return found, _told(len(marked), len(inner) - len(marked))


def _bounded(path: Path, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows. Raises ValueError once there are more than are read."""
    for number, row in enumerate(rows, 1):
        check_rows(path, number)
        yield row


def _told(files: int, others: int) -> str:
    other = f"; {counted(others, 'other file')} left out" if others else ""
    return f"{counted(files, 'Markdown file')}{other}"


def _is_hidden(path: Path | PurePosixPath) -> bool:
    return any(part.startswith((".", "__MACOSX")) or part == "node_modules" for part in path.parts)
