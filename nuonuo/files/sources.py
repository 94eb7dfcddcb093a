"""What a file or folder of memories is: its format as its content tells, and its rows.

A table (files/tables.py), Markdown, a chat log, a judged collection's corpus, a published suite, or lines of text.
"""

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import Any

from nuonuo.files import beir, markdown, suites
from nuonuo.files.binary import check_readable
from nuonuo.files.chats import is_chat, read_chats
from nuonuo.files.limits import DAMAGED, check_zip
from nuonuo.files.multihop import is_question, passages_of, read_multihop
from nuonuo.files.separated import Row
from nuonuo.files.tables import JSONL, is_table, read_rows
from nuonuo.files.texts import check_file, head, read_lines, suffix_of, text_bytes
from nuonuo.memory.records import Record

PASSAGES = "multi-hop questions: their passages"


@dataclass(frozen=True)
class Source:
    """A file's rows, once, and what it is."""

    format: str  # in words: "JSON Lines", "Markdown", …
    rows: Iterator[Row]
    notes: tuple[str, ...] = ()


def open_source(path: Path) -> Source:
    """The rows of what lies at path. Raises ValueError if it is nothing that is read; rows raise naming their place."""
    if path.is_dir():
        return _folder(path)
    check_file(path)
    check_readable(path)
    suffix = suffix_of(path)
    if head(path, 4) == b"PK\x03\x04" and suffix != ".npz":
        return _zip(path)
    if suffix in markdown.SUFFIXES:
        return Source("Markdown", markdown.read_markdown(path, text_bytes(path)))
    if not is_table(path):
        return Source("text, a memory a line", ((f"line {n}", {"cue": line}) for n, line in read_lines(path)))
    if suffix == ".json" and (published := _published(path)):
        return published
    rows = read_rows(path)
    first = list(islice(rows, 1))
    rows = chain(first, rows)
    if first and is_chat(first[0][1]):
        return Source("chat log", read_chats(rows, path.stem))
    if first and suffix in JSONL and is_question(first[0][1]) and passages_of([first[0][1]]):
        return Source(PASSAGES, _of_records(read_multihop(path).passages))
    return Source(_named(suffix), rows)


def _named(suffix: str) -> str:
    if suffix in JSONL:
        return "JSON Lines"
    known = {".json": "JSON", ".csv": "CSV", ".tsv": "TSV", ".parquet": "Parquet", ".pq": "Parquet", ".npz": "NPZ"}
    return known.get(suffix, "Arrow" if suffix in {".arrow", ".feather", ".ipc", ".arrows"} else "table")


def _published(path: Path) -> Source | None:
    """A published suite's memories, a part's after another's; None if a JSON file is none."""
    kind = suites.format_of(path)
    if kind == "question":
        return Source(PASSAGES, _of_records(read_multihop(path).passages))
    if kind == "conversation":
        return Source("LoCoMo: the turns", _of_parts(suites.read_suite(path), True))
    return Source("LongMemEval: the turns", _of_parts(suites.read_suite(path), False)) if kind else None


def _of_parts(parts: Iterable[suites.Part], own: bool) -> Iterator[Row]:
    """Turns of several conversations, equal ones once. own: whether sessions and ids are those of their part alone."""
    seen: set[tuple[Any, ...]] = set()
    for part in parts:
        for number, item in enumerate(part.items, 1):
            row = _row(item)
            if (key := (item.cues, item.about)) in seen:
                continue
            seen.add(key)
            if own:
                row |= {name: f"{part.name}/{row[name]}" for name in ("session", "source") if row.get(name)}
                row |= {"id": row["source"]} if row.get("source") else {}
            yield f"{part.name}, turn {number}", row


def _of_records(records: Iterable[Record]) -> Iterator[Row]:
    return ((f"passage {number}", _row(one)) for number, one in enumerate(records, 1))


def _row(item: Record) -> dict[str, Any]:
    about = item.about
    given: dict[str, Any] = {
        "title": about.title,
        "session": about.session,
        "position": about.position,
        "source": about.source,
    }
    given |= {"when": about.when, "id": about.own_id, "metadata": about.fields or None}
    return {"cue": item.cues[0]} | {name: value for name, value in given.items() if value is not None}


def _folder(path: Path) -> Source:
    if corpus := beir.corpus_in(path):
        return Source("a judged collection: its corpus", read_rows(corpus))
    rows, told = markdown.read_folder(path)
    first = list(islice(rows, 1))
    if not first:
        raise ValueError(
            f"{path} is a folder: name a file with one memory a line, or a folder with Markdown files or a corpus.jsonl"
        )
    return Source(f"Markdown: {told}", chain(first, rows))


def _zip(path: Path) -> Source:
    try:
        with zipfile.ZipFile(path) as archive:
            check_zip(path, archive.infolist())
            names = [PurePosixPath(name) for name in archive.namelist() if not name.endswith("/")]
            if "[Content_Types].xml" in map(str, names):
                raise ValueError(
                    f"{path} is a workbook or a document: save its sheet as CSV, or its text as .txt or .md"
                )
            if any(name.suffix.lower() in markdown.SUFFIXES for name in names) and not _has(names, "corpus"):
                rows, told = markdown.read_zip(path, archive)
                return Source(f"Markdown: {told}", iter(rows))
            return within(path, archive, _inside)
    except DAMAGED as reason:
        raise ValueError(f"{path} must be a ZIP, but {reason}") from reason


def within(path: Path, archive: zipfile.ZipFile, read: Callable[[Path, Path], Any]) -> Any:
    """What `read` makes of a ZIP's files, unpacked for it into a folder that lasts as long; errors name the ZIP."""
    check_zip(path, archive.infolist())
    with tempfile.TemporaryDirectory() as folder:
        try:
            archive.extractall(folder)  # which keeps every name inside the folder
            return read(path, Path(folder))
        except DAMAGED as reason:
            raise ValueError(f"{path} cannot be unpacked: {reason}") from reason
        except ValueError as reason:
            raise ValueError(str(reason).replace(f"{folder}/", f"{path}: ").replace(folder, str(path))) from reason


def _inside(path: Path, folder: Path) -> Source:
    """The memories of a ZIP without Markdown: of a judged collection, or of the only table or text in it."""
    if beir.corpus_in(folder):
        found = _folder(folder)
        return Source(found.format, iter(list(found.rows)))
    files = [file for file in folder.rglob("*") if file.is_file() and "__MACOSX" not in file.parts]
    files = [file for file in files if not file.name.startswith(".")]
    if len(files) != 1:
        raise ValueError(
            f"{path} must hold Markdown files, a judged collection, or one file of memories, got {len(files)}"
        )
    found = open_source(files[0])
    return Source(found.format, iter(list(found.rows)), found.notes)


def _has(names: Iterable[PurePosixPath], stem: str) -> bool:
    return any(name.stem.casefold().split(".")[0] == stem for name in names)
