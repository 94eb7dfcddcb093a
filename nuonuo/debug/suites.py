"""Suites: published question sets that bring their own memories, a part at a time.

LoCoMo (Maharana et al., arXiv:2402.17753): a part is a conversation, its memories are the turns. LongMemEval (Wu et
al., arXiv:2410.10813): a part is a question with its own haystack; the file is never read as a whole.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from nuonuo.debug.queries import Question
from nuonuo.importer import is_text
from nuonuo.items import Item
from nuonuo.lab import data, longmemeval
from nuonuo.lab.longmemeval import Instance
from nuonuo.rows import short

EITHER = (
    f"must be a JSON list as published: LoCoMo's, of objects with `conversation` ({data.SOURCE}), or LongMemEval's, of "
    f"objects with `haystack_sessions` ({longmemeval.SOURCE})"
)


@dataclass(frozen=True)
class Part:
    """A bank's worth of a suite: memories, and the questions asked of them."""

    name: str
    items: tuple[Item, ...]
    questions: tuple[Question, ...]  # their ids count the items from 1, as adding them to an empty bank does
    spare: tuple[tuple[str, ...], ...]  # of each item: further cues that are known and not stored


def read_suite(path: str | Path) -> Iterator[Part]:
    """The parts of a published file, as its first object tells which.

    Of LoCoMo, questions of categories 1 to 4 with evidence; the observations about a turn are its spare cues. Of
    LongMemEval, the turns marked as holding the answer are expected, all of the answering sessions if none is marked,
    and nothing where the question has no answer. Raises ValueError, some of it while parts are read: naming both
    formats if the file is neither, and the file and the place if it is wrong there.
    """
    path = Path(path)
    return _locomo(path) if _is_locomo(path) else _longmemeval(path)


def count(path: str | Path) -> int | None:
    """How many questions a published file asks; None for LongMemEval, of which only reading it all would tell.

    Raises ValueError as `read_suite` does.
    """
    return sum(len(part.questions) for part in _locomo(Path(path))) if _is_locomo(Path(path)) else None


def _is_locomo(path: Path) -> bool:
    """Whether a file is LoCoMo's or else LongMemEval's, by its first object. Raises ValueError if it is neither."""
    if not path.is_file():
        raise ValueError(f"there is no file {path}: it {EITHER}")
    try:
        first = next(longmemeval.objects(path), None)
    except ValueError as reason:
        raise ValueError(f"{path} {EITHER}") from reason
    fields = set(first) if isinstance(first, dict) else set()
    if not fields & {"conversation", "haystack_sessions"}:
        raise ValueError(f"{path} {EITHER}, got {short(sorted(fields)) if fields else short(first)}")
    return "conversation" in fields


def _locomo(path: Path) -> Iterator[Part]:
    try:
        conversations = data.read_locomo(path)
    except ValueError as reason:
        raise ValueError(f"{path}, {_place(path, reason.__cause__)}: must be as published, {data.SOURCE}") from reason
    for c in conversations:
        ids = {turn: number for number, turn in enumerate(c.turns, 1)}
        asked = tuple(
            Question(f"{c.name}:{number}", q.text, tuple(sorted(ids[turn] for turn in q.evidence)), ())
            for number, q in enumerate(c.questions, 1)
        )
        items = tuple(Item(text) for text in c.turns.values())
        yield _checked(path, Part(c.name, items, asked, tuple(c.facts.get(turn, ()) for turn in c.turns)))


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
        items = tuple(Item(turn.text) for turn in instance.turns)
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
        if not is_text(item.cue):
            raise ValueError(f"{path}, {part.name}, turn {number}: must be a text, got {short(item.cue)}")
    return part
