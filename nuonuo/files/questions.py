"""Question sets: what was asked of a bank, and what should have come back.

A table (files/tables.py) with a `query` a row and what was expected: `expected_id`, an id or a list of them,
`expected`, the text of a memory's cue or target or a list of such, `expected_own_id`, what a memory is called where it
was taken from, or `expected_any`, a list of lists of ids, of each of which any one will do; none of these means that no
memory is right. An `embedding` beside it is taken for the query's own, for banks whose embeddings were made elsewhere.
Other names are understood too (files/expectations.py), and so are queries with qrels (files/beir.py).
"""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from nuonuo.files import beir
from nuonuo.files.columns import SAMPLE
from nuonuo.files.expectations import Asked, graded, listed_ids, of_columns, several, whole_ids
from nuonuo.files.limits import DAMAGED
from nuonuo.files.memories import check_lengths, columns, same_size
from nuonuo.files.names import counted, listing, short
from nuonuo.files.question import Question as Question
from nuonuo.files.question import expected as expected
from nuonuo.files.question import owned as owned
from nuonuo.files.question import things as things
from nuonuo.files.question import unknown as unknown
from nuonuo.files.sources import within
from nuonuo.files.tables import is_table, read_rows
from nuonuo.files.texts import check_file, head, suffix_of
from nuonuo.files.values import numbers
from nuonuo.files.writing import write_text
from nuonuo.memory.records import is_text


@dataclass(frozen=True)
class QuestionFile:
    """What a question set's file holds, and what of it was left out."""

    questions: tuple[Question, ...]
    asked: Asked  # which column is what
    notes: tuple[str, ...] = ()  # a sentence each, without its full stop


def read_questions(path: str | Path, qrels: str | Path | None = None) -> list[Question]:
    """The questions of a file, as `read_question_file` reads them."""
    return list(read_question_file(path, qrels).questions)


def read_question_file(path: str | Path, qrels: str | Path | None = None) -> QuestionFile:
    """The questions of a table, or of queries with qrels: named, beside them, or in one folder or ZIP.

    Raises ValueError naming the file, the row and what would be right, if any row is wrong, an id comes twice, or no
    row says what it expects although there are columns that might.
    """
    path = Path(path)
    if path.is_dir():
        return _of_folder(path)
    check_file(path)
    if head(path, 4) == b"PK\x03\x04" and suffix_of(path) != ".npz":
        return _of_zip(path)
    if qrels is None and beir.is_qrels(path):
        path, qrels = _queries_of(path), path
    if qrels is not None:
        return _judged(path, Path(qrels))
    if not is_table(path):
        raise ValueError(
            f"{path} must be a JSONL, JSON, CSV, Parquet, Arrow or NPZ file with a query a row, or queries and qrels"
        )
    found = _table(path)
    if not found.asked.expects and (near := beir.beside(path, "queries", "qrels")):
        return _judged(path, near)
    _check_expects(path, found)
    return found


def write_questions(path: str | Path, questions: Sequence[Question]) -> None:
    """Keep questions as JSONL that `read_questions` reads; a file that is there stays whole if that fails."""
    write_text(path, "".join(json.dumps(q.row, ensure_ascii=False) + "\n" for q in questions))


def _table(path: Path) -> QuestionFile:
    rows = read_rows(path)
    first = list(islice(rows, SAMPLE))
    asked = of_columns([row for _, row in first])
    questions: dict[str, Question] = {}
    seen: dict[str, str] = {}
    size: tuple[int, str] | None = None  # of an embedding, and where it was first met
    for number, (where, given) in enumerate(chain(first, rows), 1):
        try:
            question = _question(asked.row(given), given, str(number))
            size = same_size({"embedding": question.embedding}, size, where)
        except ValueError as reason:
            raise ValueError(f"{path}, {where}: {reason}") from reason
        if (before := questions.get(question.id)) and asked.a_row_each and before.query == question.query:
            own, texts = (*before.own_ids, *question.own_ids), (*before.texts, *question.texts)
            questions[question.id] = replace(before, own_ids=_once(own), texts=_once(texts))
            continue
        if before:
            raise ValueError(f"{path}, {where}: query_id {question.id!r} is that of {seen[question.id]} already")
        seen[question.id] = where
        questions[question.id] = question
    if not questions:
        raise ValueError(f"{path} is empty: it must hold one question a row")
    return QuestionFile(tuple(questions.values()), asked)


def _once(some: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(some))


def _check_expects(path: Path, found: QuestionFile) -> None:
    """Raises ValueError if no question expects anything although there are columns that may have been meant so."""
    if found.asked.expects or not found.asked.others or any(q.answerable for q in found.questions):
        return
    raise ValueError(
        f"{path}: no row says what it expects: column {listing(found.asked.others)} is not understood as that; call it "
        "expected (the text of a memory), expected_id (its id) or relevant, doc_ids, answer, …, and leave it blank "
        "where nothing stored is right"
    )


def _question(row: dict[str, Any], given: Mapping[str, Any], number: str) -> Question:
    query, name = row.get("query"), row.get("query_id")
    if not is_text(query):
        raise ValueError(f"query must be a text that is not blank, got {short(query)}{columns(given, 'query', row)}")
    if not (name is None or isinstance(name, int) or is_text(name)):
        raise ValueError(f"query_id must be a text or a whole number, got {short(name)}")
    ids, own = whole_ids(row.get("expected_id"))
    own = (*own, *listed_ids("expected_own_id", row.get("expected_own_id")))
    texts = several(row.get("expected"))
    if not all(map(is_text, texts)):
        raise ValueError(f"expected must be a text or a list of texts, got {short(row['expected'])}")
    some = several(row.get("expected_any"))
    if not all(isinstance(one, list) and one and all(type(i) is int for i in one) for one in some):
        raise ValueError(f"expected_any must be a list of lists of whole numbers, got {short(row['expected_any'])}")
    check_lengths(("query", query), *(("expected", text) for text in texts))
    vector = numbers(row, "embedding")
    if vector is not None and vector.ndim != 1:
        raise ValueError(f"embedding of a query must be one list of numbers, got {len(vector)} lists")
    embedding = None if vector is None else tuple(vector.tolist())
    name = number if name is None else str(name)
    made = Question(name, str(query), ids, tuple(texts), embedding, tuple(map(tuple, some)), own)
    return replace(made, grades=graded(row.get("grades"), made.count))


def _judged(queries: Path, qrels: Path) -> QuestionFile:
    """Queries with what the qrels call relevant. Raises ValueError if none of them has any."""
    judged = beir.read_qrels(qrels)
    found = beir.relevant(judged)
    asked = dict(_queries(queries))
    made = tuple(
        replace(asked[name], own_ids=tuple(some), grades=tuple(some.values()) if set(some.values()) != {1.0} else ())
        for name, some in found.items()
        if name in asked
    )
    if not made:
        raise ValueError(
            f"{qrels} judges none of the queries in {queries}: it names {listing(map(short, found), 3)}, "
            f"they are called {listing(map(short, asked), 3)}"
        )
    order = {name: place for place, name in enumerate(asked)}
    by_place = sorted(made, key=lambda question: order[question.id])
    return QuestionFile(tuple(by_place), Asked(), tuple(beir.notes_of(judged, set(asked))))


def _queries(path: Path) -> Iterator[tuple[str, Question]]:
    """The queries of a collection by id: a table, or two columns without a header."""
    rows = list(read_rows(path))
    asked = of_columns([row for _, row in rows[:SAMPLE]])
    header = list(rows[0][1]) if rows else []
    if len(header) == 2 and asked.id is None and header[0].strip().isdecimal():  # as MS MARCO has them
        yield header[0], Question(header[0], header[1], (), ())
        yield from ((str(one), Question(str(one), text, (), ())) for one, text in (row.values() for _, row in rows))
        return
    for number, (where, given) in enumerate(rows, 1):
        row = asked.row(given)
        try:
            question = _question({key: row.get(key) for key in ("query", "query_id", "embedding")}, given, str(number))
        except ValueError as reason:
            raise ValueError(f"{path}, {where}: {reason}") from reason
        yield question.id, question


def _queries_of(qrels: Path) -> Path:
    found = beir.beside(qrels, "qrels", "queries") or beir.part(qrels.parent, "queries")
    if found is None and qrels.parent.name.casefold() == "qrels":
        found = beir.part(qrels.parent.parent, "queries")
    if found is None:
        raise ValueError(f"{qrels} holds judgements: the queries that they are of must lie beside it, as queries.jsonl")
    return found


def _of_folder(path: Path) -> QuestionFile:
    queries, qrels = beir.part(path, "queries"), beir.part(path, "qrels")
    if queries is None or qrels is None:
        raise ValueError(f"{path} is a folder: name a question set, or a folder with queries.jsonl and qrels")
    return _judged(queries, qrels)


def _of_zip(path: Path) -> QuestionFile:
    try:
        with zipfile.ZipFile(path) as archive:
            found: QuestionFile = within(path, archive, lambda _, folder: _of_folder(folder))
            return found
    except DAMAGED as reason:
        raise ValueError(f"{path} must be a ZIP, but {reason}") from reason


def left_out(questions: Sequence[Question], memory: Any) -> str | None:
    """In a sentence, what questions expect that a bank does not hold; None if it holds all."""
    names = unknown(questions, memory)
    if not names:
        return None
    return f"{counted(len(names), 'thing')} expected and not stored: {listing(map(short, names), 3)}"
