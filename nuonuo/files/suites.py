"""Suites: published question sets that bring their own memories, a part at a time.

LoCoMo (Maharana et al., arXiv:2402.17753): a part is a conversation, its memories are the turns. LongMemEval (Wu et
al., arXiv:2410.10813): a part is a question with its own haystack; the file is never read as a whole. Multi-hop sets
as HippoRAG publishes them (files/multihop.py) are one part, its memories the passages.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from nuonuo.files import locomo as data
from nuonuo.files import longmemeval, multihop
from nuonuo.files.limits import SUITE, Oversized, suite_bytes
from nuonuo.files.longmemeval import Instance
from nuonuo.files.question import Question
from nuonuo.files.tables import short
from nuonuo.memory.records import Record, is_text, record

EITHER = (
    f"must be a JSON list as published: LoCoMo's, of objects with `conversation` ({data.SOURCE}), LongMemEval's, of "
    f"objects with `haystack_sessions` ({longmemeval.SOURCE}), or multi-hop questions with their passages, beside "
    f"them in …_corpus.json or in one object ({multihop.SOURCE})"
)


@dataclass(frozen=True)
class Part:
    """A bank's worth of a suite: memories, and the questions asked of them."""

    name: str
    items: tuple[Record, ...]
    questions: tuple[Question, ...]  # their ids count the items from 1, as adding them to an empty bank does
    spare: tuple[tuple[str, ...], ...]  # of each item: further cues that are known and not stored
    notes: tuple[str, ...] = ()  # what was left out, a sentence each


def read_suite(path: str | Path) -> Iterator[Part]:
    """The parts of a published file, as its first object tells which.

    Of LoCoMo, questions of categories 1 to 4 with evidence; the observations about a turn are its spare cues. Of
    LongMemEval, the turns marked as holding the answer are expected, all of the answering sessions if none is marked,
    and nothing where the question has no answer. Raises ValueError, some of it while parts are read: naming all
    formats if the file is none of them, and the file and the place if it is wrong there.
    """
    path = Path(path)
    return READERS[_format(path)](path)


def count(path: str | Path) -> int | None:
    """How many questions a published file asks; None for LongMemEval, of which only reading it all would tell.

    Raises ValueError as `read_suite` does.
    """
    name = _format(Path(path))
    return None if name == "haystack_sessions" else sum(len(part.questions) for part in READERS[name](Path(path)))


def _format(path: Path) -> str:
    """The field in READERS by which a file's first object tells its format. Raises ValueError if it has none."""
    if not path.is_file():
        raise ValueError(f"there is no file {path}: it {EITHER}")
    try:
        first = next(longmemeval.objects(path), None)
    except ValueError as reason:
        if reason.__cause__:  # it is a list, and breaks
            raise
        if _is_object_of_passages(path):
            return "question"
        raise ValueError(f"{path} {EITHER}") from reason
    fields = set(first) if isinstance(first, dict) else set()
    found = next((field for field in READERS if field in fields), None)
    if found is None or (found == "question" and not multihop.is_question(first)):
        raise ValueError(f"{path} {EITHER}, got {short(sorted(fields)) if fields else short(first)}")
    return found


def format_of(path: Path) -> str | None:
    """The field by which the first object of a JSON file tells that it is a published suite; None if it is none."""
    try:
        return _format(path)
    except Oversized:
        raise
    except ValueError:
        return None


def _is_object_of_passages(path: Path) -> bool:
    """Whether a file is one object with questions and passages. Raises Oversized if it is, and larger than any."""
    if path.stat().st_size > SUITE or not _names(path.read_bytes()):
        return False
    try:
        given = json.loads(suite_bytes(path).decode("utf-8-sig"))
    except Oversized:
        raise
    except (ValueError, RecursionError):
        return False
    return isinstance(given, dict) and "questions" in given and bool({"corpus", "passages"} & set(given))


def _names(data: bytes) -> bool:
    """Whether the fields that such an object needs stand anywhere in it."""
    return b'"questions"' in data and (b'"corpus"' in data or b'"passages"' in data)


def _locomo(path: Path) -> Iterator[Part]:
    try:
        conversations = data.read_locomo(path)
    except Oversized:
        raise
    except ValueError as reason:
        raise ValueError(f"{path}, {_place(path, reason.__cause__)}: must be as published, {data.SOURCE}") from reason
    for c in conversations:
        ids = {turn: number for number, turn in enumerate(c.turns, 1)}
        asked = tuple(
            Question(f"{c.name}:{number}", q.text, tuple(sorted(ids[turn] for turn in q.evidence)), ())
            for number, q in enumerate(c.questions, 1)
        )
        items = tuple(record(text, about=c.abouts[turn]) for turn, text in c.turns.items())
        spare = tuple(c.facts.get(turn, ()) for turn in c.turns)
        yield _checked(path, Part(c.name, items, asked, spare, tuple(f"{c.name}: {note}" for note in c.notes)))


def _place(path: Path, cause: BaseException | None) -> str:
    """Where a LoCoMo file goes wrong: the place in the text, or the first conversation that cannot be read alone."""
    if isinstance(cause, json.JSONDecodeError):
        return f"line {cause.lineno}, column {cause.colno}"
    with TemporaryDirectory() as folder:
        alone = Path(folder) / "one.json"
        for number, given in enumerate(longmemeval.objects(path), 1):
            alone.write_text(json.dumps([given]), "utf-8")
            try:
                data.read_locomo(alone)
            except ValueError:
                return f"conversation {number}"
    return "as a whole"


def _longmemeval(path: Path) -> Iterator[Part]:
    for instance in longmemeval.read(path):
        asked = Question(instance.id, instance.question, _answering(instance), ())
        items = tuple(record(turn.text, about=turn.about) for turn in instance.turns)
        yield _checked(path, Part(instance.id, items, (asked,), ((),) * len(items)))


def _answering(instance: Instance) -> tuple[int, ...]:
    """The numbers from 1 of the turns that answer a question; of all turns of its sessions if none is marked."""
    if instance.abstains:
        return ()
    marked = tuple(number for number, turn in enumerate(instance.turns, 1) if turn.answers)
    return marked or tuple(number for number, turn in enumerate(instance.turns, 1) if turn.session in instance.sessions)


def _checked(path: Path, part: Part) -> Part:
    """The part itself. Raises ValueError if a text of it cannot be stored or asked."""
    for question in part.questions:
        if not is_text(question.query):
            raise ValueError(
                f"{path}, question {question.id}: must be a text that is not blank, got {question.query!r}"
            )
    for number, item in enumerate(part.items, 1):
        if not is_text(item.cues[0]):
            raise ValueError(f"{path}, {part.name}, turn {number}: must be a text, got {short(item.cues[0])}")
    return part


def _multihop(path: Path) -> Iterator[Part]:
    corpus = multihop.read_multihop(path)
    asked = tuple(
        Question(
            q.id,
            q.text,
            tuple(min(thing) for thing in q.evidence if len(thing) == 1),
            (),
            any_of=tuple(tuple(sorted(thing)) for thing in q.evidence if len(thing) > 1),
        )
        for q in corpus.questions
    )
    yield _checked(path, Part(path.stem, corpus.passages, asked, ((),) * len(corpus.passages)))


READERS = {"conversation": _locomo, "haystack_sessions": _longmemeval, "question": _multihop}
