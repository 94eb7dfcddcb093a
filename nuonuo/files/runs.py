"""Run files: what somebody's own retriever ranked for each question, and the judgements (qrels) it is measured by.

A TREC run has lines `qid Q0 docid rank score tag`, and qrels `qid 0 docid grade`, or BEIR's header `query-id corpus-id
score` with tabs. As trec_eval does, scores decide the order of a TREC run and not the ranks; equal scores keep the
order of the ranks. A JSON run is an object question → {document: score}, as pytrec_eval, ranx and BEIR keep it, or a
list, or a line each, of objects with `query_id` and `results`: ids, or objects with `id` and `score`, best first; of a
pipeline's trace (docs/pipeline-trace.md) it is the last stage. Of distances ("better": "lower") the negative counts.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from nuonuo.files.tables import check_file, short

LINE = "must be `qid Q0 docid rank score tag`"
OBJECT = "must have `query_id` and `results`, a list of ids or of objects with `id` and `score`, best first"


@dataclass(frozen=True)
class Hit:
    """One document of a ranking."""

    id: str
    score: float | None  # None where the run says none


@dataclass(frozen=True)
class Run:
    """What a retriever ranked."""

    name: str  # its tag, or the file's name
    rankings: dict[str, tuple[Hit, ...]]  # by question id, best first
    notes: tuple[str, ...] = ()  # what should be known of the file, a sentence each


def read_run(path: str | Path) -> Run:
    """The run in a TREC or JSON file. Raises ValueError naming the file, the line or question and what is right."""
    path = Path(path)
    text = _text(path)
    start = text.lstrip()[:1]
    if not start:
        raise ValueError(f"{path} is empty: a run {LINE}, or is JSON")
    return _of_json(path, text) if start in "{[" else _of_trec(path, text)


def read_qrels(path: str | Path) -> dict[str, dict[str, float]]:
    """Grades by question and document; 0 or less is not relevant. Raises ValueError naming the file and the line."""
    path = Path(path)
    found: dict[str, dict[str, float]] = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        parts = line.split()
        if not parts or (number == 1 and parts[0].lower() in {"query-id", "query_id", "qid"}):
            continue
        if len(parts) not in {3, 4}:
            raise ValueError(
                f"{path}, line {number}: must be `qid 0 docid grade` or `query-id corpus-id score`, got {short(line)}"
            )
        question, document = parts[0], parts[-2]
        if document in found.setdefault(question, {}):
            raise ValueError(f"{path}, line {number}: document {document} is judged twice for question {question}")
        found[question][document] = _number(parts[-1], path, number, "grade")
    if not found:
        raise ValueError(f"{path} is empty: it must hold judgements `qid 0 docid grade`")
    return found


def _text(path: Path) -> str:
    check_file(path)
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise ValueError(f"{path} must be UTF-8 text, but byte {reason.start + 1} is not") from reason


def _of_trec(path: Path, text: str) -> Run:
    rows: dict[str, list[tuple[float, int, str]]] = {}
    seen: dict[tuple[str, str], int] = {}
    tag = ""
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) != 6:
            raise ValueError(f"{path}, line {number}: {LINE}, got {len(parts)} fields: {short(line)}")
        question, _, document, rank, score, tag = parts
        if (question, document) in seen:
            first = seen[question, document]
            raise ValueError(
                f"{path}, line {number}: document {document} of question {question} is on line {first} already"
            )
        if not rank.isdecimal():
            raise ValueError(f"{path}, line {number}: rank must be a whole number, got {short(rank)}")
        seen[question, document] = number
        rows.setdefault(question, []).append((_number(score, path, number, "score"), int(rank), document))
    made, contrary = {}, 0
    for question, some in rows.items():
        best = sorted(some, key=lambda row: (-row[0], row[1]))
        contrary += [row[1] for row in best] != sorted(row[1] for row in some)
        made[question] = tuple(Hit(document, score) for score, _, document in best)
    where = f"{path}: the ranks of {contrary:,} of {len(made):,} questions contradict their scores"
    said = f"{where}; the scores decide, so distances must be negative."
    return Run(tag, made, (said,) if contrary else ())


def _number(text: str, path: Path, line: int, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{path}, line {line}: {what} must be a number, got {short(text)}")
    return value


def _of_json(path: Path, text: str) -> Run:
    made: dict[str, tuple[Hit, ...]] = {}
    for where, question, given in _rows(path, text):
        results = given.get("results", [])
        if question in made:
            raise ValueError(f"{path}, {where}: question {question} comes twice")
        sign = -1.0 if given.get("better") == "lower" else 1.0
        hits = tuple(_hit(one, f"{path}, {where}, result {number}", sign) for number, one in enumerate(results, 1))
        if len({hit.id for hit in hits}) < len(hits):
            twice = next(hit.id for i, hit in enumerate(hits) if hit.id in {other.id for other in hits[:i]})
            raise ValueError(f"{path}, {where}: document {twice} of question {question} comes twice")
        made[question] = hits
        scores = [hit.score for hit in hits if hit.score is not None]
        if any(after > before for before, after in pairwise(scores)):
            raise ValueError(
                f"{path}, {where}: results of question {question} must stand best first, so that no score is better "
                f'than the one before; where lower scores are better, say "better": "lower"'
            )
    if not made:
        raise ValueError(f"{path} holds no ranking: each {OBJECT}")
    return Run(path.stem, made)


def _rows(path: Path, text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Place, question id, and what holds the results, of each row."""
    rows: list[tuple[str, Any]]
    try:
        given = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as reason:
        rows = list(_lines(path, text, reason))
    else:
        if isinstance(given, dict) and not {"results", "stages"} & set(given):
            for question, scores in given.items():
                if not isinstance(scores, dict):
                    raise ValueError(f"{path}, question {question}: must be an object document: score, {short(scores)}")
                best = sorted(scores.items(), key=lambda one: -one[1] if type(one[1]) in {int, float} else 0.0)
                yield f"question {question}", question, {"results": [{"id": i, "score": score} for i, score in best]}
            return
        rows = [(f"row {i}", row) for i, row in enumerate(given if isinstance(given, list) else [given], 1)]
    for where, row in rows:
        name = row.get("query_id") if isinstance(row, dict) else None
        held = _last(row) if isinstance(row, dict) else None
        if type(name) not in {str, int} or held is None or not isinstance(held.get("results"), list):
            raise ValueError(f"{path}, {where}: {OBJECT}, got {short(row)}")
        yield where, str(name), held


def _last(row: dict[str, Any]) -> dict[str, Any] | None:
    """What holds a row's results: itself, or the last stage of a pipeline's trace."""
    stages = row.get("stages")
    last = stages[-1] if "results" not in row and isinstance(stages, list) and stages else row
    return last if isinstance(last, dict) else None


def _lines(path: Path, text: str, reason: Exception) -> Iterator[tuple[str, Any]]:
    """The rows of JSON lines."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except (json.JSONDecodeError, RecursionError):
                raise ValueError(f"{path}, line {number}: must be JSON: {reason}") from reason


def _hit(given: Any, where: str, sign: float = 1.0) -> Hit:
    """One result. sign: -1 where lower scores are better."""
    name, score = (given.get("id"), given.get("score")) if isinstance(given, dict) else (given, None)
    if type(name) not in {str, int}:
        raise ValueError(f"{where}: id must be a text or a whole number, got {short(name)}")
    if score is not None and (type(score) not in {int, float} or not math.isfinite(score)):
        raise ValueError(f"{where}: score must be a finite number, got {short(score)}")
    return Hit(str(name), None if score is None else sign * float(score))
