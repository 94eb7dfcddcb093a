"""A file of memories into the bank: looked at first, its columns chosen, then encoded in the background and stored."""

import os
import shutil
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import streamlit as st

from nuonuo import Memory
from nuonuo.files.columns import ROLES
from nuonuo.files.links import brought
from nuonuo.files.memories import lacking
from nuonuo.files.preparing import Prepared, prepared, work
from nuonuo.files.preview import Preview, preview
from nuonuo.studio.shell import banks, faults, jobs
from nuonuo.studio.shell.words import counted, typed

FORMATS = ["txt", "md", "json", "jsonl", "ndjson", "csv", "tsv", "parquet", "arrow", "feather", "npz", "zip"]
HOLDS = "Texts as you have them: CSV, JSON, Parquet, NPZ, a chat log, Markdown or a ZIP of it; or one memory a line"
MEANS = {
    "text": "Text that brings it back",
    "target": "What is recalled",
    "id": "Id of your own",
    "vector": "Embedding",
    "title": "Title",
    "session": "Session or document",
    "position": "Place in it",
    "source": "Source",
    "when": "Date",
}
NONE = "–"
MOST = 200  # MB of an upload
AT_ONCE = 100  # memories that are encoded while the page waits, two seconds; a job first loads the model anew


class Upload:
    """A file that was dropped, kept until the tab lets it go."""

    def __init__(self, file: Any) -> None:
        folder = mkdtemp(prefix="nuonuo-import-")
        self.id, self.name = file.file_id, Path(file.name).name
        self.path = Path(folder) / self.name
        self.path.write_bytes(file.getvalue())
        self.drop = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def said(self, reason: object) -> str:
        """What went wrong, with the file under the name its owner knows."""
        return str(reason).replace(f"{self.path.parent}{os.sep}", "")


@dataclass(eq=False)
class Run:
    """An import that goes on in the background."""

    bank: str
    upload: Upload
    job: jobs.Job
    shown: dict[str, Any] = field(default_factory=dict)


def form(memory: Memory) -> None:
    """What goes on, how the last one ended, and the place for a file."""
    s = st.session_state
    _collect(memory)
    if note := s.pop("imported", None):
        st.success(note)
    if wrong := s.pop("import_wrong", None):
        st.warning(wrong)
    run: Run | None = s.get("import_run")
    if run:
        st.fragment(partial(_progress, run), run_every=0.5)()
        return
    file = st.file_uploader(HOLDS, type=FORMATS, key=f"file-{s.get('files', 0)}", max_upload_size=MOST)
    if file is None:
        return
    upload = s.get("import_file")
    if upload is None or upload.id != file.file_id:
        upload = s.import_file = Upload(file)
    _look(memory, upload)


def _look(memory: Memory, upload: Upload) -> None:
    """The preview with its columns, and the button that imports."""
    s = st.session_state
    try:
        guess = _previewed(memory, upload, {})
        chosen = _columns(guess, upload) if guess.columns and not guess.guess.is_own else {}
        found = _previewed(memory, upload, chosen)
    except ValueError as reason:
        st.warning(faults.said(upload.said(reason)))
        return
    _told(found, memory)
    if found.problem:
        st.warning(faults.said(f"It cannot be imported so: {upload.said(found.problem)}".rstrip(".") + "."))
        return
    if st.button("Import", type="primary", key="import_go"):
        try:
            if found.given:
                found.given.check_fit(memory.dimension, memory.encoder is not None, found.name, memory.name)
        except ValueError as reason:
            st.warning(faults.said(upload.said(reason)))
            return
        if found.rows <= AT_ONCE:
            with st.spinner("Importing"):
                _keep(memory, upload, partial(prepared, upload.path, chosen, memory.encoder, memory.dimension, None))
            st.rerun()
        name = memory.encoder.name if memory.encoder else None
        job = jobs.start(work, upload.path, chosen, name, memory.dimension)
        s.import_run = Run(s.bank, upload, job)
        st.rerun()


def _previewed(memory: Memory, upload: Upload, chosen: Mapping[str, str | bool | None]) -> Preview:
    """The preview of a file, made anew only for another file, other columns or another bank."""
    s = st.session_state
    key = (upload.id, tuple(sorted(chosen.items())), s.bank, len(memory))
    shelf: dict = s.setdefault("import_previews", {})
    if key not in shelf:
        with st.spinner("Reading"):
            shelf.clear() if len(shelf) > 8 else None
            shelf[key] = preview(upload.path, chosen, memory)
    return shelf[key]


def _columns(guess: Preview, upload: Upload) -> dict[str, str | bool | None]:
    """Which column is what, as guessed or as chosen."""
    names = [NONE, *(column.name for column in guess.columns)]
    chosen: dict[str, str | bool | None] = {}
    with st.expander("Columns, as they were guessed", expanded=True, key="import_columns"):
        places = st.columns(3)
        for number, role in enumerate(ROLES):
            guessed = guess.guess.roles.get(role, NONE)
            at = names.index(guessed) if guessed in names else 0
            picked = places[number % 3].selectbox(MEANS[role], names, index=at, key=f"role-{role}-{upload.id}")
            if picked != guessed:
                chosen[role] = "" if picked == NONE else picked
        if not st.checkbox("Keep all other columns beside the memory", guess.guess.metadata, key=f"more-{upload.id}"):
            chosen["metadata"] = False
    return chosen


def _told(found: Preview, memory: Memory) -> None:
    """What a file holds, and its first memories as they would be stored."""
    st.markdown(f"**{typed(found.format)}, {counted(found.rows, 'memory', 'memories')}**: {typed(found.name)}")
    if found.samples:
        rows = [
            {"brings it back": one.cues[0], "is recalled": one.target, "id": one.about.own_id, **one.about.fields}
            for one in found.samples
        ]
        names = list(dict.fromkeys(name for row in rows for name in row))
        st.dataframe({str(name): [_cell(row.get(name)) for row in rows] for name in names}, hide_index=True)
    for note in found.notes:
        st.caption(f"{typed(note[:1].upper() + note[1:])}.")


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _progress(run: Run) -> None:
    """How far it is; runs twice a second by itself until it has ended."""
    if not run.job.running:
        st.rerun()
    left, right = st.columns([4, 1], vertical_alignment="center")
    told = "starting, the encoder is being loaded" if run.job.message == "starting" else run.job.message
    left.progress(min(run.job.fraction, 1.0), f"{typed(run.upload.name)}: {told}")
    right.button("Cancel", on_click=run.job.cancel, width="stretch", key="import_cancel")


def _collect(memory: Memory) -> None:
    """Store what an ended run has prepared, all of it or nothing, in the bank that it was for."""
    s = st.session_state
    run: Run | None = s.get("import_run")
    if run is None or run.job.running or s.bank != run.bank:
        return
    del s.import_run
    if run.job.state != "done":
        gone = run.job.state == "cancelled"
        why = "was cancelled: nothing was stored" if gone else f"failed: {run.upload.said(run.job.error)}".rstrip(".")
        s.import_wrong = faults.said(f"The import of {run.upload.name} {why}.")
        return
    _keep(memory, run.upload, lambda: run.job.result)
    st.rerun()


def _keep(memory: Memory, upload: Upload, make: Callable[[], Prepared]) -> None:
    """Store what is prepared and make room for the next file; what is refused stays, with the reason."""
    s = st.session_state
    try:
        s.imported = _stored(memory, make())
    except ValueError as reason:
        s.import_wrong = faults.said(upload.said(reason))
        return
    s.files = s.get("files", 0) + 1
    s.pop("import_file", None)
    s.pop("import_previews", None)


def _stored(memory: Memory, made: Prepared) -> str:
    """Store what the bank lacks; what was done, in a sentence."""
    new = lacking(made.kept, made.ready, list(memory))
    links = ""
    if new:
        bank = banks.changeable()
        ids = bank.add_many(new)
        now = bank.bank
        links = str(brought(now.reading.relations, now.ids, ids))
    known = len(made.kept) - len(new)
    parts = [f"{known:,} the bank had already"] if known else []
    parts += [f"{made.doubled:,} came twice"] if made.doubled else []
    parts += [links] if links else []
    return f"Imported {counted(len(new), 'memory', 'memories')}{''.join(f'; {one}' for one in parts)}."
