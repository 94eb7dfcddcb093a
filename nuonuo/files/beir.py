"""Judged collections as BEIR, MTEB and TREC publish them: a corpus, queries, and qrels that say what is relevant.

Thakur et al., arXiv:2104.08663. In a folder or ZIP, or as three files beside each other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuonuo.files.columns import leaf
from nuonuo.files.names import counted, short
from nuonuo.files.objects import load
from nuonuo.files.tables import SEPARATED, is_table, read_rows
from nuonuo.files.texts import check_file, read_lines, suffix_of
from nuonuo.memory.records import is_number, is_text

QUERY = ("query_id", "queryid", "qid", "query", "q_id", "topic")
DOCUMENT = ("corpus_id", "corpusid", "doc_id", "docid", "document_id", "did", "pid", "passage_id", "docno", "doc")
GRADE = ("score", "relevance", "rel", "grade", "label", "relevancy", "judgement", "judgment")
SAYS = "qrels must have a query's id, a document's id and a grade a row, or be TREC's `query 0 document grade`"


@dataclass(frozen=True)
class Judged:
    """How relevant one document is for one query."""

    query: str
    document: str
    grade: float


def corpus_in(folder: Path) -> Path | None:
    """The corpus of a collection in a folder; None if there is none."""
    return part(folder, "corpus")


def part(folder: Path, name: str) -> Path | None:
    """The table `name` of a folder, of its test split if there are several: corpus.jsonl, qrels/test.tsv, …"""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and len(file.relative_to(folder).parts) <= 3]
    named = [
        file
        for file in files
        if re.search(rf"(^|[^a-z]){name}([^a-z]|$)", file.relative_to(folder).as_posix().casefold())
        and (suffix_of(file) in {".txt", ".qrels", ".trec"} or is_table(file))
    ]
    return min(named, key=lambda file: ("test" not in file.name, len(file.parts), str(file)), default=None)


def beside(path: Path, given: str, wanted: str) -> Path | None:
    """The file that stands to one called …queries… as its …qrels…, or the other way; None if there is none."""
    if given not in path.name.casefold():
        return None
    start = path.name.casefold().index(given)
    before = path.name[:start]
    near = [*path.parent.iterdir(), *(path.parent / wanted).glob("*"), *path.parent.parent.glob(f"{before}{wanted}.*")]
    same = [file for file in near if file.is_file() and re.match(rf"{re.escape(before)}{wanted}\b", file.name, re.I)]
    same += [file for file in near if file.is_file() and file.parent.name.casefold() == wanted]
    return min(same, key=lambda file: ("test" not in file.name, str(file)), default=None)


def is_qrels(path: Path) -> bool:
    """Whether a file holds judgements: by its name, its header, or the four columns of TREC."""
    if path.is_dir() or not path.is_file():
        return False
    if "qrels" in path.name.casefold() or path.parent.name.casefold() == "qrels":
        return True
    if suffix_of(path) == ".json" or not is_table(path):
        return False
    try:
        _, row = next(iter(read_rows(path)), ("", {}))
    except ValueError:
        return False
    names = {leaf(name) for name in row}
    return bool(names & set(QUERY[:3])) and bool(names & set(DOCUMENT)) and bool(names & set(GRADE)) and len(names) <= 5


def read_qrels(path: Path) -> list[Judged]:
    """The judgements of a file: a table, TREC's four columns, or a JSON object of objects.

    Raises ValueError naming file and row.
    """
    check_file(path)
    if suffix_of(path) == ".json":
        given = load(path)
        if isinstance(given, Mapping) and all(isinstance(one, Mapping) for one in given.values()):
            return [_judged(f"{path}, {q}", q, d, grade) for q, some in given.items() for d, grade in some.items()]
    if suffix_of(path) in {*SEPARATED, ".txt", ".qrels", ".trec", ""}:
        lines = read_lines(path)
        first = lines[0][1].split() if lines else []
        if len(first) in {3, 4} and _grade(first[-1]) is not None:
            return [_of_words(f"{path}, line {number}", line.split()) for number, line in lines]
    found = [_of_row(f"{path}, {where}", row) for where, row in read_rows(path)]
    if not found:
        raise ValueError(f"{path} is empty: {SAYS}")
    return found


def _of_words(where: str, words: list[str]) -> Judged:
    if len(words) not in {3, 4}:
        raise ValueError(f"{where}: {SAYS}, got {short(' '.join(words))}")
    return _judged(where, words[0], words[-2], words[-1])


def _of_row(where: str, row: Mapping[str, Any]) -> Judged:
    by_leaf = {leaf(name): value for name, value in row.items()}
    query, document = (next((by_leaf[n] for n in names if n in by_leaf), None) for names in (QUERY, DOCUMENT))
    return _judged(where, query, document, next((by_leaf[name] for name in GRADE if name in by_leaf), 1))


def _judged(where: str, query: Any, document: Any, grade: Any) -> Judged:
    ids = [str(one).strip() if is_text(one) or type(one) is int else None for one in (query, document)]
    number = _grade(grade)
    if ids[0] is None or ids[1] is None or number is None:
        raise ValueError(f"{where}: {SAYS}, got {short([query, document, grade])}")
    return Judged(ids[0], ids[1], number)


def _grade(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if is_number(number) else None


def relevant(judged: list[Judged]) -> dict[str, dict[str, float]]:
    """Query to its relevant documents with their grades; what is graded 0 or less is not relevant."""
    found: dict[str, dict[str, float]] = {}
    for one in judged:
        if one.grade > 0:
            found.setdefault(one.query, {})[one.document] = one.grade
    return found


def notes_of(judged: list[Judged], asked: set[str]) -> Iterator[str]:
    """What of the judgements and queries is left out, in sentences."""
    found = relevant(judged)
    if unknown := len({one.query for one in judged} - asked):
        yield f"{counted(unknown, 'judged query', 'judged queries')} not among the queries: left out"
    if silent := len(asked - set(found)):
        yield f"{counted(silent, 'query', 'queries')} without a relevant document in the qrels: left out"
