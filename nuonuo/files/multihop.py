"""Multi-hop question sets: passages, and questions that need several of them.

As HippoRAG publishes them (Gutiérrez et al., arXiv:2405.14831): a list of questions NAME.json with its passages beside
it in NAME_corpus.json, of MuSiQue, HotpotQA and 2WikiMultihopQA. Or one file with `questions` and `corpus`, or with
`passages` that have ids and `questions` whose `evidence` names them. Or as these sets were published, where each
question brings its own passages (`context`, `paragraphs`): all of them together. A passage is stored as `title\\ntext`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuonuo.files.limits import Oversized, suite_bytes
from nuonuo.files.names import short
from nuonuo.files.objects import read_json_lines
from nuonuo.memory.records import About, Record, check_about, check_texts, is_text, record

SOURCE = "https://github.com/OSU-NLP-Group/HippoRAG/tree/main/reproduce/dataset"
SUPPORT = ("evidence", "paragraphs", "contexts", "supporting_facts")  # any of these says what a question needs
Evidence = tuple[frozenset[int], ...]


@dataclass(frozen=True)
class MultiHop:
    """A question, and the passages that it needs."""

    id: str
    type: str  # as published, or nothing
    text: str
    answer: str
    evidence: Evidence  # of each thing needed: the numbers from 1 of the passages of which any one will do


@dataclass(frozen=True)
class Corpus:
    """Passages and the questions asked of them."""

    passages: tuple[Record, ...]
    questions: tuple[MultiHop, ...]
    left_out: int  # questions that need a passage which is not there, or that say nothing of what they need


def read_multihop(path: str | Path) -> Corpus:
    """The passages and questions of a file. Raises ValueError naming the file and the place where it is wrong."""
    path = Path(path)
    given = _json(path)
    beside = corpus_of(path)
    if isinstance(given, list):
        own = None if beside.is_file() else passages_of(given)
        asked, found, file = (given, _json(beside), beside) if own is None else (given, own, path)
    else:
        asked, found, file = *_parts(path, given), path
    if not isinstance(asked, list) or not isinstance(found, list) or not asked or not found:
        raise ValueError(f"{path} must have a list of questions and one of passages, neither of them empty")
    passages = tuple(_passage(f"{file}, passage {number}", one) for number, one in enumerate(found, 1))
    places = _Places(found)
    questions: dict[str, MultiHop] = {}
    for number, one in enumerate(asked, 1):
        question = _question(f"{path}, question {number}", str(number), one, places)
        if question.id in questions:
            raise ValueError(f"{path}, question {number}: its id {short(question.id)} is that of another question")
        questions[question.id] = question
    kept = tuple(q for q in questions.values() if q.evidence and all(q.evidence))
    return Corpus(passages, kept, len(questions) - len(kept))


def corpus_of(path: Path) -> Path:
    """Where the passages lie that a list of questions is about."""
    return path.with_name(f"{path.stem}_corpus.json")


class _Places:
    """Where the passages of a corpus stand, by id, by title, and by title and text."""

    def __init__(self, found: Iterable[Mapping[str, Any]]) -> None:
        self.by_id: dict[str, int] = {}
        self.by_title: dict[str, set[int]] = defaultdict(set)
        self.by_both: dict[tuple[str, str], set[int]] = defaultdict(set)
        for number, one in enumerate(found, 1):
            self.by_id.setdefault(str(one.get("id")), number)
            self.by_title[one["title"]].add(number)
            self.by_both[one["title"], one["text"]].add(number)

    def titled(self, title: str, text: str | None = None) -> frozenset[int]:
        """The passages of a title, those with this text alone if there are any."""
        return frozenset(self.by_both.get((title, text or ""), ()) or self.by_title.get(title, ()))


def passages_of(asked: Iterable[Any]) -> list[dict[str, str]] | None:
    """The passages that questions bring along, each once, as objects of title and text; None if one brings none."""
    found: dict[tuple[str, str], None] = {}
    for question in asked:
        own = list(_context(question)) if isinstance(question, Mapping) else []
        if not own:
            return None
        found.update(dict.fromkeys(own))
    return [{"title": title, "text": text} for title, text in found]


def _context(question: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The (title, text) of a question's passages, in any of the ways that HotpotQA, 2Wiki and MuSiQue have them."""
    given = question.get("context", question.get("paragraphs", question.get("contexts")))
    if isinstance(given, Mapping):  # columns, as the Hugging Face hub has them
        inner = given.get("sentences", given.get("content", ()))
        given = list(zip(given.get("title", ()), inner, strict=False))
    for one in given if isinstance(given, list) else ():
        if isinstance(one, Mapping):
            title, text = one.get("title"), one.get("paragraph_text", one.get("text"))
        elif isinstance(one, list | tuple) and len(one) == 2:
            title, text = one[0], "".join(one[1]) if isinstance(one[1], list) else one[1]
        else:
            continue
        if isinstance(title, str) and isinstance(text, str) and text.strip():
            yield title, text


def is_question(row: Any) -> bool:
    """Whether an object is a multi-hop question, with the passages or the evidence that say so."""
    return isinstance(row, Mapping) and "question" in row and bool({*SUPPORT, "context"} & set(row))


def _json(path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"there is no file {path}; multi-hop questions with their passages are at {SOURCE}")
    if path.suffix.lower() in {".jsonl", ".ndjson"}:
        return [row for _, row in read_json_lines(path)]
    try:
        return json.loads(suite_bytes(path).decode("utf-8-sig"))
    except Oversized:
        raise
    except (ValueError, RecursionError) as reason:
        raise ValueError(f"{path} must be JSON in UTF-8, but {reason}") from reason


def _parts(path: Path, given: Any) -> tuple[Any, Any]:
    if not isinstance(given, dict) or "questions" not in given or not {"corpus", "passages"} & set(given):
        got = short(sorted(given)) if isinstance(given, dict) else short(given)
        raise ValueError(f"{path} must be a list of questions, or an object with questions and corpus, got {got}")
    return given["questions"], given.get("corpus", given.get("passages"))


def _passage(where: str, one: Any) -> Record:
    if not isinstance(one, dict) or not isinstance(one.get("title"), str) or not isinstance(one.get("text"), str):
        raise ValueError(f"{where}: must be an object with the texts title and text, got {short(one)}")
    title = one["title"] if is_text(one["title"]) else None
    passage = record(f"{title}\n{one['text']}" if title else one["text"], about=About(title))
    check_texts(passage.cues, where)
    check_about(passage.about, (), where)
    return passage


def _question(where: str, number: str, one: Any, places: _Places) -> MultiHop:
    if not isinstance(one, dict) or not is_text(one.get("question")):
        raise ValueError(f"{where}: question must be a text that is not blank, got {short(one)}")
    name, kind, answer = (
        next((one[field] for field in fields if one.get(field) is not None), default)
        for fields, default in ((("id", "_id", "question_id"), number), (("type",), ""), (("answer",), ""))
    )
    try:
        evidence = _evidence(where, one, places)
    except (LookupError, TypeError, AttributeError) as reason:
        raise ValueError(f"{where}: its evidence must be as published at {SOURCE}") from reason
    return MultiHop(str(name), str(kind), one["question"], str(answer), evidence)


def _evidence(where: str, one: Mapping[str, Any], places: _Places) -> Evidence:
    """The things that a question needs; an empty one for what no passage holds."""
    if "evidence" in one:
        try:
            things = [frozenset(places.by_id[str(passage)] for passage in some) for some in one["evidence"]]
        except KeyError as reason:
            raise ValueError(f"{where}: its evidence names passage {reason}, which is not there") from reason
    elif "supporting_facts" in one:
        facts = one["supporting_facts"]
        titles = facts["title"] if isinstance(facts, Mapping) else [fact[0] for fact in facts]
        things = [places.titled(title) for title in titles]
    else:
        field = next((name for name in SUPPORT if name in one), None)
        if field is None:
            raise ValueError(f"{where}: must have {', '.join(SUPPORT[:-1])} or {SUPPORT[-1]}")
        needed = [part for part in one[field] if part.get("is_supporting", True)]
        things = [places.titled(part["title"], part.get("paragraph_text", part.get("text"))) for part in needed]
    return tuple(dict.fromkeys(things))
