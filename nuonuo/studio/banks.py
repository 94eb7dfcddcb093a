"""Banks as pages see them: samples to play with, and files of one's own.

A sample is read once for all visitors and never changed: the first change gives this browser tab its own copy, which
`keep` turns into a file. Own banks are files in the banks folder, shared by all tabs and by the command line.
"""

import json
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import platformdirs
import streamlit as st
import torch

from nuonuo import Encoder, Memory
from nuonuo.encoder import DEFAULT, Progress
from nuonuo.items import Item
from nuonuo.store import read_meta

SAMPLES = Path(__file__).parents[2] / "assets" / "banks"
OWN = "own:"
NAME = re.compile(r"[\w][\w .-]{0,59}")

# A page is hundreds of small operations, and other visitors want the other cores. Two threads that wait for each other
# made a landscape of 22 ms take 600 on two busy cores.
torch.set_num_threads(1)


def folder() -> Path:
    """Where own banks live: NUONUO_HOME, or this user's data folder."""
    home = os.environ.get("NUONUO_HOME") or platformdirs.user_data_dir("nuonuo", appauthor=False)
    path = Path(home) / "banks"
    path.mkdir(parents=True, exist_ok=True)
    return path


@st.cache_data
def samples() -> dict[str, dict]:
    """The sample banks by name: title, about, opening question and others."""
    return {each["name"]: each for each in json.loads((SAMPLES / "banks.json").read_text("utf-8"))}


def own() -> list[str]:
    """Names of the banks in the folder."""
    return sorted(file.stem for file in folder().glob("*.nuonuo"))


def choices() -> dict[str, str]:
    """Every bank's name for the URL, and its title."""
    titles = {name: about["title"] for name, about in samples().items()}
    return titles | {OWN + name: name for name in own()}


def is_sample() -> bool:
    """Whether the chosen bank is a sample."""
    return not st.session_state.bank.startswith(OWN)


@st.cache_resource(show_spinner=False)
def encoder() -> Encoder:
    """The one default encoder of this server."""
    return Encoder()


@st.cache_resource(show_spinner=False)
def _sample(name: str) -> Memory:
    rows = [json.loads(line) for line in (SAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()]
    memory = Memory(encoder=encoder(), name=name)
    memory.add_many([Item(row["cue"], row["target"], row["cues"]) for row in rows])
    return memory


@st.cache_resource(show_spinner=False)
def _file(path: str, made: int) -> Memory:
    """An own bank, opened once for all tabs; `made` tells a new file of the same name from an old one."""
    return Memory.open(path, encoder() if read_meta(path)["encoder"] == DEFAULT else None)


def current() -> Memory:
    """The chosen bank; an unknown one is noticed and replaced by the default."""
    name = st.session_state.bank
    if name not in choices():
        st.session_state.notices.append(f"There is no bank named {name!r} here; the sample is shown instead.")
        st.session_state.update(bank="facts", q=None, want=None)
        return current()
    return named(name)


def named(name: str) -> Memory:
    """One of the banks that there are to choose from."""
    if name.startswith(OWN):
        path = folder() / f"{name.removeprefix(OWN)}.nuonuo"
        memory = _file(str(path), path.stat().st_ino)
        memory.refresh()
        return memory
    return st.session_state.get("changed", {}).get(name) or _sample(name)


def changeable() -> Memory:
    """The chosen bank to change: a file itself, or this tab's own copy of a sample."""
    memory = current()
    if is_sample():
        changed = st.session_state.setdefault("changed", {})
        changed.setdefault(st.session_state.bank, memory.copy() if memory is _sample(memory.name) else memory)
        return changed[st.session_state.bank]
    return memory


def is_changed() -> bool:
    """Whether the chosen bank is a sample that this tab has changed."""
    return is_sample() and st.session_state.bank in st.session_state.get("changed", {})


def reset() -> None:
    """Put a changed sample back as it came."""
    st.session_state.get("changed", {}).pop(st.session_state.bank, None)


def create(
    name: str, items: Sequence[Item] = (), dimension: int | None = None, progress: Progress | None = None
) -> str:
    """A new own bank with these memories; its name for the URL.

    dimension: of ready-made embeddings, of which the bank is then made, without an encoder; None takes the default
    encoder. Raises ValueError, and makes no file, if the name is taken or cannot be a file's, or if an item is wrong.
    """
    return _made(name, None if dimension else encoder(), dimension, items, progress)


def keep(name: str, memory: Memory) -> str:
    """A new own bank with another's encoder and memories, none encoded again. Raises ValueError as `create` does."""
    items = [Item(r.cues[0], r.target, r.cues[1:], r.cue_embeddings, r.embedding) for r in memory]
    return _made(name, memory.encoder, memory.dimension, items)


def _made(
    name: str, model: Encoder | None, dimension: int | None, items: Sequence[Item], progress: Progress | None = None
) -> str:
    path = _free(name)
    with tempfile.TemporaryDirectory(dir=folder()) as aside:  # until it is whole no tab can choose it
        made = Path(aside) / path.name
        with closing(Memory(made, model, dimension=dimension)) as bank:
            bank.add_many(items, progress)
        made.rename(_free(name))
    return OWN + path.stem


def _free(name: str) -> Path:
    """The file of a bank still to be made. Raises ValueError if its name is taken or cannot be a file's."""
    name = name.strip()
    if not NAME.fullmatch(name):
        raise ValueError(
            f"A bank's name takes 1 to 60 letters, digits, blanks, dots and dashes; {name!r} does not fit."
        )
    path = folder() / f"{name}.nuonuo"
    if path.exists():
        raise ValueError(f"There is already a bank named {name!r}: choose another name.")
    return path


def opening(memory: Memory) -> tuple[str, int | None]:
    """The question a bank opens on, and the memory it means."""
    about = samples().get(st.session_state.bank)
    if about is None:
        return "", None
    return about["opening"]["query"], find(memory, about["opening"]["wanted"])


def find(memory: Memory, cue: str) -> int | None:
    """The id of the memory with this cue."""
    return next((row.id for row in memory if row.cues[0] == cue), None)
