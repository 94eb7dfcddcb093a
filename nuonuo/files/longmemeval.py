"""LongMemEval's published files, read a question at a time.

Wu et al., arXiv:2410.10813; files longmemeval_oracle.json, longmemeval_s.json and longmemeval_m.json. Every question
has its own haystack of turns. Questions whose id ends in _abs have no answer.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import ijson

from nuonuo.memory.records import About, is_text

SOURCE = "https://github.com/xiaowu0162/LongMemEval"
CHUNK = 1 << 20  # bytes read at a time
OBJECT = 20_000_000  # bytes of an object; those of longmemeval_m.json have 6 million
VALUES = 500_000  # of an object: a turn has three, and commas in texts count
OPEN = 100_000  # brackets more than are closed in an object's texts and lists
FIELDS = ("question_id", "question_type", "question", "haystack_session_ids", "haystack_sessions", "answer_session_ids")


@dataclass(frozen=True)
class Turn:
    """One turn of a haystack."""

    session: str
    text: str  # role: content
    answers: bool  # whether it is marked as holding the answer
    position: int = 0  # its number among the turns of sessions with this id, from 1
    when: str | None = None  # date of the session, as written

    @property
    def about(self) -> About:
        """Where it stands, as a memory of it says."""
        session = str(self.session)
        return About(session=session if is_text(session) else None, position=self.position, when=self.when)


@dataclass(frozen=True)
class Instance:
    """One question with its haystack."""

    id: str
    type: str
    question: str
    turns: tuple[Turn, ...]
    sessions: frozenset[str]  # those that answer it

    @property
    def abstains(self) -> bool:
        """Whether nothing in the haystack answers it."""
        return self.id.endswith("_abs")


def read(path: str | Path) -> Iterator[Instance]:
    """The questions of a file, one at a time. Raises ValueError saying where to get one if it is something else."""
    if not Path(path).is_file():
        raise ValueError(f"there is no file {path}; LongMemEval is at {SOURCE}")
    number = 0
    for number, given in enumerate(objects(Path(path)), 1):
        try:
            yield _instance(given)
        except (LookupError, TypeError, AttributeError, ValueError) as reason:
            name = given.get("question_id", f"number {number}") if isinstance(given, dict) else f"number {number}"
            raise ValueError(
                f"{path}, question {name}: must have {', '.join(FIELDS)} as published at {SOURCE}"
            ) from reason
    if not number:
        raise ValueError(f"{path} holds no question; LongMemEval is at {SOURCE}")


def objects(path: Path) -> Iterator[Any]:
    """The objects of a JSON list, never more than a piece of the file and one object in memory at a time.

    Raises ValueError if the file is no list, or, once those before are read, naming the place where it goes wrong.
    """
    number = 1  # of the object that is being read
    with path.open("rb") as file:
        _enter_list(path, file)
        try:
            bounded = Bounded(file)
            for given in ijson.items(bounded, "item", buf_size=CHUNK, use_float=True):
                yield given
                number += 1
                bounded.begin()
        except (ijson.JSONError, UnicodeDecodeError, TooLarge) as reason:
            why = str(reason).strip().splitlines()[0]
            raise ValueError(
                f"{path}, object {number}: must be a whole JSON list of questions, but {why}; "
                f"LongMemEval is at {SOURCE}"
            ) from reason


class TooLarge(Exception):
    """An object that no published file has."""


class Bounded:
    """A file of JSON objects, read piece by piece, of which none may be too long, too wide or too deep.

    A text that never ends would be copied again with each piece, and a bracket costs the parser some 400 bytes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.begin()

    def begin(self) -> None:
        """Another object begins, somewhere in the piece that was read last."""
        self._size = self._open = self._values = 0

    def read(self, size: int = -1) -> bytes:
        """The next piece. Raises TooLarge."""
        piece = self._file.read(size)
        self._size += len(piece)
        self._open += sum(piece.count(c) for c in (b"[", b"{")) - sum(piece.count(c) for c in (b"]", b"}"))
        self._values += piece.count(b",")
        if self._values > VALUES:
            raise TooLarge(f"an object has more than {VALUES:,} values")
        if self._size > OBJECT:
            raise TooLarge(f"an object has more than {OBJECT:,} bytes")
        if self._open > OPEN:
            raise TooLarge("it is nested too deeply")
        return piece


def _enter_list(path: Path, file: BinaryIO) -> None:
    """Go to the bracket that opens a list. Raises ValueError if something else comes first."""
    start = 3 if file.read(3) == codecs.BOM_UTF8 else 0
    file.seek(start)
    while (byte := file.read(1)) and byte in b" \t\r\n":
        start += 1
    if byte != b"[":
        raise ValueError(f"{path} must be a JSON list of questions; LongMemEval is at {SOURCE}")
    file.seek(start)


def sentences(text: str) -> list[str]:
    """The sentences of a turn with more than one."""
    parts = [part.strip() for part in re.split(r"(?<=[.!?])\s+", text.split(": ", 1)[-1]) if part.strip()]
    return list(dict.fromkeys(parts)) if len(parts) > 1 else []


def _instance(given: dict) -> Instance:
    turns = tuple(_turns(given))
    if not turns:
        raise LookupError
    return Instance(
        str(given["question_id"]),
        given["question_type"],
        given["question"],
        turns,
        frozenset(given["answer_session_ids"]) & {turn.session for turn in turns}
        or frozenset(given["answer_session_ids"]),
    )


def _turns(given: dict) -> Iterator[Turn]:
    dates = given.get("haystack_dates")
    places: Counter[str] = Counter()  # of the turns so far, by session: some haystacks name one twice
    sessions = zip(given["haystack_session_ids"], given["haystack_sessions"], strict=True)
    for number, (session, said) in enumerate(sessions):
        date = dates[number] if isinstance(dates, list) and number < len(dates) else None
        for turn in said:
            if turn["content"].strip():
                places[session] += 1
                text, answers = f"{turn['role']}: {turn['content']}", bool(turn.get("has_answer"))
                yield Turn(session, text, answers, places[session], date if is_text(date) else None)
