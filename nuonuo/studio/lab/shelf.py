"""Where the lab's results come from: shipped with the project or run by this tab; the run that goes on; what is pinned.

A run is a background job, so it goes on while other pages are looked at. Its result lasts as long as the tab.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st

from nuonuo.lab import results, running
from nuonuo.lab.results import Result
from nuonuo.studio.shell import jobs
from nuonuo.studio.shell.words import typed

UNSAFE = re.compile(r"[/\\\x00-\x1f]|^\.+")  # in the name of an uploaded file
LONGEST = 60  # characters of it


@dataclass(frozen=True)
class Run:
    """One run of an experiment in the background."""

    name: str
    command: str
    job: jobs.Job
    folder: TemporaryDirectory | None  # of an uploaded file


def start(name: str, given: dict[str, Any], seed: int, upload: Any = None) -> None:
    """Run an experiment; upload: a file of one's own for it to read, with `name` and `getvalue()`."""
    asked, folder, file = {**given, "seed": seed}, None, None
    if upload is not None:
        folder, file = TemporaryDirectory(prefix="nuonuo-lab-"), UNSAFE.sub("_", upload.name)[-LONGEST:]
        asked["file"] = Path(folder.name) / file
        asked["file"].write_bytes(upload.getvalue())
    job = jobs.start(running.work, name, asked)
    st.session_state.lab_run = Run(name, running.command(name, seed, given, file), job, folder)
    _of("lab_notes").pop(name, None)


def current() -> Run | None:
    """The run that goes on, or waits for its turn."""
    run = st.session_state.get("lab_run")
    return run if run and run.job.running else None


def collect() -> None:
    """Take in what an ended run has left: its result, or what it kept, and a note of how it ended."""
    run = st.session_state.get("lab_run")
    if run is None or run.job.running:
        return
    del st.session_state.lab_run
    job, notes = run.job, _of("lab_notes")
    if job.state == "done":
        _put(run, job.result, True)
    else:
        kept = f"{job.kept} kept" if job.kept else "no part was finished, so nothing was kept"
        if job.state == "cancelled":
            notes[run.name] = f"Cancelled at {job.fraction:.0%}: {kept}."
        else:
            notes[run.name] = f"The run failed: {typed(_reason(run))}. Of it, {kept}."
        if job.kept:
            _put(run, list(job.kept.rows), False)
    if run.folder:
        run.folder.cleanup()


def shown(name: str) -> Result | None:
    """The result to show: this tab's latest, else the shipped one."""
    return _of("lab_results").get(name) or results.shipped(name)


def is_own(name: str) -> bool:
    """Whether the shown result was run by this tab."""
    return name in _of("lab_results")


def note(name: str) -> str | None:
    """How the latest run of an experiment ended, if there is something to say: Markdown."""
    return _of("lab_notes").get(name)


def drop(name: str) -> None:
    """Let this tab's result go, and show the shipped one again."""
    _of("lab_results").pop(name, None)
    _of("lab_notes").pop(name, None)


def pinned(name: str) -> Result | None:
    """The result that others are held against."""
    return _of("lab_pins").get(name)


def pin(name: str, result: Result | None) -> None:
    """Hold the results of an experiment against this one; None: against none."""
    _of("lab_pins")[name] = result


def _put(run: Run, rows: list[dict], complete: bool) -> None:
    _of("lab_results")[run.name] = results.made(run.name, run.command, rows, complete)


def _reason(run: Run) -> str:
    """Why it failed, with an uploaded file under the name its owner knows."""
    reason = (run.job.error or "no reason was given").rstrip(".")
    return reason.replace(f"{run.folder.name}{os.sep}", "") if run.folder else reason


def _of(name: str) -> dict[str, Any]:
    """One of this tab's shelves: by experiment."""
    return st.session_state.setdefault(name, {})
