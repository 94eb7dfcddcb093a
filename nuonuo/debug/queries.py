"""Question sets: what was asked of a bank, and what should have come back.

A file in any format of nuonuo/rows.py with a `query` a row and what was expected: `expected_id`, an id or a list of
them, or `expected`, the text of a memory's cue or target or a list of such; neither means that no memory is right. An
`embedding` beside it is taken for the query's own, for banks whose embeddings were made elsewhere.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuonuo.importer import columns, is_text, numbers, same_size
from nuonuo.memory import Memory
from nuonuo.rows import JSONL, TABLES, read_rows, short


@dataclass(frozen=True)
class Question:
    """One row of a question set."""

    id: str
    query: str
    ids: tuple[int, ...]  # expected memories by id
    texts: tuple[str, ...]  # and by text
    embedding: tuple[float, ...] | None = None  # of the query where it was made elsewhere

    @property
    def answerable(self) -> bool:
        """Whether any memory is expected."""
        return bool(self.ids or self.texts)

    @property
    def count(self) -> int:
        """How many things are expected, stored or not."""
        return len(self.ids) + len(self.texts)

    @property
    def row(self) -> dict[str, Any]:
        """As a row of a question set, which reads as the same question."""
        row: dict[str, Any] = {"query_id": self.id, "query": self.query}
        row |= {"expected_id": list(self.ids)} if self.ids else {}
        row |= {"expected": list(self.texts)} if self.texts else {}
        return row | ({"embedding": list(self.embedding)} if self.embedding else {})

    def meant(self, memory: Memory) -> frozenset[int]:
        """The memories of a bank that are expected; -1 stands for one that is not stored."""
        return expected([self], memory)[0]


def things(questions: Sequence[Question], memory: Memory) -> list[tuple[frozenset[int], ...]]:
    """What each question expects in a bank, thing by thing: ids of which any will do, none if it is not stored.

    An id is a thing, and so is a text, which several memories may hold.
    """
    named = {text for question in questions for text in question.texts}
    holders: dict[str, set[int]] = {text: set() for text in named}
    for row in memory if named else ():
        for text in {row.target, *row.cues} & named:
            holders[text].add(row.id)
    return [
        (*(frozenset({i} if i in memory else ()) for i in q.ids), *(frozenset(holders[text]) for text in q.texts))
        for q in questions
    ]


def expected(questions: Sequence[Question], memory: Memory) -> list[frozenset[int]]:
    """The memories of a bank that are right for each question; -1 stands for one that is not stored."""
    return [frozenset().union(*some) or frozenset({-1} if some else ()) for some in things(questions, memory)]


def read_questions(path: str | Path) -> list[Question]:
    """The questions of a JSONL, CSV, TSV, Parquet or NPZ file.

    Raises ValueError naming the file, the row and what would be right, if any row is wrong or an id comes twice.
    """
    path = Path(path)
    if path.suffix.lower() not in JSONL | TABLES:
        raise ValueError(f"{path} must be a JSONL, CSV, TSV, Parquet or NPZ file with a query a row")
    questions: list[Question] = []
    seen: dict[str, str] = {}
    size: tuple[int, str] | None = None  # of an embedding, and where it was first met
    for where, row in read_rows(path):
        try:
            question = _question(row, str(len(questions) + 1))
            size = same_size({"embedding": question.embedding}, size, where)
        except ValueError as reason:
            raise ValueError(f"{path}, {where}: {reason}") from reason
        if question.id in seen:
            raise ValueError(f"{path}, {where}: query_id {question.id!r} is that of {seen[question.id]} already")
        seen[question.id] = where
        questions.append(question)
    if not questions:
        raise ValueError(f"{path} is empty: it must hold one question a row")
    return questions


def write_questions(path: str | Path, questions: Sequence[Question]) -> None:
    """Keep questions as JSONL that `read_questions` reads."""
    Path(path).write_text("".join(json.dumps(q.row, ensure_ascii=False) + "\n" for q in questions), "utf-8")


def _question(row: dict[str, Any], number: str) -> Question:
    query, name = row.get("query"), row.get("query_id")
    if not is_text(query):
        raise ValueError(f"query must be a text that is not blank, got {short(query)}{columns(row, 'query')}")
    if not (name is None or isinstance(name, int) or is_text(name)):
        raise ValueError(f"query_id must be a text or a whole number, got {short(name)}")
    ids = [int(i) if isinstance(i, str) and i.isdecimal() else i for i in _several(row.get("expected_id"))]
    if any(type(i) is not int for i in ids):
        raise ValueError(f"expected_id must be a whole number or a list of them, got {short(row['expected_id'])}")
    texts = _several(row.get("expected"))
    if not all(map(is_text, texts)):
        raise ValueError(f"expected must be a text or a list of texts, got {short(row['expected'])}")
    vector = numbers(row, "embedding")
    if vector is not None and vector.ndim != 1:
        raise ValueError(f"embedding of a query must be one list of numbers, got {len(vector)} lists")
    embedding = None if vector is None else tuple(vector.tolist())
    return Question(number if name is None else str(name), str(query), tuple(ids), tuple(texts), embedding)


def _several(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
