"""What the triage page has run for this tab: the job that goes on, the last result of each bank, a published file.

A run is a background job over the bank's file, or over a copy of a sample, and goes on while other pages are looked at.
"""

import os
import shutil
import weakref
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import streamlit as st

from nuonuo import Memory
from nuonuo.debug import suggest, triage, working
from nuonuo.debug.diagnosis import RIGHT
from nuonuo.debug.paired import Paired, paired
from nuonuo.debug.rule import Rule
from nuonuo.debug.suggest import Suggestions
from nuonuo.debug.triage import NOTHING_EXPECTED, Checked
from nuonuo.files.suites import read_suite
from nuonuo.memory.asking import Asking
from nuonuo.studio.lab.shelf import LONGEST, UNSAFE
from nuonuo.studio.shell import jobs
from nuonuo.studio.shell.words import typed

SUITE = "suite"  # the shelf of a published file, as others have a bank's name
TRIAGE, SUGGEST = "triage", "suggest"


class Folder:
    """A temporary folder, deleted by `drop` or with its last holder, the tab."""

    def __init__(self) -> None:
        self.path = Path(mkdtemp(prefix="nuonuo-triage-"))
        self.drop = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class Suite:
    """A published file that was uploaded; it lasts as long as the tab."""

    name: str
    path: Path
    folder: Folder
    parts: int
    questions: int
    answerable: int


@dataclass(frozen=True)
class Made:
    """With what a result was made."""

    name: str  # of the questions
    asked: object  # the questions, or a published file's path
    how: Asking
    rule: Rule
    bank: int  # a number that changes with the bank's texts
    count: int  # questions


@dataclass(frozen=True)
class Outcome:
    """The questions that were asked, and with what."""

    checked: list[Checked]
    complete: bool
    made: Made

    @cached_property
    def verdicts(self) -> list[dict]:
        """Rows verdict, questions, fixed: what is right first, what expects nothing last."""
        order = {RIGHT: 0, NOTHING_EXPECTED: 2}
        return sorted(triage.verdicts(self.checked), key=lambda row: order.get(row["verdict"], 1))

    @cached_property
    def summary(self) -> list[dict]:
        """Rows method, measure, value, low, high, n."""
        return triage.summary(self.checked)

    @cached_property
    def paired(self) -> list[Paired]:
        """NuoNuo against each other method, question by question."""
        return paired(self.checked)


@dataclass(frozen=True)
class Found:
    """The changes that were tried, and with what."""

    suggestions: Suggestions
    made: Made


@dataclass(frozen=True)
class Run:
    """A job in the background. key: a bank's name, or SUITE."""

    kind: str
    key: str
    made: Made
    job: jobs.Job
    folder: Folder | None  # of a sample's copy


def stamp(memory: Memory) -> int:
    """A number that changes when a memory's texts do."""
    return hash(tuple((row.id, row.target, row.cues) for row in memory))


def start(kind: str, key: str, memory: Memory, made: Made) -> None:
    """Begin a triage, or the search for the change that fixes most, of a bank's questions or of a published file."""
    folder, published = None, suite()
    if key == SUITE and published:
        whole = (working.work_suite, published.questions) if kind == TRIAGE else (suggest.work_suite, published.parts)
        more = (made.rule,) if kind == TRIAGE else ()
        job = jobs.start(whole[0], published.path, made.how, whole[1], *more)
    else:
        path = memory.path
        if path is None:
            folder = Folder()
            path = folder.path / f"{memory.name}.nuonuo"
            memory.copy(path).close()
        job = (
            jobs.start(working.work, path, made.asked, made.how, made.rule)
            if kind == TRIAGE
            else jobs.start(suggest.work, path, made.asked, made.how)
        )
    st.session_state.triage_run = Run(kind, key, made, job, folder)
    _of("triage_notes").pop(key, None)


def current() -> Run | None:
    """The run that goes on, or waits for its turn."""
    run = st.session_state.get("triage_run")
    return run if run and run.job.running else None


def asking_now(key: str) -> bool:
    """Whether a triage of this bank or file goes on."""
    run = current()
    return run is not None and (run.kind, run.key) == (TRIAGE, key)


def collect() -> None:
    """Take in what an ended run has left: its result, or what it kept, and a note of how it ended."""
    run = st.session_state.get("triage_run")
    if run is None or run.job.running:
        return
    del st.session_state.triage_run
    job = run.job
    if job.state == "done":
        _put(run, job.result, True)
    else:
        _of("triage_notes")[run.key] = _ended(run)
        if job.kept:
            _put(run, job.kept, False)
    if run.folder:
        run.folder.drop()


def _put(run: Run, result: Any, complete: bool) -> None:
    if run.kind == SUGGEST:
        _of("triage_found")[run.key] = Found(result, run.made)
        return
    _of("triage_outcomes")[run.key] = Outcome(result, complete, run.made)
    s = st.session_state
    s.triage_runs = s.get("triage_runs", 0) + 1  # another table, with no row picked
    s.pop("triage_verdict", None)


def _ended(run: Run) -> str:
    """How a run ended that did not come to its end: Markdown."""
    what = "The triage" if run.kind == TRIAGE else "The search for a change"
    if run.job.state != "cancelled":
        return f"{what} failed: {typed(_reason(run)).rstrip('.')}."
    if run.kind == SUGGEST:
        return f"{what} was cancelled; nothing of it is kept."
    if run.job.kept:
        return f"{what} was cancelled after {len(run.job.kept):,} of {run.made.count:,} questions: they are kept."
    return f"{what} was cancelled before a question was kept."


def _reason(run: Run) -> str:
    """Why a run failed, with a file under the name its owner knows."""
    reason = run.job.error or "no reason was given"
    uploaded = suite()
    folders = [folder.path for folder in (run.folder, uploaded and uploaded.folder) if folder]
    for each in folders:
        reason = reason.replace(f"{each}{os.sep}", "")
    return reason


def outcome(key: str) -> Outcome | None:
    """The last result of a bank, or of the published file."""
    return _of("triage_outcomes").get(key)


def found(key: str) -> Found | None:
    """The changes last tried on a bank, or on the published file."""
    return _of("triage_found").get(key)


def note(key: str) -> str | None:
    """How the last run ended, if there is something to say: Markdown."""
    return _of("triage_notes").get(key)


def suite() -> Suite | None:
    """The published file of this tab."""
    return st.session_state.get("triage_suite")


def take_suite(upload: Any) -> None:
    """Keep a published file for this tab, in place of the last. Raises ValueError, keeping nothing, if it is wrong."""
    folder = Folder()
    path = folder.path / UNSAFE.sub("_", upload.name)[-LONGEST:]
    path.write_bytes(upload.getvalue())
    try:
        parts = [part.questions for part in read_suite(path)]
        questions = [question for asked in parts for question in asked]
        if not questions:
            raise ValueError(f"{path} asks no question that can be answered from its memories")
    except ValueError as reason:
        folder.drop()
        raise ValueError(str(reason).replace(f"{folder.path}{os.sep}", "")) from reason
    drop_suite()
    answerable = sum(question.answerable for question in questions)
    st.session_state.triage_suite = Suite(upload.name, path, folder, len(parts), len(questions), answerable)


def drop_suite() -> None:
    """Let the published file go, its results with it, and a run of it."""
    run = current()
    if run and run.key == SUITE:
        run.job.cancel()
        del st.session_state.triage_run
    for shelf in ("triage_outcomes", "triage_found", "triage_notes"):
        _of(shelf).pop(SUITE, None)
    if old := st.session_state.pop("triage_suite", None):
        old.folder.drop()


def _of(name: str) -> dict[str, Any]:
    """One of this tab's shelves: by bank."""
    return st.session_state.setdefault(name, {})
