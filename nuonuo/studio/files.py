"""Memories in and out as files, and banks of one's own, empty or made of them."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nuonuo import Memory
from nuonuo.encoder import Progress
from nuonuo.importer import read_items
from nuonuo.items import Item
from nuonuo.store import Row
from nuonuo.studio import banks
from nuonuo.studio.words import typed

FORMATS = ["txt", "jsonl", "csv", "tsv", "parquet", "npz"]
HOLDS = "Text (one memory a line), or rows with cue, target, cues and maybe embedding: JSONL, CSV, Parquet, NPZ"


@dataclass(frozen=True)
class Found:
    """What a file holds."""

    items: list[Item]

    @property
    def size(self) -> int | None:
        """Numbers of each embedding; None if there is none."""
        vectors = (v for item in self.items for v in (item.embedding, item.target_embedding) if v is not None)
        return next((vector.shape[-1] for vector in vectors), None)

    @property
    def lacking(self) -> int:
        """Memories without an embedding."""
        return sum(item.embedding is None for item in self.items)


def import_form(memory: Memory) -> None:
    """A file of memories into this bank, all of it or nothing."""
    s = st.session_state
    if note := s.pop("imported", None):
        st.success(note)
    file = st.file_uploader(HOLDS, type=FORMATS, key=f"file-{s.get('files', 0)}")
    if file is None or not st.button("Import", type="primary"):
        return
    try:
        found = _read(file)
        _check_fit(found, memory)
        banks.changeable().add_many(found.items, _progress())
    except ValueError as reason:
        st.warning(typed(str(reason)))
        return
    s.files = s.get("files", 0) + 1
    s.imported = f"Imported {_counted(found.items)}."
    st.rerun()


def _check_fit(found: Found, memory: Memory) -> None:
    """Raises ValueError, saying what to do, if a bank cannot take what a file holds."""
    if found.size not in (None, memory.dimension):
        raise ValueError(
            f"The file's embeddings have {found.size} numbers and this bank's {memory.dimension}: make a bank of its "
            "own from this file, under “A bank of your own”."
        )
    if found.lacking and memory.encoder is None:
        raise ValueError(
            f"An embedding is missing in {found.lacking:,} of the file's {len(found.items):,} rows, and this bank has "
            f"no encoder to make one: give each row an embedding of {memory.dimension} numbers."
        )


def export(memory: Memory) -> None:
    """Every memory as JSONL that imports again, with its embeddings where no encoder could make them anew."""
    st.download_button(
        "Export as JSONL",
        lambda: as_jsonl(memory, embeddings=memory.encoder is None),
        f"{memory.name}.jsonl",
        "application/jsonl",
        on_click="ignore",
    )


def as_jsonl(rows: Iterable[Row], embeddings: bool = False) -> str:
    """One object a line: cue, target and further cues, and their embeddings if asked for."""
    return "".join(json.dumps(_object(row, embeddings), ensure_ascii=False) + "\n" for row in rows)


def _object(row: Row, embeddings: bool) -> dict:
    texts = {"cue": row.cues[0], "target": row.target, "cues": list(row.cues[1:])}
    vectors = {"embedding": row.cue_embeddings.tolist(), "target_embedding": row.embedding.tolist()}
    return texts | vectors if embeddings else texts


def bank_form(memory: Memory) -> None:
    """A new bank of one's own: empty, with the memories shown, or made of a file."""
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
            st.warning(typed(str(reason)))
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
        found = _read_once(file)
        own = banks.encoder()
        if found.size not in (None, own.dimension) and found.lacking:
            raise ValueError(
                f"An embedding is missing in {found.lacking:,} of the file's {len(found.items):,} rows, and the others "
                f"have {found.size} numbers where {own.name} makes {own.dimension}: give each row an embedding."
            )
    except ValueError as reason:
        st.warning(typed(str(reason)))
        return None, None
    return found, found.size if _kept(found) else None


def _kept(found: Found) -> bool:
    """Say what becomes of a file's texts and embeddings; whether the bank is made of these embeddings alone."""
    own, each = banks.encoder(), "it comes" if len(found.items) == 1 else "each comes"
    if found.lacking:
        st.caption(f"{_counted(found.items)}; {found.lacking:,} will be encoded by {own.name}.")
        return False
    kept = found.size != own.dimension or st.checkbox(
        "Keep these embeddings; encode nothing",
        help=f"For embeddings that another model than {own.name} made: a question encoded by it would find nothing.",
    )
    then = (
        "The bank is made of these and has no encoder: it can be asked its own cues, and questions that come with an "
        "embedding."
        if kept
        else f"Questions and new texts will be encoded by {own.name}."
    )
    st.caption(f"{_counted(found.items)}; {each} with an embedding of {found.size} numbers. {then}")
    return kept


def _read_once(file: UploadedFile) -> Found:
    """What an uploaded file holds, read anew only when it is another file. Raises ValueError if it is wrong."""
    s = st.session_state
    if s.get("start", (None, None))[0] != file.file_id:
        with st.spinner("Reading"):
            s.start = file.file_id, _read(file)
    return s.start[1]


def _read(file: UploadedFile) -> Found:
    """Raises ValueError, naming the file as the visitor does, if it is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(file.name).name
        path.write_bytes(file.getvalue())
        try:
            return Found(read_items(path))
        except ValueError as reason:
            raise ValueError(str(reason).replace(str(path), path.name)) from reason


def _progress() -> Progress:
    """A bar that stands once something is encoded."""
    place = st.empty()
    return lambda done, total: place.progress(done / total, f"Encoding {done:,} of {total:,}") if total else None


def _counted(memories: Sequence[Item] | Memory) -> str:
    return "1 memory" if len(memories) == 1 else f"{len(memories):,} memories"
