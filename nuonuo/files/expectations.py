"""Which column of a question set says what is asked, and which what should come back, by names that people use."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nuonuo.files.columns import UNNAMED, at, leaf, paths
from nuonuo.files.guessing import named, only_vector
from nuonuo.files.names import plain, short, words
from nuonuo.files.values import listed
from nuonuo.memory.records import is_number, is_text

OURS = ("expected_id", "expected", "expected_any", "expected_own_id", "grades")
QUERY = words(
    "query question user_query user_input query_text question_text search_query queries questions prompt input "
    "utterance text search q request message content frage pregunta"
)
NAME = words("query_id qid question_id id _id uuid queryid")
IDS = words(
    "expected_ids relevant_ids relevant_id gold_ids gold_id answer_ids answer_id expected_doc_ids expected_doc_id "
    "relevant_doc_ids relevant_doc_id gold_doc_ids gold_doc_id correct_ids correct_id positive_ids positive_id "
    "target_ids target_id doc_ids doc_id docids docid document_ids document_id chunk_ids chunk_id passage_ids "
    "passage_id corpus_ids corpus_id memory_ids memory_id evidence_ids evidence_id source_ids source_id reference_ids "
    "reference_id"
)
TEXTS = words(
    "expected_text expected_texts expected_chunk expected_chunks expected_document expected_documents expected_doc "
    "expected_docs expected_passage expected_passages relevant relevant_docs relevant_documents relevant_chunks "
    "relevant_passages relevant_contexts gold gold_passage gold_passages gold_doc gold_docs gold_chunk gold_chunks "
    "correct correct_chunk correct_chunks correct_document correct_documents correct_doc correct_docs correct_passage "
    "correct_passages positive positives positive_passage positive_passages pos evidence reference_contexts "
    "reference_context references reference ground_truth_context ground_truth_contexts ground_truths ground_truth "
    "contexts context document documents docs doc passage passages chunk chunks target targets expected_answer "
    "expected_output answer answers label"
)
OTHER_IDS = {"user_id", "session_id", "conversation_id", "thread_id", "chat_id", "run_id", "trace_id", "request_id"}
START = re.compile(r"(expected|correct|relevant|gold|golden|positive|ground_truth|reference|should_find|wanted)_")


@dataclass(frozen=True)
class Asked:
    """The columns of a question set; None: no column has it."""

    query: str | None = None
    id: str | None = None
    vector: str | None = None
    own: tuple[str, ...] = ()  # those of our own names
    ids: str | None = None  # of ids of one's own
    texts: str | None = None
    others: tuple[str, ...] = ()  # what is not understood

    @property
    def expects(self) -> bool:
        """Whether any column says what should come back, though it may be blank."""
        return bool(self.own or self.ids or self.texts)

    @property
    def a_row_each(self) -> bool:
        """Whether a question may have several rows, one a thing that it expects."""
        return not self.own and (self.ids is not None or self.texts is not None)

    def row(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A row under our own names; lists that texts spell are lists."""
        made = {plain(name): _cell(plain(name), given.get(name)) for name in self.own}
        for name, path in (("query", self.query), ("query_id", self.id), ("embedding", self.vector)):
            if path is not None:
                made[name] = at(given, path)
        if self.ids is not None:
            made["expected_own_id"] = _split(at(given, self.ids))
        if self.texts is not None:
            made["expected"] = _inner(_cell("expected", at(given, self.texts)))
        return made


def of_columns(rows: Iterable[Mapping[str, Any]]) -> Asked:
    """The columns as their names suggest. rows: the first of a file."""
    found = paths(rows)
    names = {plain(path): path for path in reversed(found)}
    own = tuple(names[name] for name in OURS if name in names)
    query = names.get("query") or named("text", QUERY, found, anywhere=True)
    vector = names.get("embedding") or named("vector", ("vector", "query_embedding", "query_vector"), found)
    name = next((names[one] for one in NAME if one in names and names[one] != query), None)
    left = [path for path in found if path not in {query, name, vector, *own}]
    left = [path for path in left if not UNNAMED.match(plain(path))]
    vector = vector or only_vector({path: found[path] for path in left})
    left = [path for path in left if path != vector]
    ids = texts = None
    if not own:
        ids = _first(IDS, left) or next((path for path in left if _is_of_ids(path)), None)
        texts = None if ids else _first(TEXTS, left) or next((path for path in left if START.match(leaf(path))), None)
    return Asked(query, name, vector, own, ids, texts, tuple(path for path in left if path not in {ids, texts}))


def _first(names: Iterable[str], found: list[str]) -> str | None:
    by_name = {leaf(path): path for path in reversed(found)}
    return next((by_name[name] for name in names if name in by_name), None)


def _is_of_ids(path: str) -> bool:
    name = leaf(path)
    return name not in OTHER_IDS and bool(re.search(r"(_|^)ids?$", name))


def several(value: Any) -> list[Any]:
    """A value as a list of what it holds."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def _cell(name: str, value: Any) -> Any:
    """A list that a text spells, as JSON, Python or NumPy prints it; a text that spells none as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in {"[", "(", "{"}:
        return value
    found = listed(value)
    if found is None and name in {"expected_any", "grades"}:
        raise ValueError(f"{name} must be a list, got {short(value)}")
    if found is None or (name == "expected" and not all(map(is_text, found))):
        return value
    return found


def _inner(value: Any) -> Any:
    """Of objects such as {"docid": …, "text": …} their texts; anything else as it is."""
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        inner = [
            next((one[name] for name in ("text", "content", "page_content") if is_text(one.get(name))), None)
            for one in value
        ]
        return inner if all(map(is_text, inner)) else value
    return value


def _split(value: Any) -> Any:
    """Ids in one cell, as a list or with ; | or commas between them."""
    value = _cell("ids", value)
    if not isinstance(value, str) or "://" in value:
        return value
    parts = [part.strip() for part in re.split(r"[;|,\n]+", value) if part.strip()]
    if len(parts) == 1 and all(one.isdecimal() for one in value.split()):
        return value.split()
    return parts


def whole_ids(value: Any) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """`expected_id` as ids of NuoNuo, whole numbers, and ids of one's own, other texts.

    Raises ValueError if it is neither, nor a list of them.
    """
    given = several(_cell("expected_id", value))
    given = [int(i) if isinstance(i, str) and i.strip().isdecimal() else i for i in given]
    given = [int(i) if isinstance(i, float) and i.is_integer() else i for i in given]
    if any(type(i) is not int and not is_text(i) for i in given):
        raise ValueError(f"expected_id must be an id, a whole number or a text, or a list of them, got {short(value)}")
    return tuple(i for i in given if type(i) is int), tuple(i.strip() for i in given if isinstance(i, str))


def listed_ids(name: str, value: Any) -> tuple[str, ...]:
    """Ids of one's own as texts. Raises ValueError if one of them is neither a text nor a whole number."""
    given = several(_cell(name, value))
    if any(not is_text(i) and not (is_number(i) and i == int(i)) and type(i).__name__ != "UUID" for i in given):
        raise ValueError(f"{name} must be an id, a text or a whole number, or a list of them, got {short(value)}")
    return tuple(
        dict.fromkeys(i.strip() if isinstance(i, str) else str(int(i)) if is_number(i) else str(i) for i in given)
    )


def graded(value: Any, count: int) -> tuple[float, ...]:
    """The grade of each thing that is expected. Raises ValueError unless each has a positive number, or none has."""
    given = several(_cell("grades", value))
    if given and (len(given) != count or not all(is_number(one) and one > 0 for one in given)):
        raise ValueError(f"grades must be a list of {count} numbers above 0, one a thing expected, got {short(value)}")
    return tuple(float(one) for one in given)
