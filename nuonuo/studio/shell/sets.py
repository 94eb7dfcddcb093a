"""Question sets as pages see them: a sample's own questions, or a file's for the chosen bank.

A bank of one's own keeps its set in a file beside it; for a sample it lasts as long as the tab.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.files.memories import embeddings_of
from nuonuo.files.questions import Question, read_questions, things, unknown, write_questions
from nuonuo.studio.shell import banks
from nuonuo.studio.shell.own import beside as beside_file

TYPES = ["jsonl", "csv", "tsv", "parquet", "npz"]
COLUMNS = "query, and expected (a cue or a target) or expected_id"


@dataclass(frozen=True)
class QuestionSet:
    """Questions of one bank, with what each expects."""

    name: str  # of the file, or what it is
    questions: tuple[Question, ...]


def current() -> QuestionSet | None:
    """The chosen bank's questions: its own set, or those that come with a sample."""
    bank = banks.root()
    if kept := st.session_state.setdefault("question_sets", {}).get(bank):
        return kept
    if bank.startswith(banks.OWN):
        return _kept(beside(bank))
    return QuestionSet("the sample's own questions", of_sample(bank))


def _kept(path: Path) -> QuestionSet | None:
    """The set beside a bank of one's own; None if there is none, or if it cannot be read, which is said."""
    if not path.exists():
        return None
    try:
        return QuestionSet("the set kept with this bank", _read(str(path), path.stat().st_mtime))
    except ValueError as reason:
        said = f"This bank's questions cannot be read: {reason}."
        if said not in st.session_state.notices:
            st.session_state.notices.append(said)
        return None


def find(query: str) -> Question | None:
    """The set's question with this text."""
    known = current()
    return next((q for q in known.questions if q.query == query), None) if known else None


def askable(memory: Memory) -> tuple[Question, ...]:
    """The set's questions that the bank can be asked: by their text, or by an embedding of its size."""
    kept = current()
    return tuple(
        q
        for q in (kept.questions if kept else ())
        if (memory.encoder if q.embedding is None else len(q.embedding) == memory.dimension and any(q.embedding))
    )


def meaning(memory: Memory) -> Question | None:
    """The shared question with what it is meant to bring back; None if nobody has said.

    `want` says it, 0 that nothing stored is right; a question of the set says it too, and may mean several memories.
    """
    s = st.session_state
    asked = find(s.q or "")
    if s.want is None or (asked and s.want in asked.meant(memory)):
        return asked
    return Question("asked", s.q or "", (s.want,), asked.texts if asked and not s.want else ())


def expected(memory: Memory) -> frozenset[int]:
    """The stored memories that the verdict holds a recall against: `want`, or all that the set means together."""
    if several := together(memory):
        return frozenset().union(*several)
    want = st.session_state.want
    return frozenset({want} if want in memory else ())


def missed(memory: Memory, trace: Trace) -> int | None:
    """`want`, unless what is ranked first is among what is expected."""
    return None if trace.answer.id in expected(memory) else st.session_state.want


def together(memory: Memory) -> tuple[frozenset[int], ...]:
    """What the shared question is meant to bring back, thing by thing, if it is several things; else none."""
    meant = meaning(memory)
    return things([meant], memory)[0] if meant and meant.count > 1 else ()


def keep(name: str, questions: tuple[Question, ...], bank: str | None = None) -> None:
    """Take a set for a bank, the chosen one if none is named."""
    bank = bank or banks.root()
    if bank.startswith(banks.OWN):
        write_questions(beside(bank), questions)
    else:
        st.session_state.setdefault("question_sets", {})[bank] = QuestionSet(name, questions)


def drop() -> None:
    """Let the chosen bank's own set go."""
    bank = banks.root()
    st.session_state.get("question_sets", {}).pop(bank, None)
    if bank.startswith(banks.OWN):
        beside(bank).unlink(missing_ok=True)


def is_own() -> bool:
    """Whether the chosen bank's set is one that came from a file."""
    bank = banks.root()
    own = bank.startswith(banks.OWN) and beside(bank).exists()
    return own or bank in st.session_state.get("question_sets", {})


def read_upload(file: Any, memory: Memory) -> tuple[Question, ...]:
    """The questions of an uploaded file for a bank.

    Raises ValueError naming the file as its owner knows it, if it is wrong or its embeddings are not the bank's size.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(file.name).name
        path.write_bytes(file.getvalue())
        try:
            questions = tuple(read_questions(path))
            embeddings_of(questions).check_size(memory.dimension, str(path), memory.name)
            check_known(questions, memory, str(path))
            return questions
        except ValueError as reason:
            raise ValueError(str(reason).replace(f"{folder}/", "")) from reason


def check_known(questions: tuple[Question, ...], memory: Memory, file: str) -> None:
    """Raises ValueError naming the file if a bank holds nothing at all of what its questions expect."""
    count = sum(question.count for question in questions)
    lost = unknown(questions, memory)
    if count and not any(some for each in things(questions, memory) for some in each):
        raise ValueError(
            f"{file}: bank {memory.name} holds none of what the questions expect, such as {lost[0]!r}: give a memory's "
            "cue, target, number or id of your own"
        )


def replace(name: str, questions: tuple[Question, ...]) -> None:
    """Take a set for the chosen bank; the one it had of its own can be put back by `put_back`."""
    old = current() if is_own() else None
    keep(name, questions)
    st.session_state.pop("replaced_set", None)
    if old:
        st.session_state.replaced_set = (banks.root(), old)


def put_back() -> None:
    """Put the set back that the last one has replaced."""
    bank, old = st.session_state.pop("replaced_set")
    keep(old.name, old.questions, bank)


def can_put_back() -> bool:
    """Whether the chosen bank had another set of its own before this one."""
    kept: tuple[str, QuestionSet] | None = st.session_state.get("replaced_set")
    return kept is not None and kept[0] == banks.root()


def beside(bank: str) -> Path:
    """Where a bank of one's own keeps its set."""
    return beside_file(banks.file_of(bank), ".questions.jsonl")


@st.cache_data(show_spinner=False)
def _read(path: str, changed: float) -> tuple[Question, ...]:
    """A kept set; `changed` is when the file was."""
    return tuple(read_questions(path))


@st.cache_data(show_spinner=False)
def of_sample(name: str) -> tuple[Question, ...]:
    """The questions of a sample that are asked and never stored: a set beside it, or those in its rows."""
    path = banks.SAMPLES / f"{name}-questions.jsonl"
    if path.is_file():
        return tuple(read_questions(path))
    rows = [json.loads(line) for line in (banks.SAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()]
    asked = [(query, row) for row in rows for query in row["queries"]]
    return tuple(Question(str(i), query, (), (row["cue"],)) for i, (query, row) in enumerate(asked, 1))
