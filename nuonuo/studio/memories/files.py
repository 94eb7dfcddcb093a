"""Memories in and out as files, and banks of one's own, empty or made of them."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nuonuo import Memory
from nuonuo.files.export import as_jsonl
from nuonuo.files.links import Brought, of_items
from nuonuo.files.memories import Embeddings, embeddings_of, read_items
from nuonuo.memory.encoder import Progress
from nuonuo.memory.records import Record
from nuonuo.memory.remaining import Remaining
from nuonuo.studio.memories.importing import FORMATS, HOLDS
from nuonuo.studio.shell import banks, faults
from nuonuo.studio.shell.words import typed


@dataclass(frozen=True)
class Found:
    """What a file holds."""

    name: str
    items: list[Record]
    given: Embeddings
    links: Brought  # among its memories


def export(memory: Memory) -> None:
    """Every memory as JSONL that imports again, with those embeddings that its texts alone would not give."""
    st.download_button(
        "Export as JSONL",
        lambda: as_jsonl(memory),
        f"{memory.name}.jsonl",
        "application/jsonl",
        on_click="ignore",
    )


def bank_form(memory: Memory) -> None:
    """A new bank of one's own: empty, with the memories shown, or made of a file; what cannot be used is named."""
    for name, why in faults.found().items():
        if why:
            st.caption(f"Set aside: {typed(name)}; {faults.said(why)}. {faults.REPAIR}")
    changed = banks.is_changed()
    starts = {"nothing": "Nothing", "shown": f"The {_counted(memory)} shown", "file": "A file"}
    if not len(memory):
        del starts["shown"]
    start = st.segmented_control(
        "Start with",
        list(starts),
        default="shown" if changed else "nothing",
        format_func=starts.__getitem__,
        key=f"start-{changed}-{len(starts)}",
        required=True,
    )
    found, dimension = _starting() if start == "file" else (None, None)
    with st.form("keep", border=False):
        name = st.text_input("Name of the new bank", placeholder="my notes", key="new_bank")
        if not st.form_submit_button("Create"):
            return
        if start == "file" and found is None:
            st.warning("Choose a file that can be read, above, or start with something else.")
            return
        try:
            made = banks.keep(name, memory) if start == "shown" else _created(name, found, dimension)
        except ValueError as reason:
            st.warning(faults.said(reason))
            return
    s = st.session_state
    s.started = s.get("started", 0) + 1  # another key empties the uploader
    s.pop("start", None)
    s.go_to_bank = made
    st.rerun()


def _created(name: str, found: Found | None, dimension: int | None) -> str:
    return banks.create(name, found.items if found else (), dimension, _progress())


def _starting() -> tuple[Found | None, int | None]:
    """The file a bank is to be made of, if one was given, and the size of its embeddings if they are to be kept."""
    file = st.file_uploader(HOLDS, type=FORMATS, key=f"start-file-{st.session_state.get('started', 0)}")
    if file is None:
        return None, None
    try:
        found = _read_once(file, "start")
        found.given.own_size(found.name)  # raises if no bank can be made of it
    except ValueError as reason:
        st.warning(faults.said(reason))
        return None, None
    return found, found.given.size if _kept(found) else None


def _kept(found: Found) -> bool:
    """Say what becomes of a file's texts and embeddings; whether the bank is made of these embeddings alone."""
    own, each = banks.encoder(), "it comes" if len(found.items) == 1 else "each comes"
    if found.given.lacking:
        st.caption(f"{_counted(found.items)}; {found.given.lacking:,} will be encoded by {own.name}.")
        return False
    kept = found.given.size != own.dimension or st.checkbox(
        "Keep these embeddings; encode nothing",
        help=f"For embeddings that another model than {own.name} made: a question encoded by it would find nothing.",
    )
    then = (
        "The bank is made of these and has no encoder: it can be asked its own cues, and questions that come with an "
        "embedding."
        if kept
        else f"Questions and new texts will be encoded by {own.name}."
    )
    st.caption(f"{_counted(found.items)}; {each} with an embedding of {found.given.size} numbers. {then}")
    return kept


def _read_once(file: UploadedFile, shelf: str) -> Found:
    """What an uploaded file holds, read anew only when it is another file. Raises ValueError if it is wrong."""
    s = st.session_state
    if s.get(shelf, (None, None))[0] != file.file_id:
        with st.spinner("Reading"):
            s[shelf] = file.file_id, _read(file)
    return s[shelf][1]


def _read(file: UploadedFile) -> Found:
    """Raises ValueError, naming the file as the visitor does, if it is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(file.name).name
        path.write_bytes(file.getvalue())
        try:
            items = read_items(path)
            return Found(path.name, items, embeddings_of(items), of_items(items))
        except ValueError as reason:
            raise ValueError(str(reason).replace(str(path), path.name)) from reason


def _progress() -> Progress:
    """A bar that stands once something is encoded."""
    place, left = st.empty(), Remaining()

    def tell(done: int, total: int) -> None:
        left(done, total)
        if total:
            place.progress(done / total, left.after(f"Encoding {done:,} of {total:,}"))

    return tell


def _counted(memories: Sequence[Record] | Memory) -> str:
    return "1 memory" if len(memories) == 1 else f"{len(memories):,} memories"
